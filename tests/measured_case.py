"""A made-up comparison and its case, for the report, the memo, and the browser."""

from traces import run, serial_trace, timing, trace

from speedlab.measure.comparison import Comparison
from speedlab.page.report import Subject

PARALLEL = trace(run(0, 0, 1), run(1, 0, 1, pid=2), run(2, 1, 2), run(3, 1, 2, pid=2))
FOUND = Comparison("answer", "exact", (timing(PARALLEL, serial=serial_trace(1, 1, 1, 1)),))
SUBJECT = Subject(
    case="fraud",
    data="<script>alert(1)</script>",
    rows=1_000_000,
    quality={"auc_pr": 0.362, "auc_roc": None, "unexplained": 1.0},
    meanings={"auc_pr": "quality of the ranking", "auc_roc": "order", "absent": "never shown"},
    machine={"cpus": 2, "start_method": "forkserver"},
)
