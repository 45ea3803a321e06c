"""What the three commands that measure have in common: their options, and how they speak."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import ROOT


def parser(
    program: str, about: str | None, *, rounds: int, results: str, docs: str
) -> argparse.ArgumentParser:
    """Return a parser with the options that every one of them takes.

    Args:
        program: How it is called.
        about: What its help begins with.
        rounds: How many rounds by default.
        results: The folder of the results, below the checkout.
        docs: The page that is made of them, likewise.
    """
    words = argparse.RawDescriptionHelpFormatter
    command = argparse.ArgumentParser(prog=program, description=about, formatter_class=words)
    command.add_argument(
        "--rounds", type=int, default=rounds, help="how many, in turns; 8 for intervals"
    )
    command.add_argument("--seed", type=int, default=7, help="of the order within the rounds")
    command.add_argument("--results", type=Path, default=ROOT / results)
    command.add_argument("--docs", type=Path, default=ROOT / docs)
    command.add_argument("--report", action="store_true", help="measure nothing, write the page")
    return command


def numbers(text: str) -> list[int]:
    """Return the whole numbers of a list with commas.

    >>> numbers("2,4,8")
    [2, 4, 8]
    """
    return [int(part) for part in text.split(",")]


def tell(text: str) -> None:
    """Say on stderr, with the time of day, what is going on."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Names:
    """Reads a list with commas of names that are known.

    Args:
        known: The names.
        always: Those that are never left out, where they are known.
    """

    def __init__(self, known: Sequence[str], *, always: Sequence[str] = ()) -> None:
        self._known = known
        self._always = [name for name in always if name in known]

    def __call__(self, text: str) -> list[str]:
        """Return the names.

        Raises:
            argparse.ArgumentTypeError: If one is not known.
        """
        names = text.split(",")
        for name in names:
            if name not in self._known:
                known = ", ".join(self._known)
                raise argparse.ArgumentTypeError(f"{name!r} is none of {known}")
        return list(dict.fromkeys([*self._always, *names]))
