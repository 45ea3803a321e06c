"""The speedlab command: run a case, make its data, look at the machine, write a certificate."""

from __future__ import annotations

import argparse
import contextlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TextIO

from speedlab.cli import doctor, parser
from speedlab.cli.data import data
from speedlab.cli.options import announce
from speedlab.cli.run import run
from speedlab.core import extras, pipes, stop
from speedlab.core.errors import ChunkFailed, ProvesNothing, SpeedlabWarning, in_words
from speedlab.course.certificate.command import certificate

DONE, DEFECT, BAD_INPUT, UNPROVEN, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 a defect of ours, 2 bad input, 3 a certificate whose signature proves nothing, and
    128 with the number of the signal that ended it.
    """
    with stop.in_order() as came:
        code = pipes.until_closed(lambda: _command(arguments))
        # A signal to all processes ends workers too: then that may have been noticed first.
        return stop.KILLED + came[0] if came else code


def _command(arguments: Sequence[str] | None) -> int:
    try:
        given = sys.argv[1:] if arguments is None else arguments
        options = parser.parse(given)
        doers = {"run": run, "data": data, "doctor": _doctor, "certificate": certificate}
        with _warnings_in_words():
            doers[options.command](options)
    except ChunkFailed as error:
        # Bad data may only show in a worker: then its own words are enough.
        told = in_words(extras.named(error.__cause__))
        return _refuse(str(told or error), BAD_INPUT if told else DEFECT)
    except KeyboardInterrupt:
        return _refuse("Stopped. No process is left, and nothing half-written.", INTERRUPTED)
    except Exception as error:
        if pipes.is_closed(error):
            return pipes.CLOSED
        if told := in_words(extras.named(error)):
            return _refuse(str(told), UNPROVEN if isinstance(told, ProvesNothing) else BAD_INPUT)
        if "options" in locals() and options.debug:
            raise
        text = f"{type(error).__name__}: {error}".replace("\n", " ")
        return _refuse(f"A defect of speedlab, not of yours: {text}. Add --debug.", DEFECT)
    return DONE


@contextlib.contextmanager
def _warnings_in_words() -> Iterator[None]:
    """Say what is warned of in one line, without the line of code that no user of a command has."""
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(  # noqa: PLR0917 - as the standard library calls it
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, SpeedlabWarning):
                announce(f"speedlab: {message}")
            else:
                shown(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield


def _doctor(_: argparse.Namespace) -> None:
    print("\n".join(doctor.report()))


def _refuse(text: str, code: int) -> int:
    announce("speedlab: " + " ".join(text.split()))
    return code
