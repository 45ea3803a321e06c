"""Small exports for tests: a patient or two, written by hand."""

import json

from speedlab.cases.ehr import job

KEY = b"a key for tests, not for patients"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Lovelace", "given": ["Ada"]}],
    "gender": "female",
    "birthDate": "1950-12-10",
    "address": [{"line": ["12 St James's Square"], "state": "KS", "postalCode": "66801-2504"}],
    "telecom": [{"system": "phone", "value": "555-0123"}],
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"code": "IMP"},
    "subject": {"reference": "Patient/p1", "display": "Ada Lovelace"},
    "period": {"start": "2024-03-01T10:00:00Z", "end": "2024-03-06T10:00:00Z"},
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]},
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "effectiveDateTime": "2024-03-02T08:00:00Z",
    "valueQuantity": {"value": 0.9, "unit": "mg/dL", "code": "mg/dL"},
}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "49436004"}]},
    "subject": {"reference": "Patient/p1"},
    "onsetDateTime": "2020-05-04",
}
SOUND = (PATIENT, ENCOUNTER, OBSERVATION, CONDITION)


def changed(resource, **fields):
    """Return a copy with other fields; None takes one away."""
    return {name: value for name, value in (resource | fields).items() if value is not None}


def line(resource):
    """Return a resource as a line of an export."""
    return json.dumps(resource, ensure_ascii=False).encode() + b"\n"


def write(folder, *resources, name="Export.ndjson"):
    """Write resources, or bytes that shall look like one, as one file of an export."""
    folder.mkdir(exist_ok=True)
    lines = [r if isinstance(r, bytes) else line(r) for r in resources]
    (folder / name).write_bytes(b"".join(lines))
    return folder


def round_of(folder, **options):
    """Do the job on a folder in this process and return the answer."""
    with job.prepare(folder, key=KEY, **options) as ready:
        return job.ward_round(ready)
