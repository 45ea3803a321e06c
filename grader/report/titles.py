"""What people call the lessons and their questions."""

from __future__ import annotations

from grader.core.paths import CoursePaths
from speedlab.course.lessons.description import FILE, read_course


class Titles:
    """What people call lessons and questions; their ids where course.toml does not say."""

    def __init__(self, paths: CoursePaths) -> None:
        found = read_course(paths.root) if (paths.root / FILE).is_file() else None
        self.course = found.title if found else paths.course_id or paths.root.name
        lessons = found.lessons if found else ()
        self._lessons = {lesson.name: lesson.title for lesson in lessons}
        self._steps = {step.id: step.title for lesson in lessons for step in lesson.steps}

    def lesson(self, name: str) -> str:
        """Return the title of an assignment."""
        return self._lessons.get(name, name)

    def step(self, name: str) -> str:
        """Return the title of a graded cell."""
        return self._steps.get(name.removesuffix("-test"), name)
