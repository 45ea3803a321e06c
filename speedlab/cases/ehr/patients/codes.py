"""Which codes mean what: tables that a clinician can read and correct.

A code means every name in whose row it stands. Names of the Charlson groups are those of
scores.CHARLSON and scores.LACE_CHARLSON; the others serve CHA2DS2-VASc.
"""

from __future__ import annotations

from functools import cache

from speedlab.core.errors import BadInput

ICD10 = """
myocardial_infarction  I21 I22 I252
heart_failure          I099 I110 I130 I132 I255 I420 I425 I426 I427 I428 I429 I43 I50 P290
peripheral_vascular    I70 I71 I731 I738 I739 I771 I790 I792 K551 K558 K559 Z958 Z959
cerebrovascular        G45 G46 H340 I60 I61 I62 I63 I64 I65 I66 I67 I68 I69
dementia               F00 F01 F02 F03 F051 G30 G311
chronic_pulmonary      I278 I279 J40 J41 J42 J43 J44 J45 J46 J47 J60 J61 J62 J63 J64 J65 J66 J67
chronic_pulmonary      J684 J701 J703
rheumatic              M05 M06 M315 M32 M33 M34 M351 M353 M360
peptic_ulcer           K25 K26 K27 K28
mild_liver             B18 K700 K701 K702 K703 K709 K713 K714 K715 K717 K73 K74 K760 K762 K763
mild_liver             K764 K768 K769 Z944
diabetes               E100 E101 E106 E108 E109 E110 E111 E116 E118 E119 E120 E121 E126 E128 E129
diabetes               E130 E131 E136 E138 E139 E140 E141 E146 E148 E149
diabetes_complicated   E102 E103 E104 E105 E107 E112 E113 E114 E115 E117 E122 E123 E124 E125 E127
diabetes_complicated   E132 E133 E134 E135 E137 E142 E143 E144 E145 E147
hemiplegia             G041 G114 G801 G802 G81 G82 G830 G831 G832 G833 G834 G839
renal                  I120 I131 N032 N033 N034 N035 N036 N037 N052 N053 N054 N055 N056 N057
renal                  N18 N19 N250 Z490 Z491 Z492 Z940 Z992
tumour                 C0 C1 C20 C21 C22 C23 C24 C25 C26 C30 C31 C32 C33 C34 C37 C38 C39 C40 C41
tumour                 C43 C45 C46 C47 C48 C49 C50 C51 C52 C53 C54 C55 C56 C57 C58 C6
tumour                 C70 C71 C72 C73 C74 C75 C76 C97
lymphoma               C81 C82 C83 C84 C85 C88 C90 C96
leukaemia              C91 C92 C93 C94 C95
severe_liver           I850 I859 I864 I982 K704 K711 K721 K729 K765 K766 K767
metastatic             C77 C78 C79 C80
aids                   B20 B21 B22 B24
atrial_fibrillation    I48
hypertension           I10 I11 I12 I13 I15 I16
stroke                 G45 I63 I64 I693 I74 Z8673
vascular               I21 I22 I252 I70 I71 I739
"""
"""Beginnings of codes without their dot.

Source: Quan et al., Med Care 2005;43:1130 for the Charlson groups, whose one group of cancers is
split here into solid tumours, lymphoma (with myeloma) and leukaemia, as Charlson did in 1987. The
last four rows are ours, after Lip et al. 2010; I480-I484, I489 and I4891 include flutter.
"""
SNOMED = """
hypertension           59621000 Essential hypertension
hypertension           38341003 Hypertensive disorder, systemic arterial
diabetes               44054006 Diabetes mellitus type 2
diabetes               46635009 Diabetes mellitus type 1
diabetes               73211009 Diabetes mellitus
diabetes               427089005 Diabetes mellitus due to cystic fibrosis
diabetes_complicated   127013003 Disorder of kidney due to diabetes mellitus
diabetes_complicated   368581000119106 Neuropathy due to type 2 diabetes mellitus
diabetes_complicated   422034002 Retinopathy due to type 2 diabetes mellitus
diabetes_complicated   1551000119108 Nonproliferative retinopathy due to type 2 diabetes
diabetes_complicated   1501000119109 Proliferative retinopathy due to type 2 diabetes
diabetes_complicated   97331000119101 Macular edema and retinopathy due to type 2 diabetes
diabetes_complicated   60951000119105 Blindness due to type 2 diabetes mellitus
diabetes_complicated   90781000119102 Microalbuminuria due to type 2 diabetes mellitus
diabetes_complicated   157141000119108 Proteinuria due to type 2 diabetes mellitus
atrial_fibrillation    49436004 Atrial fibrillation
heart_failure          88805009 Chronic congestive heart failure
heart_failure          84114007 Heart failure
heart_failure          42343007 Congestive heart failure
stroke cerebrovascular 230690007 Cerebrovascular accident
stroke cerebrovascular 266257000 Transient ischemic attack
myocardial_infarction vascular 22298006 Myocardial infarction
myocardial_infarction vascular 401303003 Acute ST segment elevation myocardial infarction
myocardial_infarction vascular 401314000 Acute non-ST segment elevation myocardial infarction
myocardial_infarction vascular 399211009 History of myocardial infarction
myocardial_infarction vascular 129574000 Postoperative myocardial infarction
peripheral_vascular vascular   399957001 Peripheral arterial occlusive disease
dementia               26929004 Alzheimer's disease
dementia               230265002 Familial Alzheimer's disease of early onset
dementia               52448006 Dementia
chronic_pulmonary      13645005 Chronic obstructive lung disease
chronic_pulmonary      185086009 Chronic obstructive bronchitis
chronic_pulmonary      87433001 Pulmonary emphysema
chronic_pulmonary      195967001 Asthma
chronic_pulmonary      233678006 Childhood asthma
rheumatic              69896004 Rheumatoid arthritis
rheumatic              200936003 Lupus erythematosus
mild_liver             61977001 Chronic type B viral hepatitis
mild_renal             431855005 Chronic kidney disease stage 1
mild_renal             431856006 Chronic kidney disease stage 2
renal                  433144002 Chronic kidney disease stage 3
renal                  700378005 Chronic kidney disease stage 3A
renal                  700379002 Chronic kidney disease stage 3B
renal                  431857002 Chronic kidney disease stage 4
renal                  433146000 Chronic kidney disease stage 5
renal                  46177005 End-stage renal disease
renal                  161665007 History of renal transplant
renal                  698306007 Awaiting transplantation of kidney
renal                  213150003 Kidney transplant failure and rejection
tumour                 254837009 Malignant neoplasm of breast
tumour                 254637007 Non-small cell lung cancer
tumour                 424132000 Non-small cell carcinoma of lung, TNM stage 1
tumour                 425048006 Non-small cell carcinoma of lung, TNM stage 2
tumour                 422968005 Non-small cell carcinoma of lung, TNM stage 3
metastatic             423121009 Non-small cell carcinoma of lung, TNM stage 4
tumour                 254632001 Small cell carcinoma of lung
tumour                 67811000119102 Primary small cell neoplasm of lung, TNM stage 1
tumour                 67821000119109 Primary small cell neoplasm of lung, TNM stage 2
tumour                 67831000119107 Primary small cell neoplasm of lung, TNM stage 3
metastatic             67841000119103 Primary small cell neoplasm of lung, TNM stage 4
tumour                 93761005 Primary malignant neoplasm of colon
tumour                 109838007 Overlapping malignant neoplasm of colon
tumour                 363406005 Malignant neoplasm of colon
tumour                 126906006 Neoplasm of prostate (Synthea's name for cancer)
metastatic             94260004 Metastatic malignant neoplasm to colon
metastatic             94503003 Metastatic malignant neoplasm to prostate
leukaemia              91861009 Acute myeloid leukemia
leukaemia              93143009 Leukemia, disease
lymphoma               109989006 Multiple myeloma
aids                   62479008 Acquired immune deficiency syndrome
"""
"""SNOMED CT ids with names, those of Synthea first; descendants are not followed.

HIV infection without AIDS (86406008) stays out on purpose: the weight of 6 is for AIDS. So do
ischemic heart disease (414545008), which is no infarction, and seizures (128613002). Stages 1
and 2 of chronic kidney disease are no moderate disease.
"""
CREATININE = ("2160-0", "38483-4", "14682-9")
"""LOINC: serum or plasma mg/dL, blood mg/dL, serum or plasma µmol/L."""
HAEMOGLOBIN = "718-7"
SODIUM = ("2951-2", "2947-0")
"""LOINC: serum or plasma, blood."""
_DIVISORS = {"mg/dL": 1.0, "umol/L": 88.4, "µmol/L": 88.4, "μmol/L": 88.4}


