"""What code in a box of either kind may not do, and that libraries do not notice."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standing_in import Nobody

from grader.sandbox.box import Box, isolation
from grader.sandbox.client import BoxClient
from grader.sandbox.limits import Limits
from grader.sandbox.zygote_client import Zygote

WAIT_S = 120.0
NAMES = 100
CALL = """
import ctypes, errno, os, platform
libc = ctypes.CDLL(None, use_errno=True)
def error(numbers, *arguments):
    if libc.syscall(numbers[platform.machine() != 'x86_64'], *arguments) >= 0:
        return 'done'
    return errno.errorcode[ctypes.get_errno()]
"""
REFUSED = {
    "a key is added": ("error((248, 217), b'user', b'mark', b'x', 1, -3)", "EPERM"),
    "a keyring is asked": ("error((250, 219), 0, -3, 0)", "EPERM"),
    "process 1 is traced": ("error((101, 117), 16, 1, 0, 0)", "EPERM"),
    "memory without a map": ("error((319, 279), b'x', 0)", "ENOSYS"),
    "memory of System V": ("error((29, 194), 0, 4096, 0o1666)", "ENOSYS"),
    "calls without calls": ("error((425, 425), 8, ctypes.create_string_buffer(200))", "ENOSYS"),
    "a namespace": ("error((272, 97), 0x10000000)", "EPERM"),
    "a mount": ("error((165, 40), b'x', b'/tmp', b'tmpfs', 0, 0)", "EPERM"),
}
FILES = """
import os
def filled(place):
    for number in range(10 ** 6):
        try:
            os.close(os.open(f'{place}/{number}', os.O_CREAT | os.O_WRONLY))
        except OSError:
            break
    for name in range(number):
        os.unlink(f'{place}/{name}')
    return number
most = [filled(place) for place in ('/tmp', '/dev/shm', '/box/files', '.')]
"""
POOLS = """
import multiprocessing as mp
def double(n):
    return 2 * n
answers = []
for method, work in (('fork', double), ('forkserver', hex), ('spawn', hex)):
    with mp.get_context(method).Pool(2) as pool:
        answers.append(pool.map(work, [1, 2]))
"""
SYNC = """
import multiprocessing as mp
from multiprocessing import shared_memory
def add(counter, queue):
    with counter.get_lock():
        counter.value += 1
    queue.put(counter.value)
counter, queue = mp.Value('i', 0), mp.Queue()
workers = [mp.Process(target=add, args=(counter, queue)) for _ in range(2)]
for worker in workers:
    worker.start()
answers = sorted(queue.get(timeout=60) for _ in workers)
for worker in workers:
    worker.join()
piece = shared_memory.SharedMemory(create=True, size=1000)
piece.buf[0] = 7
other = shared_memory.SharedMemory(piece.name)
answers.append(other.buf[0])
other.close()
piece.close()
piece.unlink()
with mp.Manager() as manager:
    answers.append(list(manager.list([1])))
"""
FUTURES = """
import concurrent.futures as cf, threading, time
def double(n):
    return 2 * n
with cf.ThreadPoolExecutor(8) as threads, cf.ProcessPoolExecutor(2) as processes:
    answers = [list(threads.map(double, [1, 2])), list(processes.map(double, [1, 2]))]
"""
ASYNC = """
import asyncio, subprocess, sys
async def ask():
    started = await asyncio.create_subprocess_exec(sys.executable, '-c', 'print(2 + 2)', stdout=-1)
    return (await started.communicate())[0].decode()
answers = [asyncio.run(ask()), subprocess.run(['echo', 'a'], capture_output=True, text=True).stdout]
"""
TABLES = """
import tempfile, numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq
place = tempfile.mkdtemp()
table = pd.DataFrame({'a': np.arange(1000), 'b': list('xyz' * 333 + 'x')})
table.to_parquet(place + '/t.parquet')
table.to_csv(place + '/t.csv')
answers = [int(pd.read_parquet(place + '/t.parquet').a.sum()),
           len(pq.read_table(place + '/t.parquet')), int(np.linalg.inv(np.eye(50)).sum()),
           len(pd.read_csv(place + '/t.csv', engine='pyarrow')),
           int(np.memmap(place + '/m', 'i4', 'w+', shape=10).sum())]
"""
DRAWN = """
import io, matplotlib.pyplot as plt
plt.plot([1, 2])
plt.savefig(made := io.BytesIO())
answers = made.getvalue()[1:4].decode()
"""
JOBLIB = """
try:
    from joblib import Parallel, delayed
    answers = Parallel(2)(delayed(abs)(n) for n in (-1, -2))
except ImportError:
    answers = [1, 2]
"""
LIBRARIES = {
    "pools": (POOLS, [[2, 4], ["0x1", "0x2"], ["0x1", "0x2"]]),
    "synchronised": (SYNC, [1, 2, 7, [1]]),
    "futures": (FUTURES, [[2, 4], [2, 4]]),
    "async": (ASYNC, ["4\n", "a\n"]),
    "tables": (TABLES, [499500, 1000, 50, 1000, 0]),
    "drawn": (DRAWN, "PNG"),
    "joblib": (JOBLIB, [1, 2]),
}
Ask = Callable[[str, str], Any]


@pytest.fixture(scope="module", params=["alone", "child of a zygote"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Run a cell in a box and return the value of a name."""
    if not isolation().capable:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip("Boxes cannot be closed from inside here.")
    calls = tmp_path_factory.mktemp("calls")
    own = calls / "one"
    own.mkdir()
    zygote = Zygote.start(calls, {}, []) if "zygote" in request.param else None
    if zygote is not None:
        box = zygote.spawn(own, size_bytes=10_000_000, names=NAMES)
    else:
        box = Box("grader.inside.runner", own, names=NAMES)
    client = BoxClient(box, Nobody(), limits=Limits())

    def run(source: str, name: str) -> Any:
        until_s = time.monotonic() + WAIT_S
        reply = client.ask({"op": "cell", "name": "cell", "source": source}, until_s)
        assert "error" not in reply, reply
        return client.ask({"op": "get", "names": [name]}, until_s)["ok"][name]

    yield run
    client.close()
    if zygote is not None:
        zygote.end()


@pytest.mark.parametrize("what", REFUSED)
def test_a_call_that_no_box_needs_is_refused(ask: Ask, what: str) -> None:
    call, refused = REFUSED[what]
    assert ask(f"{CALL}found = {call}", "found") == refused


def test_nothing_that_a_box_may_write_to_is_shared(ask: Ask) -> None:
    source = "lines = [l.split() for l in open('/proc/self/mountinfo')]\n"
    source += "disks = [l[4] for l in lines if l[5][:2] == 'rw' and l[l.index('-') + 1] == 'ext4']"
    assert ask(source, "disks") == []


def test_the_name_of_the_host_and_the_options_of_the_box_are_not_told(ask: Ask) -> None:
    source = "import os\nfound = [os.uname().nodename, open('/proc/1/cmdline').read()]"
    name, options = ask(source, "found")
    options = options.replace(sys.prefix, "")  # where Python lies has the same name inside
    assert name == "box" and str(Path(__file__).parents[3]) not in options


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_do_not_notice(ask: Ask, name: str) -> None:
    source, answers = LIBRARIES[name]
    assert ask(source, "answers") == answers


def test_names_are_limited_in_every_folder(ask: Ask) -> None:
    # The last of all: the kernel takes a moment to count what was removed.
    assert all(NAMES // 2 < most < NAMES for most in ask(FILES, "most"))
