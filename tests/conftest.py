"""How two processes share the tests (`-n 2`), and which tests count for the coverage.

A file stays whole, so that what its tests share is made once. The lessons are run once for nbval
and the site, and the browser tests share a browser and a server: each of these folders stays
whole. What takes longest begins first, or one process would wait for the other at the end.

Those tests count that run in their own process. Before Python 3.12 counting lines makes pure
Python, as the cases and their oracles are, slower by two thirds; lessons, browsers, kernels and
boxes work in processes that are not counted anyway.
"""

from pathlib import Path

import pytest

collect_ignore = ["conftest.py"]  # no doctests in it, and a name that other folders have too
HERE = Path(__file__).resolve().parent
TOGETHER = ("notebooks", "browser")
LONGEST = ("notebooks", "browser", "faults", "regression")
NOT_COUNTED = (*LONGEST, "cases")


def pytest_configure(config):
    config.addinivalue_line("markers", "no_cover: does not count for the coverage")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: begins(folders(item.path)))
    for item in items:
        if any(name in folders(item.path) for name in NOT_COUNTED):
            item.add_marker(pytest.mark.no_cover)


def begins(names):
    """Return the place of a test in the order: that of its folder, or behind those."""
    found = [number for number, name in enumerate(LONGEST) if name in names]
    return min(found, default=len(LONGEST))


def folders(path):
    """Return the folders of a file below this one; none for a doctest of the package."""
    return path.relative_to(HERE).parts[:-1] if path.is_relative_to(HERE) else ()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    # Not --dist loadgroup: with pytest 9 the marks of xdist 3.8 keep nothing together.
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return together(nodeid)

    config.option.loadscopereorder = False  # in our order, not by the number of tests
    return Sharing(config, log)


def together(nodeid):
    """Return the name of what must stay in one process: a folder, or else the file."""
    file = nodeid.partition("::")[0]
    return next((name for name in TOGETHER if f"tests/{name}/" in file), file)
