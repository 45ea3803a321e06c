"""nbgrader's autotests: checks that are written from what the author's own solution gives.

    ### AUTOTEST total(1, 2)   --the author's notebook, run in a kernel--> assert total(1, 2) == 3

nbgrader's own step does it. What it wrote is kept under a hash of all that it depends on: the
notebook, the files beside it, the templates, the libraries. So hand-ins of today and of tomorrow
meet the same checks, though the author's code may throw dice.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from grader.core.errors import BuildError
from grader.core.paths import CoursePaths
from speedlab.core.files import write_text

SNIPPET_S = 300.0
"""How long one cell of the author's notebook may take."""
FOLDER = "autotests"


def instantiate(step: Any, notebook: Any, paths: CoursePaths, folder: Path) -> Any:
    """Return a notebook in which each autotest is written out as a check.

    Args:
        step: nbgrader's InstantiateTests, as the course sets it.
        notebook: The source notebook.
        paths: The course.
        folder: Where the notebook lies: its code runs there.

    Raises:
        BuildError: If there are no templates, or the author's code takes too long.
        Exception: Whatever nbgrader raises when the author's code fails.
    """
    if not any(step.autotest_delimiter in cell.source for cell in _code(notebook)):
        return notebook
    templates = templates_for(step.autotest_filename, paths.root, folder)
    if templates is None:
        what = f"{folder.name} has autotests, and there is no {step.autotest_filename}."
        raise BuildError(what, f"It lies neither in {folder} nor in {paths.root}.", "Put it there.")
    name = f"{folder.name}-{_key(step, notebook, templates, folder)}.ipynb"
    kept = paths.class_folder / FOLDER / name
    made = _read(kept)
    if made is None:
        made = _run(step, notebook, templates, folder)
        _write(kept, made)
    return made


def templates_for(name: str, root: Path, folder: Path) -> Path | None:
    """Return the file of templates: the assignment's own, or that of the course."""
    return next((path for path in (folder / name, root / name) if path.is_file()), None)


def with_templates(config: Any, paths: CoursePaths, assignment: str) -> Any:
    """Return settings by which nbgrader finds the templates, wherever this process was started."""
    name = config.InstantiateTests.get("autotest_filename", "autotests.yml")
    found = templates_for(name, paths.root, paths.source / assignment)
    chosen = copy.deepcopy(config)
    if found is not None:
        chosen.InstantiateTests.autotest_filename = str(found)
    return chosen


def _code(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _key(step: Any, notebook: Any, templates: Path, folder: Path) -> str:
    settings = (step.autotest_delimiter, step.hashed_delimiter, step.use_salt)
    digest = hashlib.sha256(repr(settings).encode())
    digest.update(templates.read_bytes())
    for cell in notebook.cells:
        digest.update(f"{cell.cell_type} {cell.metadata} {cell.source}".encode("utf-8", "replace"))
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix != ".ipynb" and not _is_derived(path.relative_to(folder)):
            digest.update(f"{path.relative_to(folder)}".encode("utf-8", "replace"))
            digest.update(path.read_bytes())
    libraries = sorted(f"{one.name} {one.version}" for one in metadata.distributions())
    digest.update("\n".join(libraries).encode())
    return digest.hexdigest()[:32]


def _is_derived(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _read(path: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception:  # not there, or broken: it is made anew
        return None


def _write(path: Path, notebook: Any) -> None:
    import nbformat

    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    write_text(path, f"{text}\n", parents=True)


def _run(step: Any, notebook: Any, templates: Path, folder: Path) -> Any:
    """Let nbgrader run the author's notebook, and end its kernel whatever happens."""
    made = _with_a_time_limit(type(step))(config=step.config)
    # An absolute name is found from whatever folder this process was started in.
    made.autotest_filename = str(templates)
    try:
        resources = {"metadata": {"path": str(folder)}}
        return made.preprocess(notebook, resources)[0]
    except TimeoutError as error:
        what = f"The autotests of {folder.name} took too long."
        why = f"A cell of the author's own notebook ran for more than {SNIPPET_S:g} seconds."
        raise BuildError(what, why, "Look for a loop without end.") from error
    finally:
        if made.kc is not None:
            made.kc.stop_channels()
            made.kc.parent.shutdown_kernel(now=True)


def _with_a_time_limit(stock: type[Any]) -> type[Any]:
    class Limited(stock):  # type: ignore[misc]
        """nbgrader's step, which does not wait for ever."""

        execute_result: Any

        def _execute_code_snippet(self, code: str) -> Any:
            hook = self._execute_code_snippet_output_hook
            self.kc.execute_interactive(code, output_hook=hook, timeout=SNIPPET_S)
            found = self.execute_result
            self.execute_result = None
            return found

    return Limited
