"""Facts about building a course and checking that it is built."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from example_course import LESSON, SCRIPT, make_course

from grader.__main__ import main
from grader.build.build import build, check
from grader.core.errors import BuildError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that is built once; tests only read it."""
    root = make_course(tmp_path_factory.mktemp("course"))
    build(root)
    return root


@pytest.fixture
def course(built: Path, tmp_path: Path) -> Path:
    """A copy of the built course that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "course"))


def contents(root: Path) -> dict[str, bytes]:
    """Return every file of a course except the gradebook."""
    found = [p for p in root.rglob("*") if p.is_file() and p.suffix != ".db"]
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found}


def findings(root: Path) -> dict[str, str]:
    return {finding.path: finding.why for finding in check(root)}


def released(root: Path) -> Path:
    return root / "modules" / LESSON / f"{LESSON}.ipynb"


def test_modules_hold_the_notebook_and_its_neighbours(built: Path) -> None:
    names = {p.name for p in (built / "modules" / LESSON).iterdir()}
    assert names == {f"{LESSON}.ipynb", "words.txt"}


def test_the_release_hides_solutions_and_keeps_cell_ids(built: Path) -> None:
    text = released(built).read_text(encoding="utf-8")
    cells = {cell["id"]: cell for cell in json.loads(text)["cells"]}
    assert "# Write your answer here" in "".join(cells["m0-halve"]["source"])
    assert "".join(cells["m0-halve-test"]["source"]) == "assert len(halve(numbers)) == 2"
    assert "What did you learn?" in "".join(cells["m0-memo"]["source"])
    assert "every time" not in text


def test_the_originals_are_the_released_files(built: Path) -> None:
    modules = built / "modules"
    with zipfile.ZipFile(modules / "originals.zip") as packed:
        found = {name: packed.read(name) for name in packed.namelist()}
    assert found == {
        path.relative_to(modules).as_posix(): path.read_bytes()
        for path in (modules / LESSON).rglob("*")
        if path.is_file()
    }


def test_a_rebuild_changes_no_byte(course: Path) -> None:
    before = contents(course)
    build(course)
    assert contents(course) == before


def test_the_check_passes_after_a_build_and_writes_nothing(course: Path) -> None:
    before = contents(course)
    assert check(course) == []
    assert contents(course) == before


def test_the_assignment_is_in_the_gradebook(built: Path) -> None:
    with closing(sqlite3.connect(built / "grader" / "course" / "gradebook.db")) as gradebook:
        assert gradebook.execute("select name from assignment").fetchall() == [(LESSON,)]
        points = gradebook.execute("select sum(max_score) from grade_cells").fetchone()
    assert points == (11,)


def test_the_check_names_what_is_stale_or_made_by_no_source(course: Path) -> None:
    script = course / "solutions" / LESSON / f"{LESSON}.py"
    script.write_text(SCRIPT.replace("Two small tasks", "Two tasks"), encoding="utf-8")
    (course / "modules" / "stray.txt").write_text("stray", encoding="utf-8")
    (course / "modules" / LESSON / "words.txt").unlink()
    assert findings(course) == {
        f"modules/{LESSON}/{LESSON}.ipynb": "differs from a fresh build",
        f"modules/{LESSON}/words.txt": "is missing",
        "modules/originals.zip": "differs from a fresh build",
        "modules/stray.txt": "is made by no source",
        f"solutions/{LESSON}/{LESSON}.ipynb": "differs from a fresh build",
    }


def test_the_check_finds_a_script_in_modules(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "modules" / LESSON / "answers.py").write_text("middle = 2", encoding="utf-8")
    assert main(["build", "--check", "--root", str(course)]) == 1
    said = capsys.readouterr().err
    assert f"modules/{LESSON}/answers.py holds a script" in said


def test_the_check_finds_an_output(course: Path) -> None:
    notebook = json.loads(released(course).read_text(encoding="utf-8"))
    notebook["cells"][1]["execution_count"] = 7
    released(course).write_text(json.dumps(notebook), encoding="utf-8")
    why = [finding.why for finding in check(course)]
    assert any("an execution count" in text for text in why)


def test_a_build_removes_what_no_source_makes(course: Path) -> None:
    (course / "modules" / LESSON / "old.txt").write_text("old", encoding="utf-8")
    build(course)
    assert not (course / "modules" / LESSON / "old.txt").exists()


def test_what_an_author_tries_beside_the_script_is_not_released(course: Path) -> None:
    folder = course / "solutions" / LESSON
    before = contents(course / "modules")
    (folder / "author.tmp").mkdir()
    for name in (
        "author.tmp/progress.json",
        "author.tmp/memo.html",
        "author.tmp/.progress.json.lock",
    ):
        (folder / name).write_text("{}", encoding="utf-8")
    assert check(course) == []
    build(course)
    assert contents(course / "modules") == before


def test_a_long_cell_fails_the_check_only(course: Path) -> None:
    lines = "".join(f"x{n} = {n}\n" for n in range(16))
    script = course / "solutions" / LESSON / f"{LESSON}.py"
    script.write_text(f"{SCRIPT}\n# %%\n{lines}", encoding="utf-8")
    build(course)
    (finding,) = check(course)
    assert "16 lines" in finding.why


def test_a_leak_stops_the_build_before_it_writes(course: Path) -> None:
    notes = course / "solutions" / LESSON / "notes.txt"
    notes.write_text("middle = len(items) // 2\n", encoding="utf-8")
    before = contents(course)
    with pytest.raises(BuildError, match=r"notes\.txt would hold the secret line"):
        build(course)
    assert contents(course) == before


def test_a_broken_script_leaves_the_course_alone(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = course / "solutions" / LESSON / f"{LESSON}.py"
    script.write_text("# %% quiz m1-one\n1\n", encoding="utf-8")
    before = contents(course)
    assert main(["build", "--root", str(course)]) == 2
    assert contents(course) == before
    said = capsys.readouterr().err
    assert said.startswith(f"grader: solutions/{LESSON}/{LESSON}.py, line 1: Unknown kind")
    assert said.count("\n") == 1


def test_a_build_says_what_it_built_and_nothing_else(
    course: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "--root", str(course)]) == 0
    said = capfd.readouterr()
    assert said.out == f"Built {LESSON}: 8 cells, 11 points.\n"
    assert said.err == ""


def test_without_scripts_a_build_does_nothing_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("Nothing to build")
    assert list(tmp_path.iterdir()) == []
    assert main(["build", "--check", "--root", str(tmp_path)]) == 0
