"""Settings of stock nbgrader: `nbgrader autograde ASSIGNMENT` works from this folder."""

from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader puts this name here
ROOT = Path(__file__).resolve().parent

c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "speedlab"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "modules"

# What belongs to one run of the course stays out of git, in one folder.
c.CourseDirectory.submitted_directory = "grader/course/submitted"
c.CourseDirectory.autograded_directory = "grader/course/autograded"
c.CourseDirectory.feedback_directory = "grader/course/feedback"
c.CourseDirectory.solution_directory = "grader/course/solution"
c.CourseDirectory.source_with_tests_directory = "grader/course/source_with_tests"
c.CourseDirectory.db_url = f"sqlite:///{(ROOT / 'grader' / 'course' / 'gradebook.db').as_posix()}"

# nbgrader releases every neighbouring file that is not ignored: *.py holds the solutions, *.toml
# the answers of the questions, answers/ the banks that prove the checks.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    ".pytest_cache",
    "*.pyc",
    "*.py",
    "*.toml",
    "*.tmp",
    "answers",
]

# What a learner answered is never overwritten, whatever lies beside the sources.
LESSONS = [path.name for path in (ROOT / "solutions").glob("*")]
c.Autograde.exclude_overwriting = {name: ["progress.json"] for name in LESSONS}

# The default tag, skip-execution, lets a learner switch off the tests; nobody uses this one.
c.Execute.skip_cells_with_tag = "speedlab-no-cell-carries-this-tag"
c.Execute.timeout = 60  # seconds for one cell: a hung pool costs this once

# The button Autograde of nbgrader's page would run learners' code outside of the box, and write
# over what python -m grader autograde found: it refuses, and says so.
c.NbGraderAPI.Autograde.exporter_class = "grader.gradebook.nbgrader_button.Refusing"

# An unanswered cell does nothing, instead of raising: ▶▶ goes on to the end of the lesson.
c.ClearSolutions.code_stub = {"python": "# Write your answer here"}
c.ClearSolutions.text_stub = (
    "*Write your memo here: double-click this line (or press Enter on it) and write over it.*"
)
