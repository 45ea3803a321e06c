"""What cannot travel is named before anything is sent, with its remedy; all else is left alone."""

import concurrent.futures
import functools
import io
import queue
import socket
import sqlite3
import sys
import tempfile
import threading
from functools import partial
from logging import info
from tempfile import mkstemp

import numpy as np
import pandas as pd
import pytest

import speedlab as sl
from speedlab.course.capstone import guards
from speedlab.pool.checks import obstacles
from speedlab.pool.pool import NotebookPool


class Tensor:
    """Stands in for a tensor: this machine has neither the library nor the card."""

    def __init__(self, device):
        self.device, self.shape = device, (2, 2)


Tensor.__module__ = "torch"


def told(fn):
    return [(found.guard, str(found)) for found in guards.before_running(fn)]


@pytest.fixture
def log(tmp_path):
    with (tmp_path / "log.txt").open("w+") as file:
        yield file


def test_a_lambda_over_an_open_file_is_told_to_pass_the_name(log):
    [(guard, text)] = told(lambda piece: log.write(str(piece)))
    assert guard == "cannot travel"
    assert "uses log, an open file." in text
    assert "Pass the file's name, and open the file inside the function." in text


def test_a_temporary_file_is_an_open_file_too():
    with tempfile.NamedTemporaryFile() as wrapped:
        [(_, text)] = told(lambda piece: wrapped.name)
    assert "uses wrapped, an open file." in text


def test_a_captured_generator_is_told_to_pass_a_list():
    numbers = (number for number in range(3))
    [(_, text)] = told(lambda piece: piece + next(numbers))
    assert "numbers, a generator" in text and "pass a list" in text


def test_a_gpu_tensor_is_told_to_be_copied_to_the_processor():
    weights = Tensor("cuda:0")
    [(_, text)] = told(lambda piece: weights)
    assert "a tensor on a GPU" in text and "cpu().numpy()" in text
    copy = Tensor("cpu")
    assert told(lambda piece: copy) == []


def test_a_database_handle_is_told_to_connect_inside():
    connection = sqlite3.connect(":memory:")
    cursor = connection.cursor()
    for handle in (connection, cursor):
        [(_, text)] = told(lambda piece, handle=handle: handle.execute("select 1"))
        assert "handle, a database handle" in text and "connect inside the function" in text
    connection.close()


def test_what_lives_in_this_process_only_is_told_to_be_made_inside():
    with socket.socket() as line:
        for thing in (threading.Lock(), threading.RLock(), line, threading.Thread()):
            [(_, text)] = told(lambda piece, thing=thing: thing)
            assert "make it inside the function" in text


def test_every_way_of_carrying_is_looked_into(log):
    class Reader:
        def __init__(self):
            self.source = log

        def __call__(self, piece):
            return piece

        def method(self, piece):
            return piece

    def helper(piece):
        return log.name + piece

    ways = {
        "argument 1": partial(print, log),
        "file": partial(print, file=log),
        "source": Reader(),
        "files['a'][1]": lambda piece, files={"a": [0, log]}: piece,
        "log": lambda piece: [helper(part) for part in piece],
    }
    for name, fn in [*ways.items(), ("source", Reader().method)]:
        [(_, text)] = told(fn)
        assert f"uses {name}, an open file." in text


def test_a_function_that_calls_itself_is_looked_into_once(log):
    def down(number):
        return log.name if number < 1 else down(number - 1)

    assert len(told(down)) == 1


def test_a_client_of_a_database_server_is_a_handle_too():
    client = type("Redis", (), {"__module__": "redis.client"})()
    [(_, text)] = told(lambda piece: client)
    assert "client, a database handle" in text


def test_what_a_library_keeps_for_itself_is_no_alarm():
    # Both hold locks and counters in their modules, which each worker makes for itself.
    assert told(lambda piece: (mkstemp, info)) == []


def test_an_object_that_lets_go_of_its_file_when_it_is_packed_is_no_alarm(log):
    class Reader:
        def __init__(self):
            self.source = log

        def __getstate__(self):
            return {}

        def __call__(self, piece):
            return piece

    assert told(Reader()) == []


def test_what_no_guard_knows_is_found_by_packing_it():
    waiting = queue.Queue()
    [(guard, text)] = told(lambda piece: waiting.get())
    assert guard == "cannot travel"
    assert "uses waiting.mutex, a lock." in text and "inside the function" in text


def test_what_travels_well_is_left_alone():
    frame, array, rate = pd.DataFrame({"a": [1]}), np.ones(3), 1.05
    text, draws = io.StringIO("x"), np.random.default_rng(1)

    def score(piece, factor=2, *, names=("a", "b")):
        parts = [np.sum(array) * rate for _ in names]
        return frame, text, draws, parts, list(piece), pd.Timestamp, factor

    assert told(score) == []
    assert told(len) == [] and told(str.upper) == [] and told(sorted) == []


def test_an_attribute_named_like_a_global_is_no_alarm():
    space = {"log": iter([1])}
    exec("def fn(piece):\n    return piece.log", space)
    assert told(space["fn"]) == []
    exec("def fn(piece):\n    return [log for _ in piece]", space)
    assert len(told(space["fn"])) == 1


def test_large_captured_data_are_named_with_their_size_and_the_remedy():
    prices = pd.DataFrame({"price": np.arange(400_000.0)})
    [found] = guards.before_running(lambda piece: prices.price[piece])
    assert (found.guard, found.stops) == ("captured data", False)
    assert "prices (DataFrame), 3 MB" in found.what
    assert "sl.row_groups(path)" in found.remedy
    few = prices.head(100)
    assert told(lambda piece: few.price[piece]) == []


