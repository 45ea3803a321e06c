"""Asked to end by the system, a command removes what it made, and says what ended it."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from speedlab.core import stop
from speedlab.core.files import write_text
from speedlab.core.folders import Temporary

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a word")

COMMAND = """
import os, signal, sys, time
from pathlib import Path
from speedlab.core import stop
from speedlab.core.files import whole
from speedlab.core.folders import Temporary

class Slow(Temporary):
    def cleanup(self):
        for number in stop.SIGNALS if came else ():  # asked again while it removes
            os.kill(os.getpid(), number)
        super().cleanup()

with stop.in_order() as came:
    try:
        with Slow("run") as folder, whole(Path(sys.argv[1])) as place:
            place.write_text("half")
            print("ready", flush=True)
            time.sleep(600)
    except KeyboardInterrupt:
        sys.exit(stop.KILLED + came[0] if came else 130)
"""


@pytest.fixture
def command(tmp_path):
    """A command that keeps folders, begun, with its temporary folder."""
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-c", COMMAND, str(tmp_path / "answer")]
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


@pytest.mark.parametrize("number", [*stop.SIGNALS, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_leaves_nothing(command, tmp_path, number):
    command.send_signal(number)
    assert command.wait() == stop.KILLED + number
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_a_killed_one_left_goes_with_the_next(command, tmp_path, monkeypatch):
    command.kill()
    command.wait()
    assert len(list(tmp_path.iterdir())) == 2 and len(list((tmp_path / "tmp").iterdir())) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with Temporary(beside=tmp_path / "answer") as folder:
        assert [path.name for path in tmp_path.iterdir() if path.name != "tmp"] == [
            Path(folder).name
        ]


def test_what_others_keep_beside_stays(tmp_path):
    (tmp_path / ".answer-of-mine").mkdir()
    write_text(tmp_path / ".answer-note", "kept")
    with Temporary(beside=tmp_path / "answer") as one, Temporary(beside=tmp_path / "answer") as two:
        assert Path(one).is_dir() and Path(two).is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {".answer-of-mine", ".answer-note"}


@pytest.fixture(autouse=True)
def nobody_elses_handlers():
    """Begin with the system's handlers: a test before may have left some of a server's."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in stop.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_handlers_are_as_they_were_afterwards():
    before = [signal.getsignal(number) for number in stop.SIGNALS]
    with pytest.raises(KeyboardInterrupt), stop.in_order() as came:
        signal.raise_signal(signal.SIGTERM)
    assert came == [signal.SIGTERM]
    assert [signal.getsignal(number) for number in stop.SIGNALS] == before


def test_what_ignores_a_signal_goes_on_ignoring_it():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as nohup does with SIGHUP
    try:
        with stop.in_order() as came:
            signal.raise_signal(signal.SIGTERM)
        assert came == [] and signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_changes_no_handler():
    seen = []

    def look():
        with stop.in_order():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]
