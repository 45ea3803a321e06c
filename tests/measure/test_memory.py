"""What a run uses, seen from outside."""

import mmap
import subprocess
import sys

from speedlab.measure.memory import footprint, peak_memory

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
        # From the system, past the C library, which may still keep freed memory of other tests.
        with mmap.mmap(-1, 80_000_000) as held:
            held.write(bytes(80_000_000))
            peak.look({})
        peak.look({})
    assert peak.size_bytes - before.size_bytes > 60e6
