"""kill -9 in the middle of the work, in a real process with real workers; then once more."""

import signal
import subprocess
import sys

import pytest
from cases.ehr.exports import KEY

from speedlab.cases.ehr import data, job, outbox

DIES = """
import os, signal, sys
import speedlab as sl
from speedlab.cases.ehr import job

source, out, key, moment = sys.argv[1:]

def main():
    done, this_process = [], os.getpid()
    with sl.NotebookPool(2) as pool, job.prepare(source, key=key.encode(), out=out) as ready:
        def map_(fn, tasks):
            def one(numbered):
                number, task = numbered
                if number == int(moment):
                    os.kill(this_process, signal.SIGKILL)
                return fn(task)
            start = len(done)
            done.extend(tasks)
            return pool.map(one, list(enumerate(tasks, start)))
        job.deliver(ready, map_=map_)

if __name__ == "__main__":
    main()
"""


def written(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("moment", [1, 4, 9, 13])
def test_after_kill_9_the_same_command_brings_the_same_output(tmp_path, moment):
    source, script = data.sample_path(), tmp_path / "dies.py"
    script.write_text(DIES)
    arguments = [str(source), str(tmp_path / "out"), KEY.decode(), str(moment)]
    died = subprocess.run(
        [sys.executable, str(script), *arguments], check=False, capture_output=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    assert (tmp_path / "out" / outbox.MARK).exists()
    for out in (tmp_path / "out", tmp_path / "whole"):
        with job.prepare(source, key=KEY, out=out) as ready:
            job.deliver(ready)
    assert written(tmp_path / "out") == written(tmp_path / "whole")
