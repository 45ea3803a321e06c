"""What a certificate says, and that it is drawn from nothing else."""

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from small_course import TODAY, do, lay_out, signed

from speedlab.core.errors import BadInput
from speedlab.course.certificate.draw import (
    TEMPLATES,
    Certificate,
    Row,
    Signature,
    canonical,
    certificate_html,
    certify,
    check_name,
    draw,
    payload,
    sign_certificate,
    understand,
)
from speedlab.course.certificate.sign import sign
from speedlab.course.certificate.standing import Points, standing
from speedlab.course.certificate.verify import verify
from speedlab.course.lessons.description import TRACKS, read_course
from speedlab.course.quiz.ideas import Gain

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = Certificate(
    learner="Ada Lovelace",
    course="Cutting work",
    subtitle="For people who decide",
    award="Pass",
    requires="at least 60 % of the executive points",
    date="2026-11-24",
    lessons=(Row("One", {"executive": Points(5, 6), "practitioner": Points(0, 9)}),),
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
DRAWN = {1: "9260afd95fb79514", 2: "4665c3d64edba64d"}


@pytest.fixture
def reached(tmp_path):
    course = lay_out(tmp_path)
    do(tmp_path, "a-say", "b-say")
    return standing(course, tmp_path)


def test_the_page_says_what_was_reached_and_who_says_so(reached):
    page = certificate_html(reached, "Ada Lovelace", TODAY)
    for words in ("Ada Lovelace", "Pass", "24 November 2026", "Cutting work", "Self-reported"):
        assert words in page
    assert "8 of 10 (80&nbsp;%)" in page
    assert "no instructor has graded" in page
    assert "Signature" not in page


GAIN = Gain((True, False, False), (True, True, False), 3)


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_the_gain_stands_on_a_self_reported_one_and_on_no_other(reached, kind):
    told = certify(reached, "Ada", TODAY, gain=GAIN)
    assert told.gain == "Ideas of the course, right: 1 of 3 before, 2 of 3 after."
    drawn = " ".join(re.sub("<[^>]*>", " ", draw(told, kind=kind)).split())
    assert told.gain in drawn and understand(payload(told)) == told
    assert "Ideas of" not in draw(certify(reached, "Ada", TODAY), kind=kind)
    forged = sign_certificate(told, KEY, "Grace Hopper")
    assert "<p>Ideas of" not in draw(*forged) and ">Ideas of" not in draw(*forged, kind="svg")


def test_the_gain_changes_no_award(reached):
    plain, told = certify(reached, "Ada", TODAY), certify(reached, "Ada", TODAY, gain=GAIN)
    assert replace(told, gain="") == plain


def test_a_graded_one_names_instructor_key_and_signature(tmp_path):
    for kind in ("html", "svg"):
        text = signed(tmp_path, KEY, kind=kind)
        assert "Grace Hopper" in text
        assert "Graded" in text and "Self-reported" not in text
        data = json.loads(re.search(r'"speedlab-certificate">(.*?)</', text).group(1))
        assert text.count(data["signature"]) == 2  # for the computer and for the eye
        key = data["certificate"]["key"]
        assert f">{' '.join(re.findall('....', key))}<" in text


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_names_are_text_and_never_markup(kind):
    name = "</script></metadata><script>alert(1)</script>&\"'"
    drawn = draw(replace(EXAMPLE, learner=name), kind=kind)
    assert "<script>" not in drawn
    assert drawn.count("</script>") == (kind == "html")
    assert drawn.count("</metadata>") == (kind == "svg")


def test_the_picture_is_xml_even_with_odd_names():
    graded = sign_certificate(replace(EXAMPLE, learner="<Ō'Neil & 王>"), KEY, "G & <H>")
    root = ElementTree.fromstring(draw(*graded, kind="svg"))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "<Ō'Neil & 王>" in texts and "by G & <H>," in texts


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_nothing_is_fetched_from_anywhere(kind):
    drawn = draw(EXAMPLE, kind=kind).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w|url\(|@import|\bsrc=|href=\"[^#]", drawn)


def test_a_payload_is_understood_again():
    for graded in (EXAMPLE, sign_certificate(EXAMPLE, KEY, "Grace Hopper")[0]):
        assert understand(json.loads(json.dumps(payload(graded)))) == graded


def test_points_are_rounded_once_so_that_drawing_again_gives_the_same(tmp_path):
    reached = standing(lay_out(tmp_path), tmp_path)
    step = reached.lessons[0].steps[1]
    odd = replace(reached.lessons[0], steps=(replace(step, points=Points(3.99999, 4)),))
    made = certify(replace(reached, lessons=(odd,)), "Ada", TODAY)
    assert made.lessons[0].points["executive"] == Points(4, 4)
    assert draw(understand(payload(made))) == draw(made)


def test_no_award_is_a_sentence(tmp_path):
    with pytest.raises(BadInput, match=r"No certificate yet. Pass needs 60 % .* “Say a”"):
        certificate_html(standing(lay_out(tmp_path), tmp_path), "Ada", TODAY)


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[2Jb", "Ada\u202eecalevoL", "\ud800", "\x00"])
def test_names_that_cannot_be_seen_are_refused(name):
    with pytest.raises(BadInput, match="cannot be printed"):
        check_name(name)


def test_a_name_has_room_for_120_letters():
    assert check_name("x" * 120)
    with pytest.raises(BadInput, match="121 letters"):
        check_name("x" * 121)


def test_names_of_the_world_are_kept():
    for name in ("José Núñez", "王小明", "علی‌رضا", "Nguyễn Thị Hằng"):
        assert check_name(name) == name
    assert check_name("Jose\u0301") == "José"


def numberless(certificate):
    """Return a certificate as version 1 signed it, and its signature."""
    made = replace(sign_certificate(certificate, KEY, "Grace Hopper")[0], number="")
    public = b64encode(KEY.public_key().public_bytes_raw()).decode()
    return made, Signature(public, sign(KEY, canonical(payload(made))))


@pytest.mark.parametrize("numbered", [False, True])
def test_the_drawing_of_a_version_never_changes(numbered):
    graded = sign_certificate(EXAMPLE, KEY, "Grace Hopper", number="0123456789abcdef")
    if not numbered:
        graded = numberless(EXAMPLE)
    texts = [draw(EXAMPLE), draw(EXAMPLE, kind="svg"), draw(*graded), draw(*graded, kind="svg")]
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    assert digest == DRAWN[TEMPLATES[numbered]], "raise TEMPLATES and note their digests here"


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_each_signing_gives_a_number_of_its_own_which_is_shown(kind):
    made = [sign_certificate(EXAMPLE, KEY, "Grace Hopper") for _ in range(2)]
    assert made[0][0].number != made[1][0].number and made[0][1] != made[1][1]
    for certificate, signature in made:
        shown = " ".join(re.findall("....", certificate.number))
        assert f">{shown}<" in draw(certificate, signature, kind=kind)
        assert payload(certificate)["number"] == certificate.number


def test_what_was_signed_without_a_number_is_still_verified(tmp_path):
    path = tmp_path / "old.html"
    path.write_text(draw(*numberless(EXAMPLE)), encoding="utf-8")
    verdict = verify(path, KEY.public_key().public_bytes_raw())
    assert verdict.compared and "number" not in verdict.payload


def test_the_awards_are_those_in_the_docs():
    text = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")
    for award in read_course(ROOT).awards:
        shares = [award.shares.get(track) for track in TRACKS]
        cells = [f" {share:.0%} ".replace("%", " %") if share else " " for share in shares]
        assert f"| {award.name} |{'|'.join(cells)}|" in text
