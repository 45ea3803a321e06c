"""What `python -m benchmarks.traps` keeps: every outcome, with the machine and the versions."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from benchmarks import machine
from benchmarks.traps.table import Outcome

VERSIONS = ("joblib", "mpire", "dask", "distributed", "numpy", "pandas")


@dataclass(frozen=True)
class Table:
    """The outcomes of one machine.

    Attributes:
        machine: The machine described; no names of hosts, users or folders.
        dates: The day on which each library was tried last.
        versions: The version of each library on that day.
        outcomes: By library, then by row.
    """

    machine: dict[str, Any]
    dates: dict[str, str]
    versions: dict[str, str]
    outcomes: dict[str, dict[str, Outcome]]

    def with_newer(self, newer: Self) -> Self:
        """Return this table with every cell that was tried anew replaced."""
        outcomes = dict(self.outcomes)
        for library, rows in newer.outcomes.items():
            outcomes[library] = outcomes.get(library, {}) | rows
        return replace(
            newer,
            dates=self.dates | newer.dates,
            versions=self.versions | newer.versions,
            outcomes=outcomes,
        )

    def to_json(self) -> str:
        """Return the table as JSON, one cell a line."""
        whole = asdict(self)
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the table that a text describes."""
        whole = json.loads(text)
        outcomes = {
            library: {name: Outcome(**each) for name, each in rows.items()}
            for library, rows in whole.pop("outcomes").items()
        }
        return cls(**whole, outcomes=outcomes)


def tried(outcomes: dict[str, dict[str, Outcome]]) -> Table:
    """Return what was tried just now, with the date and the versions."""
    import speedlab

    about = machine.describe(VERSIONS)
    found = about.pop("versions")
    python = about["python"]
    versions = {
        "speedlab": speedlab.__version__,
        "executor": f"Python {python}",
        "pool": f"Python {python}",
        "joblib": found["joblib"],
        "mpire": found["mpire"],
        "dask": f"{found['dask']}, distributed {found['distributed']}",
    }
    today = time.strftime("%Y-%m-%d")
    dates = dict.fromkeys(outcomes, today)
    return Table(about, dates, {name: str(versions[name]) for name in outcomes}, outcomes)


def keep(new: Table, path: Path) -> Table:
    """Write a table into a file, beside what is there, and return the whole."""
    if path.exists():
        new = Table.from_json(path.read_text(encoding="utf-8")).with_newer(new)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(new.to_json(), encoding="utf-8")
    return new
