"""Close a box from inside, in its first process, before any code of a learner runs.

    bubblewrap makes namespaces and mounts ──► confine ──► runner, or the judge
    zygote's child makes its own           ──► the same steps, one by one

    1  a session keyring of its own          keys of the kernel belong to no namespace
    2  names are limited, besides bytes      empty files are memory as well
    3  no further namespace, /proc read only
    4  capabilities are dropped for good
    5  the filter for calls of the kernel    what made the walls is now forbidden

Where the system allows less, the rest is done: what holds in the end is found out by trying.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

# Numbers of the kernel's headers, under the kernel's names: Python 3.11 does not know them.
# sys/mount.h
MS_RDONLY = 1  # the kernel's settings in /proc/sys cannot be written
MS_NOSUID = 2  # no program of another user's rights lies there
MS_NODEV = 4  # no disk and no memory of the machine can be opened through a device file
MS_NOEXEC = 8  # nothing in there can be run as a program
MS_REMOUNT = 32
TMPFS_FLAGS = MS_NOSUID | MS_NODEV
PROC_FLAGS = MS_NOSUID | MS_NODEV | MS_NOEXEC
# linux/prctl.h, linux/securebits.h, linux/capability.h
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_CAPBSET_DROP = 24  # a capability that is not bounded can be got back by executing a program
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38  # setuid programs, such as su, give no rights (bubblewrap sets it as well)
# KEEP_CAPS, NO_SETUID_FIXUP, NOROOT, each with its lock: user 0 is nobody special, for good.
SECUREBITS_LOCKED = 0b11_1111
CAPABILITY_BITS = 64  # as a set has; the kernel refuses the numbers that it does not know
LINUX_CAPABILITY_VERSION_3 = 0x20080522
# asm/unistd.h, linux/keyctl.h
KEYCTL_JOIN_SESSION_KEYRING = 1
# Calls have the first number on x86_64, the second on others.
ADD_KEY, KEYCTL, PTRACE = (248, 217), (250, 219), (101, 117)
MEMFD_CREATE, SHMGET, UNSHARE, MOUNT = (319, 279), (29, 194), (272, 97), (165, 40)
CLONE_NEWUSER, PTRACE_TRACEME, SESSION_KEYRING = 0x10000000, 0, -3
BOX = "/box/work"  # no system has such a folder, so a mount there would hide nothing
FIRST = 4  # the processes of a box are few, and count from 1
WAIT_S = 0.5


def main() -> None:
    """Confine this process as its first argument says, and run what follows."""
    walls = json.loads(sys.argv[1])
    join_new_keyring()
    if walls["capable"]:
        for folder in walls["folders"]:
            mount("tmpfs", folder, "tmpfs", MS_REMOUNT | TMPFS_FLAGS, limits(walls))
        mount_own_proc()
        drop_capabilities()
    filter_calls(walls["filter"])
    del sys.argv[1]
    module, _, name = sys.argv.pop(1).partition(":")
    getattr(importlib.import_module(module), name or "main")()


def limits(walls: dict[str, Any]) -> str:
    """Return the options that limit a folder in memory."""
    return f"size={walls['size_bytes']},nr_inodes={walls['names']},mode=0777"


def join_new_keyring() -> None:
    """Leave the session keyring of whoever started this, which may hold passwords and tickets."""
    _fails(KEYCTL, KEYCTL_JOIN_SESSION_KEYRING, None)


def mount_own_proc() -> None:
    """Show the processes of this box alone; let nobody in here make namespaces."""
    mount("proc", "/proc", "proc", PROC_FLAGS)
    _forbid_namespaces()
    # Read only: where the grader runs as root, its user owns the kernel's settings in there.
    mount("proc", "/proc", None, MS_REMOUNT | MS_RDONLY | PROC_FLAGS)


def _forbid_namespaces() -> None:
    """Let nobody in here become root of another namespace, as bubblewrap's --disable-userns does.

    The setting is that of the namespace of users in which this runs, so it must be one of its own.
    """
    mapped = Path("/proc/self/uid_map").read_text().split()
    if len(mapped) == 3 and mapped[2] == "1":
        with contextlib.suppress(OSError):
            Path("/proc/sys/user/max_user_namespaces").write_text("0")


def drop_capabilities() -> None:
    """Drop every capability, for this process and whatever it becomes or starts."""
    calls = libc()
    # The order counts: without capabilities the bounding set and the bits cannot be changed.
    for number in range(CAPABILITY_BITS):
        calls.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    check(calls.prctl(PR_SET_SECUREBITS, SECUREBITS_LOCKED, 0, 0, 0), "securebits")
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    check(calls.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    # A process that dropped capabilities hides its memory, and the supervisor must count it.
    check(calls.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")


class _Program(ctypes.Structure):
    """What the kernel calls a sock_fprog: how many steps, and where they lie."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def filter_calls(text: str) -> None:
    """Install a filter for calls of the kernel, which holds for all that this process starts.

    Args:
        text: The filter, in base64; nothing where there is none for this machine.
    """
    steps = base64.b64decode(text)
    check(libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    if steps:
        made = _Program(len(steps) // 8, steps)
        # A kernel that was built without filters refuses; the self-test says so.
        libc().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(made), 0, 0)


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount something, as the kernel's call of this name does."""
    parts = [source.encode(), target.encode(), kind.encode() if kind else None]
    check(libc().mount(*parts, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def libc() -> Any:
    """Return the C library, which tells errors."""
    return ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raise the error that a call of the C library left."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def try_walls() -> None:
    """Answer the supervisor, who asks on the standard input what holds in here."""
    print(json.dumps(found(json.loads(sys.stdin.readline()))), flush=True)


def found(outside: Mapping[str, Any]) -> dict[str, Any]:
    """Try from inside a box what must fail there; return for each wall whether it stands.

    What is tried does harm where there are no walls, so nothing is tried where this is not one of
    the first processes of a box.

    Args:
        outside: "secret" (a file), "home", "port", "socket" (an abstract name) of the host, and
            "folders" of the box in which one may write.

    Raises:
        RuntimeError: If this is no box.
    """
    if os.getpid() > FIRST or not Path(BOX).is_dir():
        raise RuntimeError("This is no box: nothing was tried.")
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    spaces = [os.statvfs(name) for name in outside["folders"]]
    return {
        "writing": not any(map(_writable, ["/", "/usr", "/box", "/box/lib", "/etc", sys.prefix])),
        "reading": not os.path.lexists(outside["secret"]) and _home_is_hidden(outside["home"]),
        "network": not _reaches(socket.AF_INET, ("127.0.0.1", outside["port"]))
        and not _reaches(socket.AF_UNIX, "\0" + outside["socket"])
        and {name for _, name in socket.if_nameindex()} <= {"lo"},
        "processes": os.getpid() <= FIRST and len(list(Path("/proc").glob("[0-9]*"))) <= FIRST,
        "keyring": _fails(ADD_KEY, b"user", b"speedlab", b"x", 1, SESSION_KEYRING)
        and _fails(KEYCTL, 0, SESSION_KEYRING, 0),
        "tracing": _fails(PTRACE, PTRACE_TRACEME, 0, 0, 0),
        "namespaces": _fails(UNSHARE, CLONE_NEWUSER),
        "mounts": _fails(MOUNT, b"none", BOX.encode(), b"tmpfs", 0, 0),
        "memory": _fails(MEMFD_CREATE, b"speedlab", 0) and _fails(SHMGET, 0, 4096, 0o1600),
        "calls": status.get("Seccomp", "0").strip() == "2",
        "rights": not any(int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")),
        "bytes": max(space.f_blocks * space.f_frsize for space in spaces),
        "names": max(space.f_files for space in spaces),
    }


def _writable(folder: str) -> bool:
    name = Path(folder, ".speedlab-trial")
    with contextlib.suppress(OSError):
        name.touch()
        name.unlink()
        return True
    return False


def _home_is_hidden(home: str) -> bool:
    """Tell whether nothing of a home is in sight, but this Python if it lies there."""
    ours = [*map(Path, (sys.prefix, sys.base_prefix)), *map(Path, filter(None, sys.path))]
    needed = {path.relative_to(home).parts[0] for path in _below(home, ours)}
    return {path.name for path in _names(home)} <= needed


def _below(home: str, places: Iterable[Path]) -> list[Path]:
    return [path for path in places if path.is_relative_to(home) and path != Path(home)]


def _names(folder: str) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(Path(folder).iterdir())
    return []


def _reaches(family: int, address: Any) -> bool:
    with contextlib.suppress(OSError), socket.socket(family) as caller:
        caller.settimeout(WAIT_S)
        caller.connect(address)
        return True
    return False


def _fails(numbers: tuple[int, int], *arguments: Any) -> bool:
    call: Callable[..., int] = ctypes.CDLL(None).syscall
    return call(numbers[os.uname().machine != "x86_64"], *arguments) < 0


if __name__ == "__main__":
    main()
