"""Which calls of the kernel a box may not make: a filter that the kernel runs before each call.

A box needs none of them, and each has opened boxes before, or reaches what no limit counts. The
filter is a small program for the kernel's own machine (classic BPF):

    another machine's numbers ► end the process       numbers mean something else there
    a number of the list      ► error                 "not permitted", or "unknown" where libraries
    clone with a namespace    ► not permitted         know a way without the call
    all else                  ► allowed
"""

from __future__ import annotations

import platform
import struct
from collections.abc import Mapping

# linux/audit.h: how the kernel names the machine whose numbers a call uses.
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000  # a second set of numbers on x86_64, which nobody uses
# linux/bpf_common.h, linux/seccomp.h
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, MACHINE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
KILL, ERROR, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
EPERM, ENOSYS = 1, 38
CLONE_NEW = 0x7E020000  # sched.h: every namespace that clone makes

REFUSED = {  # name: (number on x86_64, on aarch64)
    # Keys outlive a box; no namespace holds them.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Other processes, and what the kernel is doing.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "syslog": (103, 116),
    "fanotify_init": (300, 262),
    # Namespaces and mounts.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # The machine itself.
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
}
UNKNOWN = {
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # Its flags lie in memory, where no filter sees them; then libraries use clone.
    "clone3": (435, 435),
    # Memory that belongs to no process and lies in no folder: nobody would count it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
CLONE = (56, 220)


def program(machine: str = "") -> bytes:
    """Return the filter for a machine, as the kernel reads it; nothing where none is known.

    >>> len(program("x86_64")) % 8, program("riscv64")
    (0, b'')
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return b""
    at = list(MACHINES).index(machine)
    return b"".join(
        [
            _step(LOAD, value=MACHINE_AT),
            _step(EQUAL, value=MACHINES[machine], true=1),
            _step(RETURN, value=KILL),
            _step(LOAD, value=NUMBER_AT),
            *([_step(AT_LEAST, value=X32_BIT, false=1), _step(RETURN, value=KILL)] * (not at)),
            *_errors(REFUSED, at, EPERM),
            *_errors(UNKNOWN, at, ENOSYS),
            _step(EQUAL, value=CLONE[at], false=3),
            _step(LOAD, value=FIRST_ARGUMENT_AT),
            _step(ANY_BIT, value=CLONE_NEW, false=1),
            _step(RETURN, value=ERROR | EPERM),
            _step(RETURN, value=ALLOW),
        ]
    )


def _errors(calls: Mapping[str, tuple[int, int]], at: int, error: int) -> list[bytes]:
    answer = _step(RETURN, value=ERROR | error)
    pairs = [(_step(EQUAL, value=numbers[at], false=1), answer) for numbers in calls.values()]
    return [step for pair in pairs for step in pair]


def _step(code: int, *, value: int, true: int = 0, false: int = 0) -> bytes:
    """Return one step; a comparison skips as many steps as it says."""
    return struct.pack("=HBBI", code, true, false, value)
