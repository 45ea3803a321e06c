"""Whatever one hand-in holds, it is refused by name, and the class is collected."""

from __future__ import annotations

import errno
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_sources import make_assignment, source_notebook

from grader.__main__ import main
from grader.collect.collect import Collection, collect
from grader.core.paths import CoursePaths, find_paths

BOOK = json.dumps(source_notebook()).encode()
NOTEBOOK = "task.ipynb"
Members = list[tuple[str, bytes]]


@pytest.fixture
def course(tmp_path: Path) -> CoursePaths:
    make_assignment(tmp_path / "course")
    return find_paths(tmp_path / "course")


def packed(members: Members) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        info = tarfile.TarInfo(NOTEBOOK)
        info.size = len(BOOK)
        archive.addfile(info, io.BytesIO(BOOK))
    return made.getvalue()


def collected(course: CoursePaths, members: Members) -> Collection:
    """Collect eve and ada, with these members between them."""
    source = course.root.parent / "class.zip"
    source.write_bytes(packed([(f"eve/{NOTEBOOK}", BOOK), *members, (f"bob/{NOTEBOOK}", BOOK)]))
    return collect(course, source, add=True)


def taken(made: Collection) -> list[str]:
    return sorted(one.learner for one in made.taken)


def refused_names(made: Collection) -> str:
    return " ".join(one.name for one in made.refused)


