"""The static site of lessons, guides and the API reference.

    python start.py -- python -m sphinx -W --keep-going -b html docs .speedlab/site

The lessons are those of modules/, run here in their small size: docs/lessons is a copy that this
file makes anew, so that the learners' own folders stay as they are. No page loads anything from
another server.

The tests have run every lesson already. Where SPEEDLAB_EXECUTED names a folder with the lessons as
notebooks that hold their outputs, those are shown and nothing is run.
"""

import json
import os
import re
import shutil
from pathlib import Path

HERE = Path(__file__).parent
LESSONS = HERE / "lessons"
EXECUTED = os.environ.get("SPEEDLAB_EXECUTED", "")

project = "speedlab"
author = "the speedlab authors"
copyright = "the speedlab authors; lessons CC BY 4.0"
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["lessons/**/questions.json"]

autodoc_member_order = "bysource"
# As they stand in the code: docs/api/index.md says what each of these is.
autodoc_type_aliases = {name: name for name in ("Workers", "Equal", "Mapper", "Told")}
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # an attribute that a docstring lists is not a second object of its name

html_theme = "sphinx_book_theme"
html_title = "speedlab"
html_show_sourcelink = False
html_theme_options = {"use_download_button": False, "show_toc_level": 2}

myst_heading_anchors = 3
myst_enable_extensions = []  # no dollar signs as formulas: a formula would ask for MathJax
nb_execution_mode = "off" if EXECUTED else "force"
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
            # One reader for all: else each build would draw other figures for the questions.
            record = {"version": 2, "learner": 16 * "0", "answers": {}, "done": {}}
            (target / "progress.json").write_text(json.dumps(record), encoding="utf-8")
            if EXECUTED:
                shutil.copy(Path(EXECUTED) / source.name, target)
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


def setup(app):
    """Write the names of types that are part of others as plainly as those that stand alone."""
    app.connect("autodoc-process-signature", _plain_names)


def _plain_names(*given):
    *_, signature, returns = given

    def plain(text):
        return text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text)

    return plain(signature), plain(returns)


os.environ["SPEEDLAB_SIZE"] = "small"
copy_lessons()
