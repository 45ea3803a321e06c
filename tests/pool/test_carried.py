"""A worker is the notebook: what was set in this process is set in its workers, map by map."""

import decimal
import importlib
import logging
import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import speedlab as sl
from speedlab.pool import carried
from speedlab.pool.inside.notebook import modules
from speedlab.pool.inside.startup import THREAD_VARIABLES
from speedlab.pool.pool import NotebookPool

METHODS = multiprocessing.get_all_start_methods()
WORKERS = 4
SOURCE = """
import dataclasses, enum, functools, threading

FACTOR = 2
CONFIG = {"add": 1}
rng = None
MISSING = object()
LOCK = threading.Lock()

class Kind(enum.Enum):
    GOOD = 1

@dataclasses.dataclass
class Card:
    number: int
    rate = 3

    def value(self):
        return self.number * FACTOR * self.rate

class Refused(Exception):
    pass

def score(x, scale=MISSING):
    return x * FACTOR if scale is MISSING else x * scale

@functools.lru_cache
def kept(x):
    return x + CONFIG["add"]

def refuse(x):
    raise Refused(x)
"""


@pytest.fixture(scope="module", params=METHODS)
def pool(request):
    with NotebookPool(2, start_method=request.param) as shared:
        shared.map(abs, [1, 2])  # what is set later is set in an open pool
        yield shared


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """Return a module of the learner's, in the working folder."""
    (tmp_path / "own_module.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("own_module")
    sys.modules.pop("own_module")


def draw_in_all(folder, draw):
    """Return a function that draws once every worker is at work, so that each draws first."""

    def drawn(_):
        Path(folder, str(os.getpid())).touch()
        end = time.monotonic() + 60
        while len(list(Path(folder).iterdir())) < WORKERS:
            assert time.monotonic() < end, "a worker never came"
        return draw()

    return drawn


def numpy_draw():
    return np.random.random()


# --- random numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_unseeded_draws_of_all_workers_maps_and_pools_differ(method, tmp_path):
    np.random.seed(7)
    drawn = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        with NotebookPool(WORKERS, start_method=method) as own:
            drawn += own.map(draw_in_all(folder, numpy_draw), range(8))
            drawn += own.map(lambda _: numpy_draw(), range(8))
    assert len(set(drawn)) == 32


@pytest.mark.parametrize("method", METHODS)
def test_a_generator_without_a_seed_draws_on_its_own_in_each_worker(method, tmp_path):
    rng, seeded = np.random.default_rng(), np.random.default_rng(7)
    first = np.random.default_rng(7).random()

    def draw():
        return rng.random(), seeded.random()

    with NotebookPool(WORKERS, start_method=method) as own:
        drawn = own.map(draw_in_all(tmp_path, draw), range(WORKERS))
    assert len({one for one, _ in drawn}) == WORKERS
    assert first in {one for _, one in drawn}


@pytest.mark.parametrize("method", METHODS)
def test_a_generator_of_a_module_draws_on_its_own_in_each_worker(method, helper, tmp_path):
    helper.rng = np.random.default_rng()
    folder = tmp_path / "pids"
    folder.mkdir()
    with NotebookPool(WORKERS, start_method=method) as own:
        drawn = own.map(draw_in_all(folder, lambda: 1 - helper.rng.random()), range(WORKERS))
    assert len(set(drawn)) == WORKERS


def test_what_a_function_seeds_ends_with_its_map(pool):
    def seeds(_):
        np.random.seed(7)
        return numpy_draw()

    assert len(set(pool.map(seeds, range(4)))) == 1
    after = pool.map(lambda _: numpy_draw(), range(4))
    assert len({*after, *pool.map(seeds, range(4))}) == 5


@pytest.mark.skipif("forkserver" not in METHODS, reason="this system has no fork server")
def test_a_pool_of_the_learners_own_that_uses_our_fork_server_draws_anew(tmp_path):
    with NotebookPool(1, start_method="forkserver") as ours:
        ours.map(abs, [1])
    with multiprocessing.get_context("forkserver").Pool(2) as own:
        drawn = [own.apply_async(numpy_draw) for _ in range(8)]
        assert len({each.get(60) for each in drawn}) == 8


# --- hash ----------------------------------------------------------------------------------------


HASHES = """
import sys
from speedlab.pool.pool import NotebookPool
found = set()
for method in sys.argv[1:]:
    with NotebookPool(2, start_method=method) as own:
        found |= set(own.map(hash, ["a text"] * 4))
print(len(found))
"""


def test_workers_agree_on_the_hash_of_a_text():
    # In a process of its own: here another test may have started the fork server, with any seed.
    command = [sys.executable, "-c", HASHES, *METHODS[1:]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout) == (0, "1\n" if METHODS[1:] else "0\n"), ended.stderr


# --- environment, folders, settings --------------------------------------------------------------


def test_the_environment_arrives_also_later_and_what_is_removed_goes(pool, monkeypatch):
    def read(_):
        return os.environ.get("SPEEDLAB_STEP")

    for value in ("1", "2"):
        monkeypatch.setenv("SPEEDLAB_STEP", value)
        assert set(pool.map(read, range(4))) == {value}
    monkeypatch.delenv("SPEEDLAB_STEP")
    assert set(pool.map(read, range(4))) == {None}


def test_limits_of_threads_stay_unless_the_notebook_sets_them(pool, monkeypatch):
    def read(_):
        return [os.environ.get(name) for name in THREAD_VARIABLES]

    share = str(max(1, sl.usable_cpus() // 2))
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert pool.map(read, [0]) == [[share] * 3]
    monkeypatch.setenv(THREAD_VARIABLES[0], "7")
    assert pool.map(read, [0]) == [["7", share, share]]


def test_the_working_folder_and_the_path_arrive_in_an_open_pool(pool, tmp_path, monkeypatch):
    (tmp_path / "lately_made.py").write_text("VALUE = 3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def read(_):
        import lately_made

        return lately_made.VALUE, Path.cwd()

    assert set(pool.map(read, range(4))) == {(3, tmp_path)}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds to no core")
def test_the_cores_of_the_notebook_are_those_of_its_workers(pool):
    cores = os.sched_getaffinity(0)
    one = {min(cores)}
    try:
        os.sched_setaffinity(0, one)
        assert pool.map(lambda _: os.sched_getaffinity(0), range(2)) == [one] * 2
    finally:
        os.sched_setaffinity(0, cores)
    assert pool.map(lambda _: os.sched_getaffinity(0), range(2)) == [cores] * 2


def test_settings_of_libraries_arrive(pool):
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(limit + 321)
        with (
            decimal.localcontext(prec=5),
            np.errstate(all="raise"),
            np.printoptions(precision=2),
            pd.option_context("display.precision", 3),
        ):
            found = pool.map(
                lambda _: (
                    sys.getrecursionlimit(),
                    str(decimal.Decimal(1) / 3),
                    np.geterr()["divide"],
                    str(np.array([1 / 3])),
                    pd.get_option("display.precision"),
                ),
                [0],
            )
    finally:
        sys.setrecursionlimit(limit)
    assert found == [(limit + 321, "0.33333", "raise", "[0.33]", 3)]
    assert pool.map(lambda _: pd.get_option("display.precision"), [0]) == [6]


def test_filters_of_warnings_arrive(pool):
    def warn(_):
        warnings.warn("old", FutureWarning, stacklevel=1)
        return 1

    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        with pytest.raises(sl.ChunkFailed, match="FutureWarning: old"):
            pool.map(warn, [0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert pool.map(warn, [0]) == [1]


def test_lines_of_a_log_arrive_as_the_notebook_has_set_it_up(pool, tmp_path):
    handler = logging.FileHandler(tmp_path / "a.log")
    handler.setFormatter(logging.Formatter("%(levelname)s of %(name)s: %(message)s"))
    logger = logging.getLogger("speedlab_example")

    def tell(number):
        logging.getLogger("speedlab_example").info("chunk %d", number)

    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        pool.map(tell, range(3))
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)
        pool.map(tell, range(3))
    finally:
        logger.removeHandler(handler)
        handler.close()
    lines = sorted((tmp_path / "a.log").read_text().splitlines())
    assert lines == [f"INFO of speedlab_example: chunk {number}" for number in range(3)]


def test_an_unchanged_state_has_the_same_digest_and_no_worker_reads_it_again(helper):
    assert len({carried.state(here=True)[0] for _ in range(5)}) == 1
    before = carried.state(here=True)[0]
    helper.FACTOR = 3
    assert carried.state(here=True)[0] != before
    elsewhere = carried.state(here=False)[1]
    assert b"environment" not in elsewhere
    assert b"own_module" not in elsewhere


# --- modules of the learner's own ----------------------------------------------------------------


def test_what_the_notebook_assigns_in_a_module_is_seen(pool, helper):
    score, kept = helper.score, helper.kept
    assert pool.map(score, [1, 2]) == [2, 4]
    helper.FACTOR, helper.CONFIG["add"], helper.Card.rate = 10, 5, 7
    assert pool.map(score, [1, 2]) == pool.map(lambda x: 0 + helper.score(x), [1, 2]) == [10, 20]
    assert pool.map(kept, [1, 2]) == [6, 7]
    assert pool.map(lambda card: card.value(), [helper.Card(1)]) == [70]


def test_an_edited_module_counts_as_it_stands_in_the_notebook(pool, helper):
    def score(x):
        return helper.score(x)

    assert pool.map(score, [1]) == [2]
    text = SOURCE.replace("x * FACTOR if", "-x * FACTOR if") + "\nclass New:\n    pass\n"
    Path(helper.__file__).write_text(text)
    assert pool.map(score, [1]) == [2], "it was not loaded again here, either"
    importlib.invalidate_caches()
    importlib.reload(helper)
    assert pool.map(score, [1]) == pool.map(helper.score, [1]) == [-2]
    assert isinstance(pool.map(lambda _: helper.New(), [0])[0], helper.New)
    text = text.replace("GOOD = 1", "GOOD = 1\n    FAIR = 2").replace("rate = 3", "price: int = 3")
    Path(helper.__file__).write_text(text.replace("* self.rate", ""))
    importlib.invalidate_caches()
    importlib.reload(helper)
    found = pool.map(lambda _: (helper.Card(1, 2), list(helper.Kind)), [0])
    assert found == [(helper.Card(1, 2), list(helper.Kind))]


@pytest.mark.parametrize("method", METHODS)
def test_a_module_that_was_edited_before_a_new_pool_is_the_notebooks(method, helper):
    Path(helper.__file__).write_text("raise RuntimeError('half written')\n")
    importlib.invalidate_caches()
    if method == "fork":  # which has the notebook's modules
        with NotebookPool(1, start_method=method) as own:
            assert own.map(helper.score, [1]) == [2]
    Path(helper.__file__).write_text(SOURCE.replace("x * FACTOR", "x * FACTOR + 0.5"))
    with NotebookPool(1, start_method=method, preload=["own_module"]) as own:
        assert own.map(helper.score, [1]) == [2]


def test_classes_of_a_module_are_the_same_on_the_way_back(pool, helper):
    card, kind = pool.map(lambda make: make(), [lambda: helper.Card(1), lambda: helper.Kind(1)])
    assert type(card) is helper.Card
    assert kind is helper.Kind.GOOD
    with pytest.raises(sl.ChunkFailed) as found:
        pool.map(helper.refuse, [1])
    assert isinstance(found.value.__cause__, helper.Refused)


def test_modules_that_import_each_other_are_loaded_in_the_notebooks_order(
    pool, tmp_path, monkeypatch
):
    (tmp_path / "first_module.py").write_text("BASE = 1\nfrom second_module import twice\n")
    (tmp_path / "second_module.py").write_text(
        "from first_module import BASE\ndef twice(x):\n    return 2 * x * BASE\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    import first_module
    import second_module

    try:
        first_module.BASE = second_module.BASE = 9
        assert pool.map(second_module.twice, [1, 2]) == [18, 36]
        assert pool.map(lambda x: first_module.twice(x) + first_module.BASE, [1]) == [27]
    finally:
        del sys.modules["first_module"], sys.modules["second_module"]


def test_a_value_that_cannot_travel_is_named_once_it_was_changed(pool, helper):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pool.map(helper.score, [1])
        importlib.reload(helper)  # makes another lock, as the workers' own file does
        pool.map(helper.score, [1])
    helper.CONFIG = np.zeros(1_000_000)
    with pytest.warns(sl.SpeedlabWarning, match=r"own_module\.CONFIG was changed") as caught:
        pool.map(helper.score, [1])
        helper.CONFIG = np.ones(1_000_000)
        pool.map(helper.score, [1])
    assert caught[0].filename == __file__


def test_an_image_is_taken_anew_where_anything_of_the_module_is_another(helper):
    def image():
        return modules.image_of(helper)[1]

    taken = [image()]
    assert image() == taken[0]
    helper.FACTOR = 3
    taken.append(image())
    helper.CONFIG["add"] = 9
    taken.append(image())
    helper.Card.rate = 4
    taken.append(image())
    helper.Card.value = lambda self: 1
    taken.append(image())
    helper.score.__defaults__ = (2,)
    taken.append(image())
    helper.refuse.__code__ = (lambda x: x).__code__
    taken.append(image())
    assert len({*taken}) == 7
    helper.text = "a" * 2_000_000
    assert "text" in modules.image_of(helper)[0].left
    helper.CONFIG["add"] = 10
    assert {"LOCK", "text"} <= {*modules.image_of(helper)[0].left}


def test_only_modules_of_the_learner_travel(helper):
    names = {module.__name__ for module in carried.learners_modules()}
    assert "own_module" in names
    assert not {name for name in names if name.partition(".")[0] in {"numpy", "speedlab", "json"}}
