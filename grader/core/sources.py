"""The source notebook of an assignment, read as nbgrader reads it, and what is wrong with one.

    bytes --nbformat--> cells --header, footer, autotests: nbgrader's own first steps--> cells
          --kernel, schema, metadata, points--> what is asked, checked and recorded

Authors use any tool, and any version of it: whatever cannot be graded becomes one sentence with the
remedy for it. What stock nbgrader takes, this takes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.core.autotests import instantiate
from grader.core.errors import BuildError, first_line
from grader.core.nbgrader import course_config, exporter_of
from grader.core.notebooks import as_cell
from grader.core.paths import CoursePaths

LARGEST_BYTES = 200_000_000  # authors keep pictures in their notebooks
FIRST = ("IncludeHeaderFooter", "InstantiateTests")
NEWEST = 4  # nbformat
MOST_POINTS = 1e9
MOST_VERSIONS = 1_000
LONGEST = 150  # signs of what the validator says
PYTHON = ("python", "ipython", "xpython", "pypy")
OTHERS = ("ir", "xr", "julia", "bash", "octave", "matlab", "scala", "java", "deno", "ruby", "perl")
"""How the names of kernels begin that are not Python's, where only the name is noted."""
MEND = "Open it in JupyterLab and save it again, or build it anew if a script makes it."
IN_PANEL = "Mend it in JupyterLab, in the panel Create Assignment of that cell."
WITH_NBGRADER = "Only Python is judged here; nbgrader itself grades it: nbgrader autograde {}."
UPDATE = "Back the course up, and run nbgrader update . in its folder."


def read_source(paths: CoursePaths, path: Path) -> Any:
    """Return a source notebook, as nbformat has it, with nothing cleared.

    Args:
        paths: The course.
        path: The notebook.

    Raises:
        BuildError: If it cannot be graded; it says why, and what to do.
    """
    notebook = _parse(path)
    _refuse_other_languages(path, notebook)
    for step in first_steps(paths):
        notebook = _include(step, notebook, paths, path)
    _check_metadata(path, notebook)
    return notebook


def read_sources(paths: CoursePaths, assignment: str) -> dict[str, Any]:
    """Return every source notebook of an assignment by its name.

    Raises:
        BuildError: If one cannot be graded.
    """
    folder = paths.source / assignment
    return {
        name: read_source(paths, folder / f"{name}.ipynb") for name in paths.notebooks(assignment)
    }


def steps_of(paths: CoursePaths) -> list[Any]:
    """Return nbgrader's steps from source to release, as the course sets them."""
    from nbgrader.converters import GenerateAssignment
    from traitlets.utils.importstring import import_item

    config = course_config(paths.root)
    found = GenerateAssignment(config=config).preprocessors
    classes = [import_item(step) if isinstance(step, str) else step for step in found]
    exporter = exporter_of(config)
    return [step(parent=exporter) for step in classes]


def first_steps(paths: CoursePaths) -> list[Any]:
    """Return the steps that say what the cells are; those after them clear and lock."""
    return [step for step in steps_of(paths) if is_first(step)]


def is_first(step: Any) -> bool:
    """Tell whether one of nbgrader's steps is taken when a source notebook is read."""
    return type(step).__name__ in FIRST


def _parse(path: Path) -> Any:
    what = f"{path} cannot be read."
    try:
        notebook = _read(path, what)
    except BuildError:
        raise
    except OSError as error:
        why = f"The system said: {error.strerror}."
        raise BuildError(what, why, "Ask for the right to read it.") from error
    except Exception as error:  # a file may hold anything, and nbformat raises many kinds
        raise BuildError(what, f"It is no notebook: {first_line(error)}.", MEND) from error
    if not notebook.cells:
        raise BuildError(what, "It has no cells.", "Take the one that you wrote, or remove it.")
    return notebook


def _read(path: Path, what: str) -> Any:
    import nbformat

    if path.is_dir():
        raise BuildError(what, "It is a folder.", "Rename the folder, or take it away.")
    if path.stat().st_size > LARGEST_BYTES:
        why = f"It is larger than {LARGEST_BYTES // 1_000_000} MB."
        raise BuildError(what, why, "Clear its outputs and save it.")
    text = path.read_bytes().decode("utf-8-sig")
    raw = json.loads(text)
    version = raw.get("nbformat") if isinstance(raw, dict) else None
    if type(version) is not int or not 2 <= version <= NEWEST:
        raise BuildError(what, f"Its nbformat is {version!r}, not {NEWEST}.", MEND)
    notebook: Any = nbformat.reads(text, as_version=NEWEST)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if not (isinstance(cell.cell_type, str) and isinstance(cell.source, str)):
            raise TypeError("a cell has no type, or no text")
        cell.metadata.get("nbgrader")
    return notebook


