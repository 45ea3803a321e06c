"""What an interpreter of the notebook's process runs; it is read there as text, not imported.

Nothing can be imported from speedlab in the usual way there: `import speedlab` loads numpy, which
only the first interpreter of a process can load. So empty packages stand in for speedlab and the
rooms on the way to the runner, and whoever wants more of speedlab is told why it is not there.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

LIMIT = "does not support loading in subinterpreters"
"""What Python says of a library in C that cannot be loaded in a second interpreter."""


class Package(ModuleType):
    """Stands in for a package whose own code cannot run here; its modules can be imported."""

    def __getattr__(self, name: str) -> Any:
        [folder] = self.__path__
        ours = Path(folder, name).is_dir() or Path(folder, f"{name}.py").is_file()
        if ours or name.startswith("_"):
            raise AttributeError(name)  # the import system asks for this
        raise ImportError(f"module numpy, which speedlab loads, {LIMIT}", name="speedlab")


def stand_in(folder: str) -> None:
    """Put empty packages in place of speedlab and its two lowest rooms.

    Args:
        folder: Where speedlab lies.
    """
    for name in ("speedlab", "speedlab.core", "speedlab.pool"):
        package = Package(name)
        package.__path__ = [str(Path(folder, *name.split(".")[1:]))]
        sys.modules[name] = package


def answer(task: bytes) -> bytes:
    """Run one pickled chunk and return its pickled answer; never raise."""
    from speedlab.pool.inside import runner, startup

    startup.prepare_thread()
    return pickle.dumps(runner.run(*pickle.loads(task)))
