"""Workers that grade: started early, they harm nothing, whatever happens to them meanwhile."""

import os
import subprocess
import sys

from grader.run.executors import Executor, start_processes


def test_workers_that_were_started_early_do_what_comes():
    with Executor(2) as executor:
        executor.warm_up()
        found = executor.run(abs, [-1, -2, -3], began=lambda job: None)
        assert sorted(found) == [(-3, 3), (-2, 2), (-1, 1)]


def test_a_worker_that_dies_before_the_first_job_is_replaced():
    def make(workers):
        started = start_processes(workers)
        if not dead:
            dead.append(started.submit(os._exit, 3).exception())
        return started

    dead = []
    with Executor(1, make) as executor:
        executor.warm_up()
        assert list(executor.run(abs, [-1], began=lambda job: None)) == [(-1, 1)]
    assert len(dead) == 1


def test_no_grader_compiles_a_grammar_of_web_addresses():
    code = "import grader.judge.grade, jsonschema, nbformat, sys; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
