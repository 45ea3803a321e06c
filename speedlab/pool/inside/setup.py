"""A function with a set-up: run once in each worker, before its first chunk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from speedlab.core.errors import SetupFailed


class WithSetup:
    """A function of one chunk that also gets what its set-up returned in this worker.

    Args:
        fn: A function of two arguments: the chunk, and what the set-up returned.
        setup: A function without arguments.
    """

    def __init__(self, fn: Callable[[Any, Any], Any], setup: Callable[[], Any]) -> None:
        self.fn, self.setup = fn, setup
        self.__name__ = str(getattr(fn, "__name__", type(fn).__name__))
        self._of_thread = threading.local()  # a thread can be a worker too

    def __call__(self, chunk: Any) -> Any:
        """Run the function on one chunk."""
        self.set_up()
        return self.fn(chunk, self._of_thread.value)

    def __reduce__(self) -> tuple[Any, ...]:
        return WithSetup, (self.fn, self.setup)

    def set_up(self) -> None:
        """Run the set-up, unless this worker has done so.

        Raises:
            SetupFailed: If it raises.
        """
        if hasattr(self._of_thread, "value"):
            return
        try:
            self._of_thread.value = self.setup()
        except BaseException as error:
            name = str(getattr(self.setup, "__name__", type(self.setup).__name__))
            called = "The set-up" if name == "<lambda>" else f"The set-up {name}"
            said = str(error).strip().rstrip(".") or "no message"
            raise SetupFailed(
                f"{called} failed in a worker: {type(error).__name__}: {said}.",
                "It runs once in each worker before its first chunk, so no chunk was run there.",
                "Call it alone, without workers, and look there.",
            ) from error
