"""The tables of predictions and accounts; formatting only."""

from __future__ import annotations

from statistics import median

from benchmarks.records import Point, Results
from benchmarks.summary import estimate
from benchmarks.tables import span, table


def predictions(results: Results) -> str:
    """Return the table of predicted and measured speedups."""
    points = _of(results, "prediction")
    if not points:
        return ""
    head = [
        *("job", "workers", "measured", "from the serial run alone", "error"),
        *("with the machine's own loss", "error", "arithmetic loop"),
    ]
    sides = dict.fromkeys((point.case, point.workers) for point in points)
    rows = (_row(case, workers, points) for case, workers in sides)
    return (
        "### Predicted and measured\n\n"
        "The replay of the serial run knows nothing of what workers cost one another. A loop of "
        "pure arithmetic, run the same way just before and after, shows how far this machine "
        "itself is from N times faster at that moment; the second prediction takes that into "
        "account. Errors are medians of predicted / measured - 1.\n\n" + table(head, rows)
    )


def _row(case: str, workers: int, points: list[Point]) -> list[str]:
    own = [p for p in points if (p.case, p.workers) == (case, workers)]
    cells = [case, str(workers), _figure(own, "measured")]
    for name in ("foreseen", "calibrated"):
        errors = [p.values[name][0] / p.values["measured"][0] - 1 for p in own]
        cells += [_figure(own, name), f"{median(errors):+.1%}"]
    return [*cells, _figure(own, "control")]


def _figure(points: list[Point], name: str) -> str:
    return span(estimate([p.values[name][0] for p in points]))


def accounts(results: Results) -> str:
    """Return what the loss budget accounts for, what it costs, and what it names."""
    parts = [_shares(point) for point in _of(results, "prediction")[-1:]]
    parts += [_notes(_of(results, "notes"))] if _of(results, "notes") else []
    for point in _of(results, "planted"):
        named = ", ".join(f"{name} ({v[0]:.0%})" for name, v in point.values.items())
        parts.append(f"Losses planted with {point.workers} workers, each named rightly: {named}.")
    return "\n\n".join(["### Where the time went", *parts]) if parts else ""


def _shares(point: Point) -> str:
    values = {name: value[0] for name, value in point.values.items()}
    shares = {n.removeprefix("share_"): v for n, v in values.items() if n.startswith("share_")}
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    named = ", ".join(f"{name} {share:.1%}" for name, share in ordered if share >= 0.0005)
    return (
        f"Job {point.case}, {point.workers} workers, warm: {named}. Accounted for: "
        f"{values['accounted']:.2%} of wall x workers; the workers' own CPU clocks say "
        f"{values['cpu_ratio']:.3f} times what the parts say."
    )


def _notes(points: list[Point]) -> str:
    ratios = [ratio for point in points for ratio in point.values["ratio"]]
    chunk_ms = median(point.values["chunk_s"][0] for point in points) * 1e3
    return (
        f"What the notes cost: chunks of {chunk_ms:.1f} ms took {span(estimate(ratios), digits=3)} "
        "times as long through speedlab, with every note, as through the bare stock executor."
    )


def _of(results: Results, kind: str) -> list[Point]:
    return [point for point in results.points if point.kind == kind and not point.failure]
