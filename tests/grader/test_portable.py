"""The parts that take the place of what Linux has, and Windows or macOS has not."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from grader import box, lesson_files, live, meeting, plain, probe, runner, watchdog, wires
from grader.limits import Limits

WAIT_S = 20.0
TREE = """
import subprocess, sys
child = 'import os; print(os.getpid(), flush=True); input()'
subprocess.run([sys.executable, '-c', child])
"""


@pytest.fixture
def pipe(monkeypatch):
    """A pipe, on a system that cannot wait for pipes."""
    monkeypatch.setattr(wires, "PIPES_WAIT", False)
    monkeypatch.delattr(select, "poll")
    reading, writing = os.pipe()
    yield reading, writing
    for one in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(one)


def test_a_wire_reads_a_pipe_that_nothing_can_wait_for(pipe):
    wire = wires.Wire(pipe[0])
    wires.send(pipe[1], {"text": "x" * 300_000})
    while not wire.lines:
        wire.wait(WAIT_S)
    assert wire.next() == {"text": "x" * 300_000}
    assert not wire.closed
    os.close(pipe[1])
    wire.wait(WAIT_S)
    assert wire.closed
    wire.close()


def test_a_wire_gets_the_last_words_of_who_has_ended(pipe):
    wire = wires.Wire(pipe[0])
    wires.send(pipe[1], {"last": "word"})
    os.close(pipe[1])
    wire.drain()
    assert wire.next() == {"last": "word"}
    wire.close()


def test_a_message_that_nobody_reads_is_given_up(pipe):
    with pytest.raises(TimeoutError):
        wires.send(pipe[1], "x" * 300_000, until_s=0.0)
    os.close(pipe[0])  # with this its thread ends


def test_a_message_to_nobody_is_an_error(pipe):
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        wires.send(pipe[1], {})


def test_a_wire_that_is_closed_reads_no_further(pipe):
    wire = wires.Wire(pipe[0])
    wire.close()
    wires.send(pipe[1], {})  # its thread ends at this, and harms nobody
    assert wire.closed


@pytest.fixture
def tcp(monkeypatch, tmp_path):
    """A meeting where sockets cannot lie in folders, and what it was asked."""
    monkeypatch.setattr(meeting, "FILE_SOCKETS", False)
    monkeypatch.setattr(meeting, "NESTED_WAITS", False)
    asked = []
    place = meeting.Meeting(tmp_path, lambda call: asked.append(call) or {"ok": 42})
    yield place, asked
    place.close()


def call(place, address, message):
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(probe.talk, address, message)
        while not answer.done():
            if wires.ready(place.sources(), 0.05):
                place.attend(quiet=False)
        return answer.result()


def test_processes_meet_over_tcp_and_nobody_vouches_for_them(tcp):
    place, asked = tcp
    place.rooms[7] = meeting.Room(1, until_s=float("inf"))
    assert call(place, place.address, {"hello": True}) == {"ok": None}
    assert place.runner == os.getpid()
    assert call(place, place.address, {"probe": 7}) == {"ok": 42}
    assert [one["pid"] for one in asked] == [os.getpid()]
    assert not place.rooms[7].vouched


@pytest.mark.parametrize("token", ["", "wrong", "\ud800"])
def test_a_call_without_the_token_is_not_answered(tcp, token):
    place, asked = tcp
    address = place.address.rpartition(":")[0] + ":" + token
    with contextlib.suppress(ConnectionError):
        assert call(place, address, {"callback": 1}) == {"error": {}}
    assert asked == []


def test_a_file_is_copied_where_links_are_forbidden(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("A required privilege is not held by the client.")

    monkeypatch.setattr(lesson_files, "COPIED_BYTES", 1)
    monkeypatch.setattr(os, "symlink", refuse)
    (tmp_path / "data").write_text("large")
    lesson_files.lay_out({"copy": str(tmp_path / "data")}, tmp_path)
    assert (tmp_path / "copy").read_text() == "large"
    assert not (tmp_path / "copy").is_symlink()


def test_limits_that_the_system_refuses_are_left_to_the_watchdog(monkeypatch):
    resource = pytest.importorskip("resource")
    tried = []

    def refuse(number, _):
        tried.append(number)
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    runner._accept(Limits().of_a_process())
    assert resource.RLIMIT_AS in tried and len(tried) == 5


@pytest.fixture
def tree():
    """A process that has started another, which waits."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", TREE], stdin=pipe, stdout=pipe) as first:
        yield first.pid, int(first.stdout.readline())
        first.communicate()


