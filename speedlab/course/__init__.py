"""What learners see around the lessons; the names that a lesson imports are this door's.

May import: core to page, cases.
Used by: the lessons, the command, and the grader.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "AmdahlExplorer": "explorers.cores:AmdahlExplorer",
        "CoresExplorer": "explorers.cores:CoresExplorer",
        "FailureLab": "explorers.failures:FailureLab",
        "FleetExplorer": "explorers.cases:FleetExplorer",
        "MemoForm": "capstone.memo_form:MemoForm",
        "Rendezvous": "quiz.rendezvous:Rendezvous",
        "SpeedupLab": "lab.lab:SpeedupLab",
        "WaitExplorer": "explorers.cases:WaitExplorer",
        "WeekExplorer": "explorers.cases:WeekExplorer",
        "WorthExplorer": "explorers.cores:WorthExplorer",
        "answered": "quiz.ask:answered",
        "ask": "quiz.ask:ask",
        "begin": "lessons.lesson:begin",
        "check": "quiz.check:check",
        "crash_test": "quiz.probes.crash:crash_test",
        "drawn_after_travel": "quiz.probes.travel:drawn_after_travel",
        "envelope": "widgets.envelope:envelope",
        "first_numbers": "quiz.probes.travel:first_numbers",
        "in_new_python": "quiz.probes.afresh:in_new_python",
        "in_turn": "quiz.probes.turns:in_turn",
        "is_mask": "quiz.values:is_mask",
        "is_poisson": "quiz.probes.draws:is_poisson",
        "near": "quiz.values:near",
        "order_kept": "quiz.values:order_kept",
        "read_number": "quiz.numbers:read_number",
        "repeats": "quiz.probes.draws:repeats",
        "rows_kept": "quiz.values:rows_kept",
        "rows_of": "quiz.probes.draws:rows_of",
        "same": "quiz.values:same",
        "several": "quiz.values:several",
        "through_joblib": "quiz.probes.engines:through_joblib",
        "unpacked": "quiz.values:unpacked",
    },
)
