"""What the workers of the lesson do: one piece at a time, with the same answer by every way."""

from __future__ import annotations

import queue
from collections import Counter
from pathlib import Path

import pytest

from speedlab.cases.ehr import drills, reading

LINES = [
    b'{"resourceType": "Patient", "id": "a"}\n',
    b'{"resourceType": "Condition", "id": "b", "subject": {"reference": "Patient/a"}}\n',
    b'{"resourceType": "Pat\n',
    b"5\n",
]


@pytest.fixture
def parts(tmp_path: Path) -> list[reading.Part]:
    (tmp_path / "Patient.000.ndjson").write_bytes(b"".join(LINES))
    return reading.cut(reading.find_sources(tmp_path), parts=3)


def test_a_reader_of_ranges_and_one_of_text_judge_alike(parts: list[reading.Part]) -> None:
    by_range = drills.add_up(map(drills.judge_part, parts))
    assert by_range == drills.add_up(drills.judge_text(drills.text_of(part)) for part in parts)
    assert by_range == {"sound": 2, "broken_json": 1, "not_an_object": 1}


def test_records_are_those_that_can_be_read(parts: list[reading.Part]) -> None:
    found = list(drills.records(parts))
    assert [drills.name_of(one) for one in found] == ["Patient/a", "Condition/b"]
    assert [drills.owner_of(one) for one in found] == [None, "Patient/a"]
    assert drills.owner_of({"subject": 7}) is None


def test_a_stream_holds_less_than_a_list(parts: list[reading.Part]) -> None:
    many = parts * 200
    whole = drills.peak_mb(lambda: list(drills.records(many)))
    assert drills.peak_mb(lambda: sum(1 for _ in drills.records(many))) < whole / 5


def test_the_log_says_the_place_of_each_refused_record_and_not_its_content(
    parts: list[reading.Part],
) -> None:
    lines: queue.Queue[object] = queue.Queue()
    drills.log_to(lines)
    found = sum(map(drills.judge_and_log, parts), Counter[str]())
    said = [lines.get_nowait().getMessage() for _ in range(lines.qsize())]
    starts = [sum(map(len, LINES[:number])) for number in (2, 3)]
    assert said == [
        f"Patient.000.ndjson, byte {starts[0]}: broken_json",
        f"Patient.000.ndjson, byte {starts[1]}: not_an_object",
    ]
    assert found.total() == 4


def test_a_piece_that_does_not_hang_is_counted(parts: list[reading.Part]) -> None:
    assert sum(drills.count_or_hang((1, part))[1] for part in parts) == 4
