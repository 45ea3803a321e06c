"""nbgrader's autotests are written out as nbgrader does it, from any folder, and only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from broken_sources import changed, make_assignment, source_notebook

from grader.build.release import release
from grader.core import autotests
from grader.core.errors import BuildError
from grader.core.paths import find_paths
from grader.core.sources import read_source
from grader.judge.reading.assignment import read_assignment

TEMPLATES = """
python3:
    setup: "from hashlib import sha1"
    hash: 'sha1({{snippet}}.encode("utf-8")+b"{{salt}}").hexdigest()'
    dispatch: "type({{snippet}})"
    normalize: "str({{snippet}})"
    check: 'assert {{snippet}} == \"\"\"{{value}}\"\"\", \"\"\"{{message}}\"\"\"'
    templates:
        default:
            - test: "{{snippet}}"
              fail: "value of {{snippet}} is not correct"
"""
AUTOTESTS = "### AUTOTEST f(1); f(2)\n### HASHED AUTOTEST f(3)"


def make_course(root: Path, code: str = AUTOTESTS) -> Path:
    folder = make_assignment(root)
    changed(lambda notebook: notebook["cells"][3].update(source=code))(folder)
    (root / "autotests.yml").write_text(TEMPLATES, encoding="utf-8")
    return folder / "task.ipynb"


def no_kernel(*_: Any, **__: Any) -> Any:
    raise AssertionError("A kernel was started.")


def test_autotests_are_those_that_nbgrader_writes_and_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_course(tmp_path / "course")
    paths = find_paths(tmp_path / "course")
    monkeypatch.chdir(tmp_path)  # the templates are found all the same
    made = read_source(paths, path).cells[3].source
    assert 'assert str(f(1)) == """2"""' in made and 'assert str(f(2)) == """3"""' in made
    assert made.count("hexdigest()") == 1 and "AUTOTEST" not in made
    assert release(paths) == ["good"]
    stock: Any = nbformat.read(paths.release / "good" / "task.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    assert stock.cells[3].source == made
    monkeypatch.setattr("nbgrader.preprocessors.instantiatetests.start_new_kernel", no_kernel)
    prepared = read_assignment(paths.root, "good")
    assert [cell.text for _, cell in prepared.cells if cell.kind == "check"] == [made]
    (path.parent / "data.csv").write_text("1", encoding="utf-8")
    with pytest.raises(BuildError, match="A kernel was started"):  # the solution may read it
        read_source(paths, path)


class Kernel:
    """Stands in for a kernel whose code never ends; notes that it is ended."""

    def __init__(self) -> None:
        self.parent = self
        self.ended = 0

    def execute_interactive(self, code: str, **_: Any) -> None:
        raise TimeoutError

    def stop_channels(self) -> None:
        """Do nothing."""

    def shutdown_kernel(self, now: bool) -> None:
        self.ended += now


def test_a_solution_that_never_ends_is_a_sentence_and_leaves_no_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, kernel = make_course(tmp_path), Kernel()
    start = "nbgrader.preprocessors.instantiatetests.start_new_kernel"
    monkeypatch.setattr(start, lambda **_: (kernel, kernel))
    with pytest.raises(BuildError, match="ran for more than 300 seconds"):
        read_source(find_paths(tmp_path), path)
    assert kernel.ended == 1


def test_a_notebook_without_autotests_starts_no_kernel_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbgrader.preprocessors.instantiatetests.start_new_kernel", no_kernel)
    path = make_course(tmp_path, source_notebook()["cells"][3]["source"])
    assert len(read_source(find_paths(tmp_path), path).cells) == 4
    assert not (tmp_path / autotests.FOLDER).exists()


def test_header_and_footer_of_the_course_are_part_of_each_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_course(tmp_path, "assert f(1) == LIMIT")
    header = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("LIMIT = 2")])  # type: ignore[no-untyped-call]
    nbformat.write(header, tmp_path / "header.ipynb")  # type: ignore[no-untyped-call]
    config = 'c = get_config()\nc.IncludeHeaderFooter.header = "header.ipynb"\n'
    (tmp_path / "nbgrader_config.py").write_text(config, encoding="utf-8")
    monkeypatch.chdir("/")
    assert read_source(find_paths(tmp_path), path).cells[0].source == "LIMIT = 2"
    [notebook] = read_assignment(tmp_path, "good").notebooks
    assert "LIMIT" in {name for unit in notebook.course_units for name in unit.names.binds}
