"""The learner's own job: what keeps it from being shared, how it is cut, and a memo.

May import: core to page, explorers, lab, quiz.
Used by: the lesson.
"""

from speedlab.core.doors import door

__getattr__ = door(
    __name__,
    {
        "Project": "project:Project",
    },
)
