"""Which hand-ins look alike: a flag that asks a person to look, never a verdict.

Each answer is cut into runs of five tokens (code) or words (memo). What was handed out does not
count, nor what many wrote: an obvious solution looks alike everywhere. Two hand-ins that share
most of what is left are flagged.
"""

from __future__ import annotations

import io
import itertools
import keyword
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.skeletons import Skeleton
from grader.verdicts import Graded

RUN = 5  # tokens or words
LEAST = 15  # unusual runs in common: fewer are chance
SHARE = 0.6  # of the smaller hand-in's unusual runs
USUAL = 0.15  # of the class: what more than this share wrote is an obvious solution
FEW = 3  # in a small class, what three wrote may still be unusual

Runs = set[tuple[str, ...]]


@dataclass(frozen=True)
class Alike:
    """Two hand-ins that share much of what is unusual in them."""

    one: str
    other: str
    share: float
    runs: int


def find_alike(skeletons: Sequence[Skeleton], results: Iterable[Graded]) -> list[Alike]:
    """Return the pairs of hand-ins that look alike, most alike first."""
    given = _given(skeletons)
    runs = {graded.learner: runs_of(graded) - given for graded in results}
    seen = Counter(run for found in runs.values() for run in found)
    limit = max(FEW, USUAL * len(runs))
    unusual = {name: {run for run in found if seen[run] <= limit} for name, found in runs.items()}
    pairs = [
        Alike(one, other, common / least, common)
        for (one, other), common in _common(unusual).items()
        if (least := min(len(unusual[one]), len(unusual[other])))
    ]
    flagged = [pair for pair in pairs if pair.runs >= LEAST and pair.share >= SHARE]
    return sorted(flagged, key=lambda pair: (-pair.share, -pair.runs, pair.one, pair.other))


def _given(skeletons: Sequence[Skeleton]) -> Runs:
    rows = [row for skeleton in skeletons for row in skeleton.rows if "solution" in row.kinds]
    return {run for row in rows for run in _runs(row.source, code=row.cell_type == "code")}


def runs_of(graded: Graded) -> Runs:
    """Return the runs of all answers of a hand-in."""
    found = [_runs(text, code=True) for text in graded.cells.values()]
    found += [_runs(text, code=False) for text in graded.written.values()]
    return set().union(*found)


def _runs(text: str, *, code: bool) -> Runs:
    words = _tokens(text) if code else [word.strip(".,;:!?()\"'*").lower() for word in text.split()]
    return set(zip(*(words[n:] for n in range(RUN)), strict=False))


def _tokens(text: str) -> list[str]:
    """Return the tokens of code with every name the same: renaming hides nothing.

    >>> _tokens("total = sum(items)  # all") == _tokens("x = f(y)")
    True
    """
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                found.append("name")
            elif token.type in (tokenize.INDENT, tokenize.DEDENT):
                found.append(tokenize.tok_name[token.type])
            elif token.type not in skipped:
                found.append(token.string)
    except (tokenize.TokenError, SyntaxError):
        pass  # as far as it can be read
    return found


def _common(unusual: Mapping[str, Runs]) -> Counter[tuple[str, str]]:
    """Count the runs that each two hand-ins share; most pairs share none."""
    owners = defaultdict[tuple[str, ...], list[str]](list)
    for name in sorted(unusual):
        for run in unusual[name]:
            owners[run].append(name)
    return Counter(pair for names in owners.values() for pair in itertools.combinations(names, 2))
