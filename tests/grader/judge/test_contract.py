"""The contract of types: what is believed of a hand-in's objects, and what is only looked at."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from idioms_of_values import IDIOMS, IMPORTS, NOT_IN_PYTHON_EITHER
from liars import LIARS, PLACES, READINGS, lying, pairs
from many_checks import NAME, Pair, hand_in, make_course

from grader.core.records import Graded
from grader.judge.contract import Contract, handles_in, shortened
from grader.judge.grade import grade_one, prepare
from grader.sandbox.box import isolation

HANDLE = {"$": "handle", "handle": 1, "of": "Liar"}


@pytest.fixture(autouse=True, scope="module")
def in_boxes() -> None:
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)


def learned(tree: object, place: str = "f()") -> Contract:
    author = Contract()
    list(handles_in(tree, place, author))
    return Contract(author.places)


@pytest.mark.parametrize(
    ("author", "believed", "refused"),
    [
        ([HANDLE, HANDLE], ["f()[0]", "f()[99]"], ["f()", "f()[0][0]", "f().x"]),
        ([1, HANDLE], ["f()[1]"], ["f()[0]", "f()[2]"]),
        ([None, HANDLE, None], ["f()[0]"], ["f()"]),
        ({"$": "dict", "v": [["a", HANDLE], ["b", HANDLE]]}, ["f(){a}", "f(){z}"], ["f()"]),
        ({"$": "dict", "v": [["a", HANDLE], ["b", 1]]}, ["f(){a}"], ["f(){b}", "f(){z}"]),
        ({"$": "tuple", "v": [[], [HANDLE]]}, ["f()[1][5]"], ["f()[1]"]),
        (HANDLE, ["f()"], ["f()[0]", "f", "f()()"]),
        ([1, 2], [], ["f()", "f()[0]"]),
    ],
)
def test_an_object_is_believed_where_the_author_gave_one(author, believed, refused):
    contract = learned(author)
    assert [place for place in believed if not contract.believes(place)] == []
    assert [place for place in refused if contract.believes(place)] == []


def test_a_chain_may_be_longer_than_the_authors_if_that_went_in_circles():
    contract = Contract({"f()": ["object"], "f().next": ["object"], "f().next.next": ["object"]})
    assert contract.believes("f().next.next.next.next")
    assert not contract.believes("f().next.size")
    assert not Contract({"f()": ["object"], "f().x": ["object"]}).believes("f().x.x")


def test_a_handle_that_no_walk_has_seen_is_not_believed():
    assert shortened("f().a.b.a.b.c") == "f().a.b.c"
    forged = {"$": "frame", "v": "", "names": [HANDLE]}
    assert [place for _, place, _ in handles_in(forged, "f()", Contract({}))] == ["f()[names][0]"]


def grade(root: Path, pairs: dict[str, Pair], answers: dict[str, str]) -> Graded:
    make_course(root, pairs)
    prepared = prepare(root, NAME)
    assert not prepared.unsealed and not prepared.notes
    return grade_one(prepared, hand_in(root / "submitted", pairs, answers), learner="ada")


def named(text: str, name: str) -> str:
    return re.sub(r"\bF(_sum)?\b", lambda found: f"f_{name}{found[1] or ''}", text)


@pytest.fixture(scope="module")
def idioms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float | None, str]]:
    """Points and message of each idiom, graded in one notebook."""
    both = IDIOMS | NOT_IN_PYTHON_EITHER
    names = {name: re.sub(r"\W", "_", name) for name in both}
    made = {
        names[n]: Pair(IMPORTS + named(author, names[n]), named(check, names[n]))
        for n, (author, _, check) in both.items()
    }
    answers = {names[n]: IMPORTS + named(other, names[n]) for n, (_, other, _) in both.items()}
    graded = grade(tmp_path_factory.mktemp("idioms"), made, answers)
    found = {v.grade_id: (v.score, v.message) for v in graded.verdicts}
    return {name: found[f"{names[name]}-test"] for name in both}


@pytest.mark.parametrize("name", IDIOMS)
def test_a_right_answer_in_another_idiom_keeps_its_point(idioms, name):
    assert idioms[name] == (1.0, "")


@pytest.mark.parametrize("name", NOT_IN_PYTHON_EITHER)
def test_what_python_refuses_is_refused_in_words(idioms, name):
    score, message = idioms[name]
    assert score == 0.0
    assert message and "Snapshot" not in message and "Proxy" not in message


def test_no_liar_earns_a_point_at_any_place(tmp_path):
    """Each reading, place and liar several times; all of their products take minutes."""
    made = list(pairs(list(READINGS), list(PLACES)))[::4]
    liars = list(LIARS)
    answers = {
        name: lying(name, code, liars[number % len(liars)])
        for number, (name, _, code) in enumerate(made)
    }
    graded = grade(tmp_path, {name: pair for name, pair, _ in made}, answers)
    earned = [(v.grade_id, v.message) for v in graded.verdicts if v.score]
    assert not earned
    assert {v.outcome for v in graded.verdicts} == {"wrong"}
    assert all(v.message for v in graded.verdicts)


SPLIT = Pair(
    "import pandas as pd\ndef split(n):\n    return [pd.DataFrame({'a': [1]})] * n",
    "parts = split(3)\nassert sum(len(part) for part in parts) == 3\n"
    "### BEGIN HIDDEN TESTS\nassert len(split(41)) == 41\n### END HIDDEN TESTS\n"
    "assert parts[0]['a'].sum() == 1",
)
LATER = Pair("def give():\n    return [1, 2]", "assert len(give()) == 2")


def test_the_sentence_names_both_types_and_after_a_hidden_test_only_the_authors(tmp_path):
    liar = "class Share:\n    def __len__(self): return 1\n"
    wrong = {
        "split": liar + "saw = []\ndef split(n):\n    saw.append(n)\n    return [Share()] * n",
        "later": "def give():\n    return type('saw' + str(saw), (), {'__len__': lambda s: 2})()",
    }
    graded = grade(tmp_path, {"split": SPLIT, "later": LATER}, wrong)
    first, second = (v.message for v in graded.verdicts)
    assert first == "split returned a list of Share objects; the check reads tables there."
    assert second == "give gave objects of a type of its own; the check reads a list there."
