"""Who talks to the supervisor in a simulation: each keeps to the rules, and now and then to none.

Judge   a process that forks, and a fork that keeps to a script      Box   a runner, and callers
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation import World

CHECKS = ("one", "two", "three")
RIGHT = {"score": 2.0, "outcome": "right", "message": ""}
RUNNER = 100
KWARGS = {"$": "dict", "v": []}
Message = dict[str, Any]


class Pipe:
    """Both ends of a pipe, of which one is the supervisor's."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self._rest = b""

    def put(self, text: bytes) -> None:
        """Write without ever waiting."""
        os.set_blocking(self.write, False)
        with contextlib.suppress(OSError):
            os.write(self.write, text)

    def lines(self) -> Iterator[bytes]:
        """Return the lines that have arrived."""
        with contextlib.suppress(OSError):
            *lines, self._rest = (self._rest + os.read(self.read, 1 << 20)).split(b"\n")
            yield from lines

    def close(self) -> None:
        """Close both ends, each once."""
        for name in ("read", "write"):
            if (number := getattr(self, name)) >= 0:
                os.close(number)
                setattr(self, name, -1)

    def end(self) -> None:
        """Write no more."""
        if self.write >= 0:
            os.close(self.write)
            self.write = -1


def line(message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


class Actor:
    """Somebody with pipes to the supervisor.

    Attributes:
        silent: Whether it says nothing any more.
    """

    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng
        self._in, self._out, self._err = Pipe(), Pipe(), Pipe()
        self.requests, self.replies = self._in.write, self._out.read
        self.printed = self._err.read
        self.inbox: deque[Message] = deque()
        self.silent = self.gone = False
        world.actors.append(self)

    def act(self) -> None:
        """Do what comes next, or something else."""
        for text in self._in.lines():
            with contextlib.suppress(ValueError):
                self.inbox.append(json.loads(text))
        if self.gone or self.silent:
            return
        if self.rng.random() < self.world.chaos:
            self.misbehave()
        else:
            self.behave()

    def behave(self) -> None:
        raise NotImplementedError

    def misbehave(self) -> None:
        raise NotImplementedError

    def say(self, message: Any) -> None:
        self._out.put(line(message))

    def garbage(self) -> bytes:
        """Return what no side ever says."""
        some = [
            b"\xff{]\n",
            b"[]\n",
            b'"x"\n',
            b"{}\n",
            b"\n",
            b"{" * 2000 + b"\n",
            b'{"half',
            b"7\n",
        ]
        return self.rng.choice(some)

    def end(self) -> None:
        """Be ended by the supervisor."""
        self.gone = True
        for pipe in (self._in, self._out, self._err):
            pipe.close()
        if self in self.world.actors:
            self.world.actors.remove(self)


class Judge(Actor):
    """The judge's box: a process that forks, and a fork that keeps to a script."""

    isolated, shares_files, exchange = True, False, "/box/files"
    process = SimpleNamespace(pid=10)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.files: dict[str, str] = {}
        self.token, self.order, self.number = "", 0, 0
        self._script = self._run()
        self._waits = True
        next(self._script)

    def behave(self) -> None:
        if not self._waits:
            self._waits = next(self._script) is None
        elif self.inbox:
            self._waits = self._script.send(self.inbox.popleft()) is None

    def _send(self, **message: Any) -> Message:
        self.number += 1
        signed = {"token": self.token, "number": self.number} | message
        self.say(signed)
        return signed

    def _run(self) -> Iterator[Any]:
        """Judge one hand-in after the other; yield None to wait for a message."""
        yield None  # the brief
        self.say({"op": "ready", "errors": [""], "token": "", "order": 0, "number": 0})
        while True:
            order = yield None
            if order.get("op") != "order":
                continue
            self.order, self.token, self.number = order["order"], order["token"], 0
            for name in order["checks"]:
                yield from self._judge(name)
            self._send(op="over")
            yield 1
            self.tell_ready()

    def _judge(self, name: str) -> Iterator[Any]:
        yield from self._ask(op="check", place=[CHECKS.index(name) + 1, 0], names=["f"])
        for key in range(self.rng.randrange(3)):
            request = {"op": "call", "handle": 1, "args": [], "kwargs": {}, "mutable": []}
            asks: list[Message] = [
                {"op": "ask", "request": request | {"files": {}}},
                {"op": "open_barrier", "key": key, "workers": 2},
                {"op": "read_barrier", "key": key},
            ]
            yield from self._ask(**self.rng.choice(asks))
        self._send(op="verdict", grade_id=name, result=RIGHT)
        yield 1

    def _ask(self, **message: Any) -> Iterator[Any]:
        number = self._send(**message)["number"]
        while "call" in (answer := (yield None)):
            if self.rng.random() < 0.2:
                nested = self._send(op="ask", request={"op": "call"})["number"]
                refusal = yield None
                self.world.must(refusal.get("to") == nested and "refused" in refusal, refusal)
            self._send(op="answer", to=answer["number"], reply={"ok": 1})
            yield 1
        self.world.must(answer.get("to") == number, (answer, number))

    def tell_ready(self) -> None:
        """Say that the next hand-in can come."""
        ready = {"op": "ready", "errors": [], "token": self.token, "order": self.order, "number": 0}
        self._out.put(b"\n" + line(ready))

    def misbehave(self) -> None:
        rng = self.rng
        odd = rng.randrange(9)
        if odd == 0:
            self._out.put(self.garbage())
        elif odd == 1:
            self.silent = True
        elif odd == 2:
            self._out.end()
            self.gone = True
        elif odd == 3:
            self.end_fork()  # by itself
        else:
            self.say(self._any_message())

    def _any_message(self) -> Message:
        rng = self.rng
        kinds = ("check", "ask", "open_barrier", "read_barrier", "verdict", "answer", "over")
        message = {
            "op": rng.choice([*kinds, "ready", "broken", "sing", None, ["check"]]),
            "token": rng.choice([self.token, self.token, self.token, "guessed", None]),
            "number": self.number + rng.choice([1, 1, 1, 0, -1, 5]),
            "order": self.order,
            "to": rng.choice([0, 1, 2, None]),
            "grade_id": rng.choice([*CHECKS, "four", None]),
            "result": rng.choice([RIGHT, RIGHT | {"score": 9.0}, {}, None, RIGHT | {"outcome": 1}]),
            "place": rng.choice([[1, 0], [], None]),
            "names": rng.choice([["f"], None, "f"]),
            "request": rng.choice([{"op": "call"}, {}, None, {"op": "cell", "source": "x"}]),
            "reply": rng.choice([{"ok": 1}, None, 7]),
            "key": rng.choice([0, "0", None]),
            "workers": rng.choice([2, "2"]),
        }
        for name in rng.sample([*message], rng.randrange(4)):
            del message[name]
        return message

    def end_fork(self) -> None:
        """Let the process that judges end; the one that forked it goes on."""
        self.silent = False
        self._script.close()
        self._script = self._run()
        next(self._script)
        self._script.send({})  # it knows the brief: nobody hears that it is ready
        self._waits = True
        self.inbox.clear()
        if self.rng.random() < 0.9:
            self.tell_ready()


class Box(Actor):
    """A learner's box: its runner answers, and its processes call."""

    isolated, shares_files, calls, exchange = True, False, "", "/box/files"
    folders = ()

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__(world)
        self.files: dict[str, str] = {}
        self.calls_folder = folder
        self._code: int | None = None
        self._busy: Message | None = None
        self._met = False

    def behave(self) -> None:
        if self._busy is not None:
            self.say(self._reply(self._busy))
            self._busy = None
        elif self.inbox:
            request = self.inbox.popleft()
            if "address" in request:
                self.world.call(self, {"hello": True}, pid=RUNNER)
            elif "op" in request:
                self._busy = request
                for _ in range(self.rng.randrange(3)):
                    self._call()

    def _call(self) -> None:
        key = self.rng.randrange(3)
        kind = self.rng.choice(["watched", "callback"])
        self.world.call(
            self, {kind: key, "args": [[1], KWARGS]}, pid=RUNNER + self.rng.randrange(4)
        )

    def _reply(self, request: Message) -> Message:
        values = dict.fromkeys(request["names"], 1) if request["op"] == "get" else 1
        return {"id": request.get("id"), "ok": values} | (
            {"files": {}} if "files" in request else {}
        )

    def misbehave(self) -> None:
        rng, request = self.rng, self._busy or {"id": "guessed", "op": "call"}
        told = {"type": "ValueError", "name": "Mine", "message": "no", "line": 1, "cell_line": 1}
        odd = rng.randrange(10)
        if odd == 0:
            self._out.put(self.garbage())
        elif odd == 1:
            self.silent = True
        elif odd == 2:
            self._code, self.gone = rng.choice([0, 7, -9]), True
            self._out.end()
        elif odd == 3:
            self._out.end()
        elif odd == 4:
            self._err.put(b"x" * 50_000)
        elif odd == 5:
            self.world.broken = rng.choice(["Too much.", ""])
        elif odd == 6:
            limit = rng.choice(["", "memory", "files", "sing"])
            self.say({"id": request["id"], "error": told, "limit": limit})
        elif odd == 7:
            self.say(self._reply(request) | rng.choice([{"id": "x"}, {"ok": {"$": "evil"}}, {}]))
        else:
            self._call_oddly()

    def _call_oddly(self) -> None:
        some: list[Any] = [None, [], {"watched": -1}, {"worker_died": -9}, {"hello": True}]
        some += [{"callback": 0, "args": [[{"$": "x"}], KWARGS]}]
        self.world.call(self, self.rng.choice(some), pid=RUNNER + self.rng.randrange(9))

    def code(self) -> int | None:
        return self._code

    def outermost(self, runner: int) -> int:
        return runner
