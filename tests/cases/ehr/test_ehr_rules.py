"""Clinical rules: dates, units and numbers of one resource, and what several say together."""

from datetime import date

import pytest
from cases.ehr.exports import (
    CONDITION,
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    SOUND,
    changed,
    round_of,
    write,
)

from speedlab.cases.ehr.records.dates import span
from speedlab.cases.ehr.records.rules import RuleFinding, judge

TODAY = date(2025, 1, 1)
AUTUMN = {"start": "2024-11-03T01:50:00-04:00", "end": "2024-11-03T01:10:00-05:00"}


@pytest.mark.parametrize("resource", SOUND, ids=lambda r: r["resourceType"])
def test_sound_resources_pass_the_rules(resource):
    assert judge(resource, today=TODAY) == RuleFinding(None)


@pytest.mark.parametrize(
    "resource",
    [
        changed(PATIENT, birthDate="2999-01-01"),
        changed(PATIENT, birthDate="1066-10-14"),
        changed(PATIENT, deceasedDateTime="1949"),
        changed(ENCOUNTER, period={"start": "2024-03-06T10:00:00Z", "end": "2024-03-01"}),
        changed(CONDITION, onsetDateTime="2025-06-01"),
        changed(CONDITION, abatementDateTime="2019"),
        changed(OBSERVATION, effectiveDateTime="2031-01-01T00:00:00Z"),
    ],
)
def test_impossible_dates_are_refused(resource):
    assert judge(resource, today=TODAY).reason == "impossible_date"


@pytest.mark.parametrize(
    "resource",
    [
        changed(ENCOUNTER, period=AUTUMN),
        changed(ENCOUNTER, status="planned", period={"start": "2025-06-01"}),
        changed(CONDITION, onsetDateTime="2020-05", abatementDateTime="2020"),
    ],
    ids=["the clocks go back", "an appointment", "a year that holds the month"],
)
def test_dates_that_only_look_impossible_pass(resource):
    assert judge(resource, today=TODAY).reason is None


def test_two_vague_dates_contradict_each_other_only_where_they_must():
    assert span("2021").is_after(span("2020"))
    assert span("2021").is_after(span("2020-12-31"))
    assert not span("2021-01-01T01:00:00Z").is_after(span("2020-12-31"))  # some zones lag behind
    assert not span("2020-05").is_after(span("2020"))


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        ("2160-0", 0.9, "mg/dL", None),
        ("14682-9", 80, "umol/L", None),
        ("14682-9", 80, "µmol/L", None),
        ("2160-0", 79.6, "mg/dL", "unit_mismatch"),
        ("14682-9", 0.9, "umol/L", "unit_mismatch"),
        ("718-7", 140, "g/dL", "out_of_range"),
        ("718-7", 13.9, "g/dL", None),
        ("2160-0", -0.9, "mg/dL", "out_of_range"),
        ("8867-4", 900, "/min", "out_of_range"),
        ("2951-2", 15, "mmol/L", "out_of_range"),
        ("2160-0", 1e999, "mg/dL", "out_of_range"),
        ("2160-0", 10**400, "mg/dL", "out_of_range"),
        ("99999-9", 1e6, "mg/dL", None),
    ],
)
def test_numbers_are_held_against_their_units(code, value, unit, expected):
    resource = changed(
        OBSERVATION,
        code={"coding": [{"system": "http://loinc.org", "code": code}]},
        valueQuantity={"value": value, "unit": unit},
    )
    assert judge(resource, today=TODAY).reason == expected


def test_the_numbers_of_a_panel_are_looked_at_too():
    pressure = {
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "valueQuantity": {"value": 1200, "unit": "mmHg"},
    }
    panel = changed(OBSERVATION, valueQuantity=None, component=[pressure])
    assert judge(panel, today=TODAY).reason == "out_of_range"


def test_an_unknown_unit_and_no_encounter_are_odd_but_kept():
    odd = changed(OBSERVATION, encounter=None, valueQuantity={"value": 1, "unit": "spoons"})
    assert judge(odd, today=TODAY) == RuleFinding(None, ("unit_unknown", "no_encounter"))


GHOST, NOWHERE = {"reference": "Patient/ghost"}, {"reference": "Encounter/e9"}


@pytest.mark.parametrize(
    ("extra", "counts"),
    [
        (ENCOUNTER, {"errors": {"duplicate": 1}}),
        (changed(CONDITION, id="c2", subject=GHOST), {"errors": {"orphan": 1}}),
        (changed(CONDITION, id="c2", onsetDateTime="1900"), {"errors": {"impossible_date": 1}}),
        (changed(OBSERVATION, id="o2", encounter=NOWHERE), {"warnings": {"encounter_missing": 1}}),
        (changed(OBSERVATION, id="o2", encounter=None), {"warnings": {"no_encounter": 1}}),
    ],
)
def test_records_are_held_against_one_another(tmp_path, extra, counts):
    tally = round_of(write(tmp_path / "in", *SOUND, extra)).tally
    expected = {"errors": {}, "warnings": {}} | counts
    assert {name: tally[name] for name in expected} == expected


def test_an_encounter_after_death_is_a_warning_and_the_record_stays(tmp_path):
    dead = changed(PATIENT, deceasedDateTime="2024-02-01T10:00:00Z")
    found = round_of(write(tmp_path / "in", dead, *SOUND[1:]))
    assert found.tally["warnings"] == {"after_death": 1}
    assert (found.records_in, found.records_out) == (4, 4)


def test_records_of_a_refused_patient_are_no_orphans(tmp_path):
    refused = changed(PATIENT, birthDate="2999-01-01")
    found = round_of(write(tmp_path / "in", refused, *SOUND[1:]))
    assert found.tally["errors"] == {"impossible_date": 1}
    assert found.tally["warnings"] == {"patient_refused": 3}
    assert found.patients == 0
