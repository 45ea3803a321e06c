"""Where a learner stands: what the home page shows, computed from files alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from speedlab.course.lessons import progress
from speedlab.course.lessons.cells import read_cells
from speedlab.course.lessons.description import Course, Lesson, Step

MEMO_WORDS = 30  # fewer are a note, not a memo


@dataclass(frozen=True)
class StepState:
    """One step and whether it is done."""

    step: Step
    done: bool


@dataclass(frozen=True)
class LessonState:
    """One lesson as the home page shows it; note is a sentence about something unusual."""

    lesson: Lesson
    steps: tuple[StepState, ...]
    there: bool
    note: str = ""

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(state.done for state in self.steps)

    @property
    def minutes_left(self) -> int:
        """What a first reader still needs."""
        return sum(state.step.minutes for state in self.steps if not state.done)

    @property
    def word(self) -> str:
        """The state in words."""
        if not self.there:
            return "Missing"
        if self.done == len(self.steps):
            return "Done"
        return "Under way" if self.done else "Not started"

    @property
    def url(self) -> str:
        """The page of the notebook."""
        return lesson_url(self.lesson)


@dataclass(frozen=True)
class CourseState:
    """All lessons, and the one to go on with."""

    course: Course
    lessons: tuple[LessonState, ...]

    @property
    def steps_done(self) -> int:
        """How many steps of all lessons are done."""
        return sum(state.done for state in self.lessons)

    @property
    def steps(self) -> int:
        """How many steps all lessons have."""
        return sum(len(state.steps) for state in self.lessons)

    @property
    def minutes_left(self) -> int:
        """What a first reader still needs for the whole course."""
        return sum(state.minutes_left for state in self.lessons)

    @property
    def next(self) -> LessonState | None:
        """The lesson under way, else the first that is not done; None when all are."""
        open_ones = [state for state in self.lessons if state.there and state.word != "Done"]
        under_way = [state for state in open_ones if state.done]
        return next(iter(under_way + open_ones), None)


def lesson_url(lesson: Lesson) -> str:
    """Return the page of a notebook, in a workspace of its own, below the server's address."""
    name = quote(lesson.name)
    return f"doc/workspaces/{name}/tree/modules/{name}/{name}.ipynb"


def course_state(course: Course, root: Path) -> CourseState:
    """Return where the learner stands in a course that lies in a folder."""
    return CourseState(
        course, tuple(_lesson(lesson, root, keys=course.keys) for lesson in course.lessons)
    )


def _lesson(lesson: Lesson, root: Path, *, keys: bool) -> LessonState:
    notebook = lesson.notebook(root)
    if not notebook.is_file():
        untouched = tuple(StepState(step, False) for step in lesson.steps)
        return LessonState(lesson, untouched, there=False)
    record = progress.load(lesson.folder(root))
    written = memos_written(notebook, (s.id for s in lesson.steps if s.kind == "memo"))
    # Without keys nobody here knows which answers are right: to have noted one is to be done.
    noted = {s.id for s in lesson.steps if s.kind == "question" and not keys} & {*record.answers}
    done = {*record.done, *written, *noted}
    steps = tuple(StepState(step, step.id in done) for step in lesson.steps)
    return LessonState(lesson, steps, there=True, note=record.note)


def memos_written(notebook: Path, names: Iterable[str]) -> set[str]:
    """Return the grade ids, among names, of the memos that hold a text of some length."""
    texts = {cell.grade_id: cell.source for cell in read_cells(notebook)}
    return {name for name in names if len(texts.get(name, "").split()) >= MEMO_WORDS}
