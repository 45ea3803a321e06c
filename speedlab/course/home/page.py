"""What every page of the course home has: its policy, its templates, its sentence for an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join

from speedlab.core.errors import BadInput, SpeedlabError
from speedlab.core.templates import templates
from speedlab.course.home import instructor
from speedlab.course.lessons.description import Lesson, read_course

# Everything comes from this server; nothing may be loaded from, or sent to, another.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


class Page(JupyterHandler):
    """A page of the course; an error of the course is a page with a sentence."""

    auth_resource = "contents"

    def initialize(self, root: Path, shared: bool) -> None:
        """Take the folder of the course, and whether learners may reach this server."""
        self.course_root = root
        self.has_instructor = instructor.is_there(root, shared=shared)

    @property
    def content_security_policy(self) -> str:
        """Forbid everything that does not come from this server."""
        return POLICY

    def show(self, template: str, **names: Any) -> None:
        """Answer with a page."""
        page = templates("speedlab.course.home", "speedlab.page").get_template(template)
        names |= {"base": self.base_url, "xsrf": self.xsrf_token.decode()}
        self.set_header("Cache-Control", "no-store")
        self.finish(page.render(**names))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a sentence; the details are in the server's log."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        sentence = "This page could not be shown. The server's log says why."
        if isinstance(error, SpeedlabError):
            self.set_status(404 if isinstance(error, BadInput) else 500)
            sentence = str(error)
        elif status_code in (403, 404, 405):
            sentence = "There is no such page, or it may not be opened this way."
        self.show("error.html", sentence=sentence)

    def log_exception(self, *exc_info: Any) -> None:
        """Log what is a defect; a sentence for the learner is none."""
        if not isinstance(exc_info[1], SpeedlabError):
            super().log_exception(*exc_info)

    def lesson(self, name: str) -> Lesson:
        """Return the lesson of this name, or raise BadInput."""
        return read_course(self.course_root).lesson(name)

    def go_home(self, said: str, lesson: Lesson, kept: str = "") -> None:
        """Send the browser to the home page, which then says what was done."""
        self.set_signed_cookie("speedlab-said", f"{said}|{lesson.name}|{kept}", expires_days=None)
        self.redirect(url_path_join(self.base_url, "course"), status=303)
