"""An independent look at the output: nothing in it that says who somebody is."""

import json
import re

import pyarrow.parquet as pq
import pytest
from cases.ehr.exports import KEY, PATIENT, SOUND, changed, write

from speedlab.cases.ehr import job
from speedlab.cases.ehr.records import keys
from speedlab.cases.ehr.records.pseudonyms import RESTRICTED_ZIP3, Pseudonyms, safe_label, zip3
from speedlab.cases.ehr.world import generate as data
from speedlab.core.errors import BadInput

KEPT_BY_LIST = {"system", "use", "resourceType", "status", "url", "gender", "state", "reference"}
EXACT_DAY = re.compile(r"\b\d{4}-\d{2}(-\d{2})?\b")


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Return everything that the output holds, as text, for the shipped sample."""
    out = tmp_path_factory.mktemp("privacy") / "out"
    with job.prepare(data.sample_path(), key=KEY, out=out) as ready:
        job.deliver(ready)
    tables = [pq.read_table(path).to_pandas().to_csv() for path in out.glob("*.parquet")]
    return "\n".join([*tables, *(p.read_text() for p in out.iterdir() if p.suffix != ".parquet")])


def words(value, name=""):
    """Return every text in a resource that could identify somebody."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in words(item, key)]
    if isinstance(value, list):
        return [text for item in value for text in words(item, name)]
    return [value] if isinstance(value, str) and name not in KEPT_BY_LIST else []


def patients():
    lines = (data.sample_path() / "Patient.000.ndjson").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def test_no_name_address_number_or_day_of_a_patient_is_in_the_output(output):
    shown = set(re.findall(r"[^\s,;\"']+", output.lower()))
    found = set()
    for patient in patients():
        secret = {text for text in words(patient) if len(text) > 3}
        secret |= {part for text in secret for part in re.findall(r"[^\s,;<>\"']{4,}", text)}
        found |= {text for text in secret if text.lower() in shown}
    assert not {text for text in found if not re.fullmatch(r"\d{4}|[a-z]+", text)}


def test_no_id_of_any_record_is_in_the_output(output):
    for path in data.sample_path().glob("*.ndjson"):
        ids = re.findall(rb'"id":"([^"]+)"', path.read_bytes())
        assert ids and not [name for name in ids if name.decode(errors="ignore") in output]


def test_no_exact_day_no_mail_no_telephone_and_no_free_text_is_in_the_output(output):
    marked = re.sub(r'"today": "[^"]+"', "", output)  # when the run was made, not about anybody
    assert not EXACT_DAY.findall(marked)
    assert "@" not in output and "http" not in output
    assert not re.findall(r"\(?\d{3}\)?[ -]\d{3}-\d{4}", output)


def test_a_code_text_or_type_cannot_carry_a_name(tmp_path):
    hidden = changed(
        SOUND[3],
        id="c9",
        code={"coding": [{"system": "http://snomed.info/sct", "code": "Ada"}], "text": "Ada"},
        clinicalStatus={"coding": [{"code": "Ada"}]},
    )
    odd = changed(PATIENT, resourceType="Ada")
    folder = write(tmp_path / "in", *SOUND, hidden, odd, name="Ada.ndjson")
    with job.prepare(folder, key=KEY, out=tmp_path / "out") as ready:
        job.deliver(ready)
    for path in (tmp_path / "out").iterdir():
        assert b"Ada" not in path.read_bytes()


def test_people_over_89_have_neither_a_year_of_birth_nor_an_age(tmp_path):
    old = changed(PATIENT, birthDate="1930-01-01")
    folder = write(tmp_path / "in", old, *SOUND[1:])
    with job.prepare(folder, key=KEY, out=tmp_path / "out") as ready:
        job.deliver(ready)
    (row,) = pq.read_table(tmp_path / "out" / "patients.parquet").to_pylist()
    assert (row["age"], row["birth_year"]) == (90, None)


def test_zip_codes_of_few_people_become_000():
    assert {zip3(f"{three}99") for three in RESTRICTED_ZIP3} == {"000"}


def test_pseudonyms_depend_on_the_key_and_say_nothing_of_it():
    one, other = Pseudonyms(KEY), Pseudonyms(KEY[::-1])
    assert one.of("Patient/1") == Pseudonyms(KEY).of("Patient/1") != other.of("Patient/1")
    assert KEY.decode() not in repr(one)
    assert safe_label("Ada.ndjson", 0) == "file-1.ndjson"


def test_the_own_key_is_made_once_and_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "own_key_path", lambda: tmp_path / "config" / "ehr.key")
    first = keys.own_key()
    assert keys.own_key() == first and len(first) >= keys.SHORTEST
    assert (tmp_path / "config" / "ehr.key").stat().st_mode & 0o077 == 0


def test_a_bad_key_is_refused(tmp_path):
    (tmp_path / "short.key").write_text("secret")
    with pytest.raises(BadInput, match="too short"):
        keys.read_key(tmp_path / "short.key")
    with pytest.raises(BadInput, match="cannot be read"):
        keys.read_key(tmp_path / "none.key")
    with pytest.raises(BadInput, match="lies in the folder of the output"):
        keys.keep_apart(tmp_path / "short.key", tmp_path)
