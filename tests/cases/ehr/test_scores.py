"""Scores agree with published values and with an independent implementation."""

import itertools
import math

import clincalc
import pytest

from speedlab.cases.ehr.patients import scores
from speedlab.core.errors import BadInput

RATES = [
    (0.8, 70, "male", 95.21),
    (0.8, 70, "female", 79.22),
    (1.1, 50, "male", 81.78),
    (0.9, 55, "female", 75.5),
    (1.0, 50, "female", 68.63),
    (1.0, 50, "male", 91.69),
    (2.5, 70, "male", 26.96),
    (0.6, 25, "female", 127.67),
    (1.2, 60, "male", 69.23),
]
ITEMS = {
    "myocardial_infarction": "myocardial_infarction",
    "heart_failure": "congestive_heart_failure",
    "peripheral_vascular": "peripheral_vascular_disease",
    "cerebrovascular": "cerebrovascular_disease",
    "dementia": "dementia",
    "chronic_pulmonary": "copd",
    "rheumatic": "connective_tissue_disease",
    "peptic_ulcer": "peptic_ulcer_disease",
    "mild_liver": "mild_liver_disease",
    "diabetes": "diabetes_uncomplicated",
    "diabetes_complicated": "diabetes_complicated",
    "hemiplegia": "hemiplegia_paraplegia",
    "renal": "renal_disease_moderate_severe",
    "tumour": "solid_tumour_non_metastatic",
    "leukaemia": "leukaemia",
    "lymphoma": "lymphoma",
    "severe_liver": "liver_disease_moderate_severe",
    "metastatic": "metastatic_solid_tumour",
    "aids": "aids",
}
STAY = {
    "haemoglobin_g_dl": 13.0,
    "oncology": False,
    "sodium_mmol_l": 140.0,
    "procedure": False,
    "urgent": False,
    "days": 1,
}


def result(name, **given):
    return clincalc.calculate(name, given)["result"]


@pytest.mark.parametrize(("creatinine", "age", "sex", "rate"), RATES)
def test_filtration_rate_equals_the_published_value(creatinine, age, sex, rate):
    assert scores.egfr(creatinine, age, sex) == pytest.approx(rate, abs=0.006)


def test_filtration_rate_equals_clincalc_on_a_grid():
    for creatinine, age, sex in itertools.product(
        (0.3, 0.7, 0.71, 0.9, 0.91, 1.5, 4.0, 12.0), (18, 40, 65, 89, 110), ("male", "female")
    ):
        theirs = result("egfr", creatinine=creatinine, creatinine_unit="mg/dL", age=age, sex=sex)
        assert scores.egfr(creatinine, age, sex) == pytest.approx(float(theirs), abs=0.51)


def test_children_have_no_filtration_rate():
    assert scores.egfr(0.5, 17, "male") is None


@pytest.mark.parametrize(
    "arguments",
    [(0, 50, "male"), (-1, 50, "male"), (math.nan, 50, "male"), (1, -1, "male"), (1, 50, "other")],
)
def test_impossible_arguments_are_refused(arguments):
    with pytest.raises(BadInput):
        scores.egfr(*arguments)


def test_stroke_score_equals_clincalc_on_every_combination():
    names = ("heart_failure", "hypertension", "diabetes", "stroke", "vascular")
    theirs = ("congestive_heart_failure", "hypertension", "diabetes")
    theirs += ("stroke_tia_thromboembolism", "vascular_disease")
    for flags in itertools.product((False, True), repeat=5):
        for age, sex in itertools.product((64, 65, 74, 75), ("male", "female")):
            ours = scores.cha2ds2_vasc(age, sex, **dict(zip(names, flags, strict=True)))
            given = dict(zip(theirs, flags, strict=True))
            assert ours == result("cha2ds2vasc", age=age, sex=sex, **given)


def test_charlson_without_age_equals_clincalc_for_every_pair_of_conditions():
    # With age they part: clincalc's bands begin at 51, 61, ... and have no end.
    assert set(ITEMS) == set(scores.CHARLSON)
    for first, second in itertools.combinations_with_replacement(ITEMS, 2):
        given = {theirs: ours in (first, second) for ours, theirs in ITEMS.items()}
        theirs = result("charlson", age=60, include_age_adjustment=False, **given)
        assert scores.charlson({first, second}) == theirs


@pytest.mark.parametrize(("age", "points"), [(49, 0), (50, 1), (69, 2), (79, 3), (80, 4), (95, 4)])
def test_each_decade_from_fifty_on_adds_a_point_up_to_four(age, points):
    assert scores.charlson(set(), age=age) == points


def test_no_illness_means_survival_of_98_percent():
    assert scores.charlson_survival(0) == pytest.approx(0.983)
    assert scores.charlson_survival(1000) == 0


@pytest.mark.parametrize(
    ("days", "points"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (6, 4), (7, 5), (13, 5), (14, 7)]
)
def test_lace_gives_points_for_the_length_of_stay(days, points):
    assert scores.lace(days, acute=False, comorbidity=0, ed_visits=0) == points


def test_lace_counts_at_most_nineteen():
    assert scores.lace(99, acute=True, comorbidity=20, ed_visits=20) == 19
    assert [scores.lace(0, acute=False, comorbidity=c, ed_visits=0) for c in (3, 4)] == [3, 5]


def test_comorbidity_of_lace_weighs_otherwise_than_charlson():
    assert scores.charlson({"dementia"}) == 1
    assert scores.lace_comorbidity({"dementia"}) == 3
    assert scores.lace_comorbidity({"leukaemia", "tumour"}) == 2


@pytest.mark.parametrize(("admissions", "old", "new"), [(0, 0, 0), (1, 2, 0), (2, 2, 2), (6, 5, 5)])
def test_hospital_score_knows_two_ways_to_count_admissions(admissions, old, new):
    assert scores.hospital(**STAY, admissions=admissions, variant="2013") == old
    assert scores.hospital(**STAY, admissions=admissions) == new


def test_hospital_score_takes_a_missing_value_as_normal():
    unknown = STAY | {"haemoglobin_g_dl": None, "sodium_mmol_l": None}
    assert scores.hospital(**unknown, admissions=0) == 0


def test_unknown_variant_is_refused():
    with pytest.raises(BadInput):
        scores.hospital(**STAY, admissions=0, variant="2020")
