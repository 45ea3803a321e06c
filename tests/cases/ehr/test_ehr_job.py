"""The whole round: nothing lost, the same bytes whoever does it, and it goes on after a kill."""

import csv
import errno
import json
import os
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cases.ehr.exports import CONDITION, KEY, OBSERVATION, PATIENT, SOUND, changed, round_of, write

import speedlab as sl
from speedlab.cases.ehr import job, outbox, two_passes
from speedlab.cases.ehr.patients import fact_files
from speedlab.cases.ehr.world import generate as data
from speedlab.core.chunks import serial_map
from speedlab.core.errors import BadInput, ChunkFailed


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    """Return an export of many patients with a few defects."""
    rng, found = random.Random(7), []
    for number in range(60):
        name = f"Patient/p{number}"
        found.append(changed(PATIENT, id=f"p{number}"))
        for turn in range(rng.randrange(1, 9)):
            about = {"id": f"x{number}-{turn}", "subject": {"reference": name}}
            found.append(changed(rng.choice([CONDITION, OBSERVATION]), encounter=None, **about))
    found += [b"{broken\n", b"\xff\xfe\n", found[1], b"\n"]
    folder = tmp_path_factory.mktemp("ward")
    write(folder, *found[:150])
    return write(folder, *found[150:], name="More.ndjson")


def in_folder(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def delivered(ward, out, map_=serial_map, **options):
    with job.prepare(ward, key=KEY, out=out, **options) as ready:
        job.deliver(ready, map_=map_)
    return in_folder(out)


def test_every_record_is_a_row_of_the_records_or_of_the_quarantine(ward, tmp_path):
    delivered(ward, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    kept = pq.read_table(tmp_path / "out" / "records.parquet").num_rows
    with (tmp_path / "out" / "quarantine.csv").open() as file:
        refused = list(csv.DictReader(file))
    lines = [row for path in ward.iterdir() for row in path.read_bytes().split(b"\n") if row]
    assert (summary["records_out"], summary["quarantined"]) == (kept, len(refused))
    assert summary["records_in"] == len(lines) == kept + len(refused)
    assert sorted(row["reason"] for row in refused) == ["broken_json", "duplicate", "encoding"]


def test_the_quarantine_says_where_a_refused_record_lies(ward, tmp_path):
    delivered(ward, tmp_path / "out")
    names = json.loads((tmp_path / "out" / "summary.json").read_text())["files"]
    paths = dict(zip(names, sorted(ward.iterdir()), strict=True))
    with (tmp_path / "out" / "quarantine.csv").open() as file:
        rows = {row["reason"]: row for row in csv.DictReader(file)}
    row = rows["broken_json"]
    start, size = int(row["offset"]), int(row["size"])
    assert paths[row["file"]].read_bytes()[start : start + size] == b"{broken"


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_bytes_do_not_depend_on_who_did_the_work(ward, tmp_path, workers):
    with sl.NotebookPool(workers) as pool:
        assert delivered(ward, tmp_path / "a", pool.map) == delivered(ward, tmp_path / "b")


def test_the_answer_does_not_depend_on_how_it_is_cut(ward):
    assert round_of(ward, parts=1) == round_of(ward, parts=13)


@pytest.mark.parametrize("buckets", [1, 200])
def test_what_is_found_does_not_depend_on_the_number_of_buckets(tmp_path, monkeypatch, buckets):
    export = data.generate(tmp_path / "in", size=1_000, defects=0.1)
    expected = round_of(export)
    monkeypatch.setattr(job, "FEWEST_BUCKETS", buckets)
    found = round_of(export)
    assert found.tally == expected.tally and expected.tally["warnings"]["encounter_missing"]
    assert found.digests["quarantine.csv"] == expected.digests["quarantine.csv"]


def test_facts_are_written_in_batches_of_any_size(ward, monkeypatch):
    expected = round_of(ward)
    monkeypatch.setattr(fact_files, "AT_ONCE", 7)
    monkeypatch.setattr(fact_files, "PIECES_A_BATCH", 2)
    assert round_of(ward) == expected


class Killed(Exception):
    """Stands for a kill: nothing is tidied up after it."""


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 9, 12])
def test_a_run_that_was_stopped_goes_on_and_does_nothing_twice(ward, tmp_path, steps):
    expected, out = delivered(ward, tmp_path / "whole"), tmp_path / "out"
    done = []

    def dies(fn, tasks):
        for task in tasks:
            if len(done) == steps:
                raise Killed
            fn(task)
            done.append(task.target)

    with job.prepare(ward, key=KEY, out=out, parts=4) as ready, pytest.raises(Killed):
        job.deliver(ready, map_=dies)
    assert (out / outbox.MARK).exists() and not (out / outbox.SUMMARY).exists()
    written = {path: path.stat().st_mtime_ns for path in (out / outbox.WORK).glob("*.arrow")}

    def watched(fn, tasks):
        for task in tasks:
            fn(task)
        assert {p: p.stat().st_mtime_ns for p in written} == written

    delivered(ward, tmp_path / "reference", parts=4)
    assert delivered(ward, out, watched, parts=4) == in_folder(tmp_path / "reference")
    assert in_folder(out).keys() == expected.keys()


