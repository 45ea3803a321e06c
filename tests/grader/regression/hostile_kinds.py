"""Hand-ins that attack: the judge, the machine, other people's work."""

from hand_ins import WRONG, Kind, alone, before, blind, double, spread, write
from small_assignment import RIGHT, cell

EVIL = """
class {name}({base}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __bool__(self): return True
    def __len__(self): return 3
    def __iter__(self): return iter([])
    def __hash__(self): return 1
def double(items):
    return {name}()
"""


LOOP = "def double(items):\n    while True:\n        pass"
HOSTILE = {
    "equal-to-everything": double(EVIL.format(name="Yes", base="object"), outcome="wrong"),
    "list-equal-to-everything": double(EVIL.format(name="Yes", base="list"), outcome="wrong"),
    "dict-equal-to-everything": double(EVIL.format(name="Yes", base="dict"), outcome="wrong"),
    "numbers-equal-to-everything": double(
        EVIL.format(name="Yes", base="int").replace("return Yes()", "return [Yes() for _ in items]")
    ),
    "array-equal-to-everything": double(
        "class Yes(np.ndarray):\n    def __eq__(self, other): return True\n"
        "def double(items):\n    return np.zeros(3).view(Yes)"
    ),
    "builtins-replaced": double(
        "import builtins\nfor name in ('len', 'isinstance', 'all', 'sum', 'abs', 'repr', 'type'):\n"
        "    setattr(builtins, name, lambda *args: True)\n" + WRONG
    ),
    "asserts-replaced": double(
        "import builtins\nbuiltins.AssertionError = type('Never', (Exception,), {})\n"
        "np.testing.assert_equal = lambda *args: None\n" + WRONG
    ),
    "frames-inspected": double(
        "import sys\ndef double(items):\n    frame = sys._getframe()\n    while frame:\n"
        "        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):\n"
        "            if isinstance(value, list) and len(value) == len(items) and value != items:\n"
        "                return value\n        frame = frame.f_back\n    return items"
    ),
    "memory-inspected": double(
        "import gc\ndef double(items):\n    for one in gc.get_objects():\n"
        "        if type(one) is list and one and one[0] == 2 * "
        "items[0] and len(one) == len(items):\n"
        "            return one\n    return items"
    ),
    "tracing": double(
        "import sys\nsys.settrace(lambda *args: None)\nsys.setprofile(lambda *args: None)\n" + WRONG
    ),
    "tells-what-it-saw": Kind(
        {
            "s-double": "saw = []\ndef double(items):\n    saw.append(str(items))\n"
            "    return [2 * i for i in items]",
            "s-part": "def squares(array):\n    raise ValueError(str(saw))",
            "s-write": "def write(path, text):\n    raise type(str(saw), (Exception,), {})(saw)",
        },
        {"s-part-test": 2.0, "s-write-test": 1.0},
        {"s-part-test": "wrong", "s-write-test": "wrong"},
    ),
    "at-exit": double(
        "import atexit\natexit.register(print, 'score: 100')\n" + WRONG,
        outcome="wrong",
    ),
    "import-hook": alone(
        double(
            "import sys\nclass Hook:\n    def find_spec(self, name, *rest):\n"
            "        raise SystemExit(0)\nsys.meta_path.insert(0, Hook())\n" + WRONG
        ),
        "s-part-test",
        "s-spread-test",
    ),
    "fake-modules": alone(
        double(
            "import sys, types\n"
            "for name in ('numpy', 'grader.inside.serialize', 'json', 'unittest'):\n"
            "    sys.modules[name] = types.ModuleType(name)\n" + WRONG
        ),
        "s-part-test",
    ),
    "fake-evidence": spread(
        "import speedlab.course.quiz.rendezvous as e\ne.Rendezvous.check = lambda *args: None\n"
        "import os\nos.getpid = lambda: 4242\n"
        "def spread(fn, items, workers):\n    return [fn(i) for i in items]"
    ),
    "threads-with-invented-pids": spread(
        "import itertools, os\nnumbers = itertools.count(1000)\nos.getpid = lambda: next(numbers)\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def spread(fn, items, workers):\n    with ThreadPoolExecutor(workers) as pool:\n"
        "        return list(pool.map(fn, items))"
    ),
    "probe-taken-apart": spread(
        "def spread(fn, items, workers):\n    fn.key, fn.kind = 0, 'hello'\n"
        "    return [abs(i) for i in items]"
    ),
    "runner-replaced": alone(
        double(
            "import grader.inside.runner, grader.inside.serialize, sys\n"
            "grader.inside.runner.Runner.answer = lambda *args: {'ok': True}\n"
            "for module in list(sys.modules.values()):\n"
            "    if hasattr(module, 'encode'):\n        module.encode = lambda *args: True\n"
            + WRONG,
        ),
        "s-part-test",
        "s-spread-test",
        "s-write-test",
    ),
    "forged-replies": double(
        "import os\ndef double(items):\n"
        "    for number in range(200):\n        for pipe in range(3, 20):\n"
        "            try:\n"
        '                os.write(pipe, b\'{"id": %d, "ok": true}\\n\' % number)\n'
        "            except OSError:\n                pass\n    return items",
        change=None,
    ),
    "channel-closed": double(
        "import os\ndef double(items):\n    os.closerange(0, 100)\n    return items", outcome="died"
    ),
    "garbage-on-the-channel": double(
        "import os\ndef double(items):\n    for pipe in range(3, 20):\n        try:\n"
        "            os.write(pipe, b'\\xff{]\\n' * 10)\n"
        "        except OSError:\n            pass\n"
        "    return items"
    ),
    "input-transformer": double(
        "get_ipython().input_transformers_post.append(lambda lines: ['pass'])\n"
        "get_ipython().events.register('pre_run_cell', lambda *a: None)\n" + WRONG
    ),
    "error-that-lies": double(
        "class Fine(Exception):\n    def __str__(self): raise SystemExit(0)\n"
        "def double(items):\n    raise Fine()"
    ),
    "system-exit": double("def double(items):\n    raise SystemExit(0)"),
    "keyboard-interrupt": double("def double(items):\n    raise KeyboardInterrupt"),
    "asks-for-input": double("def double(items):\n    return input()", outcome="wrong"),
    "endless-items": double(
        "def double(items):\n    while True:\n        yield 2\n", outcome="wrong"
    ),
    "huge-result": double("def double(items):\n    return ['x' * 10**6] * 60", outcome="wrong"),
    "deep-result": double(
        "def double(items):\n    found = []\n    for _ in range(10**5):\n        found = [found]\n"
        "    return found",
        outcome="wrong",
    ),
    "sees-the-course": blind(
        "import sys\n"
        "open_ = {'/usr', *sys.path, '/proc', '/sys', sys.prefix, "
        "sys.base_prefix, '/dev'}\nfound = []\n"
        "for place, folders, files in os.walk('/'):\n"
        "    folders[:] = [f for f in folders if os.path.join(place, f) not in open_]\n"
        "    found += [os.path.join(place, f) for f in files]\n"
        "return [f for f in found if f.endswith(('.ipynb', '.db', '.toml', '.git', 'judging.py'))\n"
        "        or 'passwd' in f]"
    ),
    "sees-processes": blind("return [p.name for p in Path('/proc').glob('[0-9]*')][20:]"),
    "sees-the-network": blind(
        "for place in (('127.0.0.1', 22), ('1.1.1.1', 53)):\n    try:\n"
        "        socket.create_connection(place, timeout=0.5)\n        return place\n"
        "    except OSError:\n        pass"
    ),
    "sees-variables": blind("return [n for n in os.environ if 'TOKEN' in n or 'SECRET' in n]"),
    "writes-to-the-system": blind(
        "import sys\n"
        "for place in ('/usr', sys.prefix, sys.base_prefix, '/box/lib', '/'):\n    try:\n"
        "        Path(place, 'mine').write_text('x')\n        return place\n"
        "    except OSError:\n        pass"
    ),
    "mounts": blind("return subprocess.run(['mount', '-t', 'tmpfs', 'x', '/usr']).returncode == 0"),
    "holds-rights": blind(
        "lines = Path('/proc/self/status').read_text().splitlines()\n"
        "return [n for n in lines if n[:6] in ('CapEff', 'CapPrm', 'CapInh', 'CapAmb')\n"
        "        and int(n.split()[1], 16)]"
    ),
    "regains-rights": blind(
        "text = subprocess.run(['cat', '/proc/self/status'], "
        "capture_output=True, text=True).stdout\n"
        "return [n for n in text.splitlines() if n[:6] == 'CapEff' and int(n.split()[1], 16)]"
    ),
    "makes-namespaces": blind("import ctypes\nreturn ctypes.CDLL(None).unshare(0x10000000) == 0"),
    "sets-the-kernel": blind(
        "for name in ('sys/kernel/core_pattern', "
        "'sys/user/max_user_namespaces', 'sysrq-trigger'):\n"
        "    try:\n        open('/proc/' + name, 'w')\n        return name\n"
        "    except OSError:\n        pass"
    ),
    "sees-other-exchange": blind(
        "import glob\nplaces = ('/box/calls/**', '/tmp/**/socket')\n"
        "found = [name for place in places for name in glob.glob(place, recursive=True)]\n"
        "return sorted(found) != ['/box/calls/', '/box/calls/socket']"
    ),
    "exits": double("import os\ndef double(items):\n    os._exit(0)", outcome="died"),
    "exits-in-its-cell": double("import os\nos._exit(7)\n" + RIGHT["s-double"], outcome="died"),
    "crashes": double("import ctypes\ndef double(items):\n    ctypes.string_at(0)", outcome="died"),
    "loops": double(LOOP, outcome="timeout"),
    "loops-in-its-cell": double("while True:\n    pass\n" + WRONG, outcome="timeout"),
    "loops-deaf-to-signals": double(
        "import signal\nfor number in (signal.SIGINT, signal.SIGALRM):\n"
        "    signal.signal(number, signal.SIG_IGN)\n" + LOOP,
        outcome="timeout",
    ),
    "stops-itself": double(
        "import os, signal\ndef double(items):\n    os.kill(os.getpid(), signal.SIGSTOP)",
        outcome="timeout",
    ),
    "stops-before-a-large-request": Kind(
        {
            "s-double": "import linecache, os, signal, sys, threading\n"
            "def idle(main):\n"
            "    frame = sys._current_frames()[main]\n"
            "    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)\n"
            "    return 'in _arriving' in line or 'arrived.get' in line\n"
            "def stop(main):\n"
            "    while not idle(main):\n        pass\n"
            "    os.kill(os.getpid(), signal.SIGSTOP)\n"
            "def double(items):\n"
            "    threading.Thread(target=stop, args=[threading.get_ident()]).start()\n"
            "    return items",
            "s-part": f"def squares(array):\n    {'x' * 300_000!r}\n    return array**2",
        },
        {"s-double-test": 2.0, "s-part-test": 2.0},
        {"s-part-test": "timeout"},
    ),
    "waits-for-a-lock": double(
        "import threading\nlock = threading.Lock()\nlock.acquire()\n"
        "def double(items):\n    lock.acquire()",
        outcome="timeout",
    ),
    "fork-bomb": double(
        "import os, time\ndef double(items):\n"
        "    for _ in range(200):\n        if os.fork() == 0:\n"
        "            time.sleep(60)\n    return [2 * i for i in items]",
        outcome="limit",
    ),
    "much-memory": double(
        "def double(items):\n    kept = bytearray(6 * 10**9)\n    return [2 * i for i in items]",
        outcome="limit",
    ),
    "much-memory-in-pieces": double(
        "import os, time\ndef double(items):\n    for _ in range(4):\n        if os.fork() == 0:\n"
        "            kept = os.urandom(1) * (150 * 10**6)\n            time.sleep(60)\n"
        "    time.sleep(60)",
        outcome="limit",
    ),
    "much-output": double(
        "import os\ndef double(items):\n    for _ in range(60):\n"
        "        os.write(1, b'x' * 10**6)\n"
        "    return [2 * i for i in items]",
        outcome="limit",
    ),
    "large-file": double(
        "def double(items):\n    with open('large', 'wb') as file:\n        for _ in range(1000):\n"
        "            file.write(b'x' * 10**6)\n    return [2 * i for i in items]",
        outcome="limit",
    ),
    "shared-memory-filled": double(
        "def double(items):\n    for n in range(20):\n"
        "        open(f'/dev/shm/{n}', 'wb').write(b'x' * 10**7)\n"
        "    return [2 * i for i in items]",
        outcome="limit",
    ),
    "parent-killed": double(
        "import os\ndef double(items):\n    for pid in (os.getppid(), 1):\n        try:\n"
        "            os.kill(pid, 9)\n        except OSError:\n            pass\n    return items",
    ),
    "everybody-killed": double(
        "import os\ndef double(items):\n    os.kill(-1, 9)\n    return items", isolated=True
    ),
    "orphans": double(
        "import os, time\ndef double(items):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0:\n            time.sleep(600)\n        os._exit(0)\n"
        "    return [2 * i for i in items]",
        right=True,
    ),
    "socket-removed": double(
        "import glob, os\ndef double(items):\n"
        "    for name in glob.glob('/box/calls/*'):\n"
        "        os.unlink(name)\n    return [2 * i for i in items]"
    ),
    "link-in-the-place-of-a-file": write(
        "def write(path, text):\n    path.symlink_to('/etc/hostname')"
    ),
    "pipe-in-the-place-of-a-file": write("import os\ndef write(path, text):\n    os.mkfifo(path)"),
    "link-to-a-file-of-its-own": write(
        "def write(path, text):\n    (path.parent / 'other').write_text(text)\n"
        "    path.symlink_to(path.parent / 'other')"
    ),
    "folder-removed": write(
        "import shutil\ndef write(path, text):\n    shutil.rmtree(path.parent)"
    ),
    "calls-without-end": spread(
        "import grader.inside.callback_stub\n"
        "def spread(fn, items, workers):\n    for _ in range(300):\n"
        "        fn(1)\n    return [abs(i) for i in items]"
    ),
    "callback-of-another": spread(
        "from grader.inside.callback_stub import CallbackStub\ndef spread(fn, items, workers):\n"
        "    for key in range(50):\n        try:\n"
        "            CallbackStub('callback', key, fn.address)(1)\n"
        "        except Exception:\n            pass\n    return [abs(i) for i in items]"
    ),
    "extra-cell-that-exits": double(
        "def double(items):\n    return [factor * i for i in items]",
        outcome="wrong",
        change=before(cell("factor = 2\nimport os\nos._exit(0)")),
    ),
}
