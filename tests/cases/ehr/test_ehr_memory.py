"""What the job holds at once: bounded by settings, not by the size of the export."""

import gc
import tracemalloc

import pyarrow as pa
from cases.ehr.exports import CONDITION, KEY, PATIENT, changed, write

from speedlab.cases.ehr import job, publish
from speedlab.cases.ehr.patients import fact_files
from speedlab.cases.ehr.patients.facts import Fact
from speedlab.cases.ehr.patients.linking import bucket_of
from speedlab.cases.ehr.records import read as reading
from speedlab.cases.ehr.world import generate as data


def facts(count):
    return (Fact(person=f"{n * 2_654_435_761 % 2**32:08x}", offset=n) for n in range(count))


def test_the_facts_of_a_bucket_are_read_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(fact_files, "AT_ONCE", 30)
    monkeypatch.setattr(fact_files, "PIECES_A_BATCH", 4)
    fact_files.write(tmp_path / "part", facts(500), 7)
    unpacked, real = [], fact_files.from_batch
    monkeypatch.setattr(
        fact_files, "from_batch", lambda batch: unpacked.append(batch.num_rows) or real(batch)
    )
    found = {bucket: list(fact_files.read(str(tmp_path / "part"), bucket)) for bucket in range(7)}
    assert sum(unpacked) == 500
    assert all(bucket_of(fact, 7) == bucket for bucket in found for fact in found[bucket])
    together = [fact for some in found.values() for fact in some]
    assert sorted(together, key=lambda fact: fact.offset) == list(facts(500))


def test_few_facts_are_python_objects_while_a_part_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(fact_files, "AT_ONCE", 100)
    monkeypatch.setattr(fact_files, "PIECES_A_BATCH", 5)
    held = []

    def watched():
        for number, fact in enumerate(facts(3_000)):
            if number % 250 == 0:
                held.append(sum(isinstance(each, Fact) for each in gc.get_objects()))
            yield fact

    others = sum(isinstance(each, Fact) for each in gc.get_objects())
    fact_files.write(tmp_path / "part", watched(), 7)
    assert max(held) - others <= 2 * 100
    with pa.ipc.open_file(str(tmp_path / "part")) as file:
        sizes = [file.get_batch(n).num_rows for n in range(file.num_record_batches)]
    assert sizes == [500] * 6


def hospital(folder, patients):
    """Return an export with ten records of each patient."""
    found = []
    for number in range(patients):
        about = {"subject": {"reference": f"Patient/p{number}"}}
        conditions = [changed(CONDITION, id=f"c{number}-{n}", **about) for n in range(9)]
        found += [changed(PATIENT, id=f"p{number}"), *conditions]
    return write(folder, *found)


def peak_of_round(folder):
    with job.prepare(folder, key=KEY) as ready:
        tracemalloc.start()
        try:
            job.ward_round(ready)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_an_export_ten_times_as_long_needs_little_more_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(fact_files, "AT_ONCE", 100)
    monkeypatch.setattr(job, "FEWEST_BUCKETS", 2)
    monkeypatch.setattr(job, "BUCKET_BYTES", 2**16)
    monkeypatch.setattr(reading, "LARGEST_PART", 2**16)
    monkeypatch.setattr(reading, "SMALLEST_PART", 2**16)
    small, large = (hospital(tmp_path / f"{n}", n) for n in (50, 500))
    peak_of_round(small)  # modules and caches are loaded
    peaks = [peak_of_round(folder) for folder in (small, large)]
    assert peaks[1] < 2 * peaks[0]


def test_the_quarantine_is_merged_from_any_number_of_files_at_once(tmp_path, monkeypatch):
    folder = data.generate(tmp_path / "in", size=1_000, defects=0.1)
    open_files, most = [], []

    def counted(path):
        open_files.append(path)
        most.append(len(open_files))
        yield from batches(path)
        open_files.remove(path)

    batches = publish._batches
    with job.prepare(folder, key=KEY) as ready:
        expected = job.ward_round(ready)
        monkeypatch.setattr(publish, "MERGED_AT_ONCE", 3)
        monkeypatch.setattr(publish, "REFUSED_AT_ONCE", 2)
        monkeypatch.setattr(publish, "_batches", counted)
        assert job.ward_round(ready) == expected
    assert expected.quarantined > 50
    assert max(most) == 3
