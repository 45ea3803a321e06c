"""Real jobs, one folder each; `speedlab run` and the lessons share them.

May import: core to page.
Used by: course, cli.
"""

from __future__ import annotations

from importlib import import_module

from speedlab.cases.shared.case import Case

NAMES = ("fraud", "ml", "ehr", "logistics", "inventory")


def find(name: str) -> Case:
    """Return a case by its name; only then is its code loaded."""
    case: Case = import_module(f"speedlab.cases.{name}.case").CASE
    return case
