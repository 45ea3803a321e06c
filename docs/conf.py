"""The static site of lessons and guides.

    python start.py -- python -m sphinx -W --keep-going -b html docs .speedlab/site

The lessons are those of modules/, run here in their small size: docs/lessons is a copy that this
file makes anew, so that the learners' own folders stay as they are. No page loads anything from
another server.
"""

import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
LESSONS = HERE / "lessons"

project = "speedlab"
author = "the speedlab authors"
copyright = "the speedlab authors; lessons CC BY 4.0"
language = "en"
extensions = ["myst_nb"]
exclude_patterns = ["lessons/**/questions.json"]

html_theme = "sphinx_book_theme"
html_title = "speedlab"
html_show_sourcelink = False
html_theme_options = {"use_download_button": False, "show_toc_level": 2}

myst_heading_anchors = 3
myst_enable_extensions = []  # no dollar signs as formulas: a formula would ask for MathJax
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
nb_ipywidgets_js = {}  # the static view of each widget instead: it needs no script
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_code_prompt_show = "Show the code"


def copy_lessons() -> None:
    """Put fresh copies of the released lessons beside this file."""
    shutil.rmtree(LESSONS, ignore_errors=True)
    for source in sorted((HERE.parent / "modules").glob("*/*.ipynb")):
        if source.stem == source.parent.name:
            target = LESSONS / source.stem
            shutil.copytree(source.parent, target, ignore=shutil.ignore_patterns("*progress*"))
            _fit_for_the_site(target / source.name)


def _fit_for_the_site(path: Path) -> None:
    """Fold what is folded in JupyterLab, and let links to these guides start from the copy."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../../docs/", "](../../")
    nbformat.write(notebook, path)


os.environ["SPEEDLAB_SIZE"] = "small"
copy_lessons()
