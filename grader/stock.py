"""Stock nbgrader, in this process, quiet, with the settings of nbgrader_config.py."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from grader.errors import BuildError
from speedlab.course.progress import FILE as PROGRESS

CONFIG = Path(__file__).resolve().parent.parent / "nbgrader_config.py"
SHOWN_LINES = 3


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
    """Return the nbgrader settings of any course: its own file's, or those of this one."""
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    if (root / CONFIG.name).is_file():
        return PyFileConfigLoader(CONFIG.name, path=str(root)).load_config()
    if (root / "solutions").is_dir():
        return load_config(root)
    config: Any = Config()
    config.CourseDirectory.root = str(root)
    return config


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
    with closing(sqlite3.connect(path)) as gradebook, gradebook:
        gradebook.execute("BEGIN")  # else a kill between the two would leave no version
        gradebook.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        gradebook.execute("INSERT INTO alembic_version VALUES (?)", (version,))


class _KeptLog(logging.Handler):
    """A logger of its own: nbgrader's lines are shown only when something fails."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.logger = logging.Logger("grader.stock", logging.WARNING)
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
