"""Keys and signatures, and every way in which a certificate can be altered."""

import hashlib
import json
import os
import re
import stat
import subprocess
from base64 import b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from small_course import TODAY, do, lay_out, signed

from speedlab.core.errors import BadInput, ProvesNothing
from speedlab.course.certificate import draw, sign, verify
from speedlab.course.certificate.draw import (
    Certificate,
    Signature,
    certificate_html,
    sign_certificate,
)
from speedlab.course.certificate.standing import standing

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()


@pytest.fixture(params=["html", "svg"])
def paper(tmp_path, request):
    """A graded certificate."""
    path = tmp_path / f"paper.{request.param}"
    path.write_text(signed(tmp_path, KEY, kind=request.param), encoding="utf-8", newline="\n")
    return path


def change(path, old, new, count=-1):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def refused(path, says, key=None):
    with pytest.raises(BadInput, match=says):
        verify.verify(path, key)


def test_an_untouched_certificate_is_valid(paper):
    for key in (None, PUBLIC):
        verdict = verify.verify(paper, key)
        assert verdict.compared
        assert verdict.key == sign.fingerprint(PUBLIC)
        assert (verdict.payload["learner"], verdict.payload["award"]) == ("Ada Lovelace", "Pass")


def test_line_ends_and_a_byte_order_mark_of_windows_do_no_harm(paper):
    content = paper.read_bytes().replace(b"\n", b"\r\n")
    paper.write_bytes(b"\xef\xbb\xbf" + content)
    assert verify.verify(paper, PUBLIC).compared


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ada Lovelace", "Eve Lovelace"),
        ("Pass", "Distinction"),
        ("Grace Hopper", "Grace Kelly"),
        ("2026-11-24", "2025-11-24"),
        ('"executive":[10,10]', '"executive":[9,10]'),
        ('"template":2', '"template":1'),
        ('"number":"', '"number":"0'),
        ('{"certificate":{', '{"certificate":{"more":1,'),
    ],
)
def test_what_is_said_cannot_be_changed(paper, old, new):
    change(paper, old, new)
    refused(paper, "was changed. Its signature")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">Ada Lovelace<", ">Eve Lovelace<"),
        (">Pass<", ">Distinction<"),
        ("10 of 10", "11 of 10"),
        (">GRADED<", ">graded<"),
        ("24 November 2026", "24 November 2025"),
        ("\n</", "\n<!-- --></"),
    ],
)
def test_what_is_seen_cannot_be_changed(paper, old, new):
    change(paper, old, new)
    refused(paper, "was changed. What can be read")


def test_spaces_in_the_embedded_data_are_a_change(paper):
    change(paper, '{"certificate":{', '{ "certificate":{')
    refused(paper, "was changed. What can be read")


def test_a_second_set_of_data_is_a_change(paper):
    begin, end = verify.MARKS[paper.suffix[1:]]
    change(paper, end, f"{end}{begin}{{}}{end}", 1)
    refused(paper, "was changed. What can be read")


def test_the_signature_cannot_be_changed(paper):
    text = paper.read_text(encoding="utf-8")
    signature = re.search(r'"signature":"([^"]+)"', text).group(1)
    for wrong in ("", "no base64!", "AAAA", signature[::-1], "B" + signature[1:-3] + "A=="):
        paper.write_text(text.replace(signature, wrong), encoding="utf-8")
        refused(paper, "was changed|is no certificate")


def test_a_signature_does_not_fit_another_certificate(paper, tmp_path):
    mine = signed(tmp_path, KEY, learner="Eve", kind=paper.suffix[1:])
    pattern = r'"signature":"([^"]+)"'
    theirs = paper.read_text(encoding="utf-8")
    old, new = (re.search(pattern, text).group(1) for text in (mine, theirs))
    paper.write_text(mine.replace(old, new), encoding="utf-8")
    refused(paper, "was changed. Its signature")


def test_the_data_of_another_certificate_do_not_fit_the_page(paper, tmp_path):
    begin, end = verify.MARKS[paper.suffix[1:]]
    other = signed(tmp_path, KEY, learner="Eve", kind=paper.suffix[1:])
    data = [
        text.partition(begin)[2].partition(end)[0]
        for text in (other, paper.read_text(encoding="utf-8"))
    ]
    paper.write_text(other.replace(data[0], data[1]), encoding="utf-8")
    refused(paper, "was changed. What can be read")


def test_a_key_swapped_in_the_file_is_a_change(paper):
    public = [key.public_key().public_bytes_raw() for key in (KEY, OTHER)]
    old, new = (b64encode(raw).decode() for raw in public)
    change(paper, old, new)
    refused(paper, "was changed. Its signature")


