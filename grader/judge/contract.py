"""The contract of types: where an object crossed while the author's own solution was checked.

What crosses out of the box is data, or a handle: an object that stays inside and only answers. An
object can answer each question of a check as the check hopes, with nothing behind it. So a handle
is believed where the author's own value was one too. Anywhere else the judge takes the data that
the object holds (grader.judge.snapshots), or says that it is of the wrong type.

A place is the name of the learner and the way from there, as a check goes it::

    split()                   what the function returned       model.fit()    what a method returned
    split()[*]                each item of it                  part()[0]      one item of several
    split(){*}, split(){'a'}  each value of a dictionary, one  split(#0)[*]   an argument, changed

When an assignment is prepared, the author's run is listened to: each place is noted, and in a word
what lay there. Items that are all of a kind share one place, whatever their number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from grader.inside.serialize import Tree

Places = dict[str, list[str]]
Way = tuple[Any, int | str]
"""The way to a place, and the last step."""
OBJECT, NOTHING = "object", "nothing"
DEEP = 9
APART = 20
"""Of items of different kinds so many have a place of their own."""
MOST_PLACES = 5_000
LONGEST = 400
STEP = re.compile(r"\[[^\]]*\]|\{[^}]*\}|\.\w+(?:\(\))?|\([^)]*\)|:\w+")
WORDS = {
    "Counter": "dictionary",
    "OrderedDict": "dictionary",
    "dict": "dictionary",
    "frozenset": "set",
    "set": "set",
    "tuple": "tuple",
    "deque": "list",
    "range": "list",
    "array": "array",
    "objects": "array",
    "frame": "table",
    "series": "column",
    "index": "column",
    "handle": OBJECT,
    **dict.fromkeys(("int", "float", "complex", "decimal", "fraction", "scalar"), "number"),
    **dict.fromkeys(("bytes", "bytearray"), "bytes"),
}
PLURALS = {"dictionary": "dictionaries", "bytes": "bytes"}
PLAIN = {bool: "truth value", int: "number", float: "number", str: "text", type(None): NOTHING}


class Contract:
    """What may cross in one check.

    Args:
        places: What lay at each place of the author's run; None where that run is listened to, and
            everything is believed.
    """

    def __init__(self, places: Mapping[str, Iterable[str]] | None = None) -> None:
        self.learns = places is None
        self._places = {place: set(words) for place, words in (places or {}).items()}
        objects = [place for place, words in self._places.items() if OBJECT in words]
        self._known: dict[str, frozenset[str]] = {}
        self._recursive = {short for place in objects if (short := shortened(place)) != place}

    def note(self, place: str, word: str) -> None:
        """Note what the author's value was at a place."""
        if word == OBJECT or len(self._places) < MOST_PLACES:
            self._places.setdefault(place, set()).add(word)

    def believes(self, place: str) -> bool:
        """Return whether the author's own value was an object there.

        >>> contract = Contract({"tree()": ["object"], "tree().left.left": ["object"]})
        >>> contract.believes("tree()"), contract.believes("tree().size")
        (True, False)
        """
        if self.learns or OBJECT in self.words(place):
            return True
        if not self._recursive:
            return False
        short = shortened(place)  # a list whose items are linked may be longer than the author's
        return short in self._recursive and OBJECT in self.words(short)

    def words(self, place: str) -> frozenset[str]:
        """Return in words what the author's value was at a place; nothing where none was seen."""
        if self.learns:
            return frozenset(self._places.get(place, ()))
        if place not in self._known:
            found = (self._places[one] for one in _generalised(place) if one in self._places)
            self._known[place] = frozenset(next(found, ()))
        return self._known[place]

    @property
    def places(self) -> Places:
        """What was noted."""
        return {place: sorted(words) for place, words in sorted(self._places.items())}


def _generalised(place: str) -> Iterator[str]:
    """Yield a place, then the places that stand for it and for others of its kind."""
    parts = re.split(r"(\[[^\]]*\]|\{[^}]*\})", place)
    several = [_choices(part) if number % 2 else [part] for number, part in enumerate(parts)]
    if len(parts) > DEEP:  # all of a kind or nothing
        several = [choice[-1:] for choice in several]
    yield from ("".join(chosen) for chosen in product(*several))


def _choices(step: str) -> list[str]:
    """Return by which names the author's item may be known: its own, its field's, that of all.

    >>> _choices("[3]"), _choices("[0|x]")
    (['[3]', '[*]'], ['[0]', '.x', '[*]'])
    """
    number, _, field = step[1:-1].partition("|")
    own = [f"[{number}]", f".{field}"] if field else [step]
    return [*own, f"{step[0]}*{step[-1]}"]


def shortened(place: str) -> str:
    """Return a place without its way in circles.

    >>> shortened("tree().left.right.left")
    'tree().left'
    """
    label = place[: found.start()] if (found := STEP.search(place)) else place
    steps: list[str] = []
    for step in STEP.findall(place):
        if step in steps and step.startswith("."):
            del steps[steps.index(step) :]
        steps.append(step)
    return label + "".join(steps)


