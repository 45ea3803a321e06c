"""What the workers of the lesson do: one piece at a time, with the same answer by every way."""

from __future__ import annotations

import queue
from collections import Counter
from pathlib import Path

import pytest

from speedlab.cases.ehr import exercises
from speedlab.cases.ehr.records import read as reading

LINES = [
    b'{"resourceType": "Patient", "id": "a"}\n',
    b'{"resourceType": "Condition", "id": "b", "subject": {"reference": "Patient/a"}}\n',
    b'{"resourceType": "Pat\n',
    b"5\n",
]


@pytest.fixture
def parts(tmp_path: Path) -> list[reading.ExportPart]:
    (tmp_path / "Patient.000.ndjson").write_bytes(b"".join(LINES))
    return reading.cut(reading.find_sources(tmp_path), parts=3)


def test_a_reader_of_ranges_and_one_of_text_judge_alike(parts: list[reading.ExportPart]) -> None:
    by_range = exercises.add_up(map(exercises.judge_part, parts))
    assert by_range == exercises.add_up(
        exercises.judge_text(exercises.text_of(part)) for part in parts
    )
    assert by_range == {"sound": 2, "broken_json": 1, "not_an_object": 1}


def test_records_are_those_that_can_be_read(parts: list[reading.ExportPart]) -> None:
    found = list(exercises.records(parts))
    assert [exercises.name_of(one) for one in found] == ["Patient/a", "Condition/b"]
    assert [exercises.owner_of(one) for one in found] == [None, "Patient/a"]
    assert exercises.owner_of({"subject": 7}) is None


def test_a_stream_holds_less_than_a_list(parts: list[reading.ExportPart]) -> None:
    many = parts * 200
    whole = exercises.peak_mb(lambda: list(exercises.records(many)))
    assert exercises.peak_mb(lambda: sum(1 for _ in exercises.records(many))) < whole / 5


def test_the_log_says_the_place_of_each_refused_record_and_not_its_content(
    parts: list[reading.ExportPart],
) -> None:
    lines: queue.Queue[object] = queue.Queue()
    exercises.log_to(lines)
    found = sum(map(exercises.judge_and_log, parts), Counter[str]())
    said = [lines.get_nowait().getMessage() for _ in range(lines.qsize())]
    starts = [sum(map(len, LINES[:number])) for number in (2, 3)]
    assert said == [
        f"Patient.000.ndjson, byte {starts[0]}: broken_json",
        f"Patient.000.ndjson, byte {starts[1]}: not_an_object",
    ]
    assert found.total() == 4


def test_a_piece_that_does_not_hang_is_counted(parts: list[reading.ExportPart]) -> None:
    assert sum(exercises.count_or_hang((1, part))[1] for part in parts) == 4
