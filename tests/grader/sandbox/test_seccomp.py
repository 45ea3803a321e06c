"""The filter for calls of the kernel: what it refuses on each machine, and what it lets through."""

from __future__ import annotations

import struct

import pytest

from grader.sandbox import seccomp
from grader.sandbox.seccomp import CLONE, EPERM, KILL, MACHINES, REFUSED, UNKNOWN, program

ALLOWED, NEW_USER, THREAD = seccomp.ALLOW, 0x10000000, 0x003D0F00
EVERYDAY = {  # read, write, openat, mmap, futex, execve, socket, wait4 and exit_group
    "x86_64": (0, 1, 257, 9, 202, 59, 41, 61, 231),
    "aarch64": (63, 64, 56, 222, 98, 221, 198, 260, 94),
}


def answer(machine: str, number: int, flags: int = 0, *, called_as: str = "") -> int:
    """Return what the filter says to a call, as the kernel's own machine would find it."""
    steps = list(struct.iter_unpack("=HBBI", program(machine)))
    data = struct.pack("=IIQ6Q", number, MACHINES[called_as or machine], 0, flags, *[0] * 5)
    loaded = at = 0
    while True:
        code, true, false, value = steps[at]
        at += 1
        if code == seccomp.RETURN:
            return value
        if code == seccomp.LOAD:
            loaded = struct.unpack_from("=I", data, value)[0]
            continue
        holds = {
            seccomp.EQUAL: loaded == value,
            seccomp.AT_LEAST: loaded >= value,
            seccomp.ANY_BIT: bool(loaded & value),
        }
        at += true if holds[code] else false


@pytest.mark.parametrize("machine", MACHINES)
def test_each_call_of_the_list_is_refused_and_no_other(machine: str) -> None:
    at = list(MACHINES).index(machine)
    refused = {numbers[at]: seccomp.ERROR | EPERM for numbers in REFUSED.values()}
    refused |= {numbers[at]: seccomp.ERROR | seccomp.ENOSYS for numbers in UNKNOWN.values()}
    assert len(refused) == len(REFUSED) + len(UNKNOWN)
    assert {n: answer(machine, n) for n in range(600)} == {
        n: refused.get(n, ALLOWED) for n in range(600)
    }
    assert all(answer(machine, number) == ALLOWED for number in EVERYDAY[machine])


@pytest.mark.parametrize("machine", MACHINES)
def test_processes_and_threads_may_be_made_and_namespaces_may_not(machine: str) -> None:
    clone = CLONE[list(MACHINES).index(machine)]
    assert answer(machine, clone, THREAD) == ALLOWED
    assert answer(machine, clone, 17) == ALLOWED  # SIGCHLD: a fork
    for flag in (NEW_USER, 0x00020000, 0x02000000, 0x20000000, 0x40000000):
        assert answer(machine, clone, flag | 17) == seccomp.ERROR | EPERM


def test_numbers_of_another_machine_end_the_process() -> None:
    assert answer("x86_64", 0, called_as="aarch64") == KILL
    assert answer("aarch64", 63, called_as="x86_64") == KILL
    assert answer("x86_64", 0x40000000) == KILL


def test_a_machine_that_nobody_knows_has_no_filter() -> None:
    assert program("riscv64") == b""
