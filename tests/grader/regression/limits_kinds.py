"""More than the limits allow, where a count of mapped pages and visible files sees nothing.

Sizes fit the limits of the regression class.
"""

from hand_ins import double

MEGA = 1_000_000


def memory(code: str, size: int, **more):
    """Return a kind that takes some memory, in bytes."""
    return double(code.replace("SIZE", str(size)), **more)


LIMITS_PASSED = {
    "memory-without-a-map": memory(
        "import os\nkept = []\ndef double(items):\n    for _ in range(12):\n"
        "        kept.append(os.memfd_create('x'))\n"
        "        os.posix_fallocate(kept[-1], 0, SIZE // 12)\n"
        "    return [2 * i for i in items]",
        480 * MEGA,
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "memory-of-system-v": memory(
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p\n"
        "def double(items):\n    for _ in range(6):\n"
        "        made = libc.shmget(0, SIZE // 6, 0o1666)\n"
        "        at = libc.shmat(made, None, 0)\n        ctypes.memset(at, 1, SIZE // 6)\n"
        "        libc.shmdt(ctypes.c_void_p(at))\n    return [2 * i for i in items]",
        600 * MEGA,
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "hundreds-of-threads": double(
        "import threading, time\nthreading.stack_size(65536)\ndef double(items):\n"
        "    for _ in range(200):\n"
        "        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()\n"
        "    return [2 * i for i in items]",
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "empty-files": double(
        "import os, tempfile\ndef double(items):\n    place = tempfile.mkdtemp()\n"
        "    for n in range(110_000):\n"
        "        os.close(os.open(f'{place}/{n}', os.O_CREAT | os.O_WRONLY))\n"
        "    return [2 * i for i in items]",
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "all-descriptors": double(
        "import os\nkept = []\ndef double(items):\n    try:\n        while True:\n"
        "            kept.append(os.open('/dev/null', 0))\n    except OSError:\n        pass\n"
        "    return items",
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "endless-sleep": double("import time\ndef double(items):\n    time.sleep(10**6)"),
    "flood-of-replies": double(
        "import os\ndef double(items):\n    while True:\n        for pipe in range(3, 12):\n"
        "            try:\n                os.write(pipe, b'{}\\n' * 20000)\n"
        "            except OSError:\n                pass"
    ),
    "reply-of-many-lists": double(
        "import sys\ndef double(items):\n    return [[]] * 400_000",
    ),
    "grandchildren-with-no-parent": double(
        "import os, time\ndef double(items):\n    for _ in range(5):\n        if os.fork() == 0:\n"
        "            os.setsid()\n            if os.fork() == 0:\n"
        "                os.closerange(0, 64)\n"
        "                time.sleep(300)\n            os._exit(0)\n"
        "    return [2 * i for i in items]",
        right=True,
        free=("s-spread-test",),
    ),
    "everybody-stopped": double(
        "import os, signal\ndef double(items):\n    for pid in (-1, 1, os.getppid()):\n"
        "        try:\n"
        "            os.kill(pid, signal.SIGSTOP)\n        except OSError:\n            pass\n"
        "    return items",
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
}
