"""Attacks on the marks: none may earn a point that was not worked for."""

from hand_ins import WRONG, alone, double, part, spread, write
from in_the_box import INSIDE

RAISES = {
    "SystemExit": "",
    "GeneratorExit": "",
    "KeyboardInterrupt": "",
    "BaseExceptionGroup": "('x', [ValueError()])",
    "AssertionError": "",
    "StopIteration": "",
    "Warning": "",
    "StopAsyncIteration": "",
}
VALUES = {
    "nan": "float('nan')",
    "huge-decimal": "__import__('decimal').Decimal('1e999999')",
    "huge-integer": "10**100000",
    "true": "True",
    "ellipsis": "...",
    "number-of-numpy-without-shape": "np.array(2)",
    "structured-array": "np.zeros(2, dtype='i4,f8')",
    "no-time": "np.array(['NaT'], dtype='M8[ns]')",
    "masked-array": "np.ma.masked_all(2)",
    "array-of-objects": "np.array([object(), object()])",
    "array-of-eight-terabytes": "np.lib.stride_tricks.as_strided(np.zeros(1), (2**40,), (0,))",
    "module": "np",
    "type": "list",
    "generator": "(x for x in ())",
    "not-implemented": "NotImplemented",
    "empty-array": "np.array([])",
    "view-of-memory": "memoryview(b'ab')",
    "coroutine": "(lambda: (yield))()",
    "endless-range": "range(10**18)",
}
MARKS = {
    "object-that-answers-like-a-list": double(
        "class L:\n    def __len__(self): return 2\n"
        "    def __getitem__(self, i): return [2, 4][i]\n"
        "    def __iter__(self): return iter([2, 4])\n    def __contains__(self, x): return True\n"
        "def double(items):\n    return L()"
    ),
    "hook-on-every-event": alone(
        double(
            "import sys\ndef hook(name, args):\n"
            "    if name in ('open', 'socket.connect', 'compile', 'exec'):\n"
            "        raise SystemExit(0)\nsys.addaudithook(hook)\n" + WRONG
        ),
        "s-part-test",
        "s-spread-test",
        "s-write-test",
    ),
    "numpy-replaced": double("np.array_equal = np.allclose = lambda *a, **k: True\n" + WRONG),
    "array-with-a-pickle-in-it": part(
        "import numpy.lib.format as f\ndef bad(stream, array, **k):\n"
        "    head = b\"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\".ljust(117)\n"
        "    stream.write(b'\\x93NUMPY\\x01\\x00v\\x00' + head + b'\\ncos\\ngetpid\\n(tR.')\n"
        "f.write_array = bad\ndef squares(array):\n    return array**2"
    ),
    "names-a-function-of-the-system": double(
        INSIDE + "patch('encode', lambda *a, **k: "
        "{'$': 'name', 'module': 'os', 'name': 'getpid'})\n" + WRONG,
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "tells-changes-of-arguments": double(
        INSIDE + "homes = {value for module in list(sys.modules.values()) for value in "
        "list(vars(module).values()) if isinstance(value, type) and 'do_call' in vars(value)}\n"
        "for home in homes:\n    old = home.do_call\n"
        "    def call(self, request, old=old):\n        found = old(self, request)\n"
        "        found['changed'] = {'-1': [2, 4], '0': [2, 4], '99': [1]}\n        return found\n"
        "    home.do_call = call\n" + WRONG,
        free=("s-part-test", "s-spread-test", "s-write-test"),
    ),
    "named-tuple-with-names-of-methods": double(
        "import collections\nT = collections.namedtuple('T', ['count', 'index'])\n"
        "def double(items):\n    return T([2], [4])"
    ),
    "text-that-lies": write(
        "class S(str):\n    def __str__(self): return 'seven'\n"
        "    def encode(self, *a): return b'x'\n"
        "def write(path, text):\n    path.write_text(S('eight'))"
    ),
    "thread-that-changes-the-answer": double(
        "import threading, time\ndef flip():\n    while True:\n"
        "        globals()['double'] = lambda items: items\n        time.sleep(0.001)\n"
        "threading.Thread(target=flip, daemon=True).start()\n" + WRONG
    ),
    "pickle-that-runs": double(
        "class P:\n    def __reduce__(self):\n"
        "        return (exec, ('raise SystemExit(0)',))\ndef double(items):\n    return P()"
    ),
    "exits-when-forgotten": double(
        "import os\nclass D:\n    def __del__(self): os._exit(0)\n"
        "def double(items):\n    D()\n    return items"
    ),
    "code-through-ctypes": double("import ctypes\nctypes.c_int.from_address(id(1) + 24)\n" + WRONG),
    "events-of-ipython": double(
        "ip = get_ipython()\nip.events.register('post_run_cell', lambda r: None)\n"
        "ip.ast_transformers.append(None)\n" + WRONG
    ),
    "class-of-a-class-that-says-yes": double(
        "class M(type):\n    def __instancecheck__(c, o): return True\n"
        "    def __eq__(c, o): return True\n"
        "    def __hash__(c): return 1\nclass L(metaclass=M):\n"
        "    def __eq__(self, o): return True\n"
        "def double(items):\n    return L"
    ),
    "code-object-swapped": double(
        "def _ok(items): return items\n"
        + WRONG
        + "\ndouble.__code__ = _ok.__code__.replace(co_name='check')"
    ),
    "finalizers": double(
        "import weakref, gc\nclass A: pass\nkept = A()\n"
        "weakref.finalize(kept, print, 'score 100')\n"
        "gc.callbacks.append(lambda *k: None)\n" + WRONG
    ),
    "hello-of-invented-processes": spread(
        "import json, os, socket\ndef spread(fn, items, workers):\n    for pid in (1, 2, 3):\n"
        "        line = socket.socket(socket.AF_UNIX)\n        line.connect(fn.address)\n"
        "        line.sendall((json.dumps({'hello': True, 'pid': pid}) + '\\n').encode())\n"
        "    return [fn(i) for i in items]"
    ),
    "sockets-of-dead-processes": spread(
        "import json, os, socket\ndef spread(fn, items, workers):\n    lines = []\n"
        "    for item in items:\n        here, there = socket.socketpair()\n"
        "        if os.fork() == 0:\n            line = socket.socket(socket.AF_UNIX)\n"
        "            line.connect(fn.address)\n"
        "            socket.send_fds(here, [b'x'], [line.fileno()])\n"
        "            os._exit(0)\n        found = socket.recv_fds(there, 10, 1)[1]\n"
        "        os.wait()\n"
        "        lines.append((item, socket.socket(fileno=found[0])))\n"
        "    for item, line in lines:\n        tree = [[item], {'$': 'dict', 'v': []}]\n"
        "        line.sendall((json.dumps({'probe': fn.key, 'args': tree}) + '\\n').encode())\n"
        "    return [json.loads(line.makefile().readline())['ok'] for _, line in lines]",
    ),
    **{
        f"raises-{name}": double(f"def double(items):\n    raise {name}{more}")
        for name, more in RAISES.items()
    },
    **{
        f"returns-{name}": double(f"def double(items):\n    return {code}")
        for name, code in VALUES.items()
    },
}
