"""The little of IPython that a notebook's cells ask for where no IPython runs.

A magic line arrives as `get_ipython().run_line_magic(...)`: IPython's own transformer wrote it.
Files are written and programs run, since later cells may need them; what only shows or measures
is left out.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

RUNS_CODE = {"time", "timeit", "capture", "prun"}
SCRIPTS = {"bash", "sh", "script"}


class Shell:
    """Stands for IPython's shell; user_ns is the namespace of the notebook."""

    def __init__(self, user_ns: dict[str, Any]) -> None:
        self.user_ns = user_ns

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        """Run the code of a timing magic once; leave out every other line magic."""
        if name in RUNS_CODE:
            self._run(_without_options(line))

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Write a file, run a script or timed code; leave out every other cell magic."""
        if name in {"writefile", "file"}:
            path = Path(line.rsplit(maxsplit=1)[-1].strip("'\""))
            with path.open("a" if "-a" in line.split() else "w", encoding="utf-8") as file:
                file.write(cell)
        elif name in RUNS_CODE:
            self._run(cell)
        elif name in SCRIPTS:
            self.system(cell)

    def system(self, command: str) -> None:
        """Run a program of the system; where it fails, the notebook goes on."""
        subprocess.run(command, shell=True, check=False)

    def getoutput(self, command: str, *_: Any, **__: Any) -> list[str]:
        """Run a program and return its lines."""
        done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
        return done.stdout.splitlines()

    def __getattr__(self, name: str) -> Any:
        """Take any other call, such as set_custom_exc, and do nothing."""
        return lambda *_, **__: None

    def _run(self, code: str) -> None:
        exec(compile(code, "<magic>", "exec", dont_inherit=True), self.user_ns)


def _without_options(line: str) -> str:
    words = line.split()
    while words and words[0].startswith("-"):
        words.pop(0)
    return " ".join(words)


def furnish(namespace: dict[str, Any]) -> None:
    """Put what a notebook finds without importing it into a namespace."""
    shell = Shell(namespace)
    namespace["get_ipython"] = lambda: shell
    namespace["display"] = lambda *_, **__: None
