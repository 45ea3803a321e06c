import pyarrow as pa

PATIENTS = pa.schema([("person", pa.string()), ("sex", pa.string())])


def patient_row(facts):
    p = [f for f in facts if f.kind == "Patient"]
    return {"person": p[0].person, "sex": p[0].sex} if p else None


def table_of(rows):
    return pa.Table.from_pylist(rows, schema=PATIENTS)
