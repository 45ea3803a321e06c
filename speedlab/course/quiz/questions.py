"""Questions of a lesson: what is asked, which answer is right, and what is said to a wrong one.

    solutions/<lesson>/questions.toml --build--> questions.json --released--> modules/<lesson>/

The released file holds no answer in the clear. The key of a question is a salted hash. What is
shown after honest tries (the answer, why, a solution) is sealed: a seal against reading it by
accident, not a lock. A course with show_solutions = false ships no seal, only the hash. Whoever
tries all answers finds those that a hash fits, in less than a second; so a course with keys = false
ships no hash either, nor what is said to single answers. Then an answer is noted, and judged when
the class is graded, from the author's own file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput

FILE = "questions.json"
HONEST_TRIES = 2
GUESSED = "Noted. You will see below how close you came."
ASKED = ("text", "figures")  # what of a variant may be known without keys


@dataclass(frozen=True)
class Reply:
    """What is said to an answer.

    Attributes:
        right: Whether it is right.
        text: The words.
        noted: It cannot be judged here.
        asks: It is no answer yet: the words ask for one, and nothing is judged.
    """

    right: bool
    text: str
    noted: bool = False
    asks: bool = False


@dataclass(frozen=True)
class Question:
    """One question or code task; kind is choice, number, prediction or code.

    Args:
        id: Its grade id.
        kind: One of the four.
        text: What is asked; empty for code.
        choices: The words of each choice, by its short name.
        hints: What to say to a wrong choice, by its name. To a wrong number, by the first that
            fits: "64", "<10", ">20", "otherwise". For code the hints in steps: "1", "2" and so on.
        names: For code: what the learner defines; the last one is what is checked.
        key: The salted hash of the right answer; "" where the course ships no keys.
        low: Least number that is an answer at all.
        high: Greatest number that is.
        width: A number counts as right within half of this of the right one.
        offset: Where, within a width, the intervals of equal numbers begin.
        sealed: What is shown after honest tries; empty if the course shows none.
        unit: What a number counts, such as "€"; shown beside the field.
        figures: The figures that the text names, by their names.
        variants: The same question with other figures, a mapping of what differs for each; the
            first is the author's own and differs in nothing.
        shares: The share of the points for the right answer on the first, second … try; empty
            where right is right.
    """

    id: str
    kind: str
    text: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    names: Sequence[str] = ()
    key: str = ""
    low: float = -math.inf
    high: float = math.inf
    width: float = 0.0
    offset: float = 0.0
    sealed: str = ""
    unit: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    variants: Sequence[Mapping[str, Any]] = ()
    shares: Sequence[float] = ()

    def for_learner(self, learner: str) -> Question:
        """Return the question as one learner gets it: with figures, and choices, of their own.

        The figures are drawn from the learner's id and the question's; "" stands for the author.
        """
        place = drawn(learner, self.id, len(self.variants)) if learner and self.variants else 0
        own = self.variants[place] if self.variants else {}
        return replace(self, variants=(), choices=self.shuffled(learner), **own)

    def shuffled(self, learner: str) -> dict[str, str]:
        """Return the choices in an order drawn from the learner's id and the question's."""

        def lot(name: str) -> str:
            return hashlib.sha256(f"speedlab order {learner} {self.id} {name}".encode()).hexdigest()

        return {name: self.choices[name] for name in sorted(self.choices, key=lot)}

    def reply(self, value: str | float | None) -> Reply:
        """Judge an answer and say something useful about it."""
        problem = self.missing(value)
        if problem:
            return Reply(False, problem, asks=True)
        if self.kind == "prediction":
            return Reply(True, GUESSED)
        if not self.key:
            return Reply(False, "Noted; judged when graded.", noted=True)
        if self._hash(value) == self.key:
            return Reply(True, f"Right. {self.because}".strip())
        return Reply(False, self._hint(value))

    def missing(self, value: str | float | None) -> str:
        """Return what to do if a value is no answer at all, else ""."""
        if self.kind == "choice":
            return "" if value in self.choices else "Choose one of the answers."
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return "Write a number."
        if not math.isfinite(value):
            return "Write a number that has an end."
        if not self.low <= value <= self.high:
            return f"Write a number from {self.low:g} to {self.high:g}."
        return ""

    def _hash(self, value: Any) -> str:
        return hash_answer(self.id, bucket(value, self) if self.kind == "number" else value)

    def _hint(self, value: Any) -> str:
        if self.kind == "choice":
            return self.hints[value]
        return next(text for rule, text in self.hints.items() if fits(value, rule))

    @property
    def because(self) -> str:
        """Why the right answer is right; "" if the course ships no solutions."""
        return unseal(self.sealed).get("because", "")

    @property
    def solution(self) -> str:
        """What may be read after honest tries; "" if the course ships no solutions."""
        return unseal(self.sealed).get("solution", "")


def without_key(question: Question) -> Question:
    """Return a question as it is released where the course ships no keys: what is asked, only.

    A prediction has no key: its least and greatest number only say what is an answer. The hints to
    a code task are none to its checks.
    """
    if question.kind == "prediction":
        return question
    if question.kind == "code":
        return replace(question, sealed="")
    slim = Question(question.id, question.kind, question.text, question.choices)
    asked = tuple({k: v for k, v in own.items() if k in ASKED} for own in question.variants)
    return replace(slim, unit=question.unit, figures=question.figures, variants=asked)


def fits(value: float, rule: str) -> bool:
    """Tell whether a number fits a rule.

    A number that was rounded fits too, if it kept a decimal or three digits.

    >>> fits(64.0, "64"), fits(3, "<2"), fits(3, ">2"), fits(3, "otherwise")
    (True, False, True, True)
    >>> fits(3.3, "3.333333333"), fits(3.33, "3.333333333"), fits(3.4, "3.333333333")
    (True, True, False)
    >>> fits(131, "131.25"), fits(12, "12.4")
    (True, False)
    """
    if rule == "otherwise":
        return True
    if rule[0] in "<>":
        limit = float(rule[1:])
        return value < limit if rule[0] == "<" else value > limit
    written = max(-int(Decimal(repr(value)).normalize().as_tuple().exponent), 0)
    kept = written if abs(value) >= 100 else max(written, 1)
    return math.isclose(value, round(float(rule), kept), rel_tol=1e-9)


def bucket(value: float, question: Question) -> int:
    """Return the number of the interval in which a value lies."""
    return math.floor((value - question.offset) / question.width)


def drawn(learner: str, name: str, count: int) -> int:
    """Return which of so many variants of a question a learner gets."""
    lot = hashlib.sha256(f"speedlab figures {learner} {name}".encode()).digest()
    return int.from_bytes(lot[:8], "big") % count


def hash_answer(name: str, answer: str | float) -> str:
    """Return the salted hash of an answer; the salt is the grade id."""
    return hashlib.sha256(f"speedlab {name} {answer}".encode()).hexdigest()


def seal(texts: Mapping[str, str]) -> str:
    """Return texts so packed that nobody reads them by accident.

    >>> unseal(seal({"because": "A card stays whole."}))
    {'because': 'A card stays whole.'}
    """
    return base64.b64encode(zlib.compress(json.dumps(texts).encode(), 9)).decode()


def unseal(text: str) -> dict[str, str]:
    """Return what was sealed; nothing for ""."""
    return dict(json.loads(zlib.decompress(base64.b64decode(text)))) if text else {}


def load_question(name: str, folder: Path, learner: str = "") -> Question:
    """Read one question of the lesson that lies in a folder, as a learner gets it.

    Raises:
        BadInput: If the file is missing or damaged, or holds no such question.
    """
    path = folder / FILE
    try:
        questions = json.loads(path.read_text(encoding="utf-8"))
        return understand(questions[name]).for_learner(learner)
    except KeyError:
        what, why = f"There is no question {name!r} in this lesson.", f"{path} does not hold it."
    except (OSError, ValueError, TypeError) as error:
        what, why = "The questions of this lesson cannot be read.", f"{path}: {error}."
    raise BadInput(what, why, "Start the lesson over on the course home; your work is kept.")


def understand(content: Mapping[str, Any]) -> Question:
    """Return the question that an entry of questions.json holds.

    Raises:
        TypeError: If it holds none.
    """
    listed = {name: tuple(content.get(name, ())) for name in ("names", "variants", "shares")}
    return Question(**{**content, **listed})
