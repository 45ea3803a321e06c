"""Try a box before anybody's code runs in one: try what must fail there, and say what holds.

    isolation ── can boxes be made here? ──► a box ── confine.found: writes outside, reads a home,
                                                      calls a port, adds a key, mounts, …
              ◄── one line, in each result: "bubblewrap · memory: watched · keyring: closed · …"

A wall that is missing is said in capitals, and never passed over. One trial serves a process: it
takes a fifth of a second.
"""

from __future__ import annotations

import contextlib
import functools
import json
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.sandbox import box as boxes
from grader.sandbox.channel import Channel, send
from grader.sandbox.cleanup import prefix, remove
from grader.sandbox.client import BoxClient, BoxGone
from grader.sandbox.control_groups import divided_group
from grader.sandbox.limits import MOST_NAMES, Limits
from grader.sandbox.mounts import WRITABLE
from grader.sandbox.zygote_client import Zygote

WAIT_S = 60.0
MARGIN = 1.1  # folders are as large as whole pages
WALLS = {  # what the trial tried: what holds where it failed, and what it means where it did not
    "writing": ("Nothing outside can be written.", "Files outside can be WRITTEN."),
    "reading": ("No home and no temporary file is in sight.", "A home can be READ."),
    "processes": ("No other process is in sight.", "Other processes are in SIGHT."),
    "network": ("There is no network.", "There is a NETWORK."),
    "keyring": ("The kernel's keyrings are closed.", "The kernel's keyrings are OPEN."),
    "tracing": ("No process can be traced.", "Processes can be TRACED."),
    "namespaces": ("No namespace can be made.", "Namespaces can be MADE."),
    "mounts": ("Nothing can be mounted.", "Folders can be MOUNTED."),
    "rights": ("There are no capabilities.", "There are CAPABILITIES."),
    "calls": ("Calls of the kernel are filtered.", "Calls of the kernel are NOT FILTERED."),
    "memory": ("All memory is counted.", "Memory without a map is NOT COUNTED."),
}
ALONE = "Hand-ins run with the rights of your account: grade only people whom you trust."


@dataclass(frozen=True)
class Findings:
    """What holds in a box.

    Attributes:
        failed: Why there was no trial, if there was none.
        holds: For each wall of WALLS, whether it stands.
        size_bytes: What each writable folder may hold.
        names: How many files and folders each of them may hold; 0 if as many as one likes.
        kept_by: Who keeps the limits of all processes together: "kernel", or they are "watched".
    """

    failed: str = ""
    holds: dict[str, bool] = field(default_factory=dict)
    size_bytes: int = 0
    names: int = 0
    kept_by: str = "watched"

    @property
    def files_are_limited(self) -> bool:
        """Whether bytes and names in all folders are limited."""
        return self.size_bytes < MARGIN * Limits().file_bytes and 0 < self.names <= MOST_NAMES

    @property
    def text(self) -> str:
        """What holds, in one line."""
        if self.failed:
            return f"bubblewrap · NOT TESTED: {self.failed}"
        size = f"{self.size_bytes / 1e6:.0f} MB"
        parts = {
            "memory": self.kept_by if self.holds["memory"] else f"{self.kept_by} IN PART",
            "processes": self.kept_by,
            "keyring": "closed" if self.holds["keyring"] else "OPEN",
            "files": f"{size}, {self.names:,} names" if self.files_are_limited else "NOT LIMITED",
            "network": "none" if self.holds["network"] else "OPEN",
            "system calls": "filtered" if self.holds["calls"] else "NOT FILTERED",
        }
        said = ("memory", "keyring", "network", "calls")
        open_walls = [name for name, holds in self.holds.items() if not holds and name not in said]
        missing = [WALLS[name][1] for name in open_walls]
        return " · ".join(["bubblewrap", *(": ".join(pair) for pair in parts.items()), *missing])

    @property
    def sentences(self) -> list[str]:
        """What holds, a sentence for each wall."""
        if self.failed:
            return [f"It was NOT TESTED: {self.failed}"]
        said = [WALLS[name][not self.holds.get(name)] for name in WALLS]
        most = f"A folder holds at most {self.size_bytes / 1e6:.0f} MB and {self.names:,} names."
        return [*said, most if self.files_are_limited else "Files are NOT LIMITED."]


class _Nobody:
    """Computes no call: the trial makes none."""

    listens = False

    def compute(self, call: dict[str, Any]) -> dict[str, Any]:
        """Refuse a call."""
        del call
        return {"error": {}}


def isolation_text() -> str:
    """Return what results say of the boxes in which they were found."""
    here = boxes.isolation()
    return tried().text if here.real else f"{here.text} {ALONE}"


@functools.cache
def tried() -> Findings:
    """Return what holds in a box that starts alone."""
    with _outside() as (folder, outside):
        try:
            box = boxes.Box("grader.inside.confine:try_walls", _new(folder, "calls"))
            return _findings(_answer(box, outside))
        except (OSError, ValueError) as error:
            return Findings(failed=f"{error}.")


def tried_in_child() -> Findings | None:
    """Return what holds in a fork of a box; None where there are no such boxes."""
    with _outside() as (folder, outside):
        calls = _new(folder, "calls")
        zygote = Zygote.start(calls, {}, [])
        if zygote is None:
            return None
        try:
            child = zygote.spawn(_new(calls, "own"), size_bytes=Limits().file_bytes)
            client = BoxClient(child, _Nobody(), limits=Limits())
            with contextlib.closing(client):
                source = "import json\nfrom grader.inside import confine\n"
                source += f"found = json.dumps(confine.found({outside!r}))"
                until_s = time.monotonic() + WAIT_S
                client.ask({"op": "cell", "name": "trial", "source": source}, until_s)
                reply = client.ask({"op": "get", "names": ["found"]}, until_s)
            return _findings(json.loads(reply["ok"]["found"]))
        except (OSError, BoxGone) as error:
            return Findings(failed=f"{error}.")
        finally:
            zygote.end()


def _findings(answer: dict[str, Any]) -> Findings:
    holds = {name: bool(answer[name]) for name in WALLS}
    kept_by = "kernel" if divided_group() is not None else "watched"
    return Findings(holds=holds, size_bytes=answer["bytes"], names=answer["names"], kept_by=kept_by)


def _answer(box: boxes.Box, outside: dict[str, Any]) -> dict[str, Any]:
    """Ask the trial in a box; end the box."""
    replies, until_s = Channel(box.replies), time.monotonic() + WAIT_S
    try:
        send(box.requests, outside, until_s=until_s)
        while not replies.lines and not replies.closed and time.monotonic() < until_s:
            replies.wait(1.0)
        answer = replies.next() if replies.lines else None
        if answer is None:
            raise ValueError("The trial in the box gave no answer")
        return answer
    finally:
        box.end()
        replies.close()


@contextlib.contextmanager
def _outside() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Make what nobody in a box may reach: a file, a port, a socket; remove all of it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix()))
    name = f"speedlab-{secrets.token_hex(8)}"
    try:
        (folder / "secret").write_text("secret")
        with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as local:
            local.bind("\0" + name)
            local.listen()
            yield (
                folder,
                {
                    "secret": str(folder / "secret"),
                    "home": str(Path.home()),
                    "port": port.getsockname()[1],
                    "socket": name,
                    "folders": WRITABLE,
                },
            )
    finally:
        remove(folder)


def _new(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
