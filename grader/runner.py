"""Runs in the box: executes the learner's cells and answers requests. It decides nothing.

Requests come in as JSON lines on the standard input, replies go out on the standard output; what
the learner's code prints goes elsewhere. The cells run as `__main__`, as in a notebook, so that
`if __name__ == "__main__"` and pools of every start method work.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import json
import linecache
import os
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from grader import pools
from grader.children import children_text
from grader.crossing import LIMIT_BYTES, decode, dumps, encode, tell_error
from grader.faults import line_in
from grader.lesson_files import lay_out
from grader.probe import open_foreign, talk
from grader.shell import furnish

SHORTAGES = {errno.EFBIG: "disk", errno.ENOSPC: "disk", errno.EAGAIN: "processes"}
Reply = dict[str, Any]


def main() -> None:
    """Take the pipes, say hello, accept the limits, and serve until the pipe closes."""
    requests, replies = _take_pipes()
    first = requests.readline()
    if not first:  # a box that was only tried out
        os._exit(0)
    settings = json.loads(first)
    if settings["address"]:
        talk(settings["address"], {"hello": True})
        pools.watch(settings["address"])
    _accept(settings["limits"])
    if settings["keeps_fork_server"]:
        pools.keep_fork_server()
    folder = Path.cwd()
    lay_out(settings["files"], folder)
    runner = Runner(folder / "notebook.py")
    for line in _arriving(requests) if settings["watches_supervisor"] else requests:
        request = json.loads(line)
        reply = runner.answer(request) | {"id": request["id"]}
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        replies.write(_fit(reply) + "\n")
        replies.flush()
    os._exit(0)  # no atexit handler of the learner's code keeps the box


def _take_pipes() -> tuple[TextIO, TextIO]:
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, replies


def _arriving(requests: TextIO) -> Iterator[str]:
    """Yield requests; end this process when the supervisor has ended, whatever runs here then.

    In a box with walls the kernel does it. Here a learner's endless loop would run on.
    """
    arrived = queue.SimpleQueue[str]()

    def read() -> None:
        for line in requests:
            arrived.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield arrived.get()


def _accept(limits: Mapping[str, int]) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    for name, most in limits.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None:
            # macOS refuses some; what all processes use together is watched from outside.
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(number, (most, most))


def _flush(stream: Any) -> None:
    try:
        stream.flush()
    except Exception:  # the learner's code may have closed or replaced it
        return


def _fit(reply: Reply) -> str:
    try:
        return dumps(reply)
    except (TypeError, ValueError, RecursionError, MemoryError) as error:
        told = tell_error(error)
        return dumps({"id": reply["id"], "error": told})


class Runner:
    """The learner's namespace and the objects that handles stand for."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._cells: list[str] = []
        self._files: list[str] = []
        self._kept: dict[int, Any] = {}
        module = types.ModuleType("__main__")
        module.__file__ = str(file)
        self._names = module.__dict__
        furnish(self._names)
        sys.modules["__main__"] = module
        sys.path.insert(0, str(file.parent))

    def answer(self, request: Mapping[str, Any]) -> Reply:
        """Do what a request asks; whatever the learner's code raises is part of the answer."""
        do: Callable[[Mapping[str, Any]], Reply] = getattr(self, f"do_{request['op']}")
        try:
            return do(request)
        except BaseException as error:
            places = {
                "line": line_in(error, f"<{request.get('name')}>"),
                "cell_line": line_in(error, *self._files),
            }
            return {"error": tell_error(error) | places, "limit": _shortage(error)}

    def do_cell(self, request: Mapping[str, Any]) -> Reply:
        """Run one cell; the value of a last expression comes back only if it is asked for."""
        source, name = request["source"], f"<{request['name']}>"
        self._files.append(name)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        tree = ast.parse(source, name)
        self._cells.append(source)
        self._file.write_text(children_text(self._cells), encoding="utf-8")
        last_one = tree.body[-1] if tree.body else None
        shown = last_one if isinstance(last_one, ast.Expr) else None
        if shown is not None:
            tree.body.pop()
        exec(compile(tree, name, "exec", dont_inherit=True), self._names)
        if shown is None:
            return {"ok": None}
        last = compile(ast.Expression(shown.value), name, "eval", dont_inherit=True)
        value = eval(last, self._names)
        return {"ok": encode(value, self._keep) if request.get("value") else None}

    def do_get(self, request: Mapping[str, Any]) -> Reply:
        """Return the values of some names; those without a value are left out."""
        found = {name: self._names[name] for name in request["names"] if name in self._names}
        return {"ok": {name: self._pack(value) for name, value in found.items()}}

    def do_call(self, request: Mapping[str, Any]) -> Reply:
        """Call an object; arguments that it changed in place come back as well."""
        args = [self._open(tree) for tree in request["args"]]
        kwargs = {name: self._open(tree) for name, tree in request["kwargs"].items()}
        answer = self._pack(self._kept[request["handle"]](*args, **kwargs))
        changed = {}
        for place in request["mutable"]:
            now = encode(args[place], self._keep)
            if now != request["args"][place]:
                changed[str(place)] = now
        return {"ok": answer, "changed": changed}

    def do_special(self, request: Mapping[str, Any]) -> Reply:
        """Apply a function of Python, such as len or operator.add, to objects."""
        function = open_foreign({"$": "name", **request["function"]})
        args = [self._open(tree) for tree in request["args"]]
        return {"ok": self._pack(function(*args))}

    def _pack(self, value: Any) -> Any:
        try:
            tree = encode(value, self._keep)
            dumps(tree, limit=LIMIT_BYTES // 2)
        except (TypeError, ValueError, RecursionError):
            return self._keep(value)
        return tree

    def _keep(self, value: Any) -> dict[str, Any]:
        self._kept[id(value)] = value
        return {"$": "handle", "handle": id(value), "of": type(value).__name__[:80]}

    def _open(self, tree: Any) -> Any:
        return decode(tree, self._foreign)

    def _foreign(self, tree: Mapping[str, Any]) -> Any:
        if tree.get("$") == "handle":
            return self._kept[tree["handle"]]
        return open_foreign(tree)


def _shortage(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "memory"
    return SHORTAGES.get(error.errno or 0, "") if isinstance(error, OSError) else ""


if __name__ == "__main__":
    main()
