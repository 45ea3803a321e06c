"""What a run uses, seen from outside."""

import subprocess
import sys

import numpy as np
import pytest

from speedlab.memory import footprint, peak_memory

BUSY = "import time\nwhile time.process_time() < 0.4: pass"


def run_two_children():
    children = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2)]
    for child in children:
        child.wait()


def test_children_that_worked_are_counted_with_their_cpu():
    seen = footprint(run_two_children)
    assert seen.processes == 2
    assert 0.7 < seen.cpu_s < 1.6
    assert seen.wall_s >= 0.4


def test_the_peak_holds_what_was_held_for_a_moment():
    with peak_memory() as before:
        pass
    with peak_memory() as peak:
        peak.look({})
        held = np.ones(10_000_000)
        peak.look({})
        del held
    assert peak.size_bytes - before.size_bytes == pytest.approx(80e6, rel=0.3)
