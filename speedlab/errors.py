"""One exception per failure: each says what happened, why, and what to do next."""

from __future__ import annotations


class SpeedlabError(Exception):
    """A failure that speedlab explains in three short sentences.

    Args:
        what: What happened.
        why: The reason, as far as it is known.
        next_step: What the reader can do now.
    """

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what, why, next_step)
        self.what = what
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        """Return the three sentences on one line.

        >>> str(BadInput("The file is empty.", next_step="Choose another file."))
        'The file is empty. Choose another file.'
        """
        return " ".join(part for part in (self.what, self.why, self.next_step) if part)

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines instead of a stack trace: a learner reads sentences, not frames.
        lines = [f"{type(self).__name__}: {self.what}"]
        lines += [f"  Why:  {self.why}"] if self.why else []
        lines += [f"  Next: {self.next_step}"] if self.next_step else []
        return lines


class BadInput(SpeedlabError):
    """The data or an option given to speedlab cannot be used."""


class ChunkFailed(SpeedlabError):
    """The learner's function raised an exception on one chunk; the original is the cause."""


class WorkerDied(SpeedlabError):
    """A worker process ended without an answer, as when the system runs out of memory."""


class ResultMismatch(SpeedlabError):
    """Serial and parallel answers differ, so no time is reported."""


class NothingReturned(SpeedlabError):
    """The function returned None for every chunk, so there is no answer to compare."""


class SpeedlabWarning(UserWarning):
    """Something works, but not as well as it could; the text says how to mend it."""
