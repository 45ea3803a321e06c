"""Room for shared memory is there before anybody writes to it, or it is said that there is none."""

import errno
import os
from multiprocessing import shared_memory
from types import SimpleNamespace

import numpy as np
import pytest

import speedlab as sl
from speedlab.cases.ml.blocks import shared_factors
from speedlab.core import memory
from speedlab.core.errors import SHARED_MEMORY
from speedlab.core.memory import reserved

OWN = f"r{os.getpid():x}_"  # short: a name of shared memory may have 14 characters


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch):
    monkeypatch.setattr(shared_memory, "_SHM_NAME_PREFIX", f"/{OWN}")
    yield
    assert not list(SHARED_MEMORY.glob(f"{OWN}*"))


def made_by_hand():
    reserved(10**6)


def made_by_an_array():
    with sl.shared(np.zeros(125_000)):
        pass


def made_by_training():
    with shared_factors(25_000, 10):
        pass


makers = pytest.mark.parametrize("make", [made_by_hand, made_by_an_array, made_by_training])


@makers
@pytest.mark.skipif(not hasattr(os, "statvfs"), reason="the system does not say")
def test_too_little_room_is_said_before_anything_is_made(monkeypatch, make):
    little = SimpleNamespace(f_bavail=16, f_frsize=4096)
    monkeypatch.setattr(memory.os, "statvfs", lambda _: little)
    with pytest.raises(sl.BadInput, match=r"no room for 1 MB.* 0.066 MB are left.*--shm-size"):
        make()


@makers
@pytest.mark.skipif(not SHARED_MEMORY.exists(), reason="the system has no such place")
def test_room_that_somebody_else_took_meanwhile_is_said(monkeypatch, make):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(memory.os, "posix_fallocate", refuse)
    with pytest.raises(sl.BadInput, match="no room for 1 MB"):
        make()


def test_what_is_reserved_can_be_written():
    made = reserved(4096)
    made.buf[4095] = 7
    made.close()
    made.unlink()
