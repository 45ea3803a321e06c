"""What a box shares with the host: nothing that it could change, fill or read."""

from hand_ins import Kind, blind, double
from in_the_box import EXCHANGE, RIGHT_DOUBLE


def replaced(by: str) -> Kind:
    """Return a kind that tries to put something in the place of the folder for files."""
    code = "place = exchange() + '/files'\ntry:\n    shutil.rmtree(place, ignore_errors=True)\n"
    return double(
        f"{EXCHANGE}{code}    {by}\nexcept OSError:\n    pass\n{RIGHT_DOUBLE}",
        right=True,
        free=("s-write-test",),
    )


PLACES = {
    "folder-of-files-is-a-link-to-the-host": replaced("os.symlink('{victim}', place)"),
    "folder-of-files-is-a-link-to-nowhere": replaced("os.symlink('/nowhere', place)"),
    "folder-of-files-is-a-file": replaced("open(place, 'w').close()"),
    "folder-of-files-is-a-pipe": replaced("os.mkfifo(place)"),
    "deep-folders": double(
        EXCHANGE + "def double(items):\n    os.chdir(exchange())\n    for _ in range(2500):\n"
        "        os.mkdir('d')\n        os.chdir('d')\n    return [2 * i for i in items]",
        free=("s-double-test", "s-part-test", "s-spread-test", "s-write-test"),
    ),
    "deep-folders-with-large-files": double(
        EXCHANGE + "def double(items):\n    os.chdir(exchange())\n    for _ in range(2500):\n"
        "        os.mkdir('d')\n        os.chdir('d')\n    for n in range(7):\n"
        "        open(str(n), 'wb').write(b'x' * 40_000_000)\n    return [2 * i for i in items]",
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "meeting-replaced-by-a-folder": double(
        EXCHANGE + "place = meeting()\ntry:\n    os.unlink(place)\n    os.mkdir(place)\n"
        "except (OSError, TypeError):\n    pass\n" + RIGHT_DOUBLE,
        right=True,
        free=("s-spread-test",),
    ),
    "keyring": blind(
        "import ctypes\nreturn ctypes.CDLL(None).syscall(248, b'user', b'mark', b'x', 1, -3) > 0",
    ),
    "host-name": blind(
        "import platform\nname = platform.node()\n"
        "return name not in ('', 'localhost', 'box') and name",
    ),
    "kernel-log": blind(
        "import ctypes\nplace = ctypes.create_string_buffer(100)\n"
        "return ctypes.CDLL(None).klogctl(3, place, 100) > 0"
    ),
    "devices": blind(
        "usual = 'null zero full random urandom tty shm pts ptmx stdin stdout stderr fd core "
        "console'\n"
        "return sorted(set(os.listdir('/dev')) - set(usual.split()))"
    ),
    "abstract-sockets": blind(
        "return [n for n in open('/proc/net/unix').read().splitlines()[1:] if '@' in n][:3]"
    ),
    "open-files-of-others": blind(
        "found = []\nfor name in os.listdir('/proc/self/fd'):\n    try:\n"
        "        to = os.readlink(f'/proc/self/fd/{name}')\n    except OSError:\n        continue\n"
        "    if not to.startswith(('pipe:', '/dev/', '/proc/', 'socket:', 'anon_inode:')):\n"
        "        found.append(to)\nreturn found"
    ),
    "sys": blind("return os.path.exists('/sys/class')"),
    "new-calls-of-the-kernel": blind(
        "import ctypes\nlibc, place = ctypes.CDLL(None), ctypes.create_string_buffer(200)\n"
        "asked = {'perf': (298, 0, 0, 0, 0, 0), 'bpf': (321, 0, 0, 0), 'userfaultfd': (323, 0),\n"
        "         'io_uring': (425, 8, place)}\n"
        "return [name for name, call in asked.items() if libc.syscall(*call) >= 0]",
    ),
}
