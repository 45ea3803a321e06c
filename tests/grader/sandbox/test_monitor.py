"""Limits of all processes of a box together, seen from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest
from standing_in import Clock

from grader.sandbox import monitor
from grader.sandbox.limits import Limits
from grader.sandbox.monitor import BLIND_S, QUIET_S, Monitor, descendants, sample

MB = 1_000_000
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell shared memory"
)

FAMILY = """
import os, sys
children, own = int(sys.argv[1]), int(sys.argv[2])
shared = bytearray(os.urandom(1000)) * (40 * 1000)
down, up = os.pipe(), os.pipe()
for _ in range(children):
    if not os.fork():
        mine = bytearray(os.urandom(1000)) * (own * 1000)
        os.write(up[1], b".")
        os.close(down[1])
        os.read(down[0], 1)
        os._exit(0)
for _ in range(children):
    os.read(up[0], 1)
print("ready", flush=True)
sys.stdin.read()
"""
ASLEEP = "import sys; print('ready', flush=True); sys.stdin.read()"
BUSY = "print('ready', flush=True)\nwhile True: pass"
THREADS = """
import sys, threading
for _ in range(int(sys.argv[1])):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
GRANDCHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {ASLEEP!r}], stdin=sys.stdin)
child.wait()
"""


@contextmanager
def running(script: str, *words: object) -> Iterator[int]:
    """Run a script that says when it is ready; return its number."""
    command = [sys.executable, "-c", script, *map(str, words)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process.pid
        finally:
            process.stdin.close()
            if script == BUSY:
                process.kill()


def watch(pid: int, folder: Path, limits: Limits, *, own: int = 1) -> Monitor:
    return Monitor(pid, limits, own=own, folders=[folder])


def measured(folder: Path, limits: Limits) -> str:
    return watch(0, folder, limits).measure_folders()


@pytest.mark.skipif(not hasattr(monitor.os, "fork"), reason="this system has no fork")
def test_processes_are_counted_without_those_of_the_box_itself(tmp_path: Path) -> None:
    with running(FAMILY, 3, 0) as pid:
        assert watch(pid, tmp_path, Limits(processes=3)).look() == ""
        told = watch(pid, tmp_path, Limits(processes=2)).look()
        assert told == "More than 2 processes ran at the same time."
        assert watch(pid, tmp_path, Limits(processes=2), own=2).look() == ""


def test_threads_are_counted_in_each_process_and_in_all(tmp_path: Path) -> None:
    with running(THREADS, 5) as pid:
        assert watch(pid, tmp_path, Limits(threads=6, tasks=5)).look() == ""
        told = watch(pid, tmp_path, Limits(threads=5)).look()
        assert told == "More than 5 threads ran at the same time in one process."
        told = watch(pid, tmp_path, Limits(tasks=4)).look()
        assert told == "More than 4 threads ran at the same time."


def test_a_process_that_a_process_started_counts_too() -> None:
    with running(GRANDCHILD) as pid:
        assert len(descendants(pid)) >= 2 and descendants(pid)[0] == pid


@needs_proc
def test_memory_that_processes_share_counts_once(tmp_path: Path) -> None:
    with running(FAMILY, 4, 0) as pid:
        samples = [taken for child in descendants(pid) if (taken := sample(child))]
        assert sum(taken.rss_bytes for taken in samples) > 200 * MB
        assert watch(pid, tmp_path, Limits(memory_bytes=120 * MB)).look() == ""


@needs_proc
def test_memory_of_all_processes_counts(tmp_path: Path) -> None:
    with running(FAMILY, 4, 40) as pid:
        told = watch(pid, tmp_path, Limits(memory_bytes=120 * MB)).look()
        assert told == "More than 0.12 GB of memory was used."


def test_what_lies_in_the_folder_is_measured(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("one.bin", "inner/two.bin"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(3 * MB)
    assert measured(tmp_path, Limits(file_bytes=6 * MB)) == ""
    assert measured(tmp_path, Limits(file_bytes=5 * MB)) == "More than 5 MB was written."


def test_every_folder_is_measured(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "large").mkdir()
    with (tmp_path / "large" / "one.bin").open("wb") as file:
        file.truncate(3 * MB)
    folders = [tmp_path / "small", tmp_path / "large"]
    watched = Monitor(0, Limits(file_bytes=2 * MB), own=1, folders=folders)
    assert watched.measure_folders() == "More than 2 MB was written."


def test_a_link_counts_as_a_link(tmp_path: Path) -> None:
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(9 * MB)
    folder = tmp_path / "exchange"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "large.bin")
    assert measured(folder, Limits(file_bytes=MB)) == ""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(monitor, "time", clock)
    return clock


def quiet_after_a_while(script: str, clock: Clock, folder: Path, *, busy: bool) -> bool:
    with running(script) as pid:
        while (seen := sample(pid)) and seen.busy != busy:
            pass  # it has just said that it is ready, and goes on to what it does then
        watched = watch(pid, folder, Limits())
        began_s = clock.now_s
        while clock.now_s <= began_s + QUIET_S:
            watched.look()
            assert watched.still_s(since_s=began_s) <= QUIET_S
            clock.now_s += BLIND_S / 2
        watched.look()
        assert watched.still_s(since_s=clock.now_s - 0.1) <= 0.1 + 1e-9
        return watched.still_s(since_s=began_s) > QUIET_S


@needs_proc
def test_a_box_that_sleeps_is_quiet_after_a_while_and_a_busy_one_is_not(
    clock: Clock, tmp_path: Path
) -> None:
    assert quiet_after_a_while(ASLEEP, clock, tmp_path, busy=False)
    assert not quiet_after_a_while(BUSY, clock, tmp_path, busy=True)


@needs_proc
def test_nobody_knows_of_rest_who_did_not_look(clock: Clock, tmp_path: Path) -> None:
    with running(ASLEEP) as pid:
        while (seen := sample(pid)) and seen.busy:
            pass
        watched = watch(pid, tmp_path, Limits())
        began_s = clock.now_s
        watched.look()
        clock.now_s += QUIET_S + BLIND_S
        watched.look()
        assert watched.still_s(since_s=began_s) <= QUIET_S


def test_a_process_that_ended_is_not_sampled() -> None:
    with running(ASLEEP) as pid:
        assert sample(pid) is not None
    assert sample(pid) is None
