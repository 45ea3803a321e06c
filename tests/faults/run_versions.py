"""Run the fault table on other Pythons and count what passed, by start method.

    python tests/faults/run_versions.py PYTHON...

Each PYTHON is the interpreter of an environment into which the project is installed, for example
made by `uv venv --python 3.13 DIR` and `uv pip install -r requirements.txt -e '.[dev]'`.
"""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent


def run_table(python):
    """Return the counts by start method, the names of the faults that failed, and the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        report, start = Path(folder) / "report.xml", time.monotonic()
        command = [python, "-m", "pytest", str(HERE), "-q", f"--junitxml={report}"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd=HERE.parents[1])
        return *count(ET.parse(report)), time.monotonic() - start


def count(report):
    """Return, from a JUnit report, passed and all tests by start method, and who failed."""
    passed, total, failed = Counter(), Counter(), []
    for case in report.iter("testcase"):
        name = case.get("name").removeprefix("test_fault[").removesuffix("]")
        method = name.rpartition("-")[2]
        total[method] += 1
        passed[method] += len(case.findall("*")) == 0
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
    return {method: f"{passed[method]}/{total[method]}" for method in total}, failed


def main():
    for python in sys.argv[1:] or [sys.executable]:
        version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout
        counts, failed, elapsed_s = run_table(python)
        print(f"{version.strip()}: {counts} in {elapsed_s:.0f} s", *failed, flush=True)


if __name__ == "__main__":
    main()
