"""Which hand-ins look alike: a flag that asks a person to look, never a verdict.

Each answer is cut into shingles: runs of five tokens (code) or words (memo). What was handed out
does not count, nor what many wrote: an obvious solution looks alike everywhere. Two hand-ins that
share most of what is left are flagged.
"""

from __future__ import annotations

import io
import itertools
import keyword
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.core.records import Graded
from grader.core.released import ReleasedNotebook

SHINGLE = 5  # tokens or words
LEAST_SHARED = 15  # unusual shingles in common: fewer are chance
SHARE = 0.6  # of the smaller hand-in's unusual shingles
USUAL = 0.15  # of the class: what more than this share wrote is an obvious solution
FEW = 3  # in a small class, what three wrote may still be unusual

Shingles = set[tuple[str, ...]]


@dataclass(frozen=True)
class SimilarPair:
    """Two hand-ins that share much of what is unusual in them."""

    learner: str
    other: str
    share: float
    shingles: int


def find_similar(
    notebooks: Sequence[ReleasedNotebook], results: Iterable[Graded]
) -> list[SimilarPair]:
    """Return the pairs of hand-ins that look alike, most alike first."""
    given = _given(notebooks)
    own = {graded.learner: shingles_of(graded) - given for graded in results}
    seen = Counter(shingle for shingles in own.values() for shingle in shingles)
    limit = max(FEW, USUAL * len(own))
    unusual = {name: {s for s in shingles if seen[s] <= limit} for name, shingles in own.items()}
    pairs = [
        SimilarPair(first, other, common / least, common)
        for (first, other), common in _common(unusual).items()
        if (least := min(len(unusual[first]), len(unusual[other])))
    ]
    flagged = [pair for pair in pairs if pair.shingles >= LEAST_SHARED and pair.share >= SHARE]
    return sorted(flagged, key=lambda pair: (-pair.share, -pair.shingles, pair.learner, pair.other))


def _given(notebooks: Sequence[ReleasedNotebook]) -> Shingles:
    rows = [row for released in notebooks for row in released.rows if "solution" in row.kinds]
    return {
        shingle for row in rows for shingle in _shingles(row.source, code=row.cell_type == "code")
    }


def shingles_of(graded: Graded) -> Shingles:
    """Return the shingles of all answers of a hand-in."""
    answers = [_shingles(text, code=True) for text in graded.cells.values()]
    answers += [_shingles(text, code=False) for text in graded.written.values()]
    return set().union(*answers)


def _shingles(text: str, *, code: bool) -> Shingles:
    words = _tokens(text) if code else [word.strip(".,;:!?()\"'*").lower() for word in text.split()]
    return set(zip(*(words[n:] for n in range(SHINGLE)), strict=False))


def _tokens(text: str) -> list[str]:
    """Return the tokens of code with every name the same: renaming hides nothing.

    >>> _tokens("total = sum(items)  # all") == _tokens("x = f(y)")
    True
    """
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    tokens = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                tokens.append("name")
            elif token.type in (tokenize.INDENT, tokenize.DEDENT):
                tokens.append(tokenize.tok_name[token.type])
            elif token.type not in skipped:
                tokens.append(token.string)
    except (tokenize.TokenError, SyntaxError):
        pass  # as far as it can be read
    return tokens


def _common(unusual: Mapping[str, Shingles]) -> Counter[tuple[str, str]]:
    """Count the shingles that each two hand-ins share; most pairs share none."""
    owners = defaultdict[tuple[str, ...], list[str]](list)
    for name in sorted(unusual):
        for shingle in unusual[name]:
            owners[shingle].append(name)
    return Counter(pair for names in owners.values() for pair in itertools.combinations(names, 2))
