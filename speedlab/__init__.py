"""speedlab: run the serial and the multiprocessing version of a job side by side.

>>> import speedlab as sl
>>> sl.parallel_map(abs, [-1, -2], workers=2, progress=False)
[1, 2]
"""

from speedlab.business import BusinessCase
from speedlab.chunks import FileRange, RowGroup, file_ranges, row_groups, serial_map, split
from speedlab.comparing import compare, compare_job, parallel_map, race
from speedlab.comparison import Comparison
from speedlab.cpus import default_start_method, usable_cpus
from speedlab.errors import (
    BadInput,
    ChunkFailed,
    NothingReturned,
    ResultMismatch,
    SpeedlabError,
    SpeedlabWarning,
    WorkerDied,
)
from speedlab.plotting import Chart
from speedlab.pool import Interrupted, NotebookPool
from speedlab.recording import Recorder
from speedlab.telling import Explanation, Forecast
from speedlab.theory import (
    amdahl_speedup,
    efficiency,
    gustafson_speedup,
    longest_first,
    makespan,
    makespan_bounds,
    serial_fraction,
)

__all__ = [
    "BadInput",
    "BusinessCase",
    "Chart",
    "ChunkFailed",
    "Comparison",
    "Explanation",
    "FileRange",
    "Forecast",
    "Interrupted",
    "NothingReturned",
    "NotebookPool",
    "Recorder",
    "ResultMismatch",
    "RowGroup",
    "SpeedlabError",
    "SpeedlabWarning",
    "WorkerDied",
    "amdahl_speedup",
    "compare",
    "compare_job",
    "default_start_method",
    "efficiency",
    "file_ranges",
    "gustafson_speedup",
    "longest_first",
    "makespan",
    "makespan_bounds",
    "parallel_map",
    "race",
    "row_groups",
    "serial_fraction",
    "serial_map",
    "split",
    "usable_cpus",
]