def test_a_list_is_looked_into_only_so_far():
    many = [1] * 1000
    assert obstacles.within(many, "many") == []
    assert [name for name, _ in obstacles.within([1, iter([])], "pair")] == ["pair[1]"]


class Service:
    def __init__(self, line):
        self.lines = {"first": [1, line]}

    def score(self, piece):
        return piece


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held):
        self.held = held


def refused(fn, chunks=(1,)):
    """Return the three sentences with which each way in refuses."""
    told = set()
    with NotebookPool(1) as pool:
        for call in (sl.parallel_map, sl.compare, lambda f, c, **_: pool.map(f, c)):
            with pytest.raises(sl.BadInput) as caught:
                call(fn, list(chunks), workers=1)
            told.add((caught.value.what, caught.value.why, caught.value.next_step))
    [sentences] = told
    assert all(sentences)
    return " ".join(sentences)


def test_every_way_in_names_what_the_function_uses(log):
    connection, lock, numbers = sqlite3.connect(":memory:"), threading.Lock(), iter([1])

    def score(piece):
        return connection.execute("select 1").fetchall()

    assert refused(score).startswith("score uses connection, a database handle.")
    assert refused(lambda piece: lock).startswith("The function uses lock, a lock.")
    assert "uses log, an open file" in refused(lambda piece: log.read())
    assert "uses numbers, an iterator (list_iterator)" in refused(lambda piece: next(numbers))
    assert "uses handle, a database handle" in refused(partial(dict, handle=connection))
    assert "a database handle" in refused(connection.execute)
    connection.close()


def test_what_is_deep_in_an_object_is_named_by_its_path():
    with socket.socket() as line:
        service, slotted, waiting = Service(line), Slotted(threading.Lock()), queue.Queue()
        assert "uses service.lines['first'][1], a socket" in refused(lambda piece: service)
        assert "uses slotted.held, a lock" in refused(lambda piece: slotted)
        assert "uses waiting." in refused(lambda piece: waiting.get())
        assert "lines['first'][1], a socket" in refused(service.score)


def test_what_a_class_of_a_cell_holds_is_named():
    class Model:
        lock = threading.Lock()

        def score(self, piece):
            return piece

    model = Model()
    assert "uses Model.lock, a lock" in refused(model.score)
    assert "uses model.Model.lock, a lock" in refused(lambda piece: model)


def test_what_is_nested_too_deeply_is_said():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert "uses deep, a value that holds others" in refused(lambda piece: deep)
    while deep:  # Python itself would go too deep when it lets go of them
        deep = deep[0]


def test_what_no_one_knows_is_named_with_the_reason():
    class Sealed:
        def __reduce__(self):
            raise TypeError("sealed by its maker")

    box = {"inner": [Sealed()]}
    text = refused(lambda piece: box)
    assert "uses box['inner'][0], an object of the kind Sealed" in text
    assert "sealed by its maker" in text


def test_a_chunk_that_cannot_travel_is_named_by_its_place(log):
    lock = threading.Lock()
    assert "chunks[1]['held'] is a lock." in refused(len, [{}, {"held": lock}])
    assert "chunks[0] is a generator." in refused(len, [(n for n in [1])])
    assert "chunks[0] is an open file." in refused(len, [log])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: {"a": [threading.Lock()]}, "returned a lock (in result['a'][0]) on chunk 0."),
        (lambda: sqlite3.connect(":memory:"), "returned a database handle on chunk 0."),
        (lambda: [lambda: iter([1]), Slotted(threading.Lock())], "(in result[1].held)"),
    ],
)
def test_a_result_that_cannot_come_back_is_named_by_its_place(make, said):
    def score(piece):
        return make()

    with pytest.raises(sl.ChunkFailed, match=r"^score returned ") as caught:
        sl.parallel_map(score, [1], workers=1)
    assert said in caught.value.what
    assert "could not be sent back" in caught.value.why and "plain values" in caught.value.next_step


def test_what_can_be_pickled_by_its_own_care_goes_to_workers():
    class Ledger:
        """Looks like a database handle, and knows how to travel."""

        def commit(self):
            return 1

        execute = cursor = commit

    ledger = Ledger()
    assert sl.parallel_map(lambda piece: ledger.commit(), [1], workers=1) == [1]
    assert sl.parallel_map(lambda piece: sys.stderr is not None, [1], workers=1) == [True]


def test_a_session_of_a_service_is_an_obstacle():
    session = type("Session", (), {"__module__": "requests.sessions"})()
    [(_, text)] = told(lambda piece: session)
    assert "session, a connection to a service" in text and "connect inside" in text


def test_a_promise_is_an_obstacle():
    future = concurrent.futures.Future()
    [(_, text)] = told(lambda piece: future.result())
    assert "future, a promise of a result" in text


def test_names_are_found_in_functions_that_are_called():
    def draws(seed):
        return np.random.default_rng(seed)

    def score(piece):
        return [draws(piece) for _ in piece]

    assert "default_rng" in obstacles.names_used(score)
    assert "default_rng" in obstacles.names_used(partial(score))
    assert "default_rng" not in obstacles.names_used(told)


def test_a_large_capture_is_told_in_the_line_of_the_caller():
    prices = np.zeros(400_000)
    with pytest.warns(sl.SpeedlabWarning, match="prices") as caught:
        sl.parallel_map(lambda piece: len(prices), [1], workers=1)
    assert [one.filename for one in caught] == [__file__]


def test_a_function_that_remembers_its_answers_travels_with_an_empty_memory():
    @functools.lru_cache(maxsize=8)
    def rate(year):
        return year / 1000

    def score(year):
        return rate(year), rate.cache_info().currsize

    assert rate(1999) and rate(1998)
    assert sl.parallel_map(score, [2000], workers=1) == [(2.0, 1)]
    assert sl.parallel_map(rate, [2000], workers=1) == [2.0]
