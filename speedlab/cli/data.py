"""The work of ``speedlab data``: write a case's generated data, and say what was written."""

from __future__ import annotations

import argparse
import hashlib

from speedlab.cases import find
from speedlab.cli.options import check_target, worker_counts
from speedlab.core.errors import BadInput
from speedlab.core.text import say
from speedlab.pool import backends
from speedlab.pool.pool import NotebookPool


def data(options: argparse.Namespace) -> None:
    """Write the data that the options ask for.

    Raises:
        BadInput: If the options do not fit.
    """
    case = find(options.case)
    if case.suffix and options.out.suffix != case.suffix:
        raise BadInput(
            f"{options.out.name} does not end in {case.suffix}.",
            "The data are written as Parquet.",
            f"Write --out {options.out.with_suffix(case.suffix)}.",
        )
    check_target(options.out if case.suffix else None)
    (workers,) = worker_counts(options, most=backends.usable_workers(), several=False)
    own = {name: getattr(options, name) for name in case.data_options}
    asked = {"size": options.size, "seed": options.seed, "chunks": options.chunks, **own}
    with NotebookPool(workers) as pool:
        path = case.generate(options.out, map_=pool.map, **asked)
    print(f"{options.size:,} {case.rows}:")
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        say(f"{file}: {file.stat().st_size:,} bytes, sha256 {digest}")
