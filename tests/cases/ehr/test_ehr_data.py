"""The generator of the hospital: the same bytes for any split, sound when nothing is planted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ehr_bulk import bulk_files, everything, is_valid, lines

from speedlab.cases.ehr.world import generate as data
from speedlab.cases.ehr.world.names import RURAL
from speedlab.cases.ehr.world.vocabulary import CREATININE
from speedlab.core.errors import BadInput

NEWLINE = b"\n"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("clean") / "bulk"
    data.generate(folder, size=10_000, seed=5, defects=0)
    assert (folder / "planted.csv").read_text() == "file,line,offset,defect,severity\n"
    return [json.loads(line) for file in bulk_files(folder) for line in lines(file)]


def of(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in resources if each["resourceType"] == kind]


@pytest.mark.parametrize("size", [1_000, 1_234, 30_001])
def test_lines_are_counted_and_end_in_a_newline(tmp_path: Path, size: int) -> None:
    folder = data.generate(tmp_path / "bulk", size=size, seed=11)
    text = b"".join(file.read_bytes() for file in bulk_files(folder))
    assert text.count(b"\n") == size
    assert text.endswith(b"\n") and b"\n\n" not in text and b"\r" not in text
    assert {file.name for file in folder.iterdir()} == {
        "planted.csv",
        *(file.name for file in bulk_files(folder)),
    }


def test_the_data_card_names_the_checksum_of_each_file() -> None:
    card = (Path(__file__).parents[3] / "datasets" / "README.md").read_text(encoding="utf-8")
    for name, text in everything(data.sample_path()).items():
        digest = hashlib.sha256(text).hexdigest()
        assert f"| `{name}` | {text.count(NEWLINE):,} | {len(text):,} | `{digest}` |" in card


def test_clean_records_are_valid_r4(clean: list[dict[str, Any]]) -> None:
    assert not [each for each in clean if not is_valid(each)]


def test_clean_records_belong_together(clean: list[dict[str, Any]]) -> None:
    names = {f"{each['resourceType']}/{each['id']}" for each in clean}
    assert len(names) == len(clean)
    others = [each for each in clean if each["resourceType"] != "Patient"]
    assert {each["subject"]["reference"] for each in others} <= names
    assert {
        each["encounter"]["reference"] for each in others if each["resourceType"] != "Encounter"
    } <= names


def dates(thing: Any) -> list[str]:
    """Return every date and time in a resource."""
    if isinstance(thing, dict):
        return [date for value in thing.values() for date in dates(value)]
    if isinstance(thing, list):
        return [date for value in thing for date in dates(value)]
    return [thing] if isinstance(thing, str) and thing[4:5] == "-" and "T" in thing[10:11] else []


def test_clean_records_lie_between_birth_and_death(clean: list[dict[str, Any]]) -> None:
    people = {f"Patient/{each['id']}": each for each in of(clean, "Patient")}
    for each in clean:
        person = people.get(each.get("subject", {}).get("reference"), each)
        for when in dates(each):
            assert person["birthDate"] <= when[:10] <= "2025-09-30"
            died = person.get("deceasedDateTime", when)
            assert datetime.fromisoformat(when) <= datetime.fromisoformat(died)


def test_clean_periods_end_after_they_begin(clean: list[dict[str, Any]]) -> None:
    periods = [each.get("period") or each.get("performedPeriod") for each in clean]
    for period in filter(None, periods):
        assert datetime.fromisoformat(period["start"]) <= datetime.fromisoformat(period["end"])


def test_clean_creatinine_tells_its_unit(clean: list[dict[str, Any]]) -> None:
    seen = Counter()
    for each in of(clean, "Observation"):
        code = each["code"]["coding"][0]["code"]
        if code in CREATININE:
            value, unit = each["valueQuantity"]["value"], each["valueQuantity"]["code"]
            assert (0.3 <= value <= 15) if unit == "mg/dL" else (26.5 <= value <= 1326)
            assert unit == ("mg/dL" if code == "2160-0" else "umol/L")
            seen[unit] += 1
    assert min(seen["mg/dL"], seen["umol/L"]) > 50


def test_filtration_spans_all_stages(clean: list[dict[str, Any]]) -> None:
    people = {f"Patient/{each['id']}": each for each in of(clean, "Patient")}
    stages = set()
    for each in of(clean, "Observation"):
        if each["code"]["coding"][0]["code"] == "2160-0":
            rate = filtration(people[each["subject"]["reference"]], each)
            stages.add(sum(rate < edge for edge in (15, 30, 60, 90)))
    assert stages == {0, 1, 2, 3, 4}


def filtration(person: dict[str, Any], observed: dict[str, Any]) -> float:
    """Return the eGFR by CKD-EPI 2021."""
    age = int(observed["issued"][:4]) - int(person["birthDate"][:4])
    female = person["gender"] == "female"
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = observed["valueQuantity"]["value"] / kappa
    factor = 1.012 if female else 1.0
    return float(142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor)


def test_people_are_of_all_ages_and_places(clean: list[dict[str, Any]]) -> None:
    people = of(clean, "Patient")
    ages = [2025 - int(each["birthDate"][:4]) for each in people]
    assert min(ages) < 18 and max(ages) > 90
    codes = [each["address"][0]["postalCode"] for each in people]
    assert {len(code) for code in codes} == {5, 10}
    assert {code[:3] for code in codes} & {place.zip3 for place in RURAL}
    assert 0.02 < sum("deceasedDateTime" in each for each in people) / len(people) < 0.3


def test_a_few_people_have_very_many_records(clean: list[dict[str, Any]]) -> None:
    counts = Counter(each["subject"]["reference"] for each in clean if "subject" in each)
    assert max(counts.values()) > 4 * len(clean) / len(counts)
    assert min(counts.values()) >= data.FEWEST_LINES - 2


def test_encounters_are_of_all_kinds(clean: list[dict[str, Any]]) -> None:
    stays = of(clean, "Encounter")
    kinds = Counter(each["class"]["code"] for each in stays)
    assert set(kinds) == {"AMB", "EMER", "IMP"}
    assert min(kinds.values()) > 0.04 * len(stays)
    sources = {
        each["hospitalization"]["admitSource"]["coding"][0]["code"]: each["priority"]
        for each in stays
        if each["class"]["code"] == "IMP"
    }
    assert sources["emd"]["coding"][0]["code"] == "EM"


@pytest.mark.parametrize("defects", [-0.01, 0.9])
def test_a_share_of_defects_that_cannot_be_planted_is_refused(
    tmp_path: Path, defects: float
) -> None:
    with pytest.raises(BadInput, match="Choose a"):
        data.generate(tmp_path / "bulk", size=1_000, defects=defects)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for target in (tmp_path, tmp_path / "mine.txt", tmp_path / "missing" / "bulk"):
        with pytest.raises(BadInput, match="Choose a"):
            data.generate(target, size=1_000)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "bulk").mkdir()
    assert len(list(data.generate(tmp_path / "bulk", size=1_000).iterdir())) == 7
