"""The little of IPython that a notebook's cells ask for where no IPython runs.

A magic line arrives as `get_ipython().run_line_magic(...)`: see grader.judge.reading.magics. Files
are written and programs run, since later cells may need them; what only shows is left out, and what
measures runs once. There is no network, and no package is installed: that is said, not tried.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import runpy
import shlex
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from grader.inside.cells import CompiledCell

NO_NETWORK = "There is no network here, so nothing was installed: what is here must do."
INSTALLS = re.compile(
    r"\s*(sudo\s+)?(\S*python[\d.]*\s+-m\s+)?(\S*/)?"
    r"(pip[\d.]*|conda|mamba|micromamba|uv|poetry|apt|apt-get|npm|brew)\s+"
    r"([^;&|]*\s)?(install|add|sync|update|upgrade|download)\b([^;&|]|[<>]&)*"
)
OPTIONS = re.compile(r"^(\s*-([oqcvt]+|[nrpt]\s*\d+)(?=\s|$))+")
"""Those of timeit, before its code."""
PROGRAMS = {"script": "", "python": sys.executable, "python3": sys.executable}
NOTHING = SimpleNamespace(show=lambda: None, stdout="", stderr="", outputs=[])


class Lines(list[str]):
    """What a program printed, as IPython's SList: lines, or `.n` one text, `.s` one line."""

    @property
    def n(self) -> str:
        """One text."""
        return "\n".join(self)

    @property
    def s(self) -> str:
        """One line."""
        return " ".join(self)

    nlstr, spstr = n, s

    def grep(self, pattern: str | Callable[[str], Any], prune: bool = False) -> Lines:
        """Return the lines that hold a pattern, or with prune those that do not."""
        holds = pattern if callable(pattern) else re.compile(pattern, re.IGNORECASE).search
        return Lines(line for line in self if bool(holds(line)) != prune)

    def fields(self, *numbers: int) -> Lines:
        """Return some words of each line, joined by blanks."""
        rows = [line.split() for line in self]
        if not numbers:
            return rows  # type: ignore[return-value]
        return Lines(" ".join(row[n] for n in numbers if -len(row) <= n < len(row)) for row in rows)


