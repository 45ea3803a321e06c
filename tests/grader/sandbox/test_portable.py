"""The parts that take the server of what Linux has, and Windows or macOS has not."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psutil
import pytest

from grader.inside import callback_stub, lesson_files, runner
from grader.sandbox import box, callbacks, channel, client, monitor, unisolated
from grader.sandbox.limits import Limits

WAIT_S = 20.0
ARGS = [[], {"$": "dict", "v": []}]
TREE = """
import subprocess, sys
child = 'import os; print(os.getpid(), flush=True); input()'
subprocess.run([sys.executable, '-c', child])
"""


@pytest.fixture
def pipe(monkeypatch):
    """A pipe, on a system that cannot wait for pipes."""
    monkeypatch.setattr(channel, "PIPES_WAIT", False)
    monkeypatch.delattr(select, "poll")
    reading, writing = map(os.fdopen, os.pipe(), ("rb", "wb"), (0, 0))
    with reading, writing:  # they know whether they are closed: a number may be another's by then
        yield reading, writing


def test_a_channel_reads_a_pipe_that_nothing_can_wait_for(pipe):
    incoming = channel.Channel(pipe[0].fileno())
    channel.send(pipe[1].fileno(), {"text": "x" * 300_000})
    while not incoming.lines:
        incoming.wait(WAIT_S)
    assert incoming.next() == {"text": "x" * 300_000}
    assert not incoming.closed
    pipe[1].close()
    incoming.wait(WAIT_S)
    assert incoming.closed
    incoming.close()


def test_a_channel_gets_the_last_words_of_who_has_ended(pipe):
    incoming = channel.Channel(pipe[0].fileno())
    channel.send(pipe[1].fileno(), {"last": "word"})
    pipe[1].close()
    incoming.drain()
    assert incoming.next() == {"last": "word"}
    incoming.close()


def test_a_message_that_nobody_reads_is_given_up(pipe):
    with pytest.raises(TimeoutError):
        channel.send(pipe[1].fileno(), "x" * 300_000, until_s=0.0)
    pipe[0].close()  # with this its thread ends


def test_a_message_to_nobody_is_an_error(pipe):
    pipe[0].close()
    with pytest.raises(BrokenPipeError):
        channel.send(pipe[1].fileno(), {})


def test_a_channel_that_is_closed_reads_no_further(pipe):
    incoming = channel.Channel(pipe[0].fileno())
    incoming.close()
    channel.send(pipe[1].fileno(), {})  # its thread ends at this, and harms nobody
    assert incoming.closed


@pytest.fixture
def tcp(monkeypatch, tmp_path):
    """Callbacks where sockets cannot lie in folders, and what it was asked."""
    monkeypatch.setattr(callbacks, "FILE_SOCKETS", False)
    monkeypatch.setattr(callbacks, "NESTED_WAITS", False)
    asked = []
    judge = SimpleNamespace(listens=True, compute=lambda call: asked.append(call) or {"ok": 42})
    server = callbacks.Callbacks(tmp_path, judge)
    yield server, asked
    server.close()


def call(server, address, message):
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(callback_stub.ask_outside, address, message)
        while not answer.done():
            if channel.ready(server.sources(), 0.05):
                server.serve()
        return answer.result()


def test_processes_meet_over_tcp_and_nobody_vouches_for_them(tcp):
    server, asked = tcp
    server.barriers[7] = callbacks.Barrier(1, until_s=float("inf"))
    assert call(server, server.address, {"hello": True}) == {"ok": None}
    assert server.runner == os.getpid()
    assert call(server, server.address, {"watched": 7, "args": ARGS}) == {"ok": 42}
    assert [message["pid"] for message in asked] == [os.getpid()]
    assert not server.barriers[7].vouched


@pytest.mark.parametrize("token", ["", "wrong", "\ud800"])
def test_a_call_without_the_token_is_not_answered(tcp, token):
    server, asked = tcp
    address = server.address.rpartition(":")[0] + ":" + token
    with contextlib.suppress(ConnectionError):
        assert call(server, address, {"callback": 1, "args": ARGS}) == {"error": {}}
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


def test_limits_that_the_system_refuses_are_left_to_the_monitor(monkeypatch):
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


def test_the_monitor_sees_processes_without_proc(tree, monkeypatch, tmp_path):
    monkeypatch.setattr(monitor, "PROC", False)
    assert monitor.descendants(tree[0]) == [*tree]
    assert monitor.sample(tree[1]).rss_bytes > 1_000_000
    few = Limits(processes=1)
    look = monitor.Monitor(tree[0], few, own=0, folders=[tmp_path]).look
    assert look() == "More than 1 processes ran at the same time."
    small = Limits(memory_bytes=1_000_000)
    look = monitor.Monitor(tree[0], small, own=0, folders=[tmp_path]).look
    assert look() == "More than 0.001 GB of memory was used."


def test_memory_that_processes_share_counts_once_without_proc(tree, monkeypatch):
    exact = sum(monitor.pss_bytes(one) for one in tree)
    samples = [monitor.sample(pid) for pid in tree]
    monkeypatch.setattr(monitor, "PROC", False)
    roughly = monitor.memory_bytes(samples)
    sizes = [taken.rss_bytes for taken in samples]
    assert max(sizes) <= roughly < sum(sizes)
    assert exact / 3 < roughly < 3 * exact


def test_a_process_that_has_ended_is_not_seen_without_proc(tree, monkeypatch):
    monkeypatch.setattr(monitor, "PROC", False)
    monitor.kill(tree[1])
    psutil.wait_procs([psutil.Process(tree[0])], timeout=WAIT_S)
    assert monitor.sample(tree[1]) is None
    monitor.kill(tree[1])  # once more is no error


def test_an_unisolated_box_ends_with_its_supervisor_whatever_runs_in_it(monkeypatch, tmp_path):
    monkeypatch.setattr(box, "isolation", lambda: box.Isolation("", "NOT ISOLATED"))
    unisolated_box = box.Box("grader.inside.runner", tmp_path, exchange=tmp_path)
    settings = {
        "address": "",
        "files": {},
        "limits": {},
        "keeps_fork_server": False,
        "exchange": "",
    }
    channel.send(unisolated_box.requests, settings | {"watches_supervisor": True})
    code = "import os; os.write(1, b'x'); exec('while True: pass')"
    channel.send(unisolated_box.requests, {"op": "cell", "name": "loop", "source": code, "id": "a"})
    assert os.read(unisolated_box.printed, 1) == b"x"
    unisolated_box.process.stdin.close()
    assert unisolated_box.process.wait(WAIT_S) == 0
    unisolated_box.end()
    assert not any(folder.exists() for folder in unisolated_box.folders)


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
    found = unisolated.outside_variables(str(tmp_path))
    assert found["SYSTEMROOT"] == "/windows" and found["PATHEXT"] == ".EXE"
    assert found["USERPROFILE"] == found["TEMP"] == str(tmp_path)
    assert "/usr/bin" not in found["PATH"] and "SECRET" not in found


def test_the_codes_of_windows_are_told_in_words():
    assert client.ending(0xC0000005) == ": a crash of the interpreter (access violation)"
    assert client.ending(200) == " with exit code 200"
