"""Each label tells the truth, and nothing else is wrong."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from ehr_bulk import bulk_files, is_valid, labelled, labels, lines

from speedlab.cases.ehr.world import generate as data
from speedlab.cases.ehr.world.defects import MISSPELT, SPOILS, WARNINGS


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data.generate(tmp_path_factory.mktemp("bad") / "bulk", size=10_000, seed=7, defects=0.05)


def test_every_kind_of_defect_occurs_in_the_sample() -> None:
    rows = labels(data.sample_path())
    assert {row["defect"] for row in rows} == set(SPOILS)
    assert len(rows) == round(data.SAMPLE_SIZE * data.DEFECTS)


def test_labels_point_at_their_lines(planted: Path) -> None:
    rows = labels(planted)
    assert len(rows) == 500 == len({(row["file"], row["line"]) for row in rows})
    for row in rows:
        text = (planted / row["file"]).read_bytes()
        offset = int(row["offset"])
        assert text[:offset].count(b"\n") == int(row["line"]) - 1
        assert offset == 0 or text[offset - 1 : offset] == b"\n"
        assert row["severity"] == ("warning" if row["defect"] in WARNINGS else "error")


def test_every_line_without_a_label_is_valid(planted: Path) -> None:
    bad = {(row["file"], int(row["line"])) for row in labels(planted)}
    sound = [
        line
        for file in bulk_files(planted)
        for number, line in enumerate(lines(file), 1)
        if (file.name, number) not in bad
    ]
    assert len(set(sound)) == len(sound) == 9_500
    assert all(is_valid(json.loads(line)) for line in sound)


def test_broken_lines_do_not_parse(planted: Path) -> None:
    for line in labelled(planted, "broken_json"):
        text = line.decode("utf-8")
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_badly_encoded_lines_are_right_but_for_the_encoding(planted: Path) -> None:
    for line in labelled(planted, "encoding"):
        with pytest.raises(UnicodeDecodeError):
            line.decode("utf-8")
        assert is_valid(json.loads(line.decode("latin-1")))


def test_types_are_missing_or_misspelt(planted: Path) -> None:
    assert not [1 for line in labelled(planted, "no_type") if b"resourceType" in line]
    wrong = {json.loads(line)["resourceType"] for line in labelled(planted, "unknown_type")}
    assert wrong <= set(MISSPELT.values())


def test_broken_schemas_are_refused_and_other_defects_are_not(planted: Path) -> None:
    assert not any(is_valid(json.loads(line)) for line in labelled(planted, "schema"))
    rest = set(SPOILS) - {"schema", "impossible_date", "broken_json", "encoding"}
    for line in labelled(planted, *(rest - {"no_type", "unknown_type"})):
        assert is_valid(json.loads(line))


def test_orphans_have_no_patient(planted: Path) -> None:
    people = {f"Patient/{json.loads(line)['id']}" for line in lines(bulk_files(planted)[0])}
    orphans = [json.loads(line) for line in labelled(planted, "orphan")]
    assert not {each["subject"]["reference"] for each in orphans} & people


def test_impossible_dates_are_impossible(planted: Path) -> None:
    birth = {
        f"Patient/{person['id']}": str(person["birthDate"])
        for person in map(json.loads, lines(bulk_files(planted)[0]))
    }
    for line in labelled(planted, "impossible_date"):
        each = json.loads(line)
        period = each.get("period") or each.get("performedPeriod") or {"start": "", "end": ""}
        born = birth.get(each.get("subject", {}).get("reference"), "")
        assert (
            b"2023-02-30" in line
            or b'"birthDate":"2999' in line
            or period["end"] < period["start"]
            or each.get("onsetDateTime", born) < born
        )


def test_mixed_units_and_absurd_values_can_be_told(planted: Path) -> None:
    for line in labelled(planted, "unit_mismatch"):
        given = json.loads(line)["valueQuantity"]
        assert given["value"] <= 15 if given["unit"] == "umol/L" else given["value"] >= 26.5
    values = {
        json.loads(line)["valueQuantity"]["value"] for line in labelled(planted, "out_of_range")
    }
    assert values <= {900, 15, 80.0, -1.1, -97}


def test_duplicates_come_later_in_the_same_file(planted: Path) -> None:
    text = {file.name: file.read_bytes() for file in bulk_files(planted)}
    for row, line in zip(
        [row for row in labels(planted) if row["defect"] == "duplicate"],
        labelled(planted, "duplicate"),
        strict=True,
    ):
        assert text[row["file"]].index(line) < int(row["offset"])


def test_warnings_are_what_they_say(planted: Path) -> None:
    died = {
        f"Patient/{person['id']}": person.get("deceasedDateTime")
        for person in map(json.loads, lines(bulk_files(planted)[0]))
    }
    for line in labelled(planted, "after_death"):
        each = json.loads(line)
        begins = datetime.fromisoformat(each["period"]["start"])
        assert begins > datetime.fromisoformat(str(died[each["subject"]["reference"]]))
    assert not [1 for line in labelled(planted, "no_encounter") if b'"encounter"' in line]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_most_defects_can_be_planted(tmp_path: Path, seed: int) -> None:
    folder = data.generate(tmp_path / "bulk", size=20_000, seed=seed, defects=data.MOST_DEFECTS)
    assert len(labels(folder)) == 2_000