def meanings(system: str | None, code: str | None) -> frozenset[str]:
    """Return what a condition code means for the scores; nothing for an unknown one.

    Args:
        system: "icd10" (ICD-10-CM, with or without dot) or "snomed"; others mean nothing.
        code: The code.

    >>> sorted(meanings("icd10", "I21.4"))
    ['myocardial_infarction', 'vascular']
    >>> sorted(meanings("snomed", "44054006")), sorted(meanings("snomed", "128613002"))
    (['diabetes'], [])
    """
    if system == "snomed" and code:
        return _snomed().get(code, frozenset())
    if system != "icd10" or not code:
        return frozenset()
    plain, table = code.replace(".", "").upper(), _icd10()
    return frozenset(
        name for end in range(2, len(plain) + 1) for name in table.get(plain[:end], ())
    )


@cache
def _icd10() -> dict[str, frozenset[str]]:
    rows = [line.split() for line in ICD10.strip().splitlines()]
    return _gathered([(code, {name}) for name, *codes in rows for code in codes])


@cache
def _snomed() -> dict[str, frozenset[str]]:
    pairs = []
    for words in map(str.split, SNOMED.strip().splitlines()):
        place = next(place for place, word in enumerate(words) if word.isdecimal())
        pairs.append((words[place], set(words[:place])))
    return _gathered(pairs)


def _gathered(pairs: list[tuple[str, set[str]]]) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for code, names in pairs:
        table[code] = table.get(code, frozenset()) | names
    return table


def creatinine_mg_dl(value: float, unit: str | None) -> float:
    """Return a creatinine value in mg/dL.

    Args:
        value: The measured value.
        unit: "mg/dL", "umol/L" or "µmol/L".

    Raises:
        BadInput: If the unit is another one, or missing.

    >>> creatinine_mg_dl(88.4, "umol/L")
    1.0
    """
    if unit not in _DIVISORS:
        known = ", ".join(list(_DIVISORS)[:3])
        raise BadInput(f'The unit of creatinine is "{unit}".', "", f"Convert it to one of {known}.")
    return value / _DIVISORS[unit]
