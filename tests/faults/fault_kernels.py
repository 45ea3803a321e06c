"""Real Jupyter kernels for the fault table, and what they leave behind."""

import contextlib
import os
import signal
import time
import uuid
from pathlib import Path
from queue import Empty

import psutil
from fault_cells import semaphores
from jupyter_client import KernelManager

HERE = Path(__file__).parent
DEADLINE_S = 60
"""Far more than any cell needs on a busy machine: past it, it hangs."""
GONE_S = 10
TELLS_ITS_STACK = """import faulthandler, signal, sys
faulthandler.register(signal.SIGUSR1, file=sys.__stderr__, all_threads=True)"""


class Kernel:
    """A kernel of one start method; it is started anew after a test that did not end well."""

    def __init__(self, method, folder, pyc):
        self.method, self.folder, self.pyc, self.trusted = method, folder, pyc, False
        self.at_work = folder / "at_work"
        self.at_work.mkdir()
        self.manager = None

    def begin(self):
        """Make a kernel ready for a test; the test sets trusted again when it ends well."""
        if not self.trusted:
            self.kill()
            self._start()
        self.trusted = False
        for file in self.at_work.iterdir():
            file.unlink()

    def cell(self, text):
        """Run a cell and assert that it shows nothing, least of all an error."""
        shown = self.finish(self.client.execute(text))
        assert shown == {"output": "", "error": ""}, "\n".join(shown.values())

    def finish(self, request):
        """Wait until a cell has ended and return what it showed.

        Both ends are waited for. A request that arrives while the kernel sends the reply to the
        one before can stay unread for ever (ipykernel#1554, in 7.0 to 7.3).
        """
        shown = {"output": "", "error": ""}
        answered, idle, end = False, False, time.monotonic() + DEADLINE_S
        while not (answered and idle) and time.monotonic() < end:
            answered = answered or self._has_answered(request)
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except Empty:
                assert self.manager.is_alive(), "the kernel died"
                continue
            content, kind = message["content"], message["msg_type"]
            if kind == "stream":  # also what a worker of an earlier cell writes
                shown["output"] += content["text"]
            elif kind == "error":
                shown["error"] = "\n".join(content["traceback"])
            elif content.get("execution_state") == "idle":
                idle = idle or message["parent_header"].get("msg_id") == request
        hangs = f"the cell hangs; it has shown {shown}; it stands at "
        assert answered and idle, hangs + self._stack()
        return shown

    def _has_answered(self, request):
        """Return whether the kernel's own reply to a request has come; older ones are dropped."""
        with contextlib.suppress(Empty):
            while message := self.client.get_shell_msg(timeout=0):
                if message["parent_header"].get("msg_id") == request:
                    return True
        return False

    def _stack(self):
        """Return where each thread of the kernel is: it writes so to its stderr when asked."""
        before = len((self.folder / "stderr").read_text())
        if hasattr(signal, "SIGUSR1"):
            os.kill(self.manager.provisioner.pid, signal.SIGUSR1)
        written = ""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: len((self.folder / "stderr").read_text()) > before + 200, "", GONE_S)
            written = (self.folder / "stderr").read_text()[before:]
        return written

    def workers_at_work(self, count=2):
        """Wait until so many workers have left their files, and return their process ids."""
        wait_until(lambda: len(list(self.at_work.iterdir())) >= count, "workers at work")
        return [int(file.name) for file in self.at_work.iterdir()]

    def running(self):
        """Return every process that would not be there without this kernel, and its semaphores."""
        return [*_processes(self.tag), *semaphores(self.tag)]

    def left(self):
        """Return everything outside this kernel that would not be there without it."""
        return [*self.running(), *self.folder.glob("tmp/speedlab-*")]

    def stop(self):
        """Shut the kernel down as Jupyter does, and assert that it goes without a trace."""
        if self.trusted:
            self.client.stop_channels()
            self.manager.shutdown_kernel()
            wait_until(lambda: not self.left(), "end of all processes", GONE_S)
            self.assert_quiet()
        self.kill()

    def assert_quiet(self):
        """Assert that no process wrote of a failure past the notebook, and that no folder is left.

        That of a kernel that was killed by force goes when the next one starts workers.
        """
        assert not [*self.folder.glob("tmp/speedlab-*")]
        written = (self.folder / "stderr").read_text()
        assert "leaked" not in written and "Traceback" not in written, written

    def kill(self):
        """End whatever is left of this kernel."""
        if self.manager is not None:
            for process in _processes(self.tag):
                process.kill()
            self.client.stop_channels()
            self.manager.cleanup_resources()

    def _start(self):
        self.tag = uuid.uuid4().hex[:12]
        (self.folder / "tmp").mkdir(exist_ok=True)
        self.manager = KernelManager(kernel_name="python3")
        with (self.folder / "stderr").open("w") as stderr:
            self.manager.start_kernel(env=self._environment(), stderr=stderr)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=DEADLINE_S)
        self.cell("from fault_table import *")
        if hasattr(signal, "SIGUSR1"):
            self.cell(TELLS_ITS_STACK)

    def _environment(self):
        # A first import is compiled once for all workers, also where bytecode is not written.
        quick = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.pyc)}
        path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
        return {
            **os.environ,
            **quick,
            "PYTHONPATH": path,
            "TMPDIR": str(self.folder / "tmp"),
            "FAULT_METHOD": self.method,
            "FAULT_TAG": self.tag,
            "FAULT_AT_WORK": str(self.at_work),
        }


def wait_until(condition, what, within_s=DEADLINE_S):
    """Poll until the condition holds; fail when it takes too long."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"waited in vain for: {what}"


def _processes(tag):
    """Return the running processes that inherited a kernel's tag, orphans included."""
    return [process for process in psutil.process_iter() if _carries(process, tag)]


def _carries(process, tag):
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE and process.environ().get("FAULT_TAG") == tag
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
