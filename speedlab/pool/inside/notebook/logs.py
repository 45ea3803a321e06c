"""Logging as the notebook has set it up: levels, and handlers of streams and files."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import pickle
import sys
from typing import Any, NamedTuple

import cloudpickle

_OTHERS = {"distributed"}
"""Dask sets up its own logging in each of its workers, and otherwise than in their parent."""


class HandlerImage(NamedTuple):
    """A handler that can travel: to a stream, "stdout" or "stderr", or to a file."""

    stream: str
    file: str
    encoding: str | None
    level: int
    parts: bytes
    """Its formatter and its filters, pickled."""


class LoggerImage(NamedTuple):
    """One logger; the root's name is empty."""

    name: str
    level: int
    propagate: bool
    disabled: bool
    handlers: tuple[HandlerImage, ...]


class LoggingImage(NamedTuple):
    """All loggers that somebody has set up, the level that is off for all, and added levels."""

    loggers: tuple[LoggerImage, ...]
    off: int
    levels: dict[str, int]


def image(*, files: bool) -> LoggingImage:
    """Take the image of this process's logging; with or without handlers that write files."""
    known = [logging.root, *_loggers().values()]
    images = (_of_logger(logger, files=files) for logger in known)
    set_up = tuple(
        each
        for each in images
        if not each.name or each.level or each.handlers or each.disabled or not each.propagate
    )
    return LoggingImage(set_up, logging.root.manager.disable, logging.getLevelNamesMapping())


def become(wanted: LoggingImage) -> None:
    """Set up logging here as the image shows."""
    for name, level in wanted.levels.items():
        if logging.getLevelName(level) != name and name not in {"WARN", "FATAL"}:
            logging.addLevelName(level, name)
    logging.disable(wanted.off)
    named = {each.name for each in wanted.loggers}
    for name, logger in _loggers().items():
        if name not in named and getattr(logger, "_speedlab_set", False):
            _set(logger, LoggerImage(name, logging.NOTSET, True, False, ()))
    for each in wanted.loggers:
        _set(logging.getLogger(each.name or None), each)


def _set(logger: logging.Logger, wanted: LoggerImage) -> None:
    logger.setLevel(wanted.level)
    logger.propagate, logger.disabled = wanted.propagate, wanted.disabled
    # A forked worker has the notebook's handlers already: with others beside them each line
    # would come twice. They are not closed, as the notebook may hold what they write to.
    for handler in list(logger.handlers):
        if type(handler) is logging.StreamHandler or isinstance(handler, logging.FileHandler):
            logger.removeHandler(handler)
    for each in wanted.handlers:
        logger.addHandler(_handler(each))
    logger._speedlab_set = True  # type: ignore[attr-defined]


def _handler(wanted: HandlerImage) -> logging.Handler:
    handler: logging.Handler
    if wanted.file:
        # Another process may rotate the file: this kind then opens the new one. Several workers
        # append to it; the system keeps their lines whole. Opened only when a line comes.
        handler = logging.handlers.WatchedFileHandler(
            wanted.file, encoding=wanted.encoding, delay=True
        )
    else:
        handler = logging.StreamHandler(getattr(sys, wanted.stream))
    handler.setLevel(wanted.level)
    handler.formatter, filters = pickle.loads(wanted.parts)
    for each in filters:
        handler.addFilter(each)
    return handler


def _loggers() -> dict[str, logging.Logger]:
    there = list(logging.root.manager.loggerDict.items())
    return {
        name: logger
        for name, logger in there
        if isinstance(logger, logging.Logger) and name.partition(".")[0] not in _OTHERS
    }


def _of_logger(logger: logging.Logger, *, files: bool) -> LoggerImage:
    name = "" if logger is logging.root else logger.name
    handlers = [_of_handler(each) for each in logger.handlers] if logger.handlers else []
    there = tuple(each for each in handlers if each and (files or not each.file))
    return LoggerImage(name, logger.level, logger.propagate, logger.disabled, there)


def _of_handler(handler: logging.Handler) -> HandlerImage | None:
    stream = file = ""
    encoding = None
    if isinstance(handler, logging.FileHandler):
        file, encoding = handler.baseFilename, handler.encoding
    elif type(handler) is logging.StreamHandler:
        stream = _name_of(handler.stream)
    if not (file or stream):  # a handler of somebody's own, or to a stream that only is here
        return None
    return HandlerImage(stream, file, encoding, handler.level, _parts(handler))


def _name_of(stream: Any) -> str:
    for name in ("stdout", "stderr"):
        if stream in (getattr(sys, name), getattr(sys, f"__{name}__")):
            return name
    return ""


def _parts(handler: logging.Handler) -> bytes:
    for wanted in ((handler.formatter, list(handler.filters)), (handler.formatter, [])):
        with contextlib.suppress(Exception):  # a filter or formatter may hold anything
            return bytes(cloudpickle.dumps(wanted))
    return pickle.dumps((None, []))
