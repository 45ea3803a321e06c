"""Codes mean what the tables say."""

import pytest

from speedlab.cases.ehr.patients import codes, scores
from speedlab.core.errors import BadInput

SCORED = set(scores.CHARLSON) | set(scores.LACE_CHARLSON)
SCORED |= {"atrial_fibrillation", "hypertension", "stroke", "vascular"}


def has_check_digit(code):
    # Verhoeff's scheme, which every SNOMED CT id obeys.
    permute = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    total = 0
    for place, written in enumerate(reversed(code)):
        digit = int(written)
        for _ in range(place % 8):
            digit = permute[digit]
        total = _product(total, digit)
    return total == 0


def _product(a, b):
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


def test_every_snomed_id_has_a_valid_check_digit():
    assert [code for code in codes._snomed() if not has_check_digit(code)] == []


def test_every_name_belongs_to_a_score():
    named = [*codes._snomed().values(), *codes._icd10().values()]
    assert frozenset().union(*named) <= SCORED


def test_every_score_can_be_reached_by_icd10():
    assert SCORED - frozenset().union(*codes._icd10().values()) == {"mild_renal"}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("I50.9", {"heart_failure"}),
        ("I11.0", {"heart_failure", "hypertension"}),
        ("I13.2", {"heart_failure", "hypertension"}),
        ("E11.9", {"diabetes"}),
        ("E11.22", {"diabetes_complicated"}),
        ("I48.91", {"atrial_fibrillation"}),
        ("i63.9", {"stroke", "cerebrovascular"}),
        ("I61.9", {"cerebrovascular"}),
        ("C50.911", {"tumour"}),
        ("C78.00", {"metastatic"}),
        ("C91.00", {"leukaemia"}),
        ("C44.1", set()),
        ("N18.6", {"renal"}),
        ("Z21", set()),
        ("J45.909", {"chronic_pulmonary"}),
        ("R51", set()),
    ],
)
def test_icd10_codes_mean_the_groups_of_quan(code, names):
    assert codes.meanings("icd10", code) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("22298006", {"myocardial_infarction", "vascular"}),
        ("230690007", {"stroke", "cerebrovascular"}),
        ("86406008", set()),
        ("128613002", set()),
        ("414545008", set()),
        ("431856006", {"mild_renal"}),
        ("94503003", {"metastatic"}),
    ],
)
def test_snomed_ids_mean_what_the_table_says(code, names):
    assert codes.meanings("snomed", code) == names


def test_other_systems_mean_nothing():
    assert codes.meanings("rxnorm", "22298006") == codes.meanings(None, None) == frozenset()


def test_creatinine_is_converted_from_micromoles():
    assert codes.creatinine_mg_dl(176.8, "µmol/L") == pytest.approx(2)
    assert codes.creatinine_mg_dl(1.1, "mg/dL") == 1.1


@pytest.mark.parametrize("unit", [None, "mg", "g/dL"])
def test_creatinine_in_another_unit_is_refused(unit):
    with pytest.raises(BadInput):
        codes.creatinine_mg_dl(1.0, unit)