def test_a_stop_after_the_summary_only_leaves_things_to_clear(ward, tmp_path, monkeypatch):
    def dies(_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(outbox.Outbox, "clear", dies)
        delivered(ward, tmp_path / "out")
    assert (tmp_path / "out" / outbox.MARK).exists()
    assert delivered(ward, tmp_path / "out") == delivered(ward, tmp_path / "whole")


def test_a_complete_output_is_left_as_it_is(ward, tmp_path):
    first = delivered(ward, tmp_path / "out")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert delivered(ward, tmp_path / "out") == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == times


def test_a_folder_with_something_else_in_it_is_refused(ward, tmp_path):
    (tmp_path / "holiday.txt").write_text("do not delete")
    with pytest.raises(BadInput, match="is not empty"):
        job.prepare(ward, key=KEY, out=tmp_path)
    with pytest.raises(BadInput, match="is no folder"):
        job.prepare(ward, key=KEY, out=tmp_path / "holiday.txt")


def test_the_output_of_another_input_or_key_is_refused(ward, tmp_path):
    delivered(ward, tmp_path / "out")
    other = write(tmp_path / "other", *SOUND)
    for folder, key in ((other, KEY), (ward, b"another key, as long")):
        with (
            job.prepare(folder, key=key, out=tmp_path / "out") as ready,
            pytest.raises(BadInput, match="belongs to another run"),
        ):
            job.deliver(ready)


def test_two_runs_at_once_are_refused(ward, tmp_path):
    with job.prepare(ward, key=KEY, out=tmp_path / "out") as ready:
        with (
            outbox.opened(tmp_path / "out", ready.plan.order()),
            pytest.raises(BadInput, match="Another run is writing"),
        ):
            job.deliver(ready)
        assert delivered(ward, tmp_path / "out") == delivered(ward, tmp_path / "whole")


@pytest.mark.parametrize("in_worker", [False, True])
def test_a_full_disk_is_a_sentence_and_the_folder_is_marked(ward, tmp_path, in_worker):
    out = tmp_path / "out"

    def full(_, __):
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if in_worker:
            raise ChunkFailed("check_part failed.") from error
        raise error

    with (
        job.prepare(ward, key=KEY, out=out) as ready,
        pytest.raises(BadInput, match=r"disk of .* is full.*goes on where it stopped"),
    ):
        job.deliver(ready, map_=full)
    assert (out / outbox.MARK).exists()


def test_a_disk_too_full_for_the_mark_leaves_the_folder_free(ward, tmp_path, monkeypatch):
    out = tmp_path / "out"

    def half(path, content):
        with path.open("wb") as file:
            file.write(content[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(BadInput, match=r"disk of .* is full"):
        patch.setattr(Path, "write_bytes", half)
        delivered(ward, out)
    assert list(out.iterdir()) == []
    half_a_mark = out / f".{outbox.MARK}.17-42.tmp"  # as after a kill at the same place
    half_a_mark.write_text('{"what": "This fol')
    assert delivered(ward, out) == delivered(ward, tmp_path / "whole")


def test_a_folder_that_cannot_be_made_is_a_sentence(ward, tmp_path):
    (tmp_path / "file").write_text("")
    with (
        job.prepare(ward, key=KEY, out=tmp_path / "file" / "out") as ready,
        pytest.raises(BadInput, match="cannot be read or written"),
    ):
        job.deliver(ready)


def test_records_without_any_resource_type_are_no_fhir(tmp_path):
    with pytest.raises(BadInput, match="There is no FHIR"):
        job.prepare(write(tmp_path / "in", b'{"a": 1}\n'), key=KEY)


def test_one_record_that_nobody_foresaw_does_not_stop_the_ward(ward, monkeypatch):
    def surprised(resource, *_, **__):
        if resource["id"] == "p7":
            raise ZeroDivisionError
        return real(resource, today=job.date.today())

    real = two_passes.judge
    monkeypatch.setattr(two_passes, "judge", surprised)
    found = round_of(ward)
    assert found.tally["errors"]["not_understood"] == 1
    assert found.records_in == found.records_out + found.quarantined
