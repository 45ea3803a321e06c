"""A plugin for the pytest that nbval runs in: what each cell showed is kept in the notebook."""

import nbformat
import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    for file in {item.parent for item in session.items}:
        nbformat.write(file.nb, file.path)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    # Only now: nbval refuses a cell that has outputs before it was run.
    item.cell.outputs = item.test_outputs or []
    item.cell.execution_count = item.cell_num + 1
