"""Stock nbgrader, in this process, quiet, with the settings of nbgrader_config.py."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.core.errors import BuildError, GraderError, first_line
from speedlab.course.lessons.progress import FILE as PROGRESS

CONFIG = Path(__file__).resolve().parents[2] / "nbgrader_config.py"
SHOWN_LINES = 3
STAMP = "timestamp.txt"  # beside a hand-in: when it was made
STAMP_SIZE = 200  # bytes
IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache")
"""What nbgrader leaves out by default when it copies an assignment."""
SECRET = "submission_secret.txt"  # feedback is released under a name made of it


def load_config(root: Path, *, gradebook: Path | None = None) -> Any:
    """Return the course's nbgrader settings, moved to another folder.

    Args:
        root: The folder that holds solutions/ and modules/.
        gradebook: The database file; by default grader/course/gradebook.db under root.
    """
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()
    gradebook = gradebook or root / "grader" / "course" / "gradebook.db"
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{gradebook.as_posix()}"
    lessons = [path.name for path in (root / "solutions").glob("*")]
    config.Autograde.exclude_overwriting = {name: [PROGRESS] for name in lessons}
    return config


def course_config(root: Path) -> Any:
    """Return the nbgrader settings of any course: its own file's, or those of this one.

    Raises:
        GraderError: If its file fails: it is a program, which its author wrote.
    """
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    if (root / CONFIG.name).is_file():
        try:
            return PyFileConfigLoader(CONFIG.name, path=str(root)).load_config()
        except (Exception, SystemExit) as error:
            what, why = f"{root / CONFIG.name} fails.", f"{first_line(error)}."
            raise GraderError(
                what, why, "Mend that file; nbgrader cannot read it either."
            ) from error
    if (root / "solutions").is_dir():
        return load_config(root)
    config: Any = Config()
    config.CourseDirectory.root = str(root)
    return config


def ignored_files(root: Path) -> tuple[str, ...]:
    """Return the patterns of files and folders that nbgrader leaves out in this course."""
    found = course_config(root).CourseDirectory.get("ignore", IGNORED)
    # A configuration that only appends holds what it appends, and no list.
    return tuple(found.get_value([*IGNORED]) if hasattr(found, "get_value") else found)


def exporter_of(config: Any) -> Any:
    """Return what holds nbgrader's steps: a setting of a step may stand in the section of either.

    c.GenerateAssignment.ClearHiddenTests.begin_test_delimeter = "BEGIN SECRET" counts, too.
    """
    from nbgrader.converters import GenerateAssignment

    converter: Any = GenerateAssignment(config=config)
    return converter.exporter_class(parent=converter, config=config)


def run_step(step: type[Any], assignment: str, config: Any) -> None:
    """Run one nbgrader converter, such as GenerateAssignment, on one assignment.

    Raises:
        BuildError: When nbgrader reports a failure; it quotes nbgrader's reason.
    """
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    log = _KeptLog()
    course = CourseDirectory(config=config, log=log.logger, assignment_id=assignment)
    with interpreter_on_path(), quiet():
        converter = step(coursedir=course, config=config, log=log.logger, force=True)
        try:
            converter.start()
        except (NbGraderException, SystemExit) as error:
            why = log.reason() or str(error)
            what = f"nbgrader's {step.__name__} failed on {assignment}."
            raise BuildError(what, f"nbgrader says: {why}") from error


def new_gradebook(path: Path) -> None:
    """Make an empty gradebook, as nbgrader would, without starting a program.

    nbgrader starts `alembic`, which takes seconds, to learn the version that it writes into a new
    database. Where a version stands already, it only adds its tables.
    """
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    settings = Config()
    settings.set_main_option("script_location", ALEMBIC_DIR.replace("%", "%%"))
    version = ScriptDirectory.from_config(settings).get_current_head()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)  # sqlite's own files beside it take its mode
    with closing(sqlite3.connect(path)) as gradebook, gradebook:
        gradebook.execute("BEGIN")  # else a kill between the two would leave no version
        gradebook.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        gradebook.execute("INSERT INTO alembic_version VALUES (?)", (version,))


def handed_in_at(folder: Path) -> datetime | None:
    """Return when a hand-in was made; None where its timestamp.txt does not say."""
    path = folder / STAMP
    if not path.is_file() or path.is_symlink() or path.stat().st_size > STAMP_SIZE:
        return None
    return parse_time(path.read_text(encoding="utf-8", errors="replace"))


def parse_time(text: str) -> datetime | None:
    """Return the time that a timestamp.txt holds; None if it is none: learners may write it."""
    from nbgrader.utils import parse_utc

    try:
        time: datetime = parse_utc(text.strip())
    except (ValueError, OverflowError):
        return None
    return time.replace(tzinfo=UTC)


class _KeptLog(logging.Handler):
    """A logger of its own: nbgrader's lines are shown only when something fails."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.logger = logging.Logger("grader.core.nbgrader", logging.WARNING)
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.lines.append(record.getMessage())

    def reason(self) -> str:
        """Return the last line of the last traceback, which is where the cause stands."""
        traces = [line for line in self.lines if "Traceback" in line]
        text = traces[-1] if traces else "\n".join(self.lines[-SHOWN_LINES:])
        return text.strip().rpartition("\n")[2]


@contextmanager
def interpreter_on_path() -> Iterator[None]:
    """Put this Python's programs on PATH: nbgrader starts `alembic` by its bare name."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def quiet() -> Iterator[None]:
    """Silence nbgrader parts that take the global logger, and warnings about its own code."""
    from traitlets.log import get_logger

    logger: Any = get_logger()
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
