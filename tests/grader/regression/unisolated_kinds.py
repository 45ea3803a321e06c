"""Hand-ins that are graded in boxes that are not isolated, and what the small assignment is there.

Workers start by spawn, as they do where there is no fork.
"""

from __future__ import annotations

from pathlib import Path

import small_assignment
from hand_ins import WRONG, Kind, double, spread
from hostile_kinds import HOSTILE, LOOP
from small_assignment import CHECKS, RIGHT

from grader.sandbox.limits import Limits

LIMITS = Limits(
    cell_s=15.0,
    check_s=15.0,  # new Pythons have to load libraries in it, on a machine that may be busy
    total_s=90.0,
    memory_bytes=600_000_000,
    processes=8,
    file_bytes=30_000_000,
    output_bytes=2_000_000,
)
SHORT = Limits(**(vars(LIMITS) | {"check_s": 8.0, "cell_s": 8.0}))
SPREAD = RIGHT["s-spread"].replace('"fork"', '"spawn"')
WAITING = "'import threading; threading.Event().wait(600)'"
CHILD = f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {WAITING}])"
ENDLESS = """
found = squares(np.array([1]))
while isinstance(found, str):
    pass
"""
UNISOLATED = {
    "right": Kind(),
    "wrong": double(WRONG, outcome="wrong"),
    "serial": spread("def spread(fn, items, workers):\n    return [fn(i) for i in items]"),
    "loops": double(LOOP, outcome="timeout"),
    "loops-the-judge": Kind(
        {"s-part": "def squares(array):\n    return 'for ever'"},
        {"s-part-test": 2.0},
        {"s-part-test": "timeout"},
    ),
    "loops-before-a-large-request": HOSTILE["stops-before-a-large-request"],
    "exits": double("import os\ndef double(items):\n    os._exit(0)", outcome="died"),
    "crashes": double("import ctypes\ndef double(items):\n    ctypes.string_at(0)", outcome="died"),
    "floods": double(
        "import os\ndef double(items):\n    for _ in range(40):\n"
        "        os.write(1, b'x' * 10**5)\n    return [2 * i for i in items]",
        outcome="limit",
    ),
    "fills-the-disk": double(
        "def double(items):\n    with open('large', 'wb') as file:\n        for _ in range(40):\n"
        "            file.write(b'x' * 10**6)\n    return [2 * i for i in items]",
        outcome="limit",
    ),
    "much-memory": double(
        "import os, threading\ndef double(items):\n    kept = os.urandom(1) * (700 * 10**6)\n"
        "    threading.Event().wait()",
        outcome="limit",
    ),
    "many-processes": double(
        f"import subprocess, sys\nkept = []\ndef double(items):\n    for _ in range(10):\n"
        f"        kept.append({CHILD})\n    return [2 * i for i in items]",
        outcome="limit",
    ),
    "child-left-behind": spread(
        f"import subprocess, sys\nkept = []\n{SPREAD.strip()}\n"
        f"inner = spread\ndef spread(fn, items, workers):\n    kept.append({CHILD})\n"
        "    return inner(fn, items, workers)",
        outcome="wrong",
    ),
    "orphan": double(
        "import subprocess, sys\nnew = {'start_new_session': True}\n"
        f"code = {WAITING}\nstart = 'import subprocess, sys; subprocess.Popen([sys.executable, '"
        "\nstart += f\"'-I', '-S', '-c', {code!r}], start_new_session=True)\"\n"
        "def double(items):\n"
        "    subprocess.run([sys.executable, '-I', '-S', '-c', start], check=True)\n"
        "    return [2 * i for i in items]",
        right=True,
    ),
}
FORKS = double(
    "import os\ndef double(items):\n    assert hasattr(os, 'fork')\n"
    "    return [2 * i for i in items]"
)
"""Right only where the box has a fork: it tells whether a system is simulated inside as well."""


def make_course(root: Path) -> Path:
    """Write the course with an answer that uses spawn, and a check that can loop in the judge."""
    RIGHT["s-spread"] = SPREAD
    CHECKS["s-part"] = ENDLESS + CHECKS["s-part"]
    return small_assignment.make_course(root)
