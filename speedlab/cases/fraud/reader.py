"""Open, read and check files of card transactions."""

from __future__ import annotations

from speedlab.cases.fraud.checking import Summary, check
from speedlab.cases.fraud.reading import Source, open_source, read_chunk

__all__ = ["Source", "Summary", "check", "open_source", "read_chunk"]
