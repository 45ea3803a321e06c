"""A row of the patient table says the right things, and nothing that names a person."""

import dataclasses
import math
from datetime import date, datetime

import pytest

from speedlab.cases.ehr.patients.facts import Fact
from speedlab.cases.ehr.patients.table import PATIENTS, patient_row, table_of

WOMAN = Fact(
    kind="Patient", person="p1", sex="female", birth=date(1944, 3, 17), zip3="021", state="MA"
)
ADMITTED, LEFT = datetime(2020, 5, 1, 10), datetime(2020, 5, 6, 9)
STAY = Fact(
    kind="Encounter", record="e1", setting="IMP", status="finished", start=ADMITTED, stop=LEFT
)


def condition(code, *, start=datetime(2015, 1, 1), system="snomed", **more):
    return Fact(kind="Condition", system=system, code=code, start=start, **more)


def observation(code, value, unit, *, start=datetime(2020, 5, 5), **more):
    more = {"kind": "Observation", "system": "loinc", "status": "final"} | more
    return Fact(code=code, value=value, unit=unit, start=start, **more)


def emergency(start):
    return Fact(kind="Encounter", setting="EMER", status="finished", start=start)


def row(*facts, person=WOMAN):
    return patient_row([person, *facts])


def test_without_a_patient_there_is_no_row():
    assert patient_row([STAY]) is None


def test_row_has_the_columns_of_the_table():
    found = row(STAY)
    assert set(found) == set(PATIENTS.names)
    assert table_of([found]).to_pylist() == [found]


def test_age_is_that_on_the_last_known_day():
    assert row(STAY)["age"] == 76
    assert row()["age"] is None


def test_age_stops_at_death():
    dead = dataclasses.replace(WOMAN, dead=True, died=datetime(2010, 3, 16))
    found = row(STAY, person=dead)
    assert (found["age"], found["dead"], found["death_year"]) == (65, True, 2010)


@pytest.mark.parametrize(
    ("year", "age", "birth_year"), [(1930, 90, None), (1910, 90, None), (1931, 89, 1931)]
)
def test_everybody_over_89_is_90_without_year_of_birth(year, age, birth_year):
    found = row(STAY, person=dataclasses.replace(WOMAN, birth=date(year, 3, 17)))
    assert (found["age"], found["birth_year"]) == (age, birth_year)


def test_unknown_age_tells_no_year_of_birth():
    assert row(person=dataclasses.replace(WOMAN, birth=date(1900, 1, 1)))["birth_year"] is None


def test_no_value_is_a_date():
    found = row(STAY, condition("49436004"), observation("2160-0", 0.8, "mg/dL"))
    assert not [value for value in found.values() if isinstance(value, date)]
    assert "2020" not in str(found)


def test_latest_creatinine_gives_the_filtration_rate():
    old = observation("2160-0", 3.0, "mg/dL", start=datetime(2010, 1, 1))
    new = observation("14682-9", 70.72, "umol/L", start=datetime(2014, 4, 1))
    found = row(new, old)
    assert (found["creatinine_mg_dl"], found["egfr"], found["egfr_stage"]) == (0.8, 79, "G2")


@pytest.mark.parametrize(("value", "unit"), [(1, "mmol"), (math.inf, "mg/dL"), (-1, "mg/dL")])
def test_unusable_creatinine_is_left_out(value, unit):
    assert row(observation("2160-0", value, unit))["egfr"] is None


def test_unknown_sex_gets_no_score_that_needs_it():
    other = dataclasses.replace(WOMAN, sex="unknown")
    found = row(observation("2160-0", 1, "mg/dL"), condition("49436004"), person=other)
    assert (found["egfr"], found["cha2ds2_vasc"], found["creatinine_mg_dl"]) == (None, None, 1.0)


def test_stroke_risk_is_for_atrial_fibrillation_only():
    ills = [condition(code) for code in ("59621000", "44054006", "230690007")]
    assert row(STAY, *ills)["cha2ds2_vasc"] is None
    assert row(STAY, *ills, condition("49436004"))["cha2ds2_vasc"] == 7


def test_resolved_conditions_count_and_errors_do_not():
    assert row(condition("22298006", status="resolved"))["charlson"] == 1
    assert row(condition("22298006", status="entered-in-error"))["charlson"] == 0
    assert row(condition("22298006", reason="bad-date"))["charlson"] == 0


def test_charlson_has_no_age_points():
    assert (row(STAY)["charlson"], row(STAY)["charlson_survival"]) == (0, 0.983)


def test_lace_of_the_last_stay():
    urgent = dataclasses.replace(STAY, urgent=True)
    ills = [condition("26929004"), condition("88805009")]
    visits = [emergency(datetime(2020, 4, day)) for day in (1, 10)]
    assert row(urgent, *ills, *visits)["lace"] == 14


def test_conditions_after_the_stay_are_not_in_lace():
    later = condition("26929004", start=datetime(2021, 1, 1))
    assert row(STAY, later)["lace"] == row(STAY)["lace"] == 4


def test_visit_that_led_to_the_stay_makes_it_acute_and_is_not_counted():
    assert row(STAY, emergency(datetime(2020, 5, 1, 6)))["lace"] == 7
    assert row(STAY, emergency(datetime(2019, 10, 1)))["lace"] == 4


def test_hospital_score_uses_the_last_values_of_the_stay():
    labs = [observation("718-7", 110, "g/L"), observation("2951-2", 130, "mmol/L")]
    found = row(STAY, *labs, condition("254837009"))
    assert (found["hospital"], found["hospital_complete"]) == (6, True)
    better = observation("718-7", 13, "g/dL", start=datetime(2020, 5, 6))
    assert row(STAY, *labs, better)["hospital"] == 3


def test_hospital_score_without_values_is_marked():
    assert (row(STAY)["hospital"], row(STAY)["hospital_complete"]) == (2, False)


def test_procedure_of_another_encounter_is_not_in_the_stay():
    done = Fact(kind="Procedure", encounter="e1", start=ADMITTED, status="completed")
    assert row(STAY, done)["hospital"] == 3
    assert row(STAY, dataclasses.replace(done, encounter="e2"))["hospital"] == 2


def test_admissions_of_the_year_before_count():
    others = [
        dataclasses.replace(
            STAY, record=f"o{m}", start=datetime(2020, m, 1), stop=datetime(2020, m, 2)
        )
        for m in (2, 3)
    ]
    assert row(STAY, *others[:1])["hospital"] == 2
    assert row(STAY, *others)["hospital"] == 4


def test_unfinished_stays_and_children_have_no_stay_scores():
    assert row(dataclasses.replace(STAY, status="in-progress"))["lace"] is None
    child = dataclasses.replace(WOMAN, birth=date(2010, 1, 1))
    assert row(STAY, person=child)["hospital"] is None


def test_order_of_facts_makes_no_difference():
    facts = [WOMAN, STAY, condition("49436004"), observation("2160-0", 0.8, "mg/dL")]
    assert patient_row(facts) == patient_row(facts[::-1])


def test_counts_leave_out_what_never_happened():
    wrong = dataclasses.replace(STAY, status="entered-in-error")
    found = row(STAY, wrong, emergency(ADMITTED), condition("49436004"))
    names = ("encounters", "inpatient_stays", "emergencies", "conditions", "procedures")
    assert [found[name] for name in names] == [2, 1, 1, 1, 0]