NAMES = {
    "300 letters": f"cyd/good/{'x' * 300}.txt",
    "100 signs of 4 bytes": "cyd/good/" + "\U0001f600" * 100 + ".txt",
    "a path of 5000 letters": "cyd/good/" + ("x" * 99 + "/") * 50 + "a.txt",
    "300 folders": f"cyd/good/{'a/' * 300}a.txt",
    "a device": "cyd/good/aux.txt",
    "a folder called as a device": "cyd/good/COM1/a.txt",
    "a dot at the end": "cyd/good/a.",
    "a space at the end": "cyd/good/a /b.txt",
    "only dots": "cyd/good/.../b.txt",
    "a colon": "cyd/good/a:b.txt",
    "a star": "cyd/good/a*b.txt",
    "a control sign": "cyd/good/a\x1b[2Jb.txt",
    "a line break": "cyd/good/a\nb.txt",
    "turned signs": "cyd/good/a\u202etxt.exe",
    "up": "cyd/good/../../a.txt",
    "absolute": "/cyd/a.txt",
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_member_that_no_system_takes_is_refused_and_the_class_is_collected(
    kind: str, course: CoursePaths
) -> None:
    made = collected(course, [(f"cyd/good/{NOTEBOOK}", BOOK), (NAMES[kind], b"y")])
    assert taken(made) == ["bob", "cyd", "eve"]
    assert len(made.refused) == 1 and "cyd" in made.refused[0].name
    assert made.refused[0].why.endswith(".")
    beside = {path.name for path in course.handed_in("cyd", "good").iterdir()}
    assert beside == {NOTEBOOK, "timestamp.txt"}


CONTENTS: dict[str, Members] = {
    "a zip in a zip in a zip": [("cyd.zip", packed([("x.zip", packed([("y.zip", b"")]))]))],
    "a broken zip": [("cyd.zip", b"PK\x03\x04" + b"\xff" * 100)],
    "a zip of many": [("cyd.zip", packed([(f"{n}.txt", b"") for n in range(3_000)]))],
    "many files": [(f"cyd/{n}.txt", b"") for n in range(300)] + [(f"cyd/{NOTEBOOK}", BOOK)],
    "a tar": [("cyd.tar.gz", tar())],
    "a tar in a folder": [("cyd/work.tgz", tar())],
    "a 7z": [("cyd.7z", b"7z\xbc\xaf'\x1c")],
    "a file where a folder must be": [
        (f"cyd/good/{name}", BOOK) for name in ("a", "a/b", NOTEBOOK)
    ],
    "nothing": [("cyd/", b"")],
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_hand_in_that_cannot_be_read_is_refused_by_name(kind: str, course: CoursePaths) -> None:
    made = collected(course, CONTENTS[kind])
    assert taken(made) == ["bob", "eve"]
    assert "cyd" in refused_names(made) or kind == "nothing"
    assert not course.handed_in("cyd", "good").exists()
    assert {one.name for one in course.submitted.rglob("*") if one.name.endswith("p")} == set()


ALIKE = {
    "case": ("Cyd", "cyd"),
    "accents": ("jose\u0301", "jos\u00e9"),
    "Cyrillic": ("cyd", "\u0441yd"),
    "full width": ("cyd", "\uff43yd"),
    "a sign that is not seen": ("cyd", "cy\u200bd"),
    "sharp s": ("stra\u00dfe", "strasse"),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_two_names_that_are_one_elsewhere_are_told(kind: str, course: CoursePaths) -> None:
    made = collected(course, [(f"{name}/{NOTEBOOK}", BOOK) for name in ALIKE[kind]])
    assert len(made.taken) == 3 and len(made.refused) == 1
    assert "Rename one" in made.refused[0].why


@pytest.mark.parametrize("name", ["CON", "com1.txt", "nul", "a\u202eb", "x" * 101, "\u00e9" * 101])
def test_a_learner_whose_folder_another_system_refuses_is_refused(
    name: str, course: CoursePaths
) -> None:
    made = collected(course, [(f"{name}/{NOTEBOOK}", BOOK)])
    assert taken(made) == ["bob", "eve"] and len(made.refused) == 1


def test_a_name_that_macos_wrote_is_that_of_the_class(course: CoursePaths) -> None:
    collected(course, [(f"jos\u00e9/{NOTEBOOK}", BOOK)])
    made = collected(course, [(f"jose\u0301/{NOTEBOOK}", BOOK + b" ")])
    assert [one.learner for one in made.taken if one.status == "newer"] == ["jos\u00e9"]


def in_the_way(course: CoursePaths) -> None:
    """Put a file where the folder of a learner must be."""
    course.submitted.joinpath("cyd").write_text("in the way", encoding="utf-8")


def file_as_hand_in(course: CoursePaths) -> None:
    """Put a file where a hand-in must be."""
    course.submitted.joinpath("cyd").mkdir()
    course.handed_in("cyd", "good").write_text("in the way", encoding="utf-8")


@pytest.mark.parametrize("spoil", [in_the_way, file_as_hand_in])
def test_a_file_in_the_place_of_a_folder_costs_one_learner(
    spoil: Callable[[CoursePaths], None], course: CoursePaths
) -> None:
    spoil(course)
    made = collected(course, [(f"cyd/{NOTEBOOK}", BOOK)])
    assert taken(made) == ["bob", "eve"]
    assert [one.name for one in made.refused] == ["cyd, good"]


def test_two_assignments_may_have_notebooks_of_one_name(course: CoursePaths) -> None:
    make_assignment(course.root, "other")
    made = collected(course, [])
    assert "Several assignments have a notebook task.ipynb" in made.refused[0].why
    source = course.root.parent / "class.zip"
    made = collect(course, source, add=True, assignment="good")
    assert taken(made) == ["bob", "eve"] and not made.refused


def test_a_full_disk_leaves_what_was_written_whole(
    course: CoursePaths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write, left = Path.write_bytes, [3]

    def until_full(path: Path, content: bytes) -> int:
        is_one = NOTEBOOK in path.name  # its draft bears its name
        left[0] -= is_one
        if is_one and not left[0]:
            write(path, content[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, content)

    source = course.root.parent / "class.zip"
    source.write_bytes(packed([(f"{name}/{NOTEBOOK}", BOOK) for name in ("bob", "cyd", "dan")]))
    monkeypatch.setattr(Path, "write_bytes", until_full)
    assert main(["collect", str(source), "--add", "--root", str(course.root)]) == 2
    assert "Make room" in capsys.readouterr().err
    monkeypatch.undo()
    there = [path.parent.parent.name for path in course.submitted.rglob(NOTEBOOK)]
    assert sorted(there) == ["ada", "bob", "cyd"]
    assert not [path for path in course.submitted.rglob("*") if path.name.endswith(".tmp")]
    assert [one.status for one in collect(course, source, add=True).taken] == [
        "same",
        "same",
        "new",
    ]


def test_what_a_folder_holds_is_read_however_deep_and_closed_it_is(
    course: CoursePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        folder = tmp_path / "class" / name
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_bytes(BOOK)
    deep = tmp_path / "class" / "bob" / "good" / "/".join("d" * 40)
    deep.mkdir(parents=True)
    (deep / "a.txt").write_bytes(b"")
    (tmp_path / "class" / "bob" / NOTEBOOK).rename(tmp_path / "class" / "bob" / "good" / NOTEBOOK)
    (tmp_path / "class" / "cyd").mkdir()
    listed = Path.iterdir

    def refuse(folder: Path) -> object:
        if folder.name == "cyd":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    made = collect(course, tmp_path / "class", add=True)
    assert taken(made) == ["ada", "bob"]
    assert {one.name[:3] for one in made.refused} == {"bob", "cyd"}
