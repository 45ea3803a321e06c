"""Files of an export: which are read, how they are cut, and what place each record has."""

import gzip
import json

import pytest
from cases.ehr.exports import ENCOUNTER, PATIENT, SOUND, line, write

from speedlab.cases.ehr.records import read as reading
from speedlab.cases.ehr.records.read import cut, find_sources, read
from speedlab.core.errors import BadInput


def records(folder, parts=None):
    return [raw for part in cut(find_sources(folder), parts=parts) for raw in read(part)]


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 50])
def test_every_line_belongs_to_one_part_wherever_the_cuts_fall(tmp_path, parts):
    lines = [line({"id": str(n), "text": "é" * (n % 9)}) for n in range(60)]
    write(tmp_path, *lines)
    found = records(tmp_path, parts)
    assert [raw.content + b"\n" for raw in found] == lines
    content = (tmp_path / "Export.ndjson").read_bytes()
    assert all(content[raw.offset :].startswith(raw.content) for raw in found)


def test_windows_line_ends_a_byte_order_mark_and_empty_lines_are_no_content(tmp_path):
    write(tmp_path, b"\xef\xbb\xbf" + line(PATIENT).replace(b"\n", b"\r\n"), b"\r\n  \n", b"{}")
    assert [json.loads(raw.content) for raw in records(tmp_path)] == [PATIENT, {}]


def test_a_packed_file_is_one_part_with_the_same_records(tmp_path):
    write(tmp_path / "plain", *SOUND)
    packed = tmp_path / "packed"
    packed.mkdir()
    content = (tmp_path / "plain" / "Export.ndjson").read_bytes()
    (packed / "Export.ndjson.gz").write_bytes(gzip.compress(content))
    assert len(cut(find_sources(packed), parts=9)) == 1
    assert records(packed) == records(tmp_path / "plain")


@pytest.mark.parametrize("indent", [None, 2])
def test_the_entries_of_a_bundle_have_places_and_resolved_references(tmp_path, indent):
    visit = ENCOUNTER | {"subject": {"reference": "urn:uuid:77"}}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "meta": {"tag": [{"display": 'an "entry": [ in a text, é'}]},
        "entry": [
            {"fullUrl": "urn:uuid:77", "resource": PATIENT},
            {"request": {"method": "DELETE", "url": "Patient/9"}},
            {"fullUrl": "urn:uuid:78", "resource": visit},
        ],
    }
    content = b"\xef\xbb\xbf" + json.dumps(bundle, indent=indent, ensure_ascii=False).encode()
    (tmp_path / "Ada_Lovelace.json").write_bytes(content)
    patient, encounter = records(tmp_path)
    assert patient.resource == PATIENT
    assert encounter.resource["subject"]["reference"] == "Patient/p1"
    for raw in (patient, encounter):
        assert content[raw.offset : raw.offset + len(raw.content)] == raw.content
        assert raw.content.startswith(b"{")


def test_a_file_with_one_resource_gives_that(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(PATIENT))
    assert [json.loads(raw.content) for raw in records(tmp_path)] == [PATIENT]


def test_the_log_of_an_export_and_other_json_are_not_read(tmp_path):
    write(tmp_path, PATIENT)
    (tmp_path / "log.ndjson").write_text('{"exportId": "7", "eventId": "kickoff"}\n')
    (tmp_path / "settings.json").write_text('{"colour": "blue"}')
    (tmp_path / "planted.csv").write_text("file,line\n")
    assert [source.label for source in find_sources(tmp_path)] == ["file-1.ndjson"]


def test_a_file_name_that_could_name_a_patient_is_not_shown(tmp_path):
    write(tmp_path, PATIENT, name="Lovelace.ndjson")
    write(tmp_path, PATIENT, name="Patient.000.ndjson")
    assert [s.label for s in find_sources(tmp_path)] == ["file-1.ndjson", "Patient.000.ndjson"]


def test_a_line_too_long_to_be_held_is_refused_at_every_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_LINE", 1_000)
    write(tmp_path, PATIENT, b"x" * 5_000 + b"\n")
    for part in cut(find_sources(tmp_path), parts=4)[1:]:
        with pytest.raises(BadInput, match="longer than 16 MiB"):
            list(read(part))


def test_a_bundle_too_large_to_be_held_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_BUNDLE", 100)
    (tmp_path / "b.json").write_text(json.dumps(PATIENT))
    with pytest.raises(BadInput, match="larger than 256 MiB"):
        records(tmp_path)


@pytest.mark.parametrize("content", [gzip.compress(line(PATIENT) * 99)[:-9], b"no gzip at all"])
def test_a_packed_file_that_is_cut_off_is_named(tmp_path, content):
    (tmp_path / "Patient.ndjson.gz").write_bytes(content)
    with pytest.raises(BadInput, match=r"Patient.ndjson.gz cannot be unpacked to its end"):
        records(tmp_path)


def test_no_folder_and_a_folder_without_fhir_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(BadInput, match="is no folder"):
        find_sources(tmp_path / "a.txt")
    with pytest.raises(BadInput, match="There is no FHIR in"):
        find_sources(tmp_path)


def test_the_folder_below_is_named_if_fhir_lies_there(tmp_path):
    write(tmp_path / "fhir", PATIENT)
    with pytest.raises(BadInput, match=r"Try the folder .*fhir"):
        find_sources(tmp_path)
