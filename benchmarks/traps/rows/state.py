"""Whether a worker is like the notebook."""

import logging
import os
import random
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.traps.cell import expect, lib, module
from benchmarks.traps.table import trap

GROUP = "state"


@trap(GROUP, "`np.random` draws anew in each worker")
def numpy_random():
    """Eight unseeded draws are eight values."""

    def draw(_):
        time.sleep(0.05)  # so that both workers have chunks
        return np.random.random()

    np.random.random()  # the notebook has drawn before
    expect(len(set(lib.map(draw, range(8)))), 8)


@trap(GROUP, "`np.random` draws anew in the next call")
def numpy_random_again():
    """Four draws of one call and four of the next are eight values."""

    def draw(_):
        time.sleep(0.05)
        return np.random.random()

    np.random.random()
    expect(len({*lib.map(draw, range(4)), *lib.map(draw, range(4))}), 8)


@trap(GROUP, "`random` draws anew in each worker")
def stdlib_random():
    """Eight unseeded draws are eight values."""

    def draw(_):
        time.sleep(0.05)
        return random.random()

    random.random()
    expect(len({*lib.map(draw, range(4)), *lib.map(draw, range(4))}), 8)


@trap(GROUP, "one generator used by all chunks", words=r"\brng\b|generator|seed")
def shared_generator():
    """Eight draws are eight values, or a message names the generator: each chunk has a copy."""
    rng = np.random.default_rng()

    def draw(_):
        time.sleep(0.05)
        return rng.random()

    expect(len(set(lib.map(draw, range(8)))), 8)


@trap(GROUP, "the random state of another library")
def library_random():
    """Eight draws from a state that a library keeps in a global variable are eight values."""
    text = "import random\nstate = random.Random()\ndraw = state.random\n"
    sampler = module("sampler", text, installed=True)
    sampler.draw()

    def draw(_):
        time.sleep(0.05)
        return sampler.draw()

    expect(len(set(lib.map(draw, range(8)))), 8)


@trap(GROUP, "environment set after a first call")
def environment_late():
    """A variable set, or taken away, after a first call is so in the workers of the next."""

    def read(_):
        return os.environ.get("TRAPS_LATE"), os.environ.get("TRAPS_GONE")

    os.environ["TRAPS_GONE"] = "yes"
    expect(lib.map(read, [1, 2]), [(None, "yes")] * 2)
    os.environ["TRAPS_LATE"] = "yes"
    del os.environ["TRAPS_GONE"]
    expect(lib.map(read, [1, 2]), [("yes", None)] * 2)


@trap(GROUP, "environment set while a pool is open", by_client=True)
def environment_open():
    """A variable that is set while a pool is open is seen by its next map."""

    def read(_):
        return os.environ.get("TRAPS_LATE")

    with lib.open() as pool:
        expect(list(pool.map(read, [1, 2])), [None] * 2)
        os.environ["TRAPS_LATE"] = "yes"
        expect(list(pool.map(read, [1, 2])), ["yes"] * 2)


@trap(GROUP, "a module's global changed", words=r"rates\b.*chang|chang.*\brates\b")
def module_global():
    """A value that the notebook has given to an imported module counts in the workers."""
    rates = module("rates", "FACTOR = 2\ndef scale(x):\n    return x * FACTOR\n")
    rates.FACTOR = 10

    def score(x):
        return rates.scale(x)

    expect(lib.map(score, [1, 2]), [10, 20])


@trap(GROUP, "a module edited and reloaded")
def module_reloaded():
    """The next call runs the new text of a module that was edited and reloaded."""
    import importlib

    sys.dont_write_bytecode = True  # two texts of one second and one size look alike to Python
    rules = module("rules", "def score(x):\n    return x\n")
    expect(lib.map(rules.score, [1, 2]), [1, 2])
    Path("rules.py").write_text("def score(x):\n    return -x * 1\n")
    rules = importlib.reload(rules)
    expect(lib.map(rules.score, [1, 2]), [-1, -2])


@trap(GROUP, "a module edited and reloaded, open pool", by_client=True)
def module_reloaded_open():
    """An open pool does the same."""
    import importlib

    sys.dont_write_bytecode = True
    terms = module("terms", "def score(x):\n    return x\n")
    with lib.open() as pool:
        expect(list(pool.map(terms.score, [1, 2])), [1, 2])
        Path("terms.py").write_text("def score(x):\n    return -x * 1\n")
        terms = importlib.reload(terms)
        expect(list(pool.map(terms.score, [1, 2])), [-1, -2])


@trap(GROUP, "a module in a folder added to `sys.path`")
def added_path():
    """A module of a folder that the notebook has added to sys.path is found."""
    Path("parts").mkdir()
    Path("parts/bolt.py").write_text("def size(x):\n    return x * 5\n")
    sys.path.insert(0, str(Path("parts").resolve()))

    def score(x):
        import bolt

        return bolt.size(x)

    expect(lib.map(score, [1, 2]), [5, 10])


@trap(GROUP, "the working folder")
def working_folder():
    """Workers work in the folder to which the notebook has changed after a first call."""

    def where(_):
        return Path.cwd().name

    lib.map(where, [1, 2])
    Path("deeper").mkdir()
    os.chdir("deeper")
    expect(lib.map(where, [1, 2]), ["deeper"] * 2)


@trap(GROUP, "filters of warnings")
def warning_filters():
    """Where the notebook makes a warning an error, it is one in the workers."""
    warnings.simplefilter("error", RuntimeWarning)

    def risky(x):
        try:
            warnings.warn("a division", RuntimeWarning, stacklevel=1)
        except RuntimeWarning:
            return "error"
        return "nothing"

    expect(lib.map(risky, [1, 2]), ["error"] * 2)


@trap(GROUP, "the level of logging")
def logging_level():
    """Lines that the notebook wants to see are wanted in the workers."""
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("shop").setLevel(logging.DEBUG)

    def wanted(_):
        info = logging.getLogger().isEnabledFor(logging.INFO)
        return info, logging.getLogger("shop").isEnabledFor(logging.DEBUG)

    expect(lib.map(wanted, [1, 2]), [(True, True)] * 2)


@trap(GROUP, "`hash()` of a text")
def hash_of_text():
    """A text has the same hash in every worker: it may choose a shard."""

    def hashed(_):
        time.sleep(0.05)
        return hash("card 7")

    expect(len(set(lib.map(hashed, range(8)))), 1)


@trap(GROUP, "`hash()` of a text, under spawn", method="spawn")
def hash_of_text_spawn():
    """The same where each worker is a fresh interpreter, with a function of a module."""
    text = "import time\ndef shard(card):\n    time.sleep(0.05)\n    return hash(card)\n"
    shards = module("shards", text)
    expect(len(set(lib.map(shards.shard, ["card 7"] * 8))), 1)


@trap(GROUP, "a thread that holds a lock")
def lock_held():
    """Workers get on while a thread of the notebook holds a lock of a module they use."""
    vault = module(
        "vault",
        "import threading\nlock = threading.Lock()\n"
        "def score(x):\n    with lock:\n        return x * 3\n",
    )
    done, holds = threading.Event(), threading.Event()

    def hold():
        with vault.lock:
            holds.set()
            done.wait(30)

    threading.Thread(target=hold, daemon=True).start()
    holds.wait()
    answer = lib.map(vault.score, [1, 2])
    done.set()
    expect(answer, [3, 6])