def test_a_certificate_that_somebody_else_signed_has_another_key(tmp_path):
    forged = tmp_path / "forged.html"
    forged.write_text(signed(tmp_path, OTHER), encoding="utf-8")
    assert verify.verify(forged).key != sign.fingerprint(PUBLIC)
    refused(forged, "not signed with this instructor's key", PUBLIC)


def test_nobody_signs_under_the_fingerprint_of_another(tmp_path):
    made, _ = sign_certificate(Certificate("A", "B", "C", "D", "E", "2026-11-24", ()), KEY, "Grace")
    message = draw.canonical(draw.payload(made))
    public = b64encode(OTHER.public_key().public_bytes_raw()).decode()
    forged = tmp_path / "forged.html"
    text = draw.draw(made, Signature(public, sign.sign(OTHER, message)))
    forged.write_text(text, encoding="utf-8")
    refused(forged, "was changed. Its signature")


def points_of_small_order():
    """Return every point of the curve of small order, in every way that 32 bytes can name it."""
    ys = [*sign.SMALL_ORDER, sign.FIELD, sign.FIELD + 1]
    return [(y | bit << 255).to_bytes(32, "little") for y in ys for bit in (0, 1)]


def added(one, other):
    """Add two points of the curve. Source: RFC 8032, section 5.1.4."""
    p, d = sign.FIELD, -121665 * pow(121666, -1, sign.FIELD)
    (x1, y1), (x2, y2) = one, other
    t = d * x1 * x2 * y1 * y2
    x, y = (x1 * y2 + x2 * y1) * pow(1 + t, -1, p), (y1 * y2 + x1 * x2) * pow(1 - t, -1, p)
    return x % p, y % p


def x_of(y):
    """Return an x for a y of the curve."""
    p, d = sign.FIELD, -121665 * pow(121666, -1, sign.FIELD)
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    root = pow(square, (p + 3) // 8, p)
    return root if (root * root - square) % p == 0 else root * pow(2, (p - 1) // 4, p) % p


def test_the_points_of_small_order_are_all_there():
    points = {(x * sign_, y) for y in sign.SMALL_ORDER for x in [x_of(y)] for sign_ in (1, -1)}
    points = {(x % sign.FIELD, y) for x, y in points}
    assert len(points) == 8
    assert {added(one, other) for one in points for other in points} == points


@pytest.mark.parametrize("public", points_of_small_order(), ids=bytes.hex)
def test_a_key_whose_signatures_fit_any_text_proves_nothing(tmp_path, public, monkeypatch):
    made, _ = sign_certificate(Certificate("A", "B", "C", "D", "E", "2026-11-24", ()), KEY, "Grace")
    made = replace(made, key=sign.fingerprint(public))
    # Where a library refuses such a key by itself, the certificate counts as changed.
    monkeypatch.setattr(verify, "signed", lambda *_: True)
    path = tmp_path / "forged.html"
    path.write_text(draw.draw(made, Signature(b64encode(public).decode(), "AA==")), "utf-8")
    for key in (None, public):
        with pytest.raises(ProvesNothing, match="fits any text"):
            verify.verify(path, key)


def test_a_public_key_of_small_order_is_not_read(tmp_path):
    head = Ed25519PrivateKey.generate().public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = head.public_bytes(serialization.Encoding.DER, form)[:-32] + bytes([1] + 31 * [0])
    path = tmp_path / "odd.pub.pem"
    body = b64encode(der).decode()
    path.write_text(f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    with pytest.raises(ProvesNothing, match="fits any text"):
        sign.read_public_key(path)


def test_a_file_cut_short_is_refused(paper):
    content = paper.read_bytes()
    for length in range(0, len(content) - 1, 97):
        paper.write_bytes(content[:length])
        refused(paper, "is no certificate|was changed")


def test_a_self_reported_one_has_nothing_to_verify(tmp_path):
    course = lay_out(tmp_path)
    do(tmp_path, "a-say", "b-say")
    path = tmp_path / "mine.html"
    path.write_text(certificate_html(standing(course, tmp_path), "Ada", TODAY), encoding="utf-8")
    refused(path, "self-reported: nothing to verify")


def test_a_certificate_of_another_version_is_checked_but_not_compared(paper, monkeypatch):
    change(paper, ">Ada Lovelace<", ">Eve Lovelace<")
    monkeypatch.setattr(verify, "TEMPLATES", {True: 3})
    verdict = verify.verify(paper, PUBLIC)
    assert not verdict.compared
    assert verdict.payload["learner"] == "Ada Lovelace"
    change(paper, '"learner":"Ada', '"learner":"Eve')
    refused(paper, "was changed. Its signature")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learner", "a\u202eb"),
        ("learner", 7),
        ("date", "today"),
        ("lessons", [{}] * 31),
        ("lessons", [{"title": "x", "executive": ["1", 2], "practitioner": [0, 0]}]),
        ("lessons", 7),
        ("lessons", [7]),
    ],
)
def test_nonsense_is_refused_even_if_it_is_signed(tmp_path, monkeypatch, field, value):
    honest = draw.payload
    monkeypatch.setattr(draw, "payload", lambda made: honest(made) | {field: value})
    monkeypatch.setattr(draw, "understand", lambda said: None)
    course = draw.Certificate("A", "B", "C", "D", "E", "2026-11-24", ())
    drawn = draw.draw(*draw.sign_certificate(course, KEY, "Grace"))
    path = tmp_path / "odd.html"
    path.write_text(drawn, encoding="utf-8")
    refused(path, "signed, but wrongly made")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        "[]",
        '{"certificate": []}',
        '{"certificate": 7}',
        '{"certificate": {"key": NaN}}',
        '{"certificate": {"key": "\\ud800"}}',
        '{"certificate": {"key": "x"}, "public_key": "!"}',
        '{"certificate": {"key": "x"}, "public_key": "AAAA"}',
        "[" * 50_000,
        '{"certificate": {"key": "' + "x" * 70_000 + '"}}',
    ],
)
def test_damaged_data_are_refused(tmp_path, data):
    begin, end = verify.MARKS["html"]
    path = tmp_path / "x.html"
    path.write_text(f"{begin}{data}{end}", encoding="utf-8")
    refused(path, "is no certificate|self-reported")


