"""Facts about the engines that the benchmarks compare."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from benchmarks.__main__ import orders_of
from benchmarks.engines import ENGINES, OURS, SERIAL, threads_for
from benchmarks.records import Order
from benchmarks.tasks import THREAD_VARIABLES, absolute
from speedlab.cases import NAMES, find

STOCK = [name for name, engine in ENGINES.items() if engine.module is None]
NUMBERS = [-3, 1, -2, 0, 5]


@pytest.mark.parametrize("name", STOCK)
def test_every_stock_engine_gives_the_serial_answer_in_order(name: str) -> None:
    with ENGINES[name].start(2, ()) as map_:
        assert map_(absolute, NUMBERS) == [3, 1, 2, 0, 5]


def test_an_engine_leaves_the_environment_as_it_was() -> None:
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    with ENGINES["pool-fork"].start(1, ()) as map_:
        map_(absolute, NUMBERS)
    assert {name: os.environ.get(name) for name in THREAD_VARIABLES} == before


def test_every_worker_has_a_library_thread() -> None:
    assert threads_for(10_000) == 1


def test_a_round_holds_every_engine_once_for_each_number_of_workers() -> None:
    orders = orders_of(["fraud"], [SERIAL, OURS, "executor"], [2, 4], {"fraud": "f"})
    jobs = [(o.engine, o.workers) for o in orders if o.kind == "job"]
    assert jobs == [(SERIAL, 1), (OURS, 2), (OURS, 4), ("executor", 2), ("executor", 4)]


def test_an_order_survives_the_journey() -> None:
    order = Order("job", OURS, 2, "fraud", "somewhere")
    assert Order.from_json(order.to_json()) == order


@pytest.mark.parametrize("name", NAMES)
def test_a_case_names_modules_that_exist(name: str) -> None:
    assert find(name).name == name
    assert all(find_spec(module) for module in find(name).preload)
