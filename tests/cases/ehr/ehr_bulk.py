"""Looks into a generated export, for the tests of the hospital case."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from speedlab.cases.ehr.world import generate as data

Row = dict[str, str]


def bulk_files(folder: Path) -> list[Path]:
    return [folder / f"{kind}.000.ndjson" for kind in data.KINDS]


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


def labels(folder: Path) -> list[Row]:
    with (folder / "planted.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def labelled(folder: Path, *defects: str) -> list[bytes]:
    """Return the lines that have one of some defects."""
    text = {file.name: lines(file) for file in bulk_files(folder)}
    return [
        text[row["file"]][int(row["line"]) - 1]
        for row in labels(folder)
        if row["defect"] in defects
    ]


def everything(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def is_valid(resource: dict[str, Any]) -> bool:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValueError:
        return False
    return True