def _refuse_other_languages(path: Path, notebook: Any) -> None:
    language = language_of(notebook)
    if language and not language.lower().startswith(PYTHON):
        what, why = f"{path} is no notebook of Python.", f"Its kernel runs {language}."
        raise BuildError(what, why, WITH_NBGRADER.format(path.parent.name))


def language_of(notebook: Any) -> str:
    """Return the language that a notebook says it is written in; "" where it does not say.

    >>> language_of({"metadata": {"kernelspec": {"name": "ir", "display_name": "R"}}})
    'R'
    """
    metadata = notebook["metadata"]
    kernel, info = (metadata.get(name) for name in ("kernelspec", "language_info"))
    kernel, info = (part if isinstance(part, dict) else {} for part in (kernel, info))
    name = str(kernel.get("name", "")).lower()
    other = str(kernel.get("display_name") or name) if name.startswith(OTHERS) else ""
    named = (kernel.get("language"), info.get("name"), other)
    return next((name for name in named if isinstance(name, str) and name), "")


def _include(step: Any, notebook: Any, paths: CoursePaths, path: Path) -> Any:
    """Take one of nbgrader's first steps, from wherever this process was started."""
    if not step.enabled:
        return notebook
    what = f"nbgrader's {type(step).__name__} failed on {path}."
    try:
        if type(step).__name__ == FIRST[1]:
            return instantiate(step, notebook, paths, path.parent)
        for name in ("header", "footer"):
            if getattr(step, name):
                setattr(step, name, str(paths.root / getattr(step, name)))
        return step.preprocess(notebook, {})[0]
    except BuildError:
        raise
    except Exception as error:  # of the author's code, of a kernel, of a file that is not there
        why = f"{first_line(error)}."
        then = "Mend what it names, and try nbgrader generate_assignment."
        raise BuildError(what, why, then) from error


def _check_metadata(path: Path, notebook: Any) -> None:
    """Refuse what nbgrader's own validator refuses, and points that are no number."""
    from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError

    validator = MetadataValidator()
    what = f"{path} cannot be graded."
    try:
        for number, cell in enumerate(notebook.cells, 1):
            what = f"{path} cannot be graded: cell {number} of {len(notebook.cells)}."
            _check_marks(cell.metadata.get("nbgrader", {"schema_version": 3}))
            validator.validate_cell(cell)
        what = f"{path} cannot be graded."
        validator.validate_nb(notebook)
        _check_names(notebook)
    except SchemaTooOldError as error:
        raise BuildError(what, _other_version(error), UPDATE) from error
    except SchemaTooNewError as error:
        then = "A newer nbgrader wrote it: install that version."
        raise BuildError(what, _other_version(error), then) from error
    except Exception as error:  # metadata that are a text, a list or nothing
        raise BuildError(what, f"Its nbgrader metadata: {_objection(error)}.", IN_PANEL) from error


def _other_version(error: Any) -> str:
    now, wanted = error.actual_version, error.expected_version
    return f"Its nbgrader metadata are of version {now}, not {wanted}."


def _objection(error: Exception) -> str:
    """Return what is wrong with metadata, as nbgrader's validator says it, or as we do."""
    field = ".".join(str(part) for part in getattr(error, "absolute_path", ()))
    text = str(getattr(error, "message", "")) or str(error) or type(error).__name__
    text = text.partition("\n")[0].rstrip(".")[:LONGEST]
    return f"{field}: {text}" if field else text


def _check_names(notebook: Any) -> None:
    """Refuse what the validator overlooks: tasks without a name, or with another cell's."""
    cells = [cell for cell in map(as_cell, notebook.cells) if cell.kinds or cell.locked]
    names = [cell.grade_id for cell in cells]
    for name in names:
        if not name or names.count(name) > 1:
            raise ValueError(f"the grade_id {name!r} is that of {names.count(name)} cells")


def _check_marks(marks: Any) -> None:
    """Refuse what the validator stumbles over, or takes although its database does not."""
    if not isinstance(marks, dict):
        raise TypeError("they are no table")
    version, points = marks.get("schema_version", 0), marks.get("points", 0)
    if not (_is_number(version) and abs(version) < MOST_VERSIONS):
        raise TypeError("schema_version: it is no number of a version")
    # JSON knows NaN and numbers without end.
    if _is_number(points) and not points <= MOST_POINTS:
        raise ValueError(f"points: it is no number up to {MOST_POINTS:g}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
