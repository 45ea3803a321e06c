"""Every fault under every start method: the right answer or a clear error, and nothing left."""

import multiprocessing
import os
import signal

import pytest
import rows_endings
from fault_kernels import GONE_S, Kernel, wait_until
from fault_table import FAULTS, cell_of, imports_of

pytestmark = pytest.mark.kernel

METHODS = multiprocessing.get_all_start_methods()
NEEDS_SIGNALS = {"worker_sigkill", "interrupt", "kernel_sigkill", "interrupt_at_start"}
NEEDS_SIGNALS |= {row.__name__ for row in rows_endings.ROWS}
NEEDS_SIGNALS |= {"interrupt_of_threads", "worker_sigterm"}
NEXT_CALL = "nothing_left()\nassert run(abs, [-1, 2]) == [1, 2]\nnothing_left()"


# One kernel a method serves all its faults: to start one takes longer than most faults do.
@pytest.fixture(scope="module")
def kernel(request, tmp_path_factory):
    bytecode = tmp_path_factory.getbasetemp() / "bytecode"
    running = Kernel(request.param, tmp_path_factory.mktemp("k"), bytecode)
    yield running
    running.stop()


@pytest.mark.parametrize("kernel", METHODS, indirect=True, scope="module")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(fault, kernel):
    if os.name == "nt" and fault in NEEDS_SIGNALS:
        pytest.skip("Windows has no such signal")
    kernel.begin()
    kernel.cell(imports_of(fault))
    ACTS.get(fault, Kernel.cell)(kernel, cell_of(fault))
    kernel.cell(NEXT_CALL)
    kernel.assert_quiet()
    kernel.trusted = True


def press_interrupt(kernel, text):
    request = kernel.client.execute(text)
    kernel.workers_at_work()
    kernel.manager.interrupt_kernel()
    shown = kernel.finish(request)
    assert shown["error"].startswith("Stopped. Every worker has ended")
    assert "Traceback" not in shown["error"] + shown["output"]


def kill_kernel(kernel, text):
    kernel.client.execute(text)
    kernel.workers_at_work()
    os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    wait_until(lambda: not kernel.running(), "end of the killed kernel's workers", GONE_S)
    kernel.begin()  # the next call is made by a new kernel, whose first workers find it tidied up
    kernel.cell("assert run(abs, [-1, 2]) == [1, 2]")


ACTS = {
    "interrupt": press_interrupt,
    "kernel_sigkill": kill_kernel,
    "left_by_a_chunk_that_is_interrupted": press_interrupt,
    "kernel_sigkill_in_c_code": kill_kernel,
}
