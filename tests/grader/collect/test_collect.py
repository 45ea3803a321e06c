"""Hand-ins arrive from anywhere; nothing leaves the target, nothing is guessed silently."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from desk_course import RIGHT, WRONG_TOTAL, notebook
from example_course import LESSON

from grader.collect.collect import Collection, collect
from grader.core.errors import GraderError, Refusal
from grader.core.paths import CoursePaths
from grader.gradebook.roster import Student, read_roster, save

PROGRESS = '{"version": 1, "answers": {}, "done": {}}'


def text(paths: CoursePaths, answers: dict[str, str] | None = None) -> str:
    return json.dumps(notebook(paths.root, answers or RIGHT))


def packed(path: Path, members: dict[str, Any]) -> Path:
    """Write a zip; a value may be a text, bytes, or a ZipInfo and its content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, value in members.items():
            info, content = value if isinstance(value, tuple) else (name, value)
            made.writestr(info, content)
    return path


def inner(members: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return made.getvalue()


def dated(name: str, day: int) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, date_time=(2026, 11, day, 12, 0, 0))


def said(found: list[Refusal]) -> str:
    return " ".join(f"{one.name}: {one.why}" for one in found)


def became(made: Collection) -> list[tuple[str, str]]:
    return [(one.learner, one.status) for one in made.taken]


def submitted(paths: CoursePaths, learner: str) -> dict[str, str]:
    folder = paths.handed_in(learner, LESSON)
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_a_folder_of_notebooks(paths: CoursePaths, tmp_path: Path) -> None:
    source = tmp_path / "class"
    source.mkdir()
    for name in ("ada", "bob"):
        (source / f"{name}.ipynb").write_text(text(paths), encoding="utf-8")
    (source / "marks.csv").write_text("ada,5\n", encoding="utf-8")
    made = collect(paths, source, assignment=LESSON, add=True)
    assert became(made) == [("ada", "new"), ("bob", "new")] and made.refused == []
    assert submitted(paths, "ada")[f"{LESSON}.ipynb"] == text(paths)


def test_a_folder_for_each_learner_brings_the_progress_along(
    paths: CoursePaths, tmp_path: Path
) -> None:
    folder = tmp_path / "class" / "ada" / LESSON
    folder.mkdir(parents=True)
    (folder / f"{LESSON}.ipynb").write_text(text(paths), encoding="utf-8")
    (folder / "progress.json").write_text(PROGRESS, encoding="utf-8")
    (folder / "words.txt").write_text("changed by the learner", encoding="utf-8")
    (folder / "own.txt").write_text("the learner's own", encoding="utf-8")
    collect(paths, tmp_path / "class", add=True)
    found = submitted(paths, "ada")
    assert found.keys() == {f"{LESSON}.ipynb", "progress.json", "own.txt", "timestamp.txt"}


def test_nbgraders_exchange(paths: CoursePaths, tmp_path: Path) -> None:
    for time in ("2026-11-24 10:00:00.000000 UTC", "2026-11-24 09:00:00.000000 UTC"):
        folder = tmp_path / "inbound" / f"ada+{LESSON}+{time}+x1"
        folder.mkdir(parents=True)
        answers = RIGHT if "10:00" in time else WRONG_TOTAL
        (folder / f"{LESSON}.ipynb").write_text(text(paths, answers), encoding="utf-8")
    handed_out = tmp_path / "outbound" / LESSON
    handed_out.mkdir(parents=True)
    (handed_out / f"{LESSON}.ipynb").write_text(text(paths), encoding="utf-8")
    made = collect(paths, tmp_path, add=True)
    assert became(made) == [("ada", "new"), ("ada", "newer")]
    found = submitted(paths, "ada")
    assert found["timestamp.txt"].startswith("2026-11-24 10:00:00")
    assert found[f"{LESSON}.ipynb"] == text(paths, RIGHT)


def test_a_canvas_archive(paths: CoursePaths, tmp_path: Path) -> None:
    source = packed(
        tmp_path / "submissions.zip",
        {
            f"lovelaceada_678_1_{LESSON}.ipynb": text(paths, WRONG_TOTAL),
            f"lovelaceada_678_2_{LESSON}-1.ipynb": text(paths, RIGHT),
            "lovelaceada_678_3_progress-1.json": PROGRESS,
            f"hopper_LATE_679_4_{LESSON}.ipynb": text(paths),
        },
    )
    made = collect(paths, source, add=True)
    assert sorted(became(made)) == [
        ("hopper", "new"),
        ("lovelaceada", "new"),
        ("lovelaceada", "newer"),
    ]
    found = submitted(paths, "lovelaceada")
    assert found[f"{LESSON}.ipynb"] == text(paths, RIGHT) and found["progress.json"] == PROGRESS
    assert [one.learner for one in made.taken if one.late] == ["hopper"]
    assert {one.id: one.lms_user_id for one in read_roster(paths).students} == {
        "lovelaceada": "678",
        "hopper": "679",
    }