def test_files_that_are_none_are_refused(tmp_path):
    refused(tmp_path / "gone.html", "cannot be read")
    refused(tmp_path, "cannot be read")
    path = tmp_path / "x.html"
    for content, says in ((b"\xff\xfe\x00", "no text"), (b"x" * 1_000_001, "larger")):
        path.write_bytes(content)
        refused(path, says)


def test_a_key_pair_is_made_once_and_fits(tmp_path):
    public = sign.make_key(tmp_path / "grace.pem")
    assert public == tmp_path / "grace.pub.pem"
    key = sign.read_private_key(tmp_path / "grace.pem")
    message = b"as it was"
    raw = sign.read_public_key(public)
    assert sign.signed(raw, sign.sign(key, message), message)
    assert not sign.signed(raw, sign.sign(key, message), b"as it is")
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "grace.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("there", ["grace.pem", "grace.pub.pem"])
def test_a_key_is_never_overwritten(tmp_path, there):
    (tmp_path / there).write_text("dear")
    with pytest.raises(BadInput, match="never overwritten"):
        sign.make_key(tmp_path / "grace.pem")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "dear"


def test_a_passphrase_locks_the_key(tmp_path, monkeypatch):
    path = tmp_path / "grace.pem"
    monkeypatch.setenv(sign.PASSPHRASE, "correct horse")
    sign.make_key(path)
    assert sign.read_private_key(path)
    monkeypatch.setenv(sign.PASSPHRASE, "battery staple")
    with pytest.raises(BadInput, match="passphrase is wrong"):
        sign.read_private_key(path)
    monkeypatch.delenv(sign.PASSPHRASE)
    with pytest.raises(BadInput, match="locked with a passphrase"):
        sign.read_private_key(path)


def test_keys_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "ec.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(serialization.Encoding.PEM, *form)
    )
    for read in (sign.read_private_key, sign.read_public_key):
        with pytest.raises(BadInput, match="Ed25519"):
            read(path)
        with pytest.raises(BadInput, match="cannot be read"):
            read(tmp_path / "gone.pem")


def test_the_fingerprint_is_that_of_openssl(tmp_path):
    public = sign.make_key(tmp_path / "grace.pem")
    command = ["openssl", "pkey", "-pubin", "-in", str(public), "-outform", "DER"]
    try:
        der = subprocess.run(command, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    assert hashlib.sha256(der).hexdigest() == sign.fingerprint(sign.read_public_key(public))


def test_what_is_signed_is_one_form_of_json():
    said = {"b": "é", "a": [1, 2.5]}
    assert draw.canonical(said) == '{"a":[1,2.5],"b":"é"}'.encode()
    assert draw.canonical(json.loads(json.dumps(said))) == draw.canonical(said)
