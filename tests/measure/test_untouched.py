"""Where threads share what the function is given: changes are found, and nothing else is blamed."""

import threading

import pytest

import speedlab as sl


def appends(chunk):
    chunk.append(9)
    return len(chunk)


def sorts(chunk):
    chunk.sort()
    return chunk[0]


def returns_it_changed(chunk):
    chunk.append(9)
    return chunk


@pytest.mark.parametrize("fn", [appends, sorts, returns_it_changed])
@pytest.mark.parametrize("own", [False, True], ids=["alone", "baseline"])
@pytest.mark.parametrize("engine", ["threads", ["processes", "threads"]])
def test_a_chunk_that_is_changed_in_place_is_no_answer(fn, own, engine):
    chunks = [[3, 1], [2, 1]]
    baseline = (lambda: [fn(list(chunk)) for chunk in [[3, 1], [2, 1]]]) if own else None
    with pytest.raises(sl.ResultMismatch, match=r"changes its chunk in place.*Work on a copy"):
        sl.compare(fn, chunks, engine=engine, baseline=baseline, budget_s=0.0)


def test_an_answer_that_later_calls_go_on_writing_is_none():
    kept = []

    def keeps(chunk):
        kept.append(chunk)
        return kept

    with pytest.raises(sl.ResultMismatch, match="An answer changed after"):
        sl.compare(keeps, [1, 2], engine="threads", budget_s=0.0)


def test_a_job_of_several_maps_is_looked_at_too():
    chunks = [[3, 1], [2, 1]]
    with pytest.raises(sl.ResultMismatch, match="changes its chunk in place"):
        sl.compare_job(lambda map_: map_(sorts, map_(list, chunks)), engine="threads", budget_s=0.0)


@pytest.mark.parametrize("fn", [sorted, list, lambda chunk: chunk])
def test_a_function_that_leaves_its_chunk_alone_is_not_blamed(fn):
    found = sl.compare(fn, [[3, 1], [2, 1]], engine="threads", budget_s=0.0)
    assert found.agreement == "exact"


def test_chunks_that_cannot_be_pickled_can_be_given_to_threads():
    locks = [threading.Lock(), threading.Lock()]
    found = sl.compare(lambda lock: lock.locked(), locks, engine="threads", budget_s=0.0)
    assert found.answer == [False, False]
