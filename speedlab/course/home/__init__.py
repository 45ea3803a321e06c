"""The course home: ordinary web pages at /course, served by the Jupyter server of the course.

    browser --GET /course--> handlers --> state (course.toml, progress.json, notebooks)
                                      --> templates
            --GET, POST before, after--> asking, forms (noted with the first and last lesson)
            --GET, POST review---------> asking, review (mistakes of a week ago, asked again)
            --POST start-over, restore--> lessons (the work kept, the original put back)
            --GET /course/instructor--> python -m grader report, where a class is graded

A lesson's button "Course home" is in server/overrides.json. It names ../course: JupyterLab opens
what it is told as a file, below BASE/files/, and only it knows what BASE is on this server.

No kernel, no build step, no request to anywhere else. Jupyter's token guards every page.

May import: core, lessons, quiz, certificate; its pages extend the base template of speedlab.page.
Used by: the Jupyter server; the grader takes its style and its list of lessons.
Others use: lessons.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "speedlab.course.home"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Add the pages to a Jupyter server; it calls this once, when it starts."""
    from speedlab.course.home.handlers import routes
    from speedlab.course.home.instructor import is_shared

    base_url = app.web_app.settings["base_url"]
    app.web_app.add_handlers(".*$", routes(base_url, app.root_dir, shared=is_shared(app)))
