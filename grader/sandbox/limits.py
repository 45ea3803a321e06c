"""What one hand-in may use. Beyond it, the check that asked for it earns nothing."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NAMES = 10_000
"""How many files and folders each writable folder of a box may hold."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one hand-in.

    Attributes:
        cell_s: Seconds for one cell of the learner.
        check_s: Seconds for one check.
        total_s: Seconds for all of it.
        memory_bytes: Memory of all processes together, shared pages counted once.
        processes: How many processes at a time.
        threads: How many threads at a time in one process: far more than libraries start.
        tasks: How many threads at a time in all processes together.
        file_bytes: The largest file, and the space of each writable folder.
        output_bytes: What may be printed.
        barrier_s: Seconds for which processes are waited for that should work at the same time; it
            ends earlier when all of them are idle.
    """

    cell_s: float = 10.0
    check_s: float = 15.0
    total_s: float = 90.0
    memory_bytes: int = 2_000_000_000
    processes: int = 64
    threads: int = 128
    tasks: int = 1024
    file_bytes: int = 200_000_000
    output_bytes: int = 10_000_000
    barrier_s: float = 20.0

    def of_a_process(self) -> dict[str, int]:
        """Return the limits that the kernel keeps for each process, by their names there."""
        return {
            "AS": 2 * self.memory_bytes,
            "FSIZE": self.file_bytes,
            "CPU": int(self.total_s) + 10,
            "NOFILE": 1024,
            "CORE": 0,
        }
