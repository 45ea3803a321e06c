"""One array that every worker reads where it is, instead of receiving a copy.

The array lies in memory that the system knows by a name. What travels to a worker is the name,
and the place of the part that is meant::

    this process                                   worker 1..N
    ------------                                   -----------
    shared(array): memory "psm_..." <- a copy
    view, view[3:9], ... --name, place, shape-->   the same memory, mapped for reading only
    end of the block: the name goes
                                                   the last view goes: the memory goes

The name is removed by the resource tracker of the standard library when this process is killed.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
import weakref
from collections.abc import Iterator
from multiprocessing import shared_memory
from typing import Any, Literal, NamedTuple

import numpy as np

from speedlab.core.errors import BadInput, SharedReadOnly
from speedlab.core.memory import reserved

_WRITING = ("fill", "sort", "partition", "put", "byteswap", "resize", "setfield", "setflags")
_mapped: weakref.WeakValueDictionary[str, SharedView] = weakref.WeakValueDictionary()
_latest: list[SharedView] = []
"""The whole array that was used last: else each chunk would map the memory anew."""


class SharedView(np.ndarray[Any, np.dtype[Any]]):
    """A shared array or a part of it; reading is as with any array, writing is refused.

    What is computed from it is a plain array of its own.
    """

    _name: str | None = None
    """The name of the memory; None for an array that is not shared, but was made from one."""

    def __array_finalize__(self, obj: Any, /) -> None:
        name = getattr(obj, "_name", None)
        # A part of the shared memory owns none itself, and cannot be written to.
        self._name = None if self.flags.owndata or self.flags.writeable else name

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out") or ()
        if any(map(_is_shared, out)) or (method == "at" and _is_shared(inputs[0])):
            raise _read_only()
        kwargs.update({"out": tuple(map(_plain, out))} if out else {})
        return getattr(ufunc, method)(*map(_plain, inputs), **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        with _refusing(self):
            return _owned(super().__array_function__(func, types, args, kwargs))

    def __setitem__(self, key: Any, value: Any) -> None:
        with _refusing(self):
            super().__setitem__(key, value)

    def __reduce__(self) -> Any:
        if self._name is None or (whole := _mapped.get(self._name)) is None:
            return np.asarray(self).__reduce__()
        offset = self.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        place = _Place(self._name, whole.nbytes, self.dtype, self.shape, offset, self.strides)
        return _part, (place,)

    def __reduce_ex__(self, protocol: Any, /) -> Any:
        return self.__reduce__()


def _writing(name: str) -> Any:
    method = getattr(np.ndarray, name)

    def refused(self: SharedView, *args: Any, **kwargs: Any) -> Any:
        with _refusing(self):
            return method(self, *args, **kwargs)

    return refused


for _each in _WRITING:
    setattr(SharedView, _each, _writing(_each))


@contextlib.contextmanager
def shared(array: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    """Share an array with all workers, for reading, while the block runs.

    It is copied once, into memory that all processes of this machine see. The view, and any part
    such as view[100:200], travels to the workers as a name of a few bytes. The memory goes back
    when the block has ended and no view is used any more.

    Args:
        array: An array of numbers, times, yes and no, or text of fixed length.

    Raises:
        BadInput: If it is no such array, or there is no room for it; before anything is copied.

    >>> with shared(np.arange(1000)) as view:
    ...     int(view.sum())
    499500
    """
    _check(array)
    memory = reserved(max(1, array.nbytes))
    unlink = weakref.finalize(
        memory, _unlink, memory.name, os.getpid()
    )  # also where the block never ends
    try:
        whole = _attached(memory.name, array.nbytes, fresh=True)
        order: Literal["C", "F"]
        order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        filled: Any = np.ndarray(array.shape, array.dtype, memory.buf, 0, None, order)
        filled[...] = array
        strides = filled.strides
        del filled
        if sys.platform != "win32":  # there the name goes with the last handle
            memory.close()
        place = _Place(memory.name, array.nbytes, array.dtype, array.shape, 0, strides)
        yield _cut(whole, place)
    finally:
        unlink()
        memory.close()


def _check(array: Any) -> None:
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise BadInput(
            f"A {type(array).__name__} cannot be shared.",
            "Only a plain array of numpy can: its bytes mean the same in every process.",
            "Pass numpy.asarray(it), of a table one column: frame['amount'].to_numpy().",
        )
    if array.dtype.hasobject or isinstance(array.dtype, np.dtypes.StringDType):
        raise BadInput(
            f"An array of dtype {array.dtype} cannot be shared.",
            "It holds references to objects of this process, not their values.",
            "Convert it first, for example with astype(float) or astype('U20').",
        )


def _unlink(name: str, owner: int) -> None:
    if os.getpid() != owner:  # a forked process ends: the memory is its parent's
        return
    with contextlib.suppress(FileNotFoundError):
        shared_memory.SharedMemory(name=name).unlink()


def _attached(name: str, size: int, *, fresh: bool = False) -> SharedView:
    """Return all bytes of a shared array, mapped for reading, once in a process."""
    whole = _mapped.get(name)
    if whole is None:
        whole = np.frombuffer(_memory(name, size), np.uint8, max(1, size)).view(SharedView)
        whole._name = name
        _mapped[name] = whole
        if not fresh:
            _latest[:] = [whole]
    return whole


def _memory(name: str, size: int) -> Any:
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, max(1, size), tagname=name, access=mmap.ACCESS_READ)
        import _posixshmem  # type: ignore[import-not-found]

        # Not by SharedMemory: before Python 3.13 it tells the resource tracker also where it only
        # reads, which may then remove the memory when this worker ends.
        file = _posixshmem.shm_open(name if name.startswith("/") else f"/{name}", os.O_RDONLY, 0)
        try:
            return mmap.mmap(file, max(1, size), access=mmap.ACCESS_READ)
        finally:
            os.close(file)
    except FileNotFoundError as error:
        raise BadInput(
            "The shared array is not there.",
            "Its block has ended, or this worker runs on another machine.",
            "Use it inside the with block, with workers of this machine.",
        ) from error


class _Place(NamedTuple):
    """Where an array lies in memory that has a name."""

    name: str
    size: int
    """Bytes of the whole array that was shared."""
    dtype: Any
    shape: tuple[int, ...]
    offset: int
    strides: tuple[int, ...]


def _part(place: _Place) -> SharedView:
    return _cut(_attached(place.name, place.size), place)


def _cut(whole: SharedView, place: _Place) -> SharedView:
    part: SharedView = np.ndarray.__new__(
        SharedView, place.shape, place.dtype, whole, place.offset, place.strides
    )
    part._name = place.name
    return part


def _is_shared(value: Any) -> bool:
    return isinstance(value, SharedView) and value._name is not None


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, SharedView) else value


def _owned(value: Any) -> Any:
    return _plain(value) if isinstance(value, SharedView) and value._name is None else value


@contextlib.contextmanager
def _refusing(view: SharedView) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        if _is_shared(view) and ("read-only" in str(error) or "WRITEABLE" in str(error)):
            raise _read_only() from None
        raise


def _read_only() -> SharedReadOnly:
    return SharedReadOnly(
        "The array is shared read-only.",
        "What one worker writes would change the data of all others while they compute.",
        "Work on a copy, for example part = view[a:b].copy(), and return what you computed.",
    )
