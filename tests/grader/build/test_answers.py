"""Facts about banks of answers: how they are read, what is refused, that learners get none."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from example_course import LESSON, make_course
from nbgrader.converters import GenerateAssignment

from grader.build.answers import Answer, read_bank
from grader.build.build import build, check
from grader.build.release import learners_files
from grader.core.errors import BuildError
from grader.core.nbgrader import load_config, run_step
from grader.core.paths import find_paths
from grader.judge.reading.assignment import read_assignment

WRONG = "# %% wrong: number {n}\n# the trap {n}\ndef halve(items):\n    return {n}\n\n"
RIGHT = "# %% right: number {n}\ndef halve(items):\n    return [items[:{n}], items[{n}:]]\n\n"
COURSE = 'title = "T"\nsubtitle = "S"\nlessons = []\nawards = []\n{more}'


def bank(folder: Path, text: str) -> Path:
    path = folder / "m0-halve.py"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def full(right: int = 8, wrong: int = 4) -> str:
    texts = [RIGHT.format(n=n) for n in range(right)]
    return "".join(texts + [WRONG.format(n=100 + n) for n in range(wrong)])


def course_with(root: Path, more: str = "answers = true", **banks: str) -> Path:
    make_course(root)
    (root / "course.toml").write_text(COURSE.format(more=more), encoding="utf-8")
    folder = root / "solutions" / LESSON / "answers"
    folder.mkdir()
    for name, text in banks.items():
        (folder / f"{name.replace('_', '-')}.py").write_text(text, encoding="utf-8")
    return root


def test_an_answer_is_all_that_stands_below_its_header_and_comments(tmp_path: Path) -> None:
    text = (
        "# %% wrong: as_completed\n# methods: fork, spawn\n# the text\n# says: in order\n\nx = 1\n"
    )
    text += "# inside\n\ny = 2\n\n# %% right: another: one\nz = 3"
    first, second = read_bank(bank(tmp_path, text))
    told = "the text says: in order"
    assert first == Answer(
        "wrong", "as_completed", "x = 1\n# inside\n\ny = 2", ("fork", "spawn"), told
    )
    assert second == Answer("right", "another: one", "z = 3")


def test_an_answer_may_be_no_python_and_lines_may_end_as_on_windows(tmp_path: Path) -> None:
    (only,) = read_bank(bank(tmp_path, "\ufeff# %% wrong: open bracket\r\nf = (\r\n"))
    assert only.text == "f = ("


def test_a_label_for_other_start_methods_is_open() -> None:
    answer = Answer("right", "helper", "", ("fork",))
    assert answer.label_under("fork") == "right"
    assert answer.label_under("forkserver") == "either"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n# %% right: a\n", "line 1: Text stands before the first answer."),
        ("", "holds no answer."),
        ("# %% right: a\nx\n\n# %% rihgt: b\n", "line 4: The label 'rihgt' is unknown. Known are"),
        ("# %% right: a\n# %% wrong: a\n", "line 2: Two answers are called 'a'. The first"),
        ("# %% [markdown]\n", "line 1: '# %% [markdown]' is no header of an answer."),
        ("# %% right: a\n# methods: thread\n", "line 2: The start method 'thread' is unknown."),
        ("# %% right: a\n# methods:\n", "line 2: No method is named."),
    ],
)
def test_a_bank_that_is_not_understood_is_named_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(BuildError) as caught:
        read_bank(bank(tmp_path, text))
    assert told in str(caught.value)
    assert "m0-halve.py" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bank_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m0-halve.py"
    path.write_bytes(b"# %% right: \xff\n")
    with pytest.raises(BuildError, match=r"m0-halve\.py cannot be read"):
        read_bank(path)


def test_a_course_without_the_policy_builds_without_banks(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    (root / "course.toml").write_text(COURSE.format(more=""), encoding="utf-8")
    assert build(root)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose tasks are finished, built once; tests only read it."""
    root = course_with(tmp_path_factory.mktemp("finished"), m0_halve=full(), m0_total=full())
    build(root)
    return root


def test_finished_banks_are_built(finished: Path) -> None:
    assert check(finished) == []


@pytest.mark.parametrize(
    ("banks", "why"),
    [
        ({"m0_halve": full()}, "answers/m0-total.py is missing"),
        ({"m0_halve": full(), "m0_total": full(7)}, "holds 11 answers, fewer than 12"),
        ({"m0_halve": full(), "m0_total": full(9, 3)}, "has 3 wrong answers whose comment names"),
        ({"m0_halve": full(), "m0_total": full(), "m0_x": full()}, "m0-x.py is the bank of no"),
        ({"m0_halve": full(), "m0_total": "x"}, "m0-total.py, line 1: Text stands before"),
    ],
)
def test_a_task_whose_bank_is_not_finished_stops_the_build(
    tmp_path: Path, banks: dict[str, str], why: str
) -> None:
    root = course_with(tmp_path, **banks)
    with pytest.raises(BuildError) as caught:
        build(root)
    assert why in str(caught.value)
    assert not (root / "modules").exists()


def test_wrong_answers_that_name_no_trap_do_not_count(tmp_path: Path) -> None:
    silent = full().replace("# the trap", "1 #")
    root = course_with(tmp_path, m0_halve=full(), m0_total=silent)
    with pytest.raises(BuildError, match="has 0 wrong answers whose comment names the trap"):
        build(root)


def test_the_check_of_the_build_names_unfinished_banks(finished: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(finished, tmp_path / "course"))
    (root / "solutions" / LESSON / "answers" / "m0-total.py").unlink()
    assert [(one.path, one.why.partition(":")[0]) for one in check(root)] == [
        (f"solutions/{LESSON}/answers/m0-total.py", "is missing")
    ]


def test_no_bank_reaches_learners(finished: Path) -> None:
    modules = finished / "modules"
    released = [path.relative_to(modules).as_posix() for path in modules.rglob("*")]
    assert released
    assert not [name for name in released if "answers" in name or name.endswith(".py")]
    with zipfile.ZipFile(modules / "originals.zip") as packed:
        assert not [name for name in packed.namelist() if "answers" in name]
    packed_files = learners_files(find_paths(finished))
    assert not [name for name in packed_files if "answers" in name]
    assert not [name for name, text in packed_files.items() if b"the trap" in text]


def test_stock_nbgrader_releases_no_bank(finished: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(finished, tmp_path / "course"))
    shutil.rmtree(root / "modules")
    run_step(GenerateAssignment, LESSON, load_config(root))
    names = {path.name for path in (root / "modules").rglob("*")}
    assert names == {LESSON, f"{LESSON}.ipynb", "words.txt"}


def test_hand_ins_never_see_a_bank(finished: Path) -> None:
    assert set(read_assignment(finished, LESSON).files) == {"words.txt"}
