"""Set a trap: run a row in a fresh interpreter, watch it, and clear away whatever stays.

Who watches what::

    this process                              the cell's process (cell.py), a session of its own
    ------------                              --------------------------------------------------
    start, with a tag in its environment  --> run the row, append a line to the report
    look every second at all processes        its workers, and whatever they start,
      that carry the tag                        inherit the tag
    chunks at work: send SIGINT or SIGKILL
    ended, idle or too late               --> end whatever carries the tag

A hang is told by the processor: a tree that has used less than a tenth of a core for some seconds
waits for nothing that will come. So a slow machine is not taken for one that hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import psutil

from benchmarks.traps import table
from benchmarks.traps.cell import shortened
from benchmarks.traps.peers import LIBRARIES
from benchmarks.traps.table import Outcome, Row

ROOT = Path(__file__).resolve().parents[2]
IDLE_S = 10.0
IDLE_SHARE = 0.1
LATEST_S = 60.0
GRACE_S = 8.0
"""How long workers and files may take to go once the process has ended."""
SHARED_MEMORY = Path("/dev/shm")
START = "import sys; from benchmarks.traps import cell; cell.begin(sys.argv[1], {library!r})"
SCRIPT = """from benchmarks.traps import cell
lib = cell.script({row!r}, {library!r})

