"""Jinja, set up once: text is text and never markup, and a name that is missing is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def templates(*packages: str) -> Environment:
    """Return the templates in the folders ``templates`` of some packages, the first name winning.

    A block's own line leaves no empty line behind, so that pages read well as source.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
