"""The speedup lab: controls over a comparison, for people who do not write code.

    lab = SpeedupLab(card_pass, files, merge=merge)
    lab                                  # in a notebook: controls, a picture, a sentence
    lab.run(workers=2, chunks=8)         # in a test: blocks and returns the Comparison

Who runs where: Run starts a thread, so that the kernel stays free and Cancel can be heard; the
thread drives the pools and writes into the widgets' traits (print is lost in a thread).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab import plotting, theory
from speedlab.chunks import Mapper, split
from speedlab.comparing import compare_job
from speedlab.comparison import Comparison
from speedlab.course import progress
from speedlab.cpus import usable_cpus
from speedlab.errors import BadInput, SpeedlabError
from speedlab.pool import Interrupted

READY = "Choose, then press Run."


class SpeedupLab:
    """Run a job with the workers, chunks and data that a person chooses.

    Args:
        fn: What is done with one piece of the data.
        pieces: References to the data, the smallest parts a chunk can have.
        merge: Turns the list of results, one for each piece, into the answer.
        step: The step of course.toml that is done by a run.
    """

    def __init__(
        self,
        fn: Callable[[Any], Any],
        pieces: Sequence[Any],
        *,
        merge: Callable[[list[Any]], Any] = list,
        step: str | None = None,
    ) -> None:
        self._step = step
        if not pieces:
            raise BadInput(
                "The lab has no data.", "The list of pieces is empty.", "Pass some pieces."
            )
        self._fn, self._pieces, self._merge = fn, tuple(pieces), merge
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.history: list[tuple[int, int, int, float]] = []
        """Workers, chunks, per cent of the data and speedup of each run."""
        self._build()

    def run(self, *, workers: int = 2, chunks: int = 8, percent: int = 100) -> Comparison:
        """Compare one core with some workers and return what was found.

        Args:
            workers: Worker processes.
            chunks: How many chunks the pieces are put into.
            percent: Share of the pieces that is used, 1 to 100.

        Raises:
            BadInput: If there are fewer pieces than chunks, or fewer chunks than workers.
        """
        used = self._pieces[: max(1, round(len(self._pieces) * percent / 100))]
        if not workers <= chunks <= len(used):
            raise BadInput(
                f"{workers} workers, {chunks} chunks and {len(used)} pieces of data do not fit.",
                "Every worker needs a chunk, and every chunk a piece.",
                "Choose more chunks or fewer workers; or more data.",
            )
        groups = [used[part.start : part.stop] for part in split(len(used), chunks)]
        found = compare_job(
            partial(self._job, groups), workers=workers, budget_s=3.0, stop=self._stop
        )
        self.history.append((workers, chunks, percent, found.speedup))
        return found

    def _job(self, groups: Sequence[Sequence[Any]], map_: Mapper) -> Any:
        fn = self._fn
        results = map_(lambda group: [fn(piece) for piece in group], groups)
        return self._merge([result for group in results for result in group])

    def _build(self) -> None:
        most = max(2, min(8, 2 * usable_cpus(), len(self._pieces)))
        self.workers = _slider("Workers", 2, 1, most)
        self.chunks = _slider("Chunks", min(8, len(self._pieces)), 1, len(self._pieces))
        self.percent = _slider("Data used, per cent", 100, 25, 100, step=25)
        self.start = widgets.Button(description="Run", button_style="primary", icon="play")
        self.cancel = widgets.Button(description="Cancel", icon="stop", disabled=True)
        self.sentence = widgets.HTML(f"<p role='status'>{READY}</p>")
        self.picture = widgets.HTML()
        self.table = widgets.HTML()
        self.start.on_click(lambda _: self._begin())
        self.cancel.on_click(lambda _: self._stop.set())
        controls = [_with_number(s) for s in (self.workers, self.chunks, self.percent)]
        buttons = widgets.HBox([self.start, self.cancel])
        parts = [*controls, buttons, self.sentence, self.picture, self.table]
        self.box = widgets.VBox(parts)

    def _begin(self) -> None:
        self._stop.clear()
        self.start.disabled, self.cancel.disabled = True, False
        self._say("Running: first one core, then the workers, a few times in turn …")
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the run that the button started is over."""
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            choice = (self.workers.value, self.chunks.value, self.percent.value)
            found = self.run(workers=choice[0], chunks=choice[1], percent=choice[2])
            if self._step:
                progress.mark_done(Path.cwd(), self._step)
            self.picture.value = found.plot().html()
            self._say(" ".join([*found.remarks(), *found.explain().sentences[1:]]))
            self.table.value = _as_table(self.history)
        except Interrupted:
            self._say("Cancelled. Every worker has ended.")
        except SpeedlabError as error:
            self._say(str(error))
        except Exception as error:  # a learner sees a sentence, whatever went wrong
            self._say(f"The run failed: {type(error).__name__}: {error}")
        finally:
            self.start.disabled, self.cancel.disabled = False, True

    def _say(self, text: str) -> None:
        self.sentence.value = f"<p role='status'>{escape(text)}</p>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        text = "The speedup lab: run this notebook (▶▶) to choose workers, chunks and data."
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        return bundle | {"text/html": f"<p>{escape(text)}</p>", "text/plain": text}


def amdahl_explorer() -> widgets.Widget:
    """Return two sliders, a picture and a sentence for Amdahl's law."""
    share = _slider("Serial part, per cent", 20, 0, 50)
    cores = _slider("Workers", 8, 2, 64)
    sentence, picture = widgets.HTML(), widgets.HTML()

    def show(_: Any = None) -> None:
        fraction = share.value / 100
        most = theory.amdahl_speedup(fraction, workers=cores.value)
        limit = f"{1 / fraction:.0f}" if fraction else "no limit"
        sentence.value = (
            f"<p role='status'>{cores.value} workers make the job at most <b>{most:.1f}</b> times "
            f"faster. With any number of workers: {limit}.</p>"
        )
        picture.value = plotting.amdahl(fraction, most_workers=cores.value).html()

    for control in (share, cores):
        control.observe(show, names="value")
    show()
    return widgets.VBox([_with_number(share), _with_number(cores), sentence, picture])


def _slider(name: str, value: int, low: int, high: int, *, step: int = 1) -> widgets.IntSlider:
    return widgets.IntSlider(
        value=value,
        min=low,
        max=high,
        step=step,
        tooltip=name,
        readout=False,
        continuous_update=False,
        layout={"width": "22em"},
    )


def _with_number(slider: widgets.IntSlider) -> widgets.HBox:
    # A slider has no name for a screen reader; the number field before it has its label.
    field = widgets.BoundedIntText(
        slider.value,
        min=slider.min,
        max=slider.max,
        step=slider.step,
        description=slider.tooltip,
        style={"description_width": "12em"},
        layout={"width": "20em"},
    )
    widgets.jslink((slider, "value"), (field, "value"))
    return widgets.HBox([field, slider])


def _as_table(history: Sequence[tuple[int, int, int, float]]) -> str:
    head = "".join(f"<th>{n}</th>" for n in ("workers", "chunks", "data, %", "times faster"))
    rows = "".join(
        f"<tr><td>{w}</td><td>{c}</td><td>{p}</td><td>{s:.2f}</td></tr>" for w, c, p, s in history
    )
    return f"<table><caption>Your runs so far</caption><tr>{head}</tr>{rows}</table>"
