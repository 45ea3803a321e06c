"""Clinical scores as plain functions of numbers; each names its source and its variant.

For teaching and for counting, not for treating anybody.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from speedlab.core.errors import BadInput

CHARLSON = {
    "myocardial_infarction": 1,
    "heart_failure": 1,
    "peripheral_vascular": 1,
    "cerebrovascular": 1,
    "dementia": 1,
    "chronic_pulmonary": 1,
    "rheumatic": 1,
    "peptic_ulcer": 1,
    "mild_liver": 1,
    "diabetes": 1,
    "diabetes_complicated": 2,
    "hemiplegia": 2,
    "renal": 2,
    "tumour": 2,
    "leukaemia": 2,
    "lymphoma": 2,
    "severe_liver": 3,
    "metastatic": 6,
    "aids": 6,
}
"""Weights of Charlson 1987; leukaemia and lymphoma are items of their own."""
LACE_CHARLSON = {
    "myocardial_infarction": 1,
    "peripheral_vascular": 1,
    "cerebrovascular": 1,
    "diabetes": 1,
    "heart_failure": 2,
    "diabetes_complicated": 2,
    "chronic_pulmonary": 2,
    "mild_liver": 2,
    "mild_renal": 2,
    "tumour": 2,
    "dementia": 3,
    "rheumatic": 3,
    "severe_liver": 4,
    "renal": 4,
    "aids": 4,
    "metastatic": 6,
}
"""Weights that LACE gives: not those of 1987. Ulcer and hemiplegia weigh nothing here."""
_MILDER = {
    "diabetes_complicated": "diabetes",
    "severe_liver": "mild_liver",
    "metastatic": "tumour",
    "renal": "mild_renal",
}
# From how many admissions on there are 2 points.
_ADMISSIONS = {"2013": 1, "2016": 2}


def _checked(value: float, name: str, *, above: float = 0.0) -> float:
    if not (math.isfinite(value) and value >= above):
        raise BadInput(f"{name} is {value}, which is impossible.", "", "Correct or leave it out.")
    return value


def _is_female(sex: str) -> bool:
    if sex not in ("female", "male"):
        raise BadInput(
            f'The sex is "{sex}".', "The equation knows female and male only.", "Leave it out."
        )
    return sex == "female"


def egfr(creatinine_mg_dl: float, age: float, sex: str) -> float | None:
    """Return the glomerular filtration rate that creatinine suggests, in mL/min/1.73 m².

    Args:
        creatinine_mg_dl: Creatinine in serum or plasma, mg/dL, above 0.
        age: Age in years.
        sex: "female" or "male".

    Returns:
        The estimate; None under 18 years, for whom the equation was not made.

    Raises:
        BadInput: If an argument is impossible.

    Source: CKD-EPI 2021, creatinine only, without race: Inker et al., NEJM 2021;385:1737.

    >>> [round(egfr(0.8, 70, sex), 1) for sex in ("male", "female")]
    [95.2, 79.2]
    """
    female = _is_female(sex)
    if _checked(creatinine_mg_dl, "Creatinine") == 0:
        raise BadInput("Creatinine is 0, which is impossible.", "", "Correct or leave it out.")
    if _checked(age, "The age") < 18:
        return None
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = creatinine_mg_dl / kappa
    rate = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age
    return float(rate * 1.012 if female else rate)


def egfr_stage(rate: float) -> str:
    """Return the KDIGO stage of a filtration rate: G1, G2, G3a, G3b, G4 or G5.

    The rate alone makes no kidney disease: G1 and G2 need other evidence.

    Raises:
        BadInput: If the rate is impossible.

    Source: KDIGO 2012 and 2024, table of GFR categories.

    >>> [egfr_stage(rate) for rate in (95, 60, 45, 30, 15, 14)]
    ['G1', 'G2', 'G3a', 'G3b', 'G4', 'G5']
    """
    _checked(rate, "The filtration rate")
    stages = ((90, "G1"), (60, "G2"), (45, "G3a"), (30, "G3b"), (15, "G4"), (0, "G5"))
    return next(stage for least, stage in stages if rate >= least)


def cha2ds2_vasc(
    age: float,
    sex: str,
    *,
    heart_failure: bool,
    hypertension: bool,
    diabetes: bool,
    stroke: bool,
    vascular: bool,
) -> int:
    """Return the CHA2DS2-VASc score, 0 to 9, of somebody with atrial fibrillation.

    Args:
        age: Age in years: 1 point from 65, 2 from 75.
        sex: "female" (1 point) or "male".
        heart_failure: Congestive heart failure or left ventricular dysfunction.
        hypertension: Hypertension, treated or not.
        diabetes: Diabetes mellitus.
        stroke: Stroke, TIA or thromboembolism before (2 points).
        vascular: Myocardial infarction before, peripheral artery disease or aortic plaque.

    Raises:
        BadInput: If the age is impossible or the sex unknown.

    Source: Lip et al., Chest 2010;137:263.

    >>> cha2ds2_vasc(76, "female", heart_failure=False, hypertension=True, diabetes=True,
    ...              stroke=True, vascular=False)
    7
    """
    years = _checked(age, "The age")
    points = (years >= 65) + (years >= 75) + 2 * stroke + _is_female(sex)
    return int(points + heart_failure + hypertension + diabetes + vascular)


def charlson(conditions: Collection[str], *, age: float | None = None) -> int:
    """Return the Charlson comorbidity index.

    Args:
        conditions: Names among CHARLSON; other names count nothing. Of two severities of one
            disease only the graver counts.
        age: With an age, the variant of 1994 adds 1 point a decade from 50 on, at most 4; None
            leaves age out, as in 1987.

    Raises:
        BadInput: If the age is impossible.

    Source: Charlson et al., J Chronic Dis 1987;40:373; age: J Clin Epidemiol 1994;47:1245.

    >>> charlson({"renal", "diabetes", "diabetes_complicated"}), charlson(set(), age=76)
    (4, 3)
    """
    points = 0 if age is None else min(max(int(_checked(age, "The age") // 10) - 4, 0), 4)
    return points + _weighed(conditions, CHARLSON)


def charlson_survival(index: float) -> float:
    """Return the share that Charlson's formula expects to be alive in ten years.

    Meant for the index with age points; without them it speaks of people under 50.

    Raises:
        BadInput: If the index is negative or no number.

    Source: 0.983 ** exp(0.9 * index), from Charlson et al., J Chronic Dis 1987;40:373, as
    calculators print it.

    >>> [round(charlson_survival(index), 3) for index in (0, 3, 5)]
    [0.983, 0.775, 0.214]
    """
    # Beyond 30 points nothing is left, and exp() would not end.
    return float(0.983 ** math.exp(0.9 * min(_checked(index, "The index"), 30)))


def lace_comorbidity(conditions: Collection[str]) -> int:
    """Return the comorbidity score that goes into LACE, before it is cut to 5 points.

    Source: the weights printed with van Walraven et al., CMAJ 2010;182:551. Forms differ in
    renal disease; here mild weighs 2, moderate or severe 4, and all cancers are one item.

    >>> lace_comorbidity({"dementia", "heart_failure"})
    5
    """
    blood = {"leukaemia", "lymphoma"}
    return _weighed(["tumour" if name in blood else name for name in conditions], LACE_CHARLSON)


def _weighed(conditions: Collection[str], weights: dict[str, int]) -> int:
    found = set(conditions)
    found -= {milder for graver, milder in _MILDER.items() if graver in found}
    return sum(weights.get(name, 0) for name in found)


def lace(days: float, *, acute: bool, comorbidity: int, ed_visits: int) -> int:
    """Return the LACE index, 0 to 19, of a stay in hospital.

    Args:
        days: Length of stay in days; 0 is less than one day.
        acute: Whether the admission was an emergency (3 points).
        comorbidity: Charlson score with the weights of LACE, see lace_comorbidity; 4 and more
            make 5 points.
        ed_visits: Visits to the emergency department in the six months before, without the one
            that led to this stay; at most 4 points.

    Raises:
        BadInput: If a number is negative or not finite.

    Source: van Walraven et al., CMAJ 2010;182:551. Not LACE+.

    >>> lace(5, acute=True, comorbidity=5, ed_visits=2)
    14
    >>> lace(2, acute=False, comorbidity=0, ed_visits=0)
    2
    """
    for value, name in ((days, "The stay"), (comorbidity, "Comorbidity"), (ed_visits, "ED visits")):
        _checked(value, name)
    stay = 7 if days >= 14 else 5 if days >= 7 else min(int(days), 4)
    illness = 5 if comorbidity >= 4 else comorbidity
    return stay + 3 * acute + illness + min(ed_visits, 4)


def hospital(
    *,
    haemoglobin_g_dl: float | None,
    oncology: bool,
    sodium_mmol_l: float | None,
    procedure: bool,
    urgent: bool,
    admissions: int,
    days: float,
    variant: str = "2016",
) -> int:
    """Return the HOSPITAL score, 0 to 13, of a stay.

    Args:
        haemoglobin_g_dl: At discharge; below 12 g/dL 1 point, None counts as normal.
        oncology: Discharged from an oncology service (2 points).
        sodium_mmol_l: At discharge; below 135 mmol/L 1 point, None counts as normal.
        procedure: Any coded procedure in the stay.
        urgent: Not an elective admission.
        admissions: Admissions in the twelve months before.
        days: Length of stay; 2 points from 5 days on.
        variant: "2016", the international validation: 0-1, 2-5 and more than 5 admissions make
            0, 2 and 5 points. "2013", the derivation: 0, 1-5 and more than 5 admissions.

    Raises:
        BadInput: If a number is impossible or the variant unknown.

    Source: Donzé et al., JAMA Intern Med 2013;173:632 and 2016;176:496.

    >>> hospital(haemoglobin_g_dl=11, oncology=True, sodium_mmol_l=130, procedure=True,
    ...          urgent=True, admissions=6, days=5)
    13
    """
    if variant not in _ADMISSIONS:
        raise BadInput(f'No variant "{variant}".', "", f"Choose among {', '.join(_ADMISSIONS)}.")
    _checked(days, "The stay")
    often = 5 if _checked(admissions, "Admissions") > 5 else 0
    often = often or 2 * (admissions >= _ADMISSIONS[variant])
    low = _is_low(haemoglobin_g_dl, 12, "Haemoglobin") + _is_low(sodium_mmol_l, 135, "Sodium")
    return low + 2 * oncology + procedure + urgent + often + 2 * (days >= 5)


def _is_low(value: float | None, limit: float, name: str) -> bool:
    return value is not None and _checked(value, name) < limit
