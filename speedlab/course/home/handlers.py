"""The web pages at /course and what their buttons do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from speedlab.course.certificate.draw import certificate_html
from speedlab.course.certificate.standing import standing
from speedlab.course.home import instructor, lessons, workspaces
from speedlab.course.home.asking import FormPage, ReviewPage
from speedlab.course.home.offers import offers
from speedlab.course.home.page import Page
from speedlab.course.home.state import course_state
from speedlab.course.lessons.description import Lesson, read_course
from speedlab.course.quiz.ideas import own_gain

HERE = Path(__file__).parent
SAID = {
    "started-over": "{title} begins anew. Your earlier work is kept in the folder {kept}.",
    "restored": "{title} is back. Files of yours that were still there were not touched.",
    "kept": "Your choices are kept. Go on with them whenever you like.",
}


def routes(base_url: str, root: str, *, shared: bool = True) -> list[Any]:
    """Return the handlers of all pages for a course that lies in the folder root.

    Args:
        base_url: What stands before every address.
        root: The folder of the course.
        shared: Whether learners may reach this server: then there is no instructor's page.
    """
    given = {"root": Path(root), "shared": shared}
    name = r"(?P<name>[\w-]+)"
    static = {"path": str(HERE / "static")}
    return [
        (url_path_join(base_url, "course/?"), HomePage, given),
        (url_path_join(base_url, "course/lessons", name, "start-over"), StartOverPage, given),
        (url_path_join(base_url, "course/lessons", name, "restore"), RestorePage, given),
        (url_path_join(base_url, "course/(?P<form>before|after)"), FormPage, given),
        (url_path_join(base_url, "course/review"), ReviewPage, given),
        (url_path_join(base_url, "course/certificate"), CertificatePage, given),
        (url_path_join(base_url, "course/certificate/document"), CertificateDocument, given),
        (url_path_join(base_url, "course/instructor"), InstructorPage, given),
        (url_path_join(base_url, "course/static/(.*)"), web.StaticFileHandler, static),
    ]


class HomePage(Page):
    """GET /course: where the learner stands, and the one button to go on."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Show the home page."""
        course = read_course(self.course_root)
        state = await asyncio.to_thread(course_state, course, self.course_root)
        await asyncio.to_thread(workspaces.lay_out, course)
        offered = await asyncio.to_thread(offers, state, self.course_root, datetime.now(UTC))
        names = {"state": state, "said": self._said(), "instructor": self.has_instructor}
        self.show("home.html", offers=offered, **names)

    def _said(self) -> str:
        cookie = self.get_signed_cookie("speedlab-said")
        if cookie is None:
            return ""
        self.clear_cookie("speedlab-said")
        said, name, kept = cookie.decode().split("|")
        title = read_course(self.course_root).lesson(name).title
        return SAID[said].format(title=title, kept=kept)


class StartOverPage(Page):
    """Ask first (GET), then put the original back (POST)."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Ask whether to start a lesson over."""
        self.show("start_over.html", lesson=self.lesson(name))

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Keep the learner's work, put the original back, and end the lesson's kernel."""
        lesson = self.lesson(name)
        await self._end_kernels(lesson)
        kept = await asyncio.to_thread(lessons.start_over, lesson, self.course_root)
        self.go_home("started-over", lesson, kept.relative_to(self.course_root).as_posix())

    async def _end_kernels(self, lesson: Lesson) -> None:
        path = lesson.notebook(Path()).as_posix()
        sessions: Any = self.session_manager
        for session in await sessions.list_sessions():
            if session["path"] == path:
                await sessions.delete_session(session["id"])


class RestorePage(Page):
    """POST: put a lost lesson back."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Restore the missing files of a lesson."""
        lesson = self.lesson(name)
        await asyncio.to_thread(lessons.restore, lesson, self.course_root)
        self.go_home("restored", lesson)


class CertificatePage(Page):
    """GET /course/certificate: what was reached, what is missing, and who asks."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Show where the learner stands."""
        course = read_course(self.course_root)
        reached = await asyncio.to_thread(standing, course, self.course_root)
        gain = await asyncio.to_thread(own_gain, course, self.course_root)
        self.show("certificate.html", standing=reached, gain=gain)


class CertificateDocument(Page):
    """GET /course/certificate/document?name=...: the certificate itself, to print or keep."""

    # The document is one file with its style inside, so that it can be kept anywhere.
    content_security_policy = "default-src 'none'; style-src 'unsafe-inline'"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Show the certificate."""
        course = read_course(self.course_root)
        reached = await asyncio.to_thread(standing, course, self.course_root)
        gain = await asyncio.to_thread(own_gain, course, self.course_root)
        name = self.get_query_argument("name", "")
        self.set_header("Cache-Control", "no-store")
        self.finish(certificate_html(reached, name, datetime.now().date(), gain=gain))


class InstructorPage(Page):
    """GET /course/instructor: how the class does; there is none where learners could see it."""

    # The grader makes one file with its style inside, so that it can be kept anywhere.
    content_security_policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; frame-ancestors 'self'"
    )

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Show the page as it is now."""
        if not self.has_instructor:
            raise web.HTTPError(404)
        home, formgrader = (url_path_join(self.base_url, name) for name in ("course", "formgrader"))
        runs = "nbgrader_formgrader" in self.settings
        page = await asyncio.to_thread(
            instructor.draw, self.course_root, home=home, formgrader=formgrader if runs else ""
        )
        self.set_header("Cache-Control", "no-store")
        self.finish(page)
