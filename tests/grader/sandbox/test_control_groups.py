"""Control groups, against a tree of plain files: the real ones are not everywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.sandbox import control_groups
from grader.sandbox.control_groups import GRADERS, Group, divided_group
from grader.sandbox.limits import Limits
from grader.sandbox.monitor import Monitor

LIMITS = Limits(memory_bytes=400_000_000, tasks=100)
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no control groups")


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The group of this process in a tree made up."""
    folder = tmp_path / "user.slice" / "grading.scope"
    folder.mkdir(parents=True)
    (folder / "cgroup.controllers").write_text("cpu memory pids\n")
    (folder / "cgroup.procs").write_text(f"{os.getpid()}\n")
    (folder / "cgroup.subtree_control").write_text("\n")
    monkeypatch.setattr(control_groups, "TREE", tmp_path)
    monkeypatch.setattr(control_groups, "MEMBERSHIP", tmp_path / "membership")
    monkeypatch.setattr(control_groups, "ENDING_S", 0.0)  # files of a made-up tree stay
    join(tmp_path, "/user.slice/grading.scope")
    divided_group.cache_clear()
    monkeypatch.setattr(control_groups, "divided_group", divided_group.__wrapped__)
    return folder


def join(tree: Path, name: str) -> None:
    (tree / "membership").write_text(f"4:memory:/old\n0::{name}\n")


def divided() -> Path | None:
    return control_groups.divided_group()


def test_a_group_of_ones_own_is_divided(group: Path) -> None:
    assert divided() == group
    assert (group / GRADERS / "cgroup.procs").read_text() == str(os.getpid())
    assert (group / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_a_process_that_a_grader_started_uses_the_group_that_it_divided(group: Path) -> None:
    divided()
    (group / "cgroup.subtree_control").write_text("memory pids\n")  # as the kernel tells it
    (group / GRADERS / "cgroup.controllers").write_text("memory pids\n")
    join(group.parents[1], f"/user.slice/grading.scope/{GRADERS}")
    assert divided() == group


@pytest.mark.parametrize(
    ("file", "text"),
    [("cgroup.procs", "{own}\n1\n"), ("cgroup.controllers", "cpu\n")],
)
def test_a_group_that_is_not_ones_own_stays_as_it_is(group: Path, file: str, text: str) -> None:
    (group / file).write_text(text.format(own=os.getpid()))
    assert divided() is None and not (group / GRADERS).exists()
    assert (group / "cgroup.subtree_control").read_text() == "\n"


@pytest.mark.parametrize("name", ["/", "/no/such/group"])
def test_without_a_group_nothing_is_limited(group: Path, name: str) -> None:
    join(group.parents[1], name)
    assert divided() is None and Group.around([1], LIMITS) is None


def test_without_version_2_there_is_no_group(group: Path) -> None:
    (group.parents[1] / "membership").write_text("4:memory:/old\n")
    assert divided() is None


def made(group: Path) -> tuple[Group, Path]:
    one = Group.around([11, 12], LIMITS)
    assert one is not None
    return one, next(group.glob("speedlab-box-*"))


def test_a_box_gets_limits_before_it_gets_processes(group: Path) -> None:
    one, folder = made(group)
    assert (folder / "memory.max").read_text() == "400000000"
    assert (folder / "memory.swap.max").read_text() == "0"
    assert int((folder / "pids.max").read_text()) == 100 + control_groups.OWN_TASKS
    assert (folder / "cgroup.procs").read_text() == "12"  # a line for each; a file keeps the last
    one.end()
    assert (folder / "cgroup.kill").read_text() == "1"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("memory.events", "max 3\noom 1\noom_kill 1\n", "More than 0.4 GB of memory was used."),
        ("pids.events", "max 7\n", "More than 100 threads ran at the same time."),
        ("memory.events", "max 3\noom 0\noom_kill 0\noom_group_kill 0\n", ""),
        ("pids.events", "max 0\n", ""),
    ],
)
def test_a_limit_that_broke_is_said(group: Path, file: str, text: str, told: str) -> None:
    one, folder = made(group)
    assert one.broken() == ""
    (folder / file).write_text(text)
    watched = Monitor(0, LIMITS, own=1, folders=[], group=one)
    assert one.broken() == watched.enforced() == told


def test_a_process_that_may_not_be_moved_leaves_no_group(
    group: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    divided()
    real = Path.write_text

    def refused(path: Path, text: str) -> int:
        if path.name == "cgroup.procs" and text == "12":
            raise PermissionError
        return real(path, text)

    monkeypatch.setattr(Path, "write_text", refused)
    (group / "cgroup.subtree_control").write_text("memory pids\n")
    assert Group.around([11, 12], LIMITS) is None
