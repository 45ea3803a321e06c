"""The commands by their names: python -m grader does what is found here."""

from grader.cli.authoring import build, release
from grader.cli.checking import check_course
from grader.cli.doctor import doctor
from grader.cli.grading import autograde, collect
from grader.cli.proving import prove
from grader.cli.publishing import certificates, demo, export, feedback, report

__all__ = [
    "GRADING",
    "autograde",
    "build",
    "certificates",
    "check_course",
    "collect",
    "demo",
    "doctor",
    "export",
    "feedback",
    "prove",
    "release",
    "report",
]

GRADING = "grader.judge.grade"
"""What grades one hand-in; commands find its name in `options.grading`."""
