"""What learners get runs, and tells nothing that they must not know."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from example_course import LESSON

from grader.build.leaks import find_leaks
from grader.build.release import NAME, learners_files, pack, release, shows_solutions
from grader.build.scripts import read_lesson
from grader.core.errors import GraderError
from grader.core.paths import CoursePaths, find_paths

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The learners' copy of the real course, unpacked."""
    folder = tmp_path_factory.mktemp("learner")
    pack(find_paths(ROOT), folder / "course.zip")
    with zipfile.ZipFile(folder / "course.zip") as packed:
        packed.extractall(folder)
    return folder / NAME


def test_nothing_leaks(copy: Path) -> None:
    assert not [name for name in ("solutions", "grader", "tests") if (copy / name).exists()]
    for script in sorted(ROOT.glob("solutions/*/*.py")):
        assert find_leaks(read_lesson(script), copy / "modules" / script.stem) == []
    texts = [p.read_text("utf-8") for p in copy.rglob("*") if p.suffix in (".py", ".md", ".ipynb")]
    assert texts and not [text for text in texts if "HIDDEN TESTS" in text]


def test_the_copy_has_all_that_an_installation_needs(copy: Path) -> None:
    project = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))
    forced = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    needed = [*forced, project["project"]["readme"], *project["project"]["license-files"]]
    assert [name for name in [*needed, "requirements.txt"] if not (copy / name).exists()] == []


def test_no_link_of_the_readme_leads_nowhere(copy: Path) -> None:
    text = (copy / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert links and [link for link in links if not (copy / link).exists()] == []


def test_no_document_of_the_copy_promises_what_only_the_whole_course_has(copy: Path) -> None:
    documents = [*copy.glob("*.md"), *copy.glob("docs/*.md")]
    assert len(documents) > 10 and not (copy / "docs" / "instructors.md").exists()
    for path in documents:
        text = path.read_text(encoding="utf-8")
        if "-m grader" in text or "solutions/" in text:
            assert "This is the learners' copy of the course." in text, path.name
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" not in target and not target.startswith("#"):
                assert (path.parent / target.partition("#")[0]).exists(), f"{path.name}: {target}"


def test_the_copy_is_a_course_that_runs(copy: Path) -> None:
    code = (
        "import speedlab, start; from pathlib import Path;"
        "from speedlab.course.lessons.description import read_course;"
        "from speedlab.course.home.state import course_state;"
        "here = Path.cwd(); assert speedlab.__file__.startswith(str(here));"
        "state = course_state(read_course(here), here); start.fingerprint();"
        "start.lay_out_settings(); assert all(lesson.there for lesson in state.lessons);"
        "from speedlab.cli.main import main; print(main(['doctor']))"
    )
    env = dict(os.environ) | {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=copy, env=env, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.endswith("0\n"), done.stderr


def test_no_learners_own_work_is_handed_out(paths: CoursePaths) -> None:
    folder = paths.release / LESSON
    (folder / "progress.json").write_text("{}", encoding="utf-8")
    (folder / "earlier-work").mkdir()
    (folder / "earlier-work" / "x.ipynb").write_text("{}", encoding="utf-8")
    names = learners_files(paths)
    assert f"modules/{LESSON}/{LESSON}.ipynb" in names
    assert not [name for name in names if "progress" in name or "earlier" in name]


@pytest.mark.parametrize(
    "leak",
    ["assert halve([1, 2, 3, 4]) == [[1, 2], [3, 4]]", "### BEGIN HIDDEN TESTS"],
)
def test_a_leak_stops_the_packing(paths: CoursePaths, tmp_path: Path, leak: str) -> None:
    (paths.root / "README.md").write_text(f"Look:\n    {leak}\n", encoding="utf-8")
    with pytest.raises(GraderError, match=r"README\.md holds"):
        pack(paths, tmp_path / "x.zip")
    assert not list(tmp_path.glob("*.zip"))


def test_release_builds_the_modules_anew(paths: CoursePaths) -> None:
    path = paths.release / LESSON / f"{LESSON}.ipynb"
    before = path.read_text(encoding="utf-8")
    path.write_text("worked in", encoding="utf-8")
    assert release(paths) == [LESSON]
    assert path.read_text(encoding="utf-8") == before


def test_a_course_that_shows_solutions_is_noticed(paths: CoursePaths) -> None:
    assert not shows_solutions(paths)
    assert shows_solutions(find_paths(ROOT))
