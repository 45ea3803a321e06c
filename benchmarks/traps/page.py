"""The page docs/traps.md, made from every results file; formatting only."""

from __future__ import annotations

from pathlib import Path

from benchmarks.tables import table as markdown
from benchmarks.traps import table
from benchmarks.traps.libraries import OURS
from benchmarks.traps.peers import LIBRARIES
from benchmarks.traps.results import Table
from benchmarks.traps.rows import ROWS
from benchmarks.traps.table import GROUPS, Outcome, Row

HEAD = """# Traps, and which library falls into them

<!-- Derived file. `python -m benchmarks.traps` sets the traps and writes it; with `--report` it
writes it again from benchmarks/results/traps/. Its words are in benchmarks/traps/page.py, its rows
in benchmarks/traps/rows/. -->

Whoever spreads work over processes walks into the same traps: a worker that draws the same random
numbers as its neighbour, an error without its line, a process that never ends. Here each trap is a
few lines, run as a cell of a notebook with each library, and what came of it.

## How to read the tables

- **ok**: it works as the line below the tables says. **in words**: it does not, but a short message
  names the trap. Both are fair outcomes: what cannot work should be said.
- **raw**: an error that does not name the trap, or names it only within a long traceback.
  **wrong**: an answer or an error that is not what it should be, without a word. **hang**: nothing
  goes on any more, the workers idle; whatever ran was ended. **left**: a process, a file or shared
  memory stays. **–**: the library offers nothing of the kind by itself, though a user can often
  write it. A blank was not tried.
- **hang** is told by the processor: all that was started has used less than a tenth of a core for
  ten seconds, or a minute has gone by. Where a chunk of the row waits for a minute, as a long
  computation would, some would go on after it; the row asks that nobody has to wait for that.
  **left** means eight seconds after the end. A row that depends on the moment may come out
  otherwise the next time.
- Every cell of the tables is a fresh interpreter without a main file, as a notebook is one, with
  two workers; a script is a file. Each library is called as its documentation shows it, under
  its own default start method. ProcessPoolExecutor and Pool fork on Linux before Python 3.14, which
  is kind to them: on macOS, on Windows and since Python 3.14 look at the rows *under spawn*. A
  forked worker has all that the notebook has, its very hash seed and numpy's error state too,
  which no fresh process gets; it also has the locks that a thread happened to hold,
  and a database connection that two processes must not use.
- speedlab sends modules of the working folder as they are now, with what was changed in them. So a
  `random.Random()` that such a module keeps is in the same state in each worker; joblib, which
  imports the module anew, draws other numbers there, and misses what was changed.
- Dask is dask.bag on processes; where a pool must stay open, or results come one by one, it is
  distributed's `client.map`, marked °.
- The rows were chosen by us, and we mended what they showed of speedlab; the others were not
  asked. Each was written for other ends: joblib for arrays and for scikit-learn, Dask for clusters
  and data larger than memory. Rows in which another one is better are listed below the tables.
"""
TAIL = """## Set them again

```
python -m benchmarks.traps --library speedlab,joblib --only numpy_random,worker_killed
```
sets these traps for these libraries and writes this page anew. The column of speedlab is a test
as well (tests/benchmarks/test_traps.py): it fails where an outcome is less than it should be.
"""
SHORT = {
    table.OK: "ok",
    table.WORDS: "in words",
    table.RAW: "raw",
    table.WRONG: "wrong",
    table.HANG: "**hang**",
    table.LEFT: "left",
    table.MISSING: "–",
}


def write(folder: Path, target: Path) -> None:
    """Write the page from every results file in a folder."""
    parts = []
    for path in sorted(folder.glob("*.json")):
        parts.append(section(Table.from_json(path.read_text(encoding="utf-8")), path.name))
    target.write_text("\n".join([HEAD, *parts, _meanings(), TAIL]), encoding="utf-8")


def section(found: Table, file: str) -> str:
    """Return what one machine showed."""
    about = found.machine
    title = f"## Python {about['python']}, {about['system']}, {about['usable_cores']} cores"
    parts = [title, _about(found, file), _totals(found)]
    for group, name in GROUPS.items():
        parts += [f"### {name}", _table(found, group)]
    parts += ["### Where another one is better than speedlab", _better(found)]
    return "\n\n".join(parts) + "\n"


def shortcomings(found: Table) -> list[str]:
    """Return the rows in which ours is less than it should be, or a no where a peer says yes."""
    ours = found.outcomes.get(OURS, {})
    return [
        name
        for name, outcome in ours.items()
        if name in ROWS and (outcome.rank < least(ROWS[name]) or _peers_do(found, name, outcome))
    ]


def least(row: Row) -> int:
    """Return the least rank that our column must have in a row."""
    return table.RANKS.get(row.ours, 0)


def better(found: Table, name: str) -> list[str]:
    """Return the libraries whose outcome in a row is better than ours."""
    ours = found.outcomes.get(OURS, {}).get(name)
    if ours is None:
        return []
    others = ((library, rows.get(name)) for library, rows in found.outcomes.items())
    return [library for library, theirs in others if theirs and theirs.rank > ours.rank]


def _peers_do(found: Table, name: str, ours: Outcome) -> bool:
    good = table.RANKS[table.OK]
    peers = [found.outcomes[library].get(name) for library in better(found, name)]
    return ours.rank == 0 and any(theirs and theirs.rank == good for theirs in peers)


def _columns(found: Table) -> list[str]:
    return [name for name in LIBRARIES if found.outcomes.get(name)]


def _about(found: Table, file: str) -> str:
    lines = [
        f"- {LIBRARIES[name].title}: {found.versions[name]}, tried {found.dates[name]}"
        for name in _columns(found)
    ]
    raw = f"Outcomes with their messages: [{file}](../benchmarks/results/traps/{file})."
    return "\n".join([*lines, "", raw])


def _totals(found: Table) -> str:
    head = ["", *(LIBRARIES[name].title for name in _columns(found))]
    lines = []
    for outcome, short in SHORT.items():
        counts = [_count(found, name, outcome) for name in _columns(found)]
        lines.append([short, *counts])
    return markdown(head, lines)


def _count(found: Table, library: str, outcome: str) -> str:
    rows = (each for name, each in found.outcomes[library].items() if name in ROWS)
    return str(sum(each.outcome == outcome for each in rows))


def _table(found: Table, group: str) -> str:
    head = ["trap", *(LIBRARIES[name].title for name in _columns(found))]
    rows = [row for row in ROWS.values() if row.group == group]
    return markdown(head, ([row.title, *_cells(found, row)] for row in rows))


def _cells(found: Table, row: Row) -> list[str]:
    cells = []
    for library in _columns(found):
        outcome = found.outcomes[library].get(row.name)
        mark = " °" if outcome and outcome.by else ""
        cells.append(SHORT[outcome.outcome] + mark if outcome else "")
    return cells


def _better(found: Table) -> str:
    lines = []
    for name, row in ROWS.items():
        if others := better(found, name):
            titles = ", ".join(LIBRARIES[library].title for library in others)
            ours = SHORT[found.outcomes[OURS][name].outcome].strip("*")
            lines.append(f"- {row.title} ({GROUPS[row.group].lower()}): {titles}; "
                         f"speedlab: {ours}")  # fmt: skip
    return "\n".join(lines) or "None of these rows."


def _meanings() -> str:
    lines = [f"- **{row.title}**: {row.good}" for row in ROWS.values()]
    return "\n".join(["## What ok means in each row", "", *lines, ""])