class Nothing:
    """What may be called and asked for anything, and does nothing."""

    def __call__(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Nothing:
        """Return itself: IPython's shell has hundreds of parts."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self


class Shell:
    """Stands for IPython's shell; user_ns is the namespace of the notebook."""

    def __init__(self, user_ns: dict[str, Any]) -> None:
        self.user_ns = user_ns

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> Any:
        """Do what a line magic does; leave out what only shows or sets a display."""
        do = getattr(self, f"_line_{name.strip('%')}", None)
        return None if do is None else do(self._expanded(line))

    def run_cell_magic(self, name: str, line: str, cell: str, *_: Any, **__: Any) -> Any:
        """Write a file, run a script or timed code; leave out every other cell magic."""
        line = self._expanded(line)
        if name in {"writefile", "file"}:
            words = shlex.split(line)
            mode = "a" if {"-a", "--append"} & set(words[:-1]) else "w"
            with Path(words[-1]).expanduser().open(mode, encoding="utf-8") as file:
                file.write(cell)
        elif name == "timeit":
            return self._timed(cell, setup=line)
        elif name in PROGRAMS or name in {"bash", "sh", "pypy", "perl", "ruby", "cmd"}:
            return _run_script(PROGRAMS.get(name, name), line, cell)
        elif name in {"time", "prun", "capture"}:
            self.run_cell(cell)
        return None

    def run_cell(self, code: str, *_: Any, **__: Any) -> Any:
        """Run code in the notebook's namespace, and return the value of its last expression."""
        return CompiledCell(code, "<magic>").run(self.user_ns)

    ex = ev = run_cell

    def push(self, names: Mapping[str, Any], *_: Any, **__: Any) -> None:
        """Give names of the notebook their values."""
        self.user_ns.update(names)

    def system(self, command: str, *_: Any, **__: Any) -> None:
        """Run a program of the system; where it fails, the notebook goes on."""
        command = self._expanded(command)
        if not refuse(command):
            self.user_ns["_exit_code"] = _run_shown(command, shell=True).returncode

    def getoutput(self, command: str, *_: Any, **__: Any) -> Lines:
        """Run a program and return its lines."""
        command = self._expanded(command)
        if refuse(command):
            return Lines([NO_NETWORK])
        done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
        self.user_ns["_exit_code"] = done.returncode
        return Lines((done.stdout + done.stderr).splitlines())

    @contextlib.contextmanager
    def capture(self, line: str = "") -> Iterator[SimpleNamespace]:
        """Keep what is printed, as %%capture does."""
        out, err, kept = io.StringIO(), io.StringIO(), SimpleNamespace(**vars(NOTHING))
        words = line.split()
        with contextlib.ExitStack() as stack:
            if "--no-stdout" not in words:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "--no-stderr" not in words:
                stack.enter_context(contextlib.redirect_stderr(err))
            try:
                yield kept
            finally:
                kept.stdout, kept.stderr = out.getvalue(), err.getvalue()
        kept.show = lambda: print(kept.stdout, end="")

    def __getattr__(self, name: str) -> Any:
        """Take any other call, such as set_custom_exc or events.register, and do nothing."""
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing()

    def _line_time(self, line: str) -> Any:
        return self.run_cell(line)

    def _line_timeit(self, line: str) -> Any:
        return self._timed(line)

    def _line_run(self, line: str) -> None:
        words = [word for word in shlex.split(line) if word not in {"-i", "-n", "-t", "-p", "-e"}]
        path = Path(words[0]).expanduser()
        before, sys.argv = sys.argv, [str(path), *words[1:]]
        try:
            self.user_ns.update(_without_dunders(runpy.run_path(str(path), run_name="__main__")))
        finally:
            sys.argv = before

    def _line_cd(self, line: str) -> None:
        words = [word for word in shlex.split(line) if not word.startswith("-")]
        os.chdir(Path(words[0] if words else "~").expanduser())

    def _line_pwd(self, _: str) -> str:
        return str(Path.cwd())

    def _line_env(self, line: str) -> Any:
        name, sign, value = line.partition("=") if "=" in line else line.partition(" ")
        if not sign:
            return os.environ.get(name.strip()) if name.strip() else dict(os.environ)
        os.environ[name.strip()] = value.strip()
        return None

    _line_set_env = _line_env

    def _line_pip(self, line: str) -> None:
        self.system(f"pip {line}")

    def _line_conda(self, line: str) -> None:
        print(NO_NETWORK, f"({line})")

    _line_mamba = _line_micromamba = _line_conda

    def _line_sx(self, line: str) -> Lines:
        return self.getoutput(line)

    def _line_system(self, line: str) -> Lines:
        return self.getoutput(line)

    _line_who_ls = _line_who = lambda self, _: [
        name for name in self.user_ns if not name.startswith("_")
    ]

    def _timed(self, code: str, setup: str = "") -> SimpleNamespace:
        """Run code once as a function's body, as timeit does: its names are its own."""
        tree = ast.parse("def timed():\n    pass")
        timed = tree.body[0]
        assert isinstance(timed, ast.FunctionDef)
        lines = (OPTIONS.sub("", text).strip() for text in (setup, code))
        timed.body += [part for line in lines for part in ast.parse(line).body]
        own: dict[str, Any] = {}
        exec(compile(tree, "<magic>", "exec", dont_inherit=True), self.user_ns, own)
        began_s = time.perf_counter()
        own["timed"]()
        took_s = time.perf_counter() - began_s
        once = dict.fromkeys(("average", "best", "worst"), took_s)
        return SimpleNamespace(
            **once, stdev=0.0, loops=1, repeat=1, timings=[took_s], all_runs=[took_s]
        )

    def _expanded(self, text: str) -> str:
        """Write the values of `{name}` and `$name` into a line; a line that has none stays."""
        with contextlib.suppress(Exception):  # braces of a shell, or a name that has no value
            text = _Expander().vformat(text, (), self.user_ns)

        def value(found: re.Match[str]) -> str:
            named = found[1]
            return str(self.user_ns[named]) if named in self.user_ns else found[0]

        return re.sub(r"(?<!\$)\$([^\W\d]\w*)", value, text).replace("$$", "$")


class _Expander(string.Formatter):
    """Formats any expression in braces, not only a name."""

    def get_field(self, field_name: str, _: Any, kwargs: Mapping[str, Any]) -> Any:
        return eval(field_name, dict(kwargs)), field_name


def refuse(command: str) -> bool:
    """Tell whether a command line only installs something, and say that it cannot.

    >>> refuse("ls -l"), refuse("pip list")
    (False, False)
    """
    refused = INSTALLS.fullmatch(command.strip()) is not None
    if refused:
        print(NO_NETWORK, f"({command.strip()})")
    return refused


def _run_script(program: str, line: str, text: str) -> tuple[str, ...] | None:
    """Run a script; return what `--out` and `--err` ask for, in this order."""
    words = shlex.split(line)
    wanted = {name: name in words for name in ("--out", "--err")}
    for name in (name for name, asked in wanted.items() if asked):
        place = words.index(name)
        del words[place : place + 2]
    command = [*([program] if program else []), *(w for w in words if not w.startswith("--"))]
    done = _run_shown(command, input=text, keep_out=wanted["--out"], keep_err=wanted["--err"])
    told = {"--out": done.stdout, "--err": done.stderr}
    return tuple(told[name] for name, asked in wanted.items() if asked) or None


def _run_shown(
    command: str | list[str],
    *,
    shell: bool = False,
    input: str | None = None,
    keep_out: bool = False,
    keep_err: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program; what it prints goes where the notebook's own printing goes."""
    away = sys.stdout is not sys.__stdout__  # a cell that keeps what is printed
    out, err = (subprocess.PIPE if away or keep else None for keep in (keep_out, keep_err))
    done = subprocess.run(
        command, shell=shell, input=input, text=True, check=False, stdout=out, stderr=err
    )
    if away and not keep_out:
        print(done.stdout, end="")
    if away and not keep_err:
        print(done.stderr, end="", file=sys.stderr)
    return done


def _without_dunders(names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if not name.startswith("__")}


def add_builtins(namespace: dict[str, Any]) -> None:
    """Put what a notebook finds without importing it into a namespace."""
    shell = Shell(namespace)
    # Who imports it from IPython, as exported notebooks do, must get this one, and not None.
    stub = ModuleType("IPython.core.getipython")
    namespace["get_ipython"] = vars(stub)["get_ipython"] = lambda: shell
    sys.modules[stub.__name__] = stub
    # Whoever asks for a handle, to show something else in its place later, gets one.
    namespace["display"] = lambda *_, **given: shell if given.get("display_id") else None