def step_to(place: str, step: str) -> str:
    """Return the place one step further; a way without end has a bounded name."""
    return place + step if len(place) < LONGEST else shortened(place + step)


def word_of(tree: Tree) -> str:
    """Return in a word what a tree stands for."""
    if not isinstance(tree, dict):
        return PLAIN.get(type(tree), "list")
    tag = str(tree.get("$"))
    return "record" if tag == "tuple" and "fields" in tree else WORDS.get(tag, "value")


def handles_in(tree: Tree, place: str, contract: Contract) -> Iterator[tuple[Any, str, str]]:
    """Yield every handle of a tree, its place, and in a word what it lies in.

    Of an author's tree it is taken down, on the way, what lies where.
    """
    waiting: list[tuple[Tree, Way, str]] = [(tree, (None, place), "")]
    while waiting:
        node, way, inside = waiting.pop()
        word = word_of(node)
        if contract.learns:
            contract.note(_written(way), word)
        if word == OBJECT:
            yield node, _written(way), inside
        elif isinstance(node, (list, dict)):
            parts = _parts(node, word)
            # Names are made only where there is an object, or an author is listened to.
            chosen = _told_apart(parts) if contract.learns else filter(_has_parts, parts)
            waiting += [(part, (way, step), word) for step, part in chosen]


def _written(way: Way) -> str:
    """Return the name of a place that was kept as its last step, and the way to that."""
    before, step = way
    if before is None:
        return str(step)
    return step_to(_written(before), _of_item(step) if isinstance(step, int) else step)


def _of_item(number: int) -> str:
    return f"[{number}]" if number < APART else "[*]"


def _has_parts(part: tuple[int | str, Tree]) -> bool:
    return isinstance(part[1], (list, dict))


def _parts(tree: Tree, word: str) -> Iterator[tuple[int | str, Tree]]:
    """Yield what lies in a tree: an item with its number, a value with its key."""
    held = tree if isinstance(tree, list) else tree.get("v")
    if isinstance(held, list):
        pairs = word == "dictionary"
        yield from map(_pair, held) if pairs else _numbered(tree, held)
    if isinstance(tree, dict):  # such as the names of columns
        others = [(name, part) for name, part in tree.items() if name != "v"]
        yield from ((f"[{name}]", part) for name, part in others if isinstance(part, (list, dict)))


def _numbered(tree: Tree, held: list[Tree]) -> Iterator[tuple[int | str, Tree]]:
    names = tree.get("fields") if isinstance(tree, dict) else None
    if not isinstance(names, list):
        return iter(enumerate(held))
    steps = (f"[{number}|{name}]" for number, name in enumerate(names))
    return zip(steps, held, strict=False)


def _pair(pair: Tree) -> tuple[str, Tree]:
    if not (isinstance(pair, list) and len(pair) == 2):
        return "{}", pair  # damaged, which is said when it is opened
    key, value = pair
    if isinstance(key, (list, dict)):
        return "{}", pair
    return "{" + re.sub(r"[{}\[\]]", "", str(key))[:40] + "}", value


def _told_apart(parts: Iterable[tuple[int | str, Tree]]) -> Iterator[tuple[str, Tree]]:
    """Yield parts with one step for all, unless they differ in kind."""
    found = list(parts)
    alike = len({word_of(part) for _, part in found} - {NOTHING}) < 2
    for number, (step, part) in enumerate(found):
        plain: int | str = step
        if isinstance(step, str) and "|" in step:  # a learner's may be known by its name alone
            yield "." + step[1:-1].partition("|")[2], part
            plain = number
        written = _of_item(plain) if isinstance(plain, int) else plain
        yield f"{written[0]}*{written[-1]}" if alike or number >= APART else written, part


def wrong_kind(
    label: str, kind: str, place: str, inside: str, words: Iterable[str]
) -> tuple[str, str]:
    """Return what is told of an object of the wrong type, and the same without learners' words.

    Args:
        label: The learner's name from which it came.
        kind: What its class is called.
        place: Where it lay.
        inside: In a word, what it lay in.
        words: What the author's value was there.

    >>> wrong_kind("split", "Share", "split()[0]", "list", ["table"])[0]
    'split returned a list of Share objects; the check reads tables there.'
    """
    many = bool(re.fullmatch(r"[^(]*\(\)\[[^\]]*\]", place))
    wanted = sorted(set(words) - {NOTHING, "value"})
    reads = " or ".join(PLURALS.get(w, f"{w}s") if many else _a(w) for w in wanted)
    check = f"the check reads {reads or 'other values'} there"
    if place == label:
        said = f"{label} is {_a(kind)}"
    elif place == f"{label}()":
        said = f"{label} returned {_a(kind)}"
    elif many:
        said = f"{label} returned {_a(inside or 'list')} of {kind} objects"
    else:
        said = f"{label} gave {_a(kind)} object inside its result"
    return f"{said}; {check}.", f"{label} gave objects of a type of its own; {check}."


def _a(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
