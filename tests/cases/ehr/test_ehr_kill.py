"""kill -9 at ten moments, in a real process with real workers; then the same once more."""

import signal
import subprocess
import sys

import pytest
from cases.ehr.exports import KEY

from speedlab.cases.ehr import job, outbox
from speedlab.cases.ehr.world import generate as data

PARTS = 4
DIES = """
import functools, os, pkgutil, signal, sys
import speedlab as sl
from speedlab.cases.ehr import job
from speedlab.cases.ehr.case import CASE

source, out, key, parts, task, place, turn = sys.argv[1:]

def main():
    if task == "none":
        watch(os.getpid())
    done, this_process = [], os.getpid()
    with (
        sl.NotebookPool(2, preload=CASE.preload) as pool,
        job.prepare(source, key=key.encode(), out=out, parts=int(parts)) as ready,
    ):
        def map_(fn, tasks):
            def one(numbered):
                if str(numbered[0]) == task:
                    watch(this_process)
                return fn(numbered[1])
            start = len(done)
            done.extend(tasks)
            return pool.map(one, list(enumerate(tasks, start)))
        job.deliver(ready, map_=map_)

def watch(victim):
    owner, name = place.rsplit(".", 1)
    owner, calls = pkgutil.resolve_name(owner), []
    real = getattr(owner, name)
    @functools.wraps(real)
    def watched(*args, **options):
        calls.append(1)
        if len(calls) == int(turn):
            os.kill(victim, signal.SIGKILL)
            signal.pause()  # a worker ends with its parent, and does not come further than this
        return real(*args, **options)
    setattr(owner, name, watched)

if __name__ == "__main__":
    main()
"""
EHR = "speedlab.cases.ehr."
MOMENTS = {
    "the folder is marked": (None, EHR + "outbox._locked", 1, 0),
    "a part is begun": (1, EHR + "patients.fact_files.pa.concat_batches", 1, 0),
    "the last part is written, not renamed": (PARTS - 1, "pathlib.Path.replace", 1, 0),
    "all parts are there": (PARTS, EHR + "two_passes.fact_files.read", 1, 0),
    "half of the buckets are done": (PARTS + 4, EHR + "two_passes.released.quarantine", 1, 0),
    "the last bucket has no tally yet": (PARTS + 7, EHR + "two_passes.write_text", 1, 0),
    "two files are put together": (None, EHR + "publish._quarantine", 1, 0),
    "one file is in place": (None, "pathlib.Path.replace", 3, 1),
    "all files are in place, not the summary": (None, "pathlib.Path.replace", 5, 3),
    "only the mark is left to remove": (None, EHR + "outbox.Outbox.clear", 1, 4),
}
"""The task, or None for the parent; before which call of what; how many files are then in place.
The first replace() is the one of the mark."""


def written(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def delivered(out):
    with job.prepare(data.sample_path(), key=KEY, out=out, parts=PARTS) as ready:
        assert ready.plan.buckets == 8
        job.deliver(ready)
    return written(out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return delivered(tmp_path_factory.mktemp("whole") / "out")


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_kill_9_the_same_command_brings_the_same_output(tmp_path, whole, moment):
    script, out = tmp_path / "dies.py", tmp_path / "out"
    script.write_text(DIES)
    task, place, turn, in_place = MOMENTS[moment]
    given = [data.sample_path(), out, KEY.decode(), PARTS, "none" if task is None else task]
    line = [sys.executable, str(script), *map(str, [*given, place, turn])]
    died = subprocess.run(line, check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    assert (out / outbox.MARK).exists()
    assert len(written(out).keys() & whole.keys()) == in_place
    assert delivered(out) == whole
