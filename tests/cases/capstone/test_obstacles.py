"""What cannot travel is named before anything is sent, with its remedy; all else is left alone."""

import io
import queue
import socket
import sqlite3
import tempfile
import threading
from functools import partial
from logging import info
from tempfile import mkstemp

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.capstone import guarding, obstacles


class Tensor:
    """Stands in for a tensor: this machine has neither the library nor the card."""

    def __init__(self, device):
        self.device, self.shape = device, (2, 2)


Tensor.__module__ = "torch"


def told(fn):
    return [(found.guard, str(found)) for found in guarding.before_running(fn)]


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
    assert "cannot be sent to a worker" in text and "inside the function" in text


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
    [found] = guarding.before_running(lambda piece: prices.price[piece])
    assert (found.guard, found.stops) == ("captured data", False)
    assert "prices (DataFrame), 3 MB" in found.what
    assert "sl.row_groups(path)" in found.remedy
    few = prices.head(100)
    assert told(lambda piece: few.price[piece]) == []


def test_a_list_is_looked_into_only_so_far():
    many = [1] * 1000
    assert obstacles.within(many, "many") == []
    assert [name for name, _ in obstacles.within([1, iter([])], "pair")] == ["pair[1]"]
