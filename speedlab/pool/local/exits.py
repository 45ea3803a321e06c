"""How a worker ended, in words: a crash in C code, a signal, memory, or an exit of its own."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from speedlab.core.errors import (
    FULL_BYTES,
    SHARED_MEMORY,
    BadInput,
    SpeedlabError,
    WorkerDied,
    refused_by_system,
)

DIED = "A worker process ended in the middle of its chunk."
CGROUPS = Path("/sys/fs/cgroup")
KILLED = "SIGKILL"
SMALLER = "Use smaller chunks or fewer workers, then run the cell again."
ALONE = (
    "Run the chunks one by one with workers=1 to find the one that does it; a newer version of "
    'the library, or start_method="spawn", often helps.'
)
CRASHES = {
    "SIGSEGV": "it used memory that is not its own",
    "SIGBUS": "it used memory that is not there, such as a mapped file that became shorter",
    "SIGILL": "it has an instruction that this processor does not know",
    "SIGFPE": "it divided by zero in whole numbers",
    "SIGABRT": "it gave up by itself, most often after it wrote why",
    "SIGSYS": "it asked the system for something that is forbidden here",
    "SIGTRAP": "it stopped at a trap in its code",
}
LIMITS = {
    "SIGXCPU": ("Its limit of processor seconds was reached.", "Raise it (ulimit -t)."),
    "SIGXFSZ": ("A file became larger than allowed.", "Raise the limit (ulimit -f)."),
    "SIGHUP": (
        "Its terminal or session was closed (SIGHUP).",
        "Start it in a session that stays, such as tmux or nohup, then run it again.",
    ),
    "SIGTERM": (
        "Someone asked it to end (SIGTERM): a scheduler, a service that stops, or a person.",
        "Look who did, then run the cell again.",
    ),
    "SIGINT": ("Someone pressed Interrupt in it (SIGINT).", "Run the cell again."),
    "SIGALRM": (
        "An alarm that the function or a library had set went off (SIGALRM).",
        "Handle the alarm inside the function, or set none.",
    ),
    "SIGPIPE": (
        "It wrote to a program that has ended (SIGPIPE).",
        "Look what the function writes to, then run the cell again.",
    ),
}
WINDOWS = {
    0xC0000005: "SIGSEGV",
    0xC000001D: "SIGILL",
    0xC0000094: "SIGFPE",
    0xC0000409: "SIGABRT",
    0xC00000FD: "SIGSEGV",
}
"""What Windows says in place of a signal."""
QUIET = {0, None, 255}
"""Codes that say nothing: an end in order, and one that two threads asked for at once."""


@dataclass(frozen=True)
class MemoryFacts:
    """How often the system has ended a process because memory ran out; None if it does not tell.

    Attributes:
        here: In this container or session.
        machine: On the whole machine.
    """

    here: int | None
    machine: int | None

    @classmethod
    def now(cls) -> MemoryFacts:
        """Read what the system says now."""
        own = [_count(path, "oom_kill") for path in _events()]
        known = [count for count in own if count is not None]
        return cls(sum(known) if known else None, _count(Path("/proc/vmstat"), "oom_kill"))


def died(
    codes: Collection[int | None],
    *,
    before: MemoryFacts | None = None,
    crash: str = "",
) -> WorkerDied:
    """Return the error that says why a worker is gone.

    Args:
        codes: The exit codes of all workers; the others are told to end with SIGTERM.
        before: What the system said of memory when the workers started.
        crash: The line at which one crashed, where that is known.
    """
    code = _telling(codes)
    name = signal_of(code)
    if name == KILLED:
        return _killed(before or MemoryFacts(None, None), MemoryFacts.now())
    if name in CRASHES:
        return _crashed(name, crash)
    if name in LIMITS:
        return WorkerDied(DIED, *LIMITS[name])
    if name:
        return WorkerDied(
            DIED, f"It was sent the signal {name}.", "Look who did, then run it again."
        )
    if code is None:
        return WorkerDied(DIED, "Its exit code was not given.", SMALLER)
    return WorkerDied(
        DIED,
        f"Its exit code was {code}: the function, or a library that it calls, ended the process.",
        "Let the function return or raise instead of calling exit, then run the cell again.",
    )


def signal_of(code: int | None) -> str:
    """Return the name of the signal in an exit code; "" if it is none.

    >>> signal_of(-11), signal_of(3)
    ('SIGSEGV', '')
    """
    if code is None or code >= 0:
        return WINDOWS.get(code or 0, "")
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"number {-code}"


@contextlib.contextmanager
def system_in_words() -> Iterator[None]:
    """Turn what the system refuses inside this block into sentences.

    Raises:
        SpeedlabError: Instead of an OSError about files, processes, memory or disks.
    """
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise BadInput(
            "A worker could not be started.",
            "The process that starts them ended or did not answer: most often there are too many "
            "processes, or memory ran out.",
            "Use fewer workers, end programs that are no longer needed, then run it again.",
        ) from error.with_traceback(None)
    except (OSError, MemoryError, RuntimeError) as error:
        refused: SpeedlabError | None = refused_by_system(error)
        if refused is None:
            raise
        raise refused from None


def _telling(codes: Collection[int | None]) -> int | None:
    """Return the code that says most: the executor itself ends the other workers by SIGTERM."""
    ended = [code for code in codes if code not in QUIET and code != -15]
    if ended:
        return min(ended, key=lambda code: code or 0)
    # An end in order is none in the middle of a chunk, unless the others had to be ended.
    if 0 in codes and -15 in codes:
        return 0
    return -15 if -15 in codes else (0 if 0 in codes else None)


def _crashed(name: str, line: str) -> WorkerDied:
    why = f"A library crashed in C code ({name}): {CRASHES[name]}."
    if name == "SIGBUS" and SHARED_MEMORY.exists():
        free = psutil.disk_usage(str(SHARED_MEMORY)).free
        if free < FULL_BYTES:
            why = "The shared memory of this machine is full (SIGBUS)."
    return WorkerDied(DIED, f"{why} {line}".strip(), ALONE)


def _killed(before: MemoryFacts, after: MemoryFacts) -> WorkerDied:
    here, machine = _more(before.here, after.here), _more(before.machine, after.machine)
    if here or machine:
        why = "The system ended it because memory ran out (SIGKILL)."
        return WorkerDied(DIED, why, SMALLER)
    if here is None and machine is None:
        why = "It was ended by SIGKILL, most often because memory ran out."
        return WorkerDied(DIED, why, SMALLER)
    return WorkerDied(
        DIED,
        "It was ended by SIGKILL, and the system has counted none that it ended for lack of "
        "memory: most likely a person, a scheduler or a limit of this service did it.",
        "Look who did; if it happens again, use smaller chunks or fewer workers.",
    )


def _more(before: int | None, after: int | None) -> bool | None:
    return None if before is None or after is None else after > before


def _events() -> Iterator[Path]:
    """Return the files in which control groups count, version 2 and 1."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kinds, group = line.split(":", 2)
            if not kinds:
                yield CGROUPS / group.lstrip("/") / "memory.events"
            elif "memory" in kinds.split(","):
                yield CGROUPS / "memory" / group.lstrip("/") / "memory.oom_control"
    # In a container its own group may be shown as the root.
    yield CGROUPS / "memory.events"
    yield CGROUPS / "memory" / "memory.oom_control"


def _count(path: Path, name: str) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            if line.startswith(f"{name} "):
                return int(line.split()[1])
    return None
