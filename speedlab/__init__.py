"""speedlab: run the serial and the multiprocessing version of a job side by side.

>>> import speedlab as sl
>>> sl.parallel_map(abs, [-1, -2], workers=2, progress=False)
[1, 2]
"""

from typing import TYPE_CHECKING

from speedlab.core import extras, moved
from speedlab.core.doors import door

if TYPE_CHECKING:  # what editors and type checkers read; below stands the same for Python
    from speedlab.core.chunks import (
        FileRange,
        Mapper,
        RowGroup,
        file_ranges,
        row_groups,
        serial_map,
        split,
    )
    from speedlab.core.cpus import default_start_method, usable_cpus
    from speedlab.core.errors import (
        BadInput,
        ChunkFailed,
        ChunkTimedOut,
        Interrupted,
        NothingReturned,
        ResultMismatch,
        SetupFailed,
        SharedReadOnly,
        SpeedlabError,
        SpeedlabWarning,
        WorkerDied,
    )
    from speedlab.core.laws import (
        amdahl_speedup,
        efficiency,
        gustafson_speedup,
        longest_first,
        makespan,
        makespan_bounds,
        serial_fraction,
    )
    from speedlab.measure.check import Equal
    from speedlab.measure.compare import Engines, Workers, compare, compare_job, race
    from speedlab.measure.comparison import Comparison
    from speedlab.measure.pairs import Told
    from speedlab.measure.recorder import Recorder
    from speedlab.pool.grouped.groupby import groupby
    from speedlab.pool.maps import parallel_imap, parallel_map
    from speedlab.pool.pool import NotebookPool
    from speedlab.pool.rules import FailedChunk
    from speedlab.pool.shared_array import shared
    from speedlab.report.business_case import BusinessCase
    from speedlab.report.charts import Chart
    from speedlab.report.text import Explanation, Forecast

__version__ = "0.2.0"

__all__ = [
    "BadInput",
    "BusinessCase",
    "Chart",
    "ChunkFailed",
    "ChunkTimedOut",
    "Comparison",
    "Engines",
    "Equal",
    "Explanation",
    "FailedChunk",
    "FileRange",
    "Forecast",
    "Interrupted",
    "Mapper",
    "NotebookPool",
    "NothingReturned",
    "Recorder",
    "ResultMismatch",
    "RowGroup",
    "SetupFailed",
    "SharedReadOnly",
    "SpeedlabError",
    "SpeedlabWarning",
    "Told",
    "WorkerDied",
    "Workers",
    "amdahl_speedup",
    "compare",
    "compare_job",
    "default_start_method",
    "efficiency",
    "file_ranges",
    "groupby",
    "gustafson_speedup",
    "longest_first",
    "makespan",
    "makespan_bounds",
    "parallel_imap",
    "parallel_map",
    "race",
    "row_groups",
    "serial_fraction",
    "serial_map",
    "shared",
    "split",
    "usable_cpus",
]

# Each worker that is started afresh imports this package. It needs neither pandas nor the charts,
# which take longer to load than many a chunk takes to run.
__getattr__ = door(
    __name__,
    {
        "BadInput": "core.errors:BadInput",
        "BusinessCase": "report.business_case:BusinessCase",
        "Chart": "report.charts:Chart",
        "ChunkFailed": "core.errors:ChunkFailed",
        "ChunkTimedOut": "core.errors:ChunkTimedOut",
        "Comparison": "measure.comparison:Comparison",
        "Engines": "measure.compare:Engines",
        "Equal": "measure.check:Equal",
        "Explanation": "report.text:Explanation",
        "FailedChunk": "pool.rules:FailedChunk",
        "FileRange": "core.chunks:FileRange",
        "Forecast": "report.text:Forecast",
        "Interrupted": "core.errors:Interrupted",
        "Mapper": "core.chunks:Mapper",
        "NotebookPool": "pool.pool:NotebookPool",
        "NothingReturned": "core.errors:NothingReturned",
        "Recorder": "measure.recorder:Recorder",
        "ResultMismatch": "core.errors:ResultMismatch",
        "RowGroup": "core.chunks:RowGroup",
        "SetupFailed": "core.errors:SetupFailed",
        "SharedReadOnly": "core.errors:SharedReadOnly",
        "SpeedlabError": "core.errors:SpeedlabError",
        "SpeedlabWarning": "core.errors:SpeedlabWarning",
        "Told": "measure.pairs:Told",
        "WorkerDied": "core.errors:WorkerDied",
        "Workers": "measure.compare:Workers",
        "amdahl_speedup": "core.laws:amdahl_speedup",
        "compare": "measure.compare:compare",
        "compare_job": "measure.compare:compare_job",
        "default_start_method": "core.cpus:default_start_method",
        "efficiency": "core.laws:efficiency",
        "file_ranges": "core.chunks:file_ranges",
        "groupby": "pool.grouped.groupby:groupby",
        "gustafson_speedup": "core.laws:gustafson_speedup",
        "longest_first": "core.laws:longest_first",
        "makespan": "core.laws:makespan",
        "makespan_bounds": "core.laws:makespan_bounds",
        "parallel_imap": "pool.maps:parallel_imap",
        "parallel_map": "pool.maps:parallel_map",
        "race": "measure.compare:race",
        "row_groups": "core.chunks:row_groups",
        "serial_fraction": "core.laws:serial_fraction",
        "serial_map": "core.chunks:serial_map",
        "shared": "pool.shared_array:shared",
        "split": "core.chunks:split",
        "usable_cpus": "core.cpus:usable_cpus",
    },
)


def __dir__() -> list[str]:
    return __all__


# Both are asked only where Python finds no module: an old path, or an extra that is not installed.
moved.install()
extras.install()
