"""The words of the records: illnesses, drugs, procedures and tests, each with its public code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"
UMOL_PER_MG = 88.4
"""Micromoles of creatinine a litre in 1 mg a decilitre."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Illness:
    """Something that people have.

    Attributes:
        group: What it counts as, such as "heart_failure"; a person has one illness of a group.
        snomed: Its SNOMED CT code.
        name: Its name there.
        icd10: Its ICD-10-CM code.
        title: Its name there.
        share: How many people of 80 have it; younger ones have it less often.
        youngest: Nobody below this age has it.
        drugs: RxNorm codes of what is given for it.
        procedures: SNOMED CT codes of what is done for it.
    """

    group: str
    snomed: str
    name: str
    icd10: str
    title: str
    share: float
    youngest: int
    drugs: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()


def concept(system: str, code: str, display: str) -> Json:
    """Return a FHIR CodeableConcept of one code.

    >>> concept(LOINC, "8867-4", "Heart rate")["coding"][0]["code"]
    '8867-4'
    """
    return {"coding": [{"system": system, "code": code, "display": display}]}


DRUGS = {
    "855332": "warfarin sodium 5 MG Oral Tablet",
    "1364445": "apixaban 5 MG Oral Tablet",
    "314076": "lisinopril 10 MG Oral Tablet",
    "197361": "amlodipine 5 MG Oral Tablet",
    "310798": "hydrochlorothiazide 25 MG Oral Tablet",
    "313988": "furosemide 40 MG Oral Tablet",
    "866412": "24 HR metoprolol succinate 100 MG Extended Release Oral Tablet",
    "860975": "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet",
    "106892": "insulin isophane, human 70 UNT/ML / insulin, regular, human 30 UNT/ML "
    "Injectable Suspension [Humulin]",
    "309362": "clopidogrel 75 MG Oral Tablet",
    "243670": "aspirin 81 MG Oral Tablet",
    "312961": "simvastatin 20 MG Oral Tablet",
    "705129": "nitroglycerin 0.4 MG/ACTUAT Mucosal Spray",
    "351137": "albuterol 0.21 MG/ML Inhalation Solution",
    "351109": "budesonide 0.25 MG/ML Inhalation Suspension",
    "997223": "donepezil hydrochloride 10 MG Oral Tablet",
    "205923": "1 ML epoetin alfa 4000 UNT/ML Injection [Epogen]",
    "1736854": "cisplatin 50 MG Injection",
    "583214": "paclitaxel 100 MG Injection",
    "105585": "methotrexate 2.5 MG Oral Tablet",
    "198051": "omeprazole 20 MG Delayed Release Oral Capsule",
    "476556": "emtricitabine 200 MG / tenofovir disoproxil fumarate 300 MG Oral Tablet",
    "310965": "ibuprofen 200 MG Oral Tablet",
    "313782": "acetaminophen 325 MG Oral Tablet",
    "308192": "amoxicillin 500 MG Oral Tablet",
    "310325": "ferrous sulfate 325 MG Oral Tablet",
}
COMMON_DRUGS = ("310965", "313782", "308192")
PROCEDURES = {
    "710824005": "Assessment of health and social care needs (procedure)",
    "430193006": "Medication reconciliation (procedure)",
    "171207006": "Depression screening (procedure)",
    "73761001": "Colonoscopy (procedure)",
    "29303009": "Electrocardiographic procedure (procedure)",
    "399208008": "Plain X-ray of chest (procedure)",
    "40701008": "Echocardiography (procedure)",
    "265764009": "Renal dialysis (procedure)",
    "415070008": "Percutaneous coronary intervention (procedure)",
    "367336001": "Chemotherapy (procedure)",
    "23426006": "Measurement of respiratory function (procedure)",
    "180325003": "Direct current cardioversion (procedure)",
}
COMMON_PROCEDURES = ("710824005", "430193006", "171207006", "399208008", "29303009", "73761001")
TESTS = {
    "2160-0": "Creatinine [Mass/volume] in Serum or Plasma",
    "14682-9": "Creatinine [Moles/volume] in Serum or Plasma",
    "718-7": "Hemoglobin [Mass/volume] in Blood",
    "2951-2": "Sodium [Moles/volume] in Serum or Plasma",
    "8867-4": "Heart rate",
    "85354-9": "Blood pressure panel with all children optional",
    "8480-6": "Systolic blood pressure",
    "8462-4": "Diastolic blood pressure",
    "29463-7": "Body weight",
    "8302-2": "Body height",
    "4548-4": "Hemoglobin A1c/Hemoglobin.total in Blood",
    "2345-7": "Glucose [Mass/volume] in Serum or Plasma",
}
CREATININE = ("2160-0", "14682-9")