def test_canvas_and_moodle_names_find_the_learner_of_the_gradebook(
    paths: CoursePaths, tmp_path: Path
) -> None:
    known = [Student("s1", "Adá", "Lovelace"), Student("s2", "Grace", "Hopper", lms_user_id="679")]
    save(paths, known)
    canvas = {
        f"lovelaceada_678_1_{LESSON}.ipynb": text(paths),
        f"murraygrace_679_2_{LESSON}.ipynb": text(paths),
    }
    made = collect(paths, packed(tmp_path / "canvas.zip", canvas))
    assert sorted(became(made)) == [("s1", "new"), ("s2", "new")]
    moodle = {f"Grace Hopper_12_assignsubmission_file_/{LESSON}.ipynb": text(paths)}
    made = collect(paths, packed(tmp_path / "moodle.zip", moodle))
    assert became(made) == [("s2", "same")] and made.unknown == []


def test_a_moodle_archive_with_a_zip_of_the_lessons_folder(
    paths: CoursePaths, tmp_path: Path
) -> None:
    hand_in = {f"{LESSON}/{LESSON}.ipynb": text(paths), f"{LESSON}/progress.json": PROGRESS}
    made = collect(
        paths,
        packed(
            tmp_path / "moodle.zip",
            {
                "Ada King Lovelace_12_assignsubmission_file_/work.zip": inner(hand_in),
                f"Grace Hopper_13_assignsubmission_file_{LESSON}.ipynb": text(paths),
                "Grace Hopper_13_assignsubmission_onlinetext_/onlinetext.html": "<p>Hello</p>",
            },
        ),
        add=True,
    )
    assert sorted(became(made)) == [("ada-king-lovelace", "new"), ("grace-hopper", "new")]
    assert submitted(paths, "ada-king-lovelace")["progress.json"] == PROGRESS
    (ada, _) = sorted(read_roster(paths).students, key=lambda one: one.id)
    assert (ada.first_name, ada.last_name) == ("Ada King", "Lovelace")


def test_two_learners_of_one_name_are_not_mixed_up(paths: CoursePaths, tmp_path: Path) -> None:
    save(paths, [Student("s1", "Ada", "Smith"), Student("s2", "Ada", "Smith")])
    moodle = {f"Ada Smith_12_assignsubmission_file_/{LESSON}.ipynb": text(paths)}
    made = collect(paths, packed(tmp_path / "moodle.zip", moodle), add=True)
    assert made.taken == [] and "may be s1, s2" in said(made.refused)


def test_the_later_version_counts_and_both_are_kept(paths: CoursePaths, tmp_path: Path) -> None:
    for day, answers in ((24, RIGHT), (22, WRONG_TOTAL), (25, WRONG_TOTAL | {"m0-memo": "Last."})):
        name = f"ada/{LESSON}.ipynb"
        source = packed(tmp_path / "x.zip", {name: (dated(name, day), text(paths, answers))})
        made = collect(paths, source, add=True)
    assert became(made) == [("ada", "newer")]
    assert "Last." in submitted(paths, "ada")[f"{LESSON}.ipynb"]
    kept = sorted((paths.class_folder / "earlier" / "ada" / LESSON).iterdir())
    assert [path.name[:10] for path in kept] == ["2026-11-22", "2026-11-24"]
    assert became(collect(paths, source)) == [("ada", "same")]


def test_unknown_learners_are_listed_and_not_added(paths: CoursePaths, tmp_path: Path) -> None:
    save(paths, [Student("ada")])
    members = {f"{name}/{LESSON}.ipynb": text(paths) for name in ("ada", "adda")}
    made = collect(paths, packed(tmp_path / "x.zip", members))
    assert became(made) == [("ada", "new")]
    assert said(made.unknown) == "adda: (did you mean ada?)"
    assert not paths.handed_in("adda", LESSON).exists()


def test_a_wrong_file_name_is_offered_the_nearest_and_not_guessed(
    paths: CoursePaths, tmp_path: Path
) -> None:
    source = packed(tmp_path / "x.zip", {"ada/00_exampel.ipynb": text(paths)})
    made = collect(paths, source, add=True)
    assert made.taken == [] and f"The nearest is {LESSON}.ipynb" in said(made.refused)
    assert became(collect(paths, source, add=True, accept_nearest=True)) == [("ada", "new")]


def link(name: str) -> tuple[zipfile.ZipInfo, str]:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info, "/etc/passwd"


BAD = {
    "climbs": ("../../climbs.ipynb", "leads out"),
    "absolute": ("/tmp/absolute.ipynb", "leads out"),
    "drive": ("C:/absolute.ipynb", "leads out"),
    "backslash": ("ada\\..\\..\\x.ipynb", "leads out"),
    "link": (link(f"eve/{LESSON}.ipynb"), "a link"),
    "bomb": ("eve/bomb.ipynb", "zip bomb"),
}


