"""speedlab: run the serial and the multiprocessing version of a job side by side.

>>> import speedlab as sl
>>> sl.parallel_map(abs, [-1, -2], workers=2, progress=False)
[1, 2]
"""

from speedlab.core import extras, moved
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
    "NothingReturned",
    "NotebookPool",
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

# Both are asked only where Python finds no module: an old path, or an extra that is not installed.
moved.install()
extras.install()