{text}
cell.tell({name!r}, "ok")
"""


def try_row(row: Row, library: str) -> Outcome:
    """Set one trap for one library, at each of its moments, and return the worst outcome."""
    if LIBRARIES[library].missing():
        return Outcome(table.NOT_TRIED, "not installed")
    found = [_run([row], library, after_s)[row.name] for after_s in row.after_s]
    worst = min(found, key=lambda outcome: outcome.rank)
    by = "client" if library == "dask" and row.by_client else ""
    return Outcome(worst.outcome, worst.detail, by)


def try_together(rows: Sequence[Row], library: str) -> dict[str, Outcome]:
    """Set traps that do no harm one after the other in one process, to save its start."""
    return _run(rows, library, 0.0)


def _run(rows: Sequence[Row], library: str, after_s: float) -> dict[str, Outcome]:
    with _process(rows, library) as watched:
        hangs = watched.watch(after_s)
        left = watched.stays()
        told = watched.report()
        found = {row.name: told.get(row.name) or _silent(row, watched) for row in rows}
        if hangs:
            after = " after the answer" if watched.last in told else ""
            found[watched.last] = Outcome(table.HANG, f"nothing goes on{after}")
        elif left:
            found[rows[-1].name] = Outcome(table.LEFT, left)
        elif rows[0].script:
            found[rows[0].name] = _script(found[rows[0].name], watched)
    return found


def _silent(row: Row, watched: Watched) -> Outcome:
    """Return the outcome where the process ended without a word about a row."""
    if row.act == "kill" and watched.acted:
        return Outcome(table.OK)
    return Outcome(table.RAW, watched.last_line() or f"ended with code {watched.code}")


def _script(own: Outcome, watched: Watched) -> Outcome:
    """Return the outcome of a script, of which the reader sees what it prints."""
    text = watched.output()
    if own.outcome == table.OK and text.count("answer [2, 3]") == 1:
        return own
    if "__main__" in text and len(text.splitlines()) <= 30:
        return Outcome(table.WORDS, watched.last_line())
    return Outcome(table.RAW, f"{len(text.splitlines())} lines, the last: {watched.last_line()}")


class Watched:
    """A process that runs rows, and all that it starts."""

    def __init__(self, rows: Sequence[Row], library: str, folder: Path) -> None:
        self._row, self._library, self._folder = rows[0], library, folder
        self._tag = f"traps-{uuid.uuid4().hex[:8]}"
        self.acted, self.code, self.last = False, 0, rows[0].name
        self._names = [row.name for row in rows]
        for name in ("work", "tmp", "at-work"):
            (folder / name).mkdir()
        with (folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                self._command(rows, library), cwd=folder / "work", env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def watch(self, after_s: float) -> bool:
        """Wait for the end; do what the row asks for when it is time. Return whether it hangs."""
        begun_s = seen_s = time.monotonic()
        used: list[tuple[float, float, int]] = []
        while self._process.poll() is None:
            self._act(after_s)
            time.sleep(0.02)
            now_s, told = time.monotonic(), len(self.report())
            if now_s - seen_s < 1.0:
                continue
            seen_s = now_s
            used.append((now_s, sum(map(_used_s, self.tagged())), told))
            then_s, then_used_s, then_told = next(
                (each for each in reversed(used) if now_s - each[0] >= IDLE_S), used[0]
            )
            idle = used[-1][1] - then_used_s < IDLE_SHARE * (now_s - then_s) and told == then_told
            if (idle and now_s - then_s >= IDLE_S) or now_s - begun_s > LATEST_S * len(self._names):
                told_of = self.report()
                self.last = next((n for n in self._names if n not in told_of), self._names[-1])
                return True
        self.code = self._process.returncode
        return False

    def stays(self) -> str:
        """Return what is still there some seconds after the end, in words."""
        grace_s = GRACE_S if self._process.poll() is not None else 0.0
        _until(lambda: not self._workers(), grace_s)
        _until(lambda: not self._left(), grace_s / 4)
        if self._row.act == "kill" and self._row.files and self._left():
            self._use_again()
        return self._left()

    def report(self) -> dict[str, Outcome]:
        """Return what the process has told so far."""
        path = self._folder / "report"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines if line.endswith("}")]
        return {each["row"]: Outcome(each["outcome"], each["detail"]) for each in found}

    def output(self) -> str:
        """Return what it has printed."""
        return (self._folder / "output").read_text(encoding="utf-8", errors="replace")

    def last_line(self) -> str:
        """Return the last line that it has printed."""
        lines = [line for line in self.output().splitlines() if line.strip()]
        return shortened(lines[-1]) if lines else ""

    def tagged(self) -> list[psutil.Process]:
        """Return every running process that carries the tag."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("TRAPS_TAG") == self._tag:
                    found.append(process)
        return found

    def clear(self) -> None:
        """End whatever carries the tag."""
        while left := self.tagged():
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            self._process.poll()
            psutil.wait_procs(left, timeout=1.0)
        self._process.wait()
        for path in self._shared_memory():
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _use_again(self) -> None:
        """Let another process use the library in the same place: it may clear up after this one."""
        row = Row("again", "", "", "", "lib.map(abs, [-1, -2])")
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-c", START.format(library=self._library), _as_json([row])],
                cwd=self._folder / "work",
                env=self._environment() | {"TRAPS_REPORT": str(self._folder / "again")},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, timeout=LATEST_S, check=False,
            )  # fmt: skip
        _until(lambda: not self._left(), GRACE_S)

    def _act(self, after_s: float) -> None:
        at_work = len(list((self._folder / "at-work").iterdir()))
        if self.acted or not self._row.act or at_work < self._row.at_work:
            return
        self.acted = True
        time.sleep(after_s)
        with contextlib.suppress(ProcessLookupError):
            if self._row.act == "kill":
                os.kill(self._process.pid, signal.SIGKILL)
            else:  # as a terminal and Jupyter do: to the whole group
                os.killpg(self._process.pid, signal.SIGINT)

    def _left(self) -> str:
        if workers := self._workers():
            return f"{len(workers)} process{'es' if len(workers) > 1 else ''}"
        if self._row.files and (files := [*self._files(), *self._shared_memory()]):
            named = sorted({path.name.partition("-")[0].partition("_")[0] for path in files})
            return f"{len(files)} in the folder for temporary files or shared memory: {named[0]}…"
        return ""

    def _workers(self) -> list[psutil.Process]:
        return [process for process in self.tagged() if process.pid != self._process.pid]

    def _files(self) -> list[Path]:
        return list((self._folder / "tmp").iterdir())

    def _shared_memory(self) -> list[Path]:
        """Return what carries our process in its name, as libraries name theirs."""
        number = self._process.pid
        names = (f"*{self._tag}*", f"*-{number}-*", f"*_{number}_*")
        return [path for name in names for path in SHARED_MEMORY.glob(name)]

    def _environment(self) -> dict[str, str]:
        hidden = ("PYTHONHASHSEED", "TRAPS_LATE", "COVERAGE_PROCESS_START")
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        return inherited | {
            "TRAPS_TAG": self._tag,
            "TRAPS_REPORT": str(self._folder / "report"),
            "TRAPS_AT_WORK": str(self._folder / "at-work"),
            "TMPDIR": str(self._folder / "tmp"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }

    def _command(self, rows: Sequence[Row], library: str) -> list[str]:
        if self._row.script:
            path = self._folder / "work" / "script.py"
            row, name = json.dumps(asdict(self._row)), self._row.name
            text = SCRIPT.format(row=row, library=library, text=self._row.cell, name=name)
            path.write_text(text, encoding="utf-8")
            return [sys.executable, str(path)]
        return [sys.executable, "-c", START.format(library=library), _as_json(rows)]


@contextlib.contextmanager
def _process(rows: Sequence[Row], library: str) -> Iterator[Watched]:
    # A short name: a socket's path may have 107 characters, and forkserver has one in TMPDIR.
    with tempfile.TemporaryDirectory(prefix="tr-", ignore_cleanup_errors=True) as folder:
        watched = Watched(rows, library, Path(folder))
        try:
            yield watched
        finally:
            watched.clear()


def _as_json(rows: Sequence[Row]) -> str:
    return json.dumps([asdict(row) for row in rows])


def _used_s(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _until(condition: Callable[[], bool], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
