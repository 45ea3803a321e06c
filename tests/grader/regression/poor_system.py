"""Every Python of a simulated system begins with this: it takes away what only Linux has.

It is put into a folder as sitecustomize.py. What is left is about what Windows has. Libraries that
were built for Linux do not load or end processes without some names, and keep them; the grader and
the learner's code do not find these.
"""

import builtins
import contextlib
import importlib.util
import multiprocessing.context
import os
import select
import signal
import socket
import sys

OURS = ("grader", "speedlab", "__main__", "__mp_main__")
BUILT_FOR_LINUX = ("psutil", "subprocess", "multiprocessing")
MISSING = {
    os: ("fork", "forkpty", "killpg", "set_blocking"),
    select: ("poll", "epoll"),
    signal: ("SIGKILL", "SIGALRM", "setitimer"),
    socket: ("AF_UNIX", "SO_PEERCRED"),
}
KEPT = {"SIGKILL": signal.SIGKILL, "AF_UNIX": socket.AF_UNIX}
NO_MODULES = {"fcntl", "resource"}
usual_import = builtins.__import__


def package_of(names):
    return str(names.get("__name__")).partition(".")[0]


def kept(name):
    if name in KEPT and package_of(sys._getframe(1).f_globals) in BUILT_FOR_LINUX:
        return KEPT[name]
    raise AttributeError(name)


def socketpair(*_):
    """Connect two sockets as Windows does."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]


def symlink(*_, **__):
    raise OSError("A required privilege is not held by the client.")


def import_module(name, globals=None, *rest, **named):
    if name in NO_MODULES and package_of(globals or {}) in OURS:
        raise ModuleNotFoundError(name)
    return usual_import(name, globals, *rest, **named)


class NoProc:
    """Says in grader.inside.platform that there is no /proc."""

    def find_spec(self, name, path, target=None):
        if name != "grader.inside.platform":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            assert module.PROC
            module.PROC = False

        spec.loader.exec_module = exec_module
        return spec


def take_away():
    for module, gone in MISSING.items():
        for name in gone:
            delattr(module, name)
    signal.__getattr__ = socket.__getattr__ = kept
    socket.socketpair, os.symlink = socketpair, symlink
    builtins.__import__ = import_module
    sys.meta_path.insert(0, NoProc())
    for method in ("fork", "forkserver"):
        del multiprocessing.context._concrete_contexts[method]
    multiprocessing.set_start_method("spawn")


if __name__ == "sitecustomize":  # not where tests are collected
    take_away()
