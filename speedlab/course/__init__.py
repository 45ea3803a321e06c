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
        "read_number": "quiz.numbers:read_number",
    },
)
