"""Runs in the box: executes the learner's cells and answers requests. It decides nothing.

Requests come in as JSON lines on the standard input, replies go out on the standard output; what
the learner's code prints goes elsewhere. The cells run as `__main__`, as in a notebook, so that
`if __name__ == "__main__"` holds, and workers find what they would find there.
"""

from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from grader.inside import mp_patches
from grader.inside.callback_stub import ask_outside, decode_tag
from grader.inside.cells import CompiledCell, call, line_in
from grader.inside.crossing_files import SharedFolder, TooLarge
from grader.inside.ipython_stub import add_builtins
from grader.inside.lesson_files import lay_out
from grader.inside.mp_main import mp_main_text
from grader.inside.serialize import LIMIT_BYTES, decode, dumps, encode, tell_error

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
        ask_outside(settings["address"], {"hello": True})
        mp_patches.watch(settings["address"])
    _accept(settings["limits"])
    if settings["keeps_fork_server"]:
        mp_patches.keep_fork_server()
    folder = Path.cwd()
    lay_out(settings["files"], folder)
    runner = Runner(folder / "notebook.py")
    shared = SharedFolder(settings["exchange"]) if settings["exchange"] else None
    for line in _arriving(requests) if settings["watches_supervisor"] else requests:
        request = json.loads(line)
        reply = _answer(runner, request, shared) | {"id": request["id"]}
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


def _answer(runner: Runner, request: Mapping[str, Any], shared: SharedFolder | None) -> Reply:
    """Answer a request; with it and with the reply cross the files that changed."""
    if shared is None or "files" not in request:
        return runner.answer(request)
    shared.apply(request["files"])
    reply = runner.answer(request)
    try:
        return reply | {"files": shared.changes()}
    except TooLarge as error:
        return {"error": tell_error(error), "limit": "files"}


def _fit(reply: Reply) -> str:
    files = {name: reply[name] for name in ("id", "files") if name in reply}
    try:
        values = dumps({name: part for name, part in reply.items() if name not in files})
    except (TypeError, ValueError, RecursionError, MemoryError) as error:
        values = dumps({"error": tell_error(error)})
    # Files have a limit of their own, which SharedFolder keeps.
    return f"{json.dumps(files, separators=(',', ':'))[:-1]},{values[1:]}"


class Runner:
    """The learner's namespace and the objects that handles stand for."""

    def __init__(self, file: Path) -> None:
        # Where workers are forked, one that is started afresh finds no function of a cell, as in a
        # notebook. Elsewhere it does: what relies on that may be right where it was written.
        forks = multiprocessing.get_all_start_methods()[0] == "fork"
        self._definitions = None if forks else file
        self._cells: list[str] = []
        self._files: list[str] = []
        self._kept: dict[int, Any] = {}
        module = types.ModuleType("__main__")
        if self._definitions is not None:
            module.__file__ = str(file)
        self._names = module.__dict__
        add_builtins(self._names)
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
        cell = CompiledCell(source, name)
        self._cells.append(source)
        if self._definitions is not None:
            self._definitions.write_text(mp_main_text(self._cells), encoding="utf-8")
        value = cell.run(self._names)
        return {"ok": encode(value, self._keep) if request.get("value") else None}

    def do_get(self, request: Mapping[str, Any]) -> Reply:
        """Return the values of some names; those without a value are left out."""
        values = {name: self._names[name] for name in request["names"] if name in self._names}
        return {"ok": {name: self._pack(value) for name, value in values.items()}}

    def do_call(self, request: Mapping[str, Any]) -> Reply:
        """Call an object; arguments that it changed in place come back as well."""
        args = [self._open(tree) for tree in request["args"]]
        kwargs = {name: self._open(tree) for name, tree in request["kwargs"].items()}
        answer = self._pack(call(self._kept[request["handle"]], *args, **kwargs))
        changed = {}
        for place in request["mutable"]:
            now = encode(args[place], self._keep)
            if now != request["args"][place]:
                changed[str(place)] = now
        return {"ok": answer, "changed": changed}

    def do_special(self, request: Mapping[str, Any]) -> Reply:
        """Apply a function of Python, such as len or operator.add, to objects."""
        function = decode_tag({"$": "name", **request["function"]})
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
        return decode(tree, self._decode_object)

    def _decode_object(self, tree: Mapping[str, Any]) -> Any:
        if tree.get("$") == "handle":
            return self._kept[tree["handle"]]
        return decode_tag(tree)


def _shortage(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "memory"
    return SHORTAGES.get(error.errno or 0, "") if isinstance(error, OSError) else ""


if __name__ == "__main__":
    main()
