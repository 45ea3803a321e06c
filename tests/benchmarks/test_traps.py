"""Our column of the table of traps, and facts about how the traps are set and judged."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.traps import __main__ as command
from benchmarks.traps import cell, page, table, trial
from benchmarks.traps.libraries import OURS
from benchmarks.traps.results import Table, keep
from benchmarks.traps.rows import ROWS
from benchmarks.traps.table import GROUPS, Outcome, Row, trap
from benchmarks.traps.trial import try_row, try_together

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "benchmarks" / "results" / "traps"
pytestmark = pytest.mark.no_cover  # what runs is in processes that are not counted


@functools.cache
def together(group: str) -> dict[str, Outcome]:
    """One process for the rows of a group that can share one."""
    return try_together([row for row in ROWS.values() if row.shares and row.group == group], OURS)


def kept() -> list[Table]:
    return [Table.from_json(path.read_text(encoding="utf-8")) for path in KEPT.glob("*.json")]


@pytest.mark.skipif(sys.platform != "linux", reason="the table is made on Linux")
@pytest.mark.timeout(900)  # the first of a group runs all of it
@pytest.mark.parametrize("name", ROWS)
def test_our_column_is_as_good_as_it_should_be(name: str) -> None:
    row = ROWS[name]
    at_once = replace(row, after_s=row.after_s[:1])  # one moment; the command tries all of them
    found = together(row.group)[name] if row.shares else try_row(at_once, OURS)
    assert found.rank >= page.least(row), found
    for peers in kept():
        beside = replace(peers, outcomes=peers.outcomes | {OURS: {name: found}})
        assert page.shortcomings(beside) == [], f"{found}; better: {page.better(beside, name)}"


def made(text: str, **options: object) -> Row:
    return Row("made", "state", "a row of a test", "", text, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "outcome", "detail"),
    [
        ("expect(lib.map(abs, [-1, 2]), [1, 2])", table.OK, ""),
        ("expect(1, 2)", table.WRONG, "1 instead of 2"),
        ("raise ValueError('the gate is shut')", table.WORDS, "ValueError: the gate is shut"),
        ("raise ValueError('the gate' + ' ' * 900)", table.RAW, "ValueError: the gate"),
        ("raise ValueError('no')", table.RAW, "ValueError: no"),
        ("lacks('no bar')", table.MISSING, "no bar"),
        ("os._exit(3)", table.RAW, "ended with code 3"),
        ("raise LeftBehind('a file')", table.LEFT, "a file"),
    ],
)
def test_an_outcome_is_told(text: str, outcome: str, detail: str) -> None:
    assert try_row(made(text, words="gate"), "executor") == Outcome(outcome, detail)


def test_a_hang_is_told_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "IDLE_S", 2.0)
    hangs = made("subprocess.Popen(['sleep', '60'])\nthreading.Event().wait()")
    assert try_row(hangs, "executor").outcome == table.HANG


def test_a_process_that_stays_is_told_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "GRACE_S", 0.2)
    stays = made("subprocess.Popen(['sleep', '60'], start_new_session=True)")
    assert try_row(stays, "executor") == Outcome(table.LEFT, "1 process")


def test_a_file_that_stays_is_told_where_files_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "GRACE_S", 0.2)
    stays = made("Path(os.environ['TMPDIR'], 'pool-7').touch()", files=True)
    assert try_row(stays, "executor").outcome == table.LEFT
    assert try_row(replace(stays, files=False), "executor") == Outcome(table.OK)


def test_a_process_can_be_interrupted_and_killed() -> None:
    waits = "at_work()\nat_work()\nthreading.Event().wait(30)"
    told = f"try:\n    {waits.replace(chr(10), chr(10) + '    ')}\nexcept KeyboardInterrupt:\n    1"
    assert try_row(made(told, act="interrupt"), "executor") == Outcome(table.OK)
    assert try_row(made(waits, act="kill"), "executor") == Outcome(table.OK)


def test_one_row_leaves_nothing_to_the_next() -> None:
    first = made("import warnings\nos.environ['TRAPS_LATE'] = x = 'yes'\nos.chdir('/')")
    second = replace(made("expect(('x' in globals(), os.environ.get('TRAPS_LATE')), (False, None))"
                          "\nexpect(Path.cwd().name, 'second')"), name="second")  # fmt: skip
    assert set(try_together([first, second], "executor").values()) == {Outcome(table.OK)}


def test_a_library_that_is_missing_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.traps.peers import Mpire

    monkeypatch.setattr(Mpire, "module", "no_such_module")
    assert try_row(ROWS["lambda"], "mpire").outcome == table.NOT_TRIED


def test_a_row_is_the_body_of_its_function() -> None:
    @trap("state", "a title", alone=True)
    def made_here() -> None:
        """What is
        good."""
        value = 1
        assert value

    assert made_here == Row(
        "made_here", "state", "a title", "What is good.", "value = 1\nassert value\n", alone=True
    )


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.name)
def test_a_row_says_what_is_good(row: Row) -> None:
    assert row.group in GROUPS and row.good.endswith(".")
    assert row.ours in (table.OK, table.WORDS, "")
    assert row.ours != table.WORDS or row.words
    compile(row.cell, row.name, "exec")


def test_titles_are_told_apart() -> None:
    assert len({row.title for row in ROWS.values()}) == len(ROWS) >= 40


def test_paths_and_addresses_are_left_out_of_a_detail() -> None:
    text = "no <f at 0x7f1e> in /home/someone/x.py, line 3"
    assert cell.shortened(text) == "no <f at 0x…> in …, line 3"


def test_what_is_shown_on_a_terminal_is_read() -> None:
    text = "expect(on_terminal(lambda: print(sys.stdout.fileno())).split()[0], '1')"
    assert try_row(made(text), "executor") == Outcome(table.OK)


def test_files_may_go_with_the_next_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "GRACE_S", 0.2)
    kept = "Path(os.environ['TMPDIR'], 'pool').touch()\n"
    waits = f"{kept}at_work()\nat_work()\nthreading.Event().wait(30)"
    assert try_row(made(waits, act="kill", files=True), "executor").outcome == table.LEFT


def columns(**outcomes: str) -> Table:
    about = {"processor": "A chip", "usable_cores": 2, "python": "3.11.7", "system": "Linux 6"}
    found = {name: {"lambda": Outcome(outcome, "a word")} for name, outcome in outcomes.items()}
    dates, versions = dict.fromkeys(found, "2026-01-31"), dict.fromkeys(found, "1.0")
    return Table(about, dates, versions, found)


def test_a_column_tried_anew_stands_beside_the_others(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    keep(columns(joblib=table.OK, speedlab=table.RAW), file)
    whole = keep(columns(speedlab=table.OK), file)
    assert Table.from_json(file.read_text()) == whole
    assert whole == columns(joblib=table.OK, speedlab=table.OK)


@pytest.mark.parametrize(
    ("ours", "theirs", "short"),
    [
        (table.OK, table.OK, []),
        (table.RAW, table.RAW, ["lambda"]),
        (table.WORDS, table.OK, ["lambda"]),
    ],
)
def test_a_shortcoming_is_less_than_the_row_asks_for(
    ours: str, theirs: str, short: list[str]
) -> None:
    assert page.shortcomings(columns(speedlab=ours, joblib=theirs)) == short


def test_a_no_is_a_shortcoming_where_a_peer_says_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROWS, "lambda", replace(ROWS["lambda"], ours=""))
    assert page.shortcomings(columns(speedlab=table.RAW, joblib=table.WORDS)) == []
    assert page.shortcomings(columns(speedlab=table.WORDS, joblib=table.OK)) == []
    assert page.shortcomings(columns(speedlab=table.RAW, joblib=table.OK)) == ["lambda"]


def test_the_page_says_what_came_of_it_and_who_is_better(tmp_path: Path) -> None:
    keep(columns(speedlab=table.WORDS, joblib=table.OK, dask=table.HANG), tmp_path / "a.json")
    page.write(tmp_path, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert "| a lambda | in words | ok | **hang** |" in text
    assert "- a lambda (what can be given to the workers): joblib; speedlab: in words" in text
    assert "- joblib: 1.0, tried 2026-01-31" in text


def test_the_command_writes_results_and_page(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    options = ["--only", "lambda,cell_function", "--library", "executor", "--out", str(out)]
    assert command.main(options) == 0
    outcomes = Table.from_json(out.read_text()).outcomes["executor"]
    assert outcomes["lambda"].outcome == table.RAW
    report = ["--report", "--results", str(tmp_path), "--docs", str(tmp_path / "page.md")]
    assert command.main(report) == 0
    assert "| a lambda | raw |" in (tmp_path / "page.md").read_text()


def test_the_page_of_the_traps_is_what_the_results_make(tmp_path: Path) -> None:
    page.write(KEPT, tmp_path / "page.md")
    written = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert written == (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
