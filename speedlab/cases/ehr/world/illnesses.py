"""Which illnesses there are, and who has which: it depends on age and on how often one comes."""

from __future__ import annotations

from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.vocabulary import Illness

_HEART = ("29303009", "40701008")
_LUNG = ("23426006", "399208008")
_CHEMO = ("1736854", "583214")

# fmt: off
LASTING = (
    Illness("hypertension", "59621000", "Essential hypertension (disorder)",
            "I10", "Essential (primary) hypertension", 0.65, 20, ("314076", "197361", "310798")),
    Illness("lipids", "55822004", "Hyperlipidemia (disorder)",
            "E78.5", "Hyperlipidemia, unspecified", 0.45, 20, ("312961",)),
    Illness("atrial_fibrillation", "49436004", "Atrial fibrillation (disorder)",
            "I48.91", "Unspecified atrial fibrillation", 0.2, 30,
            ("855332", "1364445"), ("29303009", "180325003")),
    Illness("heart_failure", "88805009", "Chronic congestive heart failure (disorder)",
            "I50.9", "Heart failure, unspecified", 0.2, 35, ("313988", "866412"), _HEART),
    Illness("diabetes", "44054006", "Diabetes mellitus type 2 (disorder)",
            "E11.9", "Type 2 diabetes mellitus without complications", 0.18, 20, ("860975",)),
    Illness("diabetes", "127013003", "Disorder of kidney due to diabetes mellitus (disorder)",
            "E11.21", "Type 2 diabetes mellitus with diabetic nephropathy", 0.1, 30,
            ("106892", "860975")),
    Illness("stroke", "230690007", "Cerebrovascular accident (disorder)",
            "I63.9", "Cerebral infarction, unspecified", 0.1, 35, ("309362", "312961")),
    Illness("stroke", "266257000", "Transient ischemic attack (disorder)",
            "G45.9", "Transient cerebral ischemic attack, unspecified", 0.07, 35, ("243670",)),
    Illness("infarction", "22298006", "Myocardial infarction (disorder)",
            "I21.9", "Acute myocardial infarction, unspecified", 0.12, 30,
            ("309362", "705129", "866412"), ("415070008", *_HEART)),
    Illness("vessels", "400047006", "Peripheral vascular disease (disorder)",
            "I73.9", "Peripheral vascular disease, unspecified", 0.12, 40, ("243670",)),
    Illness("copd", "13645005", "Chronic obstructive pulmonary disease (disorder)",
            "J44.9", "Chronic obstructive pulmonary disease, unspecified", 0.17, 35,
            ("351137", "351109"), _LUNG),
    Illness("dementia", "26929004", "Alzheimer's disease (disorder)",
            "G30.9", "Alzheimer's disease, unspecified", 0.15, 60, ("997223",)),
    Illness("kidney", "431855005", "Chronic kidney disease stage 1 (disorder)",
            "N18.1", "Chronic kidney disease, stage 1", 0.03, 18, ("314076",)),
    Illness("kidney", "431856006", "Chronic kidney disease stage 2 (disorder)",
            "N18.2", "Chronic kidney disease, stage 2 (mild)", 0.06, 20, ("314076",)),
    Illness("kidney", "433144002", "Chronic kidney disease stage 3 (disorder)",
            "N18.30", "Chronic kidney disease, stage 3 unspecified", 0.14, 25, ("314076",)),
    Illness("kidney", "431857002", "Chronic kidney disease stage 4 (disorder)",
            "N18.4", "Chronic kidney disease, stage 4 (severe)", 0.07, 25, ("205923", "313988")),
    Illness("kidney", "433146000", "Chronic kidney disease stage 5 (disorder)",
            "N18.5", "Chronic kidney disease, stage 5", 0.05, 25, ("205923",), ("265764009",)),
    Illness("liver", "197321007", "Steatosis of liver (disorder)",
            "K76.0", "Fatty (change of) liver, not elsewhere classified", 0.05, 25),
    Illness("liver", "19943007", "Cirrhosis of liver (disorder)",
            "K74.60", "Unspecified cirrhosis of liver", 0.03, 30, ("313988",)),
    Illness("cancer", "363406005", "Malignant tumor of colon (disorder)",
            "C18.9", "Malignant neoplasm of colon, unspecified", 0.06, 35, _CHEMO,
            ("367336001", "73761001")),
    Illness("cancer", "254637007", "Non-small cell lung cancer (disorder)",
            "C34.90", "Malignant neoplasm of unspecified part of unspecified bronchus or lung",
            0.05, 40, _CHEMO, ("367336001",)),
    Illness("metastasis", "128462008", "Secondary malignant neoplastic disease (disorder)",
            "C79.9", "Secondary malignant neoplasm of unspecified site", 0.05, 40, _CHEMO,
            ("367336001",)),
    Illness("joints", "69896004", "Rheumatoid arthritis (disorder)",
            "M06.9", "Rheumatoid arthritis, unspecified", 0.05, 20, ("105585",)),
    Illness("joints", "55464009", "Systemic lupus erythematosus (disorder)",
            "M32.9", "Systemic lupus erythematosus, unspecified", 0.02, 18, ("105585",)),
    Illness("ulcer", "13200003", "Peptic ulcer (disorder)",
            "K27.9", "Peptic ulcer, site unspecified, unspecified as acute or chronic, without "
            "hemorrhage or perforation", 0.06, 20, ("198051",)),
    Illness("hiv", "86406008", "Human immunodeficiency virus infection (disorder)",
            "B20", "Human immunodeficiency virus [HIV] disease", 0.02, 18, ("476556",)),
    Illness("hemiplegia", "50582007", "Hemiplegia (disorder)",
            "G81.90", "Hemiplegia, unspecified affecting unspecified side", 0.04, 35),
    Illness("anemia", "271737000", "Anemia (disorder)",
            "D64.9", "Anemia, unspecified", 0.15, 3, ("310325",)),
    Illness("osteoarthritis", "396275006", "Osteoarthritis (disorder)",
            "M19.90", "Unspecified osteoarthritis, unspecified site", 0.3, 35, ("310965",)),
)
PASSING = (
    Illness("sinusitis", "444814009", "Viral sinusitis (disorder)",
            "J01.90", "Acute sinusitis, unspecified", 1.0, 0, ("313782",)),
    Illness("throat", "195662009", "Acute viral pharyngitis (disorder)",
            "J02.9", "Acute pharyngitis, unspecified", 1.0, 0, ("313782",)),
    Illness("bronchitis", "10509002", "Acute bronchitis (disorder)",
            "J20.9", "Acute bronchitis, unspecified", 1.0, 0, ("308192",), ("399208008",)),
    Illness("ankle", "44465007", "Sprain of ankle (disorder)",
            "S93.409A", "Sprain of unspecified ligament of unspecified ankle, initial encounter",
            1.0, 0, ("310965",)),
    Illness("bladder", "68566005", "Urinary tract infectious disease (disorder)",
            "N39.0", "Urinary tract infection, site not specified", 1.0, 0, ("308192",)),
    Illness("back", "278860009", "Chronic low back pain (finding)",
            "M54.50", "Low back pain, unspecified", 1.0, 0, ("310965",)),
)
# fmt: on


def lasting_illnesses(draws: Draws, age: int, lines: int) -> list[Illness]:
    """Draw the lasting illnesses of somebody: more with age, more for those with many records."""
    frailty = 0.6 + min(lines, 180) / 150
    found: list[Illness] = []
    for illness in LASTING:
        if age >= illness.youngest and draws.chance(illness.share * _weight(age) * frailty):
            found.append(illness)
    # Of two illnesses of a group the later, worse one stays.
    worst = {illness.group: illness for illness in found}
    return list(worst.values())


def _weight(age: int) -> float:
    return min(1.1, 0.06 + (age / 80) ** 2)
