"""Hand-ins of people who mean well, right and wrong."""

from hand_ins import WRONG, Kind, before, double, spread
from small_assignment import RIGHT, cell

POOL = "with multiprocessing.get_context('{}').Pool(workers) as pool:"
HONEST = {
    "right": Kind(),
    "wrong": double(WRONG, outcome="wrong"),
    "untouched": double("def double(items):\n    pass", outcome="wrong"),
    "stub": double("def double(items):\n    # Write your answer here", outcome="unanswered"),
    "syntax-error": double("def double(items)\n    return", outcome="wrong"),
    "not-defined": double("answer = 42", outcome="wrong"),
    "raises-in-its-cell": double(f"1 / 0\n{WRONG}", outcome="wrong"),
    "raises-when-called": double("def double(items):\n    return items[99]", outcome="wrong"),
    "only-the-shown-case": double("def double(items):\n    return [2, 4]", outcome="wrong"),
    "returns-a-tuple": double("def double(items):\n    return tuple(2 * i for i in items)"),
    "returns-none": double("def double(items):\n    print([2 * i for i in items])"),
    "endless-recursion": double("def double(items):\n    return double(items)", outcome="wrong"),
    "prints-to-stderr": double(
        "import sys, warnings\ndef double(items):\n    warnings.warn('slow')\n"
        "    print('working', file=sys.stderr)\n    return [2 * i for i in items]",
        right=True,
    ),
    "prints-much": double(
        "def double(items):\n    print('x' * 100_000)\n    return [2 * i for i in items]",
        right=True,
    ),
    "returns-a-list-of-its-own": double(
        "class Items(list):\n    pass\ndef double(items):\n    return Items(2 * i for i in items)",
        right=True,
    ),
    "returns-numbers-of-numpy": double(
        "def double(items):\n    return [np.int64(2 * i) for i in items]", right=True
    ),
    "helper-in-an-extra-cell": double(
        "def double(items):\n    return [twice(i) for i in items]",
        right=True,
        change=before(cell("def twice(n):\n    return 2 * n")),
    ),
    "extra-cell-that-fails": Kind(change=before(cell("nobody_knows_this"))),
    "extra-cell-that-hangs": Kind(change=before(cell("while True:\n    pass"))),
    "needed-cell-that-hangs": double(
        "def double(items):\n    return [factor * i for i in items]",
        outcome="wrong",
        change=before(cell("factor = 2\nwhile True:\n    pass")),
    ),
    "module-written-by-a-cell": double(
        "from mine import twice\ndef double(items):\n    return [twice(i) for i in items]",
        right=True,
        change=before(cell("%%writefile mine.py\ndef twice(n):\n    return 2 * n\n")),
    ),
    "magics": double(
        "%matplotlib inline\ndef double(items):\n"
        "    return [2 * i for i in items]\n%time double([1])",
        right=True,
    ),
    "cell-magic": double(f"%%time\n{RIGHT['s-double']}", right=True),
    "shell-lines": double(f"!echo hello\nfiles = !ls\n{RIGHT['s-double']}", right=True),
    "changes-its-argument": double(
        "def double(items):\n    for n in range(len(items)):\n"
        "        items[n] *= 2\n    return items",
        right=True,
    ),
    "half-of-it": Kind(
        {"s-part": "def squares(array):\n    return np.where(array > 2, 0, array**2)"},
        {"s-part-test": 1.0},
        {"s-part-test": "partly"},
    ),
    "none-of-it": Kind(
        {"s-part": "def squares(array):\n    return array + 100"}, {"s-part-test": 2}
    ),
    "wrong-answer": Kind(value=14, lost={"s-question": 1.0}, outcomes={"s-question": "wrong"}),
    "no-answer": Kind(value=None, lost={"s-question": 1.0}, outcomes={"s-question": "unanswered"}),
    "spawn": spread(
        f"def spread(fn, items, workers):\n    {POOL.format('spawn')}\n"
        "        return pool.map(fn, items, chunksize=1)",
        right=True,
    ),
    "forkserver": spread(
        f"def spread(fn, items, workers):\n    {POOL.format('forkserver')}\n"
        "        return pool.map(fn, items, chunksize=1)",
        right=True,
    ),
    "spawn-of-a-notebook-function": spread(
        "SHIFT = 0\ndef shifted(task):\n    fn, item = task\n    return fn(item) + SHIFT\n"
        f"def spread(fn, items, workers):\n    {POOL.format('spawn')}\n"
        "        return pool.map(shifted, [(fn, i) for i in items], chunksize=1)",
        outcome="died",
    ),
    "a-pool-that-has-ended-and-is-kept": spread(
        f"KEPT = []\ndef spread(fn, items, workers):\n    {POOL.format('forkserver')}\n"
        "        KEPT.append(pool)\n        return pool.map(fn, items, chunksize=1)",
        right=True,
    ),
    "executor-under-a-main-guard": spread(
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def spread(fn, items, workers):\n    with ProcessPoolExecutor(workers) as pool:\n"
        "        return list(pool.map(fn, items))\n"
        "if __name__ == '__main__':\n    print(spread(abs, [1], 1))",
        right=True,
    ),
    "set-start-method": spread(
        "multiprocessing.set_start_method('spawn', force=True)\n"
        "def spread(fn, items, workers):\n    with multiprocessing.Pool(workers) as pool:\n"
        "        return pool.map(fn, items, chunksize=1)",
        right=True,
    ),
    "processes-and-a-queue": spread(
        """
context = multiprocessing.get_context("fork")
def work(fn, tasks, answers):
    for place, item in iter(tasks.get, None):
        answers.put((place, fn(item)))
def spread(fn, items, workers):
    tasks, answers = context.Queue(), context.Queue()
    for task in [*enumerate(items), *[None] * workers]:
        tasks.put(task)
    started = [context.Process(target=work, args=(fn, tasks, answers)) for _ in range(workers)]
    for process in started:
        process.start()
    found = dict(answers.get() for _ in items)
    for process in started:
        process.join()
    return [found[place] for place in range(len(items))]
""",
        right=True,
    ),
    "serial": spread("def spread(fn, items, workers):\n    return [fn(i) for i in items]"),
    "threads": spread(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def spread(fn, items, workers):\n    with ThreadPoolExecutor(workers) as pool:\n"
        "        return list(pool.map(fn, items))"
    ),
    "one-worker": spread(RIGHT["s-spread"].replace("Pool(workers)", "Pool(1)")),
    "one-process-after-the-other": spread(
        """
context = multiprocessing.get_context("fork")
def spread(fn, items, workers):
    found = []
    for item in items:
        with context.Pool(1) as pool:
            found.append(pool.apply(fn, (item,)))
    return found
"""
    ),
    "work-done-twice": spread(
        RIGHT["s-spread"].replace("return pool", "pool.map(fn, items)\n        return pool")
    ),
    "one-chunk-in-the-parent": spread(
        "def spread(fn, items, workers):\n"
        "    with multiprocessing.get_context('fork').Pool(workers) as pool:\n"
        "        return pool.map(fn, items[:-1], chunksize=1) + [fn(items[-1])]"
    ),
    "worker-left-running": spread(
        RIGHT["s-spread"] + "        \ndef sleep():\n    import time\n    time.sleep(600)\n"
        "pooled = spread\ndef spread(fn, items, workers):\n    found = pooled(fn, items, workers)\n"
        "    multiprocessing.get_context('fork').Process(target=sleep).start()\n    return found"
    ),
    "shared-memory-left": spread(
        RIGHT["s-spread"] + "\nfrom multiprocessing import shared_memory\npooled = spread\n"
        "def spread(fn, items, workers):\n    shared_memory.SharedMemory(create=True, size=10)\n"
        "    return pooled(fn, items, workers)"
    ),
    "worker-that-dies": spread(
        RIGHT["s-spread"].replace("pool.map(fn,", "pool.map(dies,")
        + "def dies(item):\n    import os\n    os._exit(3)\n",
        outcome="died",
    ),
    "error-that-cannot-be-pickled": spread(
        RIGHT["s-spread"].replace("pool.map(fn,", "pool.map(fails,")
        + "class Odd(Exception):\n    def __init__(self, one, two):\n"
        "        super().__init__(one)\n"
        "        self.kept = lambda: 1\ndef fails(item):\n    raise Odd(1, 2)\n"
    ),
}
