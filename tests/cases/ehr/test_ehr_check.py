"""What makes a record unsound, told from its bytes; and that nothing in them can stop the work."""

import json
import random

import pytest
from cases.ehr.exports import CONDITION, ENCOUNTER, OBSERVATION, PATIENT, SOUND, changed, line

from speedlab.cases.ehr.records.check import REASONS, check, parse
from speedlab.cases.ehr.records.read import Raw
from speedlab.cases.ehr.records.versions import OtherVersion


def reason(content):
    content = content if isinstance(content, bytes) else line(content)
    return check(Raw(0, content.strip())).reason


@pytest.mark.parametrize("resource", SOUND, ids=lambda r: r["resourceType"])
def test_sound_resources_pass(resource):
    assert check(Raw(0, line(resource))) == (resource, None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (line(PATIENT)[:-9], "broken_json"),
        (line(PATIENT).replace(b"Ada", b"A\xffda"), "encoding"),
        (b'{"id": NaN}', "broken_json"),
        (b'{"id": ' + b"9" * 5_000 + b"}", "broken_json"),
        (b"[1]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (changed(PATIENT, resourceType=None), "no_type"),
        (changed(PATIENT, resourceType="Patiend"), "unknown_type"),
        (changed(PATIENT, resourceType="Address"), "unknown_type"),
        (changed(PATIENT, resourceType=["Patient"]), "unknown_type"),
        (changed(PATIENT, id=None), "no_id"),
        (changed(CONDITION, subject=None), "schema"),
        (changed(CONDITION, subject=7), "schema"),
        (changed(CONDITION, hobby="chess"), "schema"),
        (changed(CONDITION, onsetDateTime="2023-02-30"), "impossible_date"),
        (changed(CONDITION, onsetDateTime="yesterday"), "schema"),
    ],
)
def test_each_defect_has_its_reason(content, expected):
    assert reason(content) == expected
    assert expected in REASONS


def test_brackets_in_a_text_are_no_depth():
    assert parse(json.dumps({"a": "[{" * 500}).encode()).reason is None


@pytest.mark.parametrize(
    ("resource", "version"),
    [
        (changed(ENCOUNTER, **{"class": [{"coding": [{"code": "AMB"}]}]}), "R5"),
        (changed(ENCOUNTER, actualPeriod={"start": "2020"}), "R5"),
        (changed(CONDITION, clinicalStatus="active"), "STU3"),
        (changed(OBSERVATION, context={"reference": "Encounter/e1"}), "STU3"),
    ],
)
def test_other_versions_of_fhir_are_named(resource, version):
    with pytest.raises(OtherVersion, match=f"holds FHIR {version}"):
        reason(resource)


def damaged(rng):
    """Return a line with one thing wrong, as disks, networks and programs make them."""
    content = bytearray(line(rng.choice(SOUND)).strip())
    place, kind = rng.randrange(len(content)), rng.randrange(6)
    if kind == 0:
        return bytes(content[:place])
    if kind == 1:
        content[place] = rng.randrange(256)
        return bytes(content)
    if kind == 2:
        return rng.randbytes(rng.randrange(1, 200))
    if kind == 3:
        return b"\xef\xbb\xbf" + bytes(content) + b"\r"
    resource = json.loads(content)
    name = rng.choice(list(resource))
    if kind == 4:
        resource[name] = rng.choice([None, [], {}, 10**400, -1.5, True, "x" * 999, [[[]]], {"": 0}])
    else:
        deep = []
        for _ in range(rng.randrange(300)):
            deep = [deep]
        resource[name] = deep
    return json.dumps(resource).encode()


def test_ten_thousand_damaged_lines_get_an_answer_each():
    rng = random.Random(7)
    found = [check(Raw(0, damaged(rng))) for _ in range(10_000)]
    refused = {one.reason for one in found if one.reason}
    assert refused <= REASONS.keys()
    assert {"broken_json", "encoding", "schema", "too_deep", "unknown_type"} <= refused
    assert any(one.reason is None for one in found)
