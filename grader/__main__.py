"""The command line of the course's authors and graders.

build       make notebooks and modules from the lesson scripts
check-course   grade the author's own solutions in every way, and say where they differ
prove       try the checks on right and wrong answers, on the page and through the grader
release     build, and pack the learners' copy of the course
collect     bring hand-ins here from a folder, a zip or nbgrader's exchange
autograde   grade what changed, in parallel, and record it in the gradebook
feedback    write a page for each learner
report      write the instructor's page
export      write the results as JSON and CSV, for Canvas and Moodle too
certificates   sign certificates for the class
doctor      try what keeps hand-ins in on this machine, and say what holds
demo        make a class of 40, grade it and open the report
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import sys
from collections.abc import Sequence

from grader.cli.options import parser
from grader.cli.signals import Terminated, ended_by_signals
from speedlab.core import pipes
from speedlab.core.errors import SpeedlabError
from speedlab.core.extras import named, need
from speedlab.core.text import printable

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
INTERRUPTED = 130
KEPT = {"prove": "Nothing of it is kept: begin it again."}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 check failed, 2 bad input."""
    return pipes.until_closed(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    options = parser(__doc__ or "").parse_args(arguments)
    try:
        with ended_by_signals():
            return _do(options)
    except SpeedlabError as error:
        _tell(str(error))
    except ModuleNotFoundError as error:
        told = named(error)
        if told is error:
            raise
        _tell(str(told))
    except OSError as error:
        if error.errno not in DISK:
            raise
        why = f"{error.filename or 'A file'} cannot be written: {error.strerror}."
        then = "What is done is kept. Make room or ask for the right to write, then run it again."
        _tell(f"{why} {then}")
    except KeyboardInterrupt as error:
        then = KEPT.get(
            options.command, "What is graded is kept; the same command goes on from there."
        )
        with contextlib.suppress(OSError):  # of a terminal that was closed
            print(f"\ngrader: Stopped. {then}", file=sys.stderr)
        return error.exit_code if isinstance(error, Terminated) else INTERRUPTED
    return 2


def _tell(text: str) -> None:
    print(f"grader: {printable(' '.join(text.split()))}", file=sys.stderr)


def _do(options: argparse.Namespace) -> int:
    for module in ("nbgrader", "jupytext"):
        need(module)
    from grader import commands  # only now: what it imports comes with the same extra

    options.grading = commands.GRADING
    code: int = getattr(commands, options.command.replace("-", "_"))(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