@pytest.mark.parametrize("kind", BAD)
def test_members_that_could_do_harm_are_refused_by_name(
    paths: CoursePaths, tmp_path: Path, kind: str
) -> None:
    name, why = BAD[kind]
    content: Any = name if isinstance(name, tuple) else text(paths)
    content = b"0" * 5_000_000 if kind == "bomb" else content
    shown = name[0].filename if isinstance(name, tuple) else name
    members = {shown: content, f"bob/{LESSON}.ipynb": text(paths)}
    before = set(tmp_path.rglob("*"))
    made = collect(paths, packed(tmp_path / "x.zip", members), add=True)
    assert became(made) == [("bob", "new")]
    assert shown in said(made.refused) and why in said(made.refused)
    new = set(tmp_path.rglob("*")) - before - {tmp_path / "x.zip"}
    assert all(paths.class_folder in path.parents for path in new)


def test_a_damaged_member_costs_only_its_learner(paths: CoursePaths, tmp_path: Path) -> None:
    members = {f"{name}/{LESSON}.ipynb": text(paths) for name in ("ada", "bob")}
    source = packed(tmp_path / "x.zip", members)
    content = bytearray(source.read_bytes())
    content[200:210] = b"0123456789"
    source.write_bytes(content)
    made = collect(paths, source, add=True)
    assert became(made) == [("bob", "new")] and "ada" in said(made.refused)


def test_links_in_a_folder_are_not_followed(paths: CoursePaths, tmp_path: Path) -> None:
    folder = tmp_path / "class" / "ada"
    folder.mkdir(parents=True)
    secret = tmp_path / "secret.ipynb"
    secret.write_text(text(paths), encoding="utf-8")
    (folder / f"{LESSON}.ipynb").symlink_to(secret)
    made = collect(paths, tmp_path / "class", add=True)
    assert made.taken == [] and "It is a link." in said(made.refused)


def test_a_source_that_is_neither_folder_nor_zip_is_told(
    paths: CoursePaths, tmp_path: Path
) -> None:
    (tmp_path / "x.txt").write_text("hello", encoding="utf-8")
    with pytest.raises(GraderError, match="neither a folder nor a zip"):
        collect(paths, tmp_path / "x.txt")


def test_an_assignment_that_does_not_exist_is_told(paths: CoursePaths, tmp_path: Path) -> None:
    with pytest.raises(GraderError, match=f"Did you mean {LESSON}"):
        collect(paths, tmp_path, assignment="00_exampel")


def placed(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    "name",
    [
        f"ada/{LESSON}.ipynb",
        f"ada/{LESSON}/{LESSON}.ipynb",
        f"ada/anything/{LESSON}.ipynb",
        f"week 3/ada/final/{LESSON}.ipynb",
        f"ada/my work/{LESSON}/{LESSON}.ipynb",
        f"{LESSON}/ada/{LESSON}.ipynb",
        f"ada/bob/{LESSON}.ipynb",
        f"ada/bob+{LESSON}+2026-11-24 10:00:00 UTC+x/{LESSON}.ipynb",
    ],
)
def test_the_first_folder_that_names_a_learner_says_whose_it_is(
    paths: CoursePaths, tmp_path: Path, name: str
) -> None:
    save(paths, [Student("ada"), Student("bob")])
    placed(tmp_path / "class", name, text(paths))
    placed(tmp_path / "class", str(Path(name).with_name("progress.json")), PROGRESS)
    made = collect(paths, tmp_path / "class")
    assert became(made) == [("ada", "new")] and said(made.refused) == ""
    assert submitted(paths, "ada")["progress.json"] == PROGRESS


@pytest.mark.parametrize("add", [False, True])
def test_a_layout_that_names_nobody_of_the_class_is_refused_with_what_is_understood(
    paths: CoursePaths, tmp_path: Path, add: bool
) -> None:
    save(paths, [Student("ada")])
    name = f"adda/anything/{LESSON}.ipynb"
    placed(tmp_path / "class", name, text(paths))
    placed(tmp_path / "class", "adda/anything/notes.txt", "Mine.")
    made = collect(paths, tmp_path / "class", add=add)
    (refusal,) = made.refused
    assert refusal.name == name and made.taken == [] and made.unknown == []
    assert "LEARNER/ASSIGNMENT/NOTEBOOK.ipynb" in refusal.why
    assert "The nearest is ada" in refusal.why


def test_a_learners_own_zip_names_nobody_else(paths: CoursePaths, tmp_path: Path) -> None:
    save(paths, [Student("bob")])
    for folder in ("bob", f"bob+{LESSON}+2026-11-24 10:00:00 UTC+x"):
        packed_by_eve = inner({f"{folder}/{LESSON}/{LESSON}.ipynb": text(paths)})
        placed(tmp_path / "class", "eve.zip", packed_by_eve)
        made = collect(paths, tmp_path / "class", add=True)
        assert "bob" not in [one.learner for one in made.taken]
    assert not paths.handed_in("bob", LESSON).exists()


def test_a_learners_own_zip_may_hold_any_folder(paths: CoursePaths, tmp_path: Path) -> None:
    own = inner({f"my work/{LESSON}/{LESSON}.ipynb": text(paths)})
    placed(tmp_path / "class", "eve.zip", own)
    assert became(collect(paths, tmp_path / "class", add=True)) == [("eve", "new")]
