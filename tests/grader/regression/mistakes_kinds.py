"""Ordinary mistakes of beginners: work that is started and not waited for.

Whoever makes one loses that check, and nothing else; the next hand-in earns everything.
"""

from hand_ins import double, spread
from in_the_box import EXCHANGE, RIGHT_DOUBLE

MISTAKES = {
    "map-async-without-get": spread(
        "def spread(fn, items, workers):\n"
        "    pool = multiprocessing.get_context('fork').Pool(workers)\n"
        "    return pool.map_async(fn, items, chunksize=1)",
    ),
    "map-async-kept-and-right-answers-computed": spread(
        "def spread(fn, items, workers):\n"
        "    pool = multiprocessing.get_context('fork').Pool(workers)\n"
        "    globals()['kept'] = pool, pool.map_async(fn, items, chunksize=1)\n"
        "    return [abs(i) for i in items]",
        free=("s-spread-test",),
    ),
    "threads-not-joined": spread(
        "import threading\ndef spread(fn, items, workers):\n    found = []\n"
        "    for item in items:\n"
        "        threading.Thread(target=lambda i=item: found.append(fn(i))).start()\n"
        "    return found",
    ),
    "processes-that-call-for-seconds": spread(
        "import time\ndef late(fn, item):\n    for _ in range(200):\n        time.sleep(0.01)\n"
        "        try:\n            fn(item)\n        except Exception:\n            pass\n"
        "def spread(fn, items, workers):\n    context = multiprocessing.get_context('fork')\n"
        "    for item in items:\n        context.Process(target=late, args=(fn, item)).start()\n"
        "    return [abs(i) for i in items]",
        free=("s-spread-test",),
    ),
    "calls-in-the-background": double(
        "import threading, time\n" + EXCHANGE + "place = meeting()\ndef call():\n    while place:\n"
        "        try:\n"
        "            talk({'callback': 0, 'args': [[], {'$': 'dict', 'v': []}]}, place)\n"
        "        except Exception:\n            time.sleep(0.001)\n"
        "for _ in range(4):\n    threading.Thread(target=call, daemon=True).start()\n"
        + RIGHT_DOUBLE,
        right=True,
        free=("s-spread-test",),
    ),
    "asyncio-run-inside": double(
        "import asyncio\nasync def one(i):\n    return 2 * i\n"
        "def double(items):\n    return [asyncio.run(one(i)) for i in items]",
        right=True,
    ),
    "coroutine-function": double("async def double(items):\n    return [2 * i for i in items]"),
}