def test_the_watchdog_sees_processes_without_proc(tree, monkeypatch, tmp_path):
    monkeypatch.setattr(watchdog, "PROC", False)
    assert watchdog.descendants(tree[0]) == [*tree]
    assert watchdog.see(tree[1]).rss_bytes > 1_000_000
    few = Limits(processes=1)
    look = watchdog.Watchdog(tree[0], few, own=0, folders=[tmp_path]).look
    assert look() == "More than 1 processes ran at the same time."
    small = Limits(memory_bytes=1_000_000)
    look = watchdog.Watchdog(tree[0], small, own=0, folders=[tmp_path]).look
    assert look() == "More than 0.001 GB of memory was used."


def test_memory_that_processes_share_counts_once_without_proc(tree, monkeypatch):
    exact = sum(watchdog.pss_bytes(one) for one in tree)
    seen = [watchdog.see(one) for one in tree]
    monkeypatch.setattr(watchdog, "PROC", False)
    found = watchdog.memory_bytes(seen)
    assert max(one.rss_bytes for one in seen) <= found < sum(one.rss_bytes for one in seen)
    assert exact / 3 < found < 3 * exact


def test_a_process_that_has_ended_is_not_seen_without_proc(tree, monkeypatch):
    monkeypatch.setattr(watchdog, "PROC", False)
    watchdog.kill(tree[1])
    psutil.wait_procs([psutil.Process(tree[0])], timeout=WAIT_S)
    assert watchdog.see(tree[1]) is None
    watchdog.kill(tree[1])  # once more is no error


def test_a_plain_box_ends_with_its_supervisor_whatever_runs_in_it(monkeypatch, tmp_path):
    monkeypatch.setattr(box, "isolation", lambda: box.Isolation("", "NOT ISOLATED"))
    one = box.Box("grader.runner", tmp_path)
    settings = {"address": "", "files": {}, "limits": {}, "keeps_fork_server": False}
    wires.send(one.requests, settings | {"watches_supervisor": True})
    code = "import os; os.write(1, b'x'); exec('while True: pass')"
    wires.send(one.requests, {"op": "cell", "name": "loop", "source": code, "id": "a"})
    assert os.read(one.printed, 1) == b"x"
    one.process.stdin.close()
    assert one.process.wait(WAIT_S) == 0
    one.end()
    assert not any(folder.exists() for folder in one.folders)


@pytest.mark.parametrize("name, remedy", [("win32", "WSL 2"), ("darwin", "Linux")])
def test_a_system_without_bubblewrap_is_told_the_way_to_isolation(monkeypatch, name, remedy):
    monkeypatch.setattr(box, "PROC", False)
    monkeypatch.setattr(sys, "platform", name)
    told = box.isolation.__wrapped__()
    assert told.text.startswith("NOT ISOLATED: ") and remedy in told.text
    assert not told.real


def test_windows_gets_the_variables_without_which_it_starts_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("SYSTEMROOT", "/windows")
    monkeypatch.setenv("PATHEXT", ".EXE")
    monkeypatch.setenv("SECRET", "of the grader")
    found = plain.outside_variables(str(tmp_path))
    assert found["SYSTEMROOT"] == "/windows" and found["PATHEXT"] == ".EXE"
    assert found["USERPROFILE"] == found["TEMP"] == str(tmp_path)
    assert "/usr/bin" not in found["PATH"] and "SECRET" not in found


def test_the_codes_of_windows_are_told_in_words():
    assert live.ending(0xC0000005) == ": a crash of the interpreter (access violation)"
    assert live.ending(200) == " with exit code 200"
