"""The speedup lab: controls over a comparison, for people who do not write code.

    lab = SpeedupLab(card_pass, files, merge=merge)
    lab                                  # in a notebook: controls, pictures, a sentence
    lab.run(workers=2, chunks=8)         # in a test: blocks and returns the Comparison

Who runs where: Run starts a thread, so that the kernel stays free and Cancel can be heard; the
thread drives the pools and writes into the widgets' traits (print is lost in a thread).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from speedlab.core.chunks import Mapper, split
from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import BadInput, Interrupted, SpeedlabError, stopped
from speedlab.course.lab import pictures
from speedlab.course.lab.view import LabView, as_table
from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import being_graded
from speedlab.measure.compare import compare_job
from speedlab.measure.comparison import Comparison
from speedlab.model.causes import finding
from speedlab.model.whatif import Band, Choice, Run, what_if
from speedlab.report.charts import Chart

TELL_EVERY_S = 0.1  # a page redrawn more often than this only costs


class SpeedupLab:
    """Run a job with the workers, chunks and data that a person chooses.

    Args:
        fn: What is done with one piece of the data.
        pieces: References to the data, the smallest parts a chunk can have.
        merge: Turns the list of results, one for each piece, into the answer.
        step: The step of course.toml that is done by a run.
        budget_s: Seconds to spend on the pairs of a run.

    Raises:
        BadInput: If there are no pieces.
    """

    def __init__(
        self,
        fn: Callable[[Any], Any],
        pieces: Sequence[Any],
        *,
        merge: Callable[[list[Any]], Any] = list,
        step: str | None = None,
        budget_s: float = 3.0,
    ) -> None:
        if not pieces:
            what, why = "The lab has no data.", "The list of pieces is empty."
            raise BadInput(what, why, "Pass some pieces.")
        self._fn, self._pieces, self._merge = fn, tuple(pieces), merge
        self._step, self._folder, self._budget_s = step, Path.cwd(), budget_s
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._told_s = 0.0
        self._asked: Band | None = None
        self.history: list[Run] = []
        """Every real run, the latest last."""
        self.view = LabView(len(self._pieces))
        self.view.run.on_click(lambda _: self._begin())
        self.view.cancel.on_click(lambda _: self._stop.set())
        for control in (*self.view.controls, self.view.mode):
            control.observe(lambda _: self._foresee(), names="value")

    def run(
        self,
        *,
        workers: int = 2,
        chunks: int = 8,
        percent: int = 100,
        start_method: str | None = None,
        engine: str = "processes",
    ) -> Comparison:
        """Compare one core with some workers and return what was found.

        Args:
            workers: How many workers.
            chunks: How many chunks the pieces are put into.
            percent: Share of the pieces that is used, 1 to 100.
            start_method: How the workers start; the safe one of this system by default.
            engine: Who the workers are, "processes" or "threads".

        Raises:
            BadInput: If there are fewer pieces than chunks, or fewer chunks than workers.
        """
        choice = Choice(workers, chunks, percent, start_method, engine)
        comparison = compare_job(
            partial(self._job, self._groups(choice)),
            workers=workers,
            start_method=start_method,
            engine=engine,
            budget_s=self._budget_s,
            stop=self._stop,
            told=self._tell,
        )
        self.history.append(Run(choice, comparison.timing))
        if self._step and not being_graded():
            progress.mark_done(self._folder, self._step)
        return comparison

    def wait(self) -> None:
        """Wait until the run that the button started is over."""
        if self._thread is not None:
            self._thread.join()

    def _groups(self, choice: Choice) -> list[tuple[Any, ...]]:
        used = self._pieces[: choice.pieces(len(self._pieces))]
        if not choice.workers <= choice.chunks <= len(used):
            raise BadInput(
                f"{choice.workers} workers, {choice.chunks} chunks and {len(used)} pieces of data "
                "do not fit.",
                "Every worker needs a chunk, and every chunk a piece.",
                "Choose more chunks or fewer workers; or more data.",
            )
        return [used[part.start : part.stop] for part in split(len(used), choice.chunks)]

    def _job(self, groups: Sequence[Sequence[Any]], map_: Mapper) -> Any:
        fn = self._fn
        results = map_(lambda group: [fn(piece) for piece in group], groups)
        return self._merge([result for group in results for result in group])

    def _begin(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return  # a second click, before the page has greyed the button
        self._stop.clear()
        self.view.start()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        choice = self.view.choice
        try:
            comparison = self.run(**vars(choice))
            self._show(comparison)
        except Interrupted as error:
            self.view.say(_cancelled(error.left))
        except SpeedlabError as error:
            self.view.say(str(error))
        except Exception as error:  # a learner sees a sentence, whatever went wrong
            self.view.say(f"The run failed: {type(error).__name__}: {error}")
        finally:
            self.view.stop(what_if=bool(self.history))

    def _show(self, comparison: Comparison) -> None:
        band, self._asked = self._asked, None
        sentence = f"{finding(comparison.timing)}."
        if band is not None:
            sentence = f"{_verdict(band, comparison.speedup)} {sentence}"
        charts = [comparison.plot(), pictures.so_far(self.history, band), comparison.timeline()]
        self._draw(charts)
        largest_loss = comparison.explain().sentences[1:2]
        self.view.say(sentence, [*largest_loss, *comparison.remarks()])

    def _draw(self, charts: Sequence[Chart]) -> None:
        images = "".join(chart.html() for chart in charts)
        self.view.pictures.value = images + as_table(self.history)

    def _foresee(self) -> None:
        """Answer at once by the model, if "What if?" is chosen."""
        asking = self.view.mode.value and bool(self.history)
        self.view.run.description = "Check by running" if asking else "Run"
        if not asking:
            self._asked = None
            return
        try:
            self._groups(self.view.choice)
        except BadInput as error:
            self.view.say(str(error))
            return
        self._asked = what_if(self.history[-1], self.view.choice, pieces=len(self._pieces))
        self._draw([pictures.so_far(self.history, self._asked)])
        self.view.say(
            f"A model of your last run says: {self._asked.low:.2f} to {self._asked.high:.2f} times "
            f"faster.{_supposed(self._asked)} It knows nothing that the run did not show. Press "
            "the button to check it."
        )

    def _tell(self, doing: str, share: float) -> None:
        if time.monotonic() - self._told_s >= TELL_EVERY_S:
            self._told_s = time.monotonic()
            self.view.step(doing, share)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        chart = pictures.so_far(self.history) if self.history else pictures.before_any_run()
        words = "The speedup lab. Run this lesson (▶▶) to choose workers, chunks and data."
        if self.history:
            words = f"The speedup lab after {len(self.history)} runs. {chart.alt}"
        bundle: dict[str, Any] = dict(self.view.box._repr_mimebundle_(**kwargs))
        html = f"{chart.html()}<p>{escape(words)}</p>"
        return bundle | {"text/html": html, "text/plain": words}


def _cancelled(left: int) -> str:
    if not left:
        return "Cancelled. Every worker has ended; your earlier runs are kept."
    return f"{stopped('Cancelled.', left)} Your earlier runs are kept."


def _verdict(band: Band, speedup: float) -> str:
    said = f"The model said {band.low:.2f} to {band.high:.2f}; you measured {speedup:.2f}"
    miss = band.miss(speedup)
    if not miss:
        return f"{said}: inside the band."
    return f"{said}: outside, by {miss:.0%}.{_supposed(band)}"


def _supposed(band: Band) -> str:
    """Say that the model gives each worker a core, where this computer could not."""
    workers, cores = band.choice.workers, usable_cpus()
    if workers <= cores:
        return ""
    return f" The model supposes {workers} free cores; this computer has {cores}."
