"""What the command and the benchmarks know of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Option = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One job that can be run in one process or in many.

    Attributes:
        name: What the command calls it.
        rows: What its data consist of, in the plural.
        preload: The modules that every worker needs: loaded once, before any worker starts.
        generate: Writes data: generate(path, size=, seed=, chunks=, map_=); equal sizes and
            seeds give equal bytes.
        check: Refuses a number of rows, or a seed, that cannot be: check(size, seed).
        check_room: Refuses rows for which there is no room: check_room(size, folder).
        cached: Returns a generated file that is kept between runs: cached(size, map_=).
        prepare: From a file returns a job, which holds a folder of its own, is closed in the end,
            and knows its rows: prepare(path, chunks=, map_=, **options).
        run: Does the job: run(job, map_=); the answer does not depend on the map.
        quality: How good an answer is: quality(job, answer).
        meanings: A sentence for each figure of quality.
        options: What only this case takes: the name of each option, what argparse needs of it.
        instead_of_input: The option that names the data where there is no single file.
        deliver: Does the job once for good, where the options name a place for its result:
            deliver(job, map_=).
        suffix: How the name of a data file ends; empty where the data are a folder.
        data_options: What only making data for this case takes, as options.
        usual_size: How many rows are generated where nobody says how many.
    """

    name: str
    rows: str
    preload: tuple[str, ...]
    generate: Callable[..., Path]
    check: Callable[[int, int], None]
    check_room: Callable[[int, Path], None]
    cached: Callable[..., Path]
    prepare: Callable[..., Any]
    run: Callable[..., Any]
    quality: Callable[[Any, Any], dict[str, float]]
    meanings: Mapping[str, str]
    options: Mapping[str, Option] = field(default_factory=dict)
    instead_of_input: str = ""
    deliver: Callable[..., None] | None = None
    suffix: str = ".parquet"
    data_options: Mapping[str, Option] = field(default_factory=dict)
    usual_size: int = 100_000
