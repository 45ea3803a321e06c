"""Boxes that are forks of one which has loaded the libraries."""

import os
import time

import pytest
from standing_in import Nobody

from grader.sandbox.box import isolation
from grader.sandbox.client import BoxClient
from grader.sandbox.limits import Limits
from grader.sandbox.zygote_client import Child, Zygote

WAIT_S = 30.0
LISTEN = """
import socket
tcp = socket.create_server(("127.0.0.1", 0))
port = tcp.getsockname()[1]
local = socket.socket(socket.AF_UNIX)
local.bind("\\0speedlab-test")
local.listen()
"""
CALL = """
import socket
def reached(family, address):
    with socket.socket(family) as caller:
        caller.settimeout(5)
        try:
            caller.connect(address)
        except OSError:
            return False
        return True
"""
CAPABILITIES = """
from pathlib import Path
lines = Path("/proc/self/status").read_text().splitlines()
status = {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}
sets = [name for name in status if name.startswith("Cap") and int(status[name], 16)]
no_new_privileges = status["NoNewPrivs"]
"""
REACHED = "by_local = reached(socket.AF_UNIX, '\\0speedlab-test')\n"


@pytest.fixture
def zygote(tmp_path_factory):
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)
    zygote = Zygote.start(tmp_path_factory.mktemp("calls"), {}, ["json"])
    yield zygote
    if zygote is not None:
        zygote.end()


def spawn(zygote, name):
    calls = zygote._calls / name
    calls.mkdir()
    return zygote.spawn(calls, size_bytes=1_000_000)


@pytest.fixture
def start(zygote):
    """Start children of one zygote, each with a client; end them afterwards."""
    if zygote is None:
        pytest.skip("A process in a box may make no namespaces here, so boxes start one by one.")
    clients = []

    def start_child(name):
        child = spawn(zygote, name)
        clients.append(BoxClient(child, Nobody(), limits=Limits()))
        return clients[-1]

    yield start_child
    for client in clients:
        client.close()


def run(client, source):
    reply = client.ask({"op": "cell", "name": "cell", "source": source}, time.monotonic() + WAIT_S)
    assert "error" not in reply, reply


def values(client, *names):
    return client.ask({"op": "get", "names": names}, time.monotonic() + WAIT_S)["ok"]


def test_a_zygote_works_where_bubblewrap_does(zygote):
    assert zygote is not None


def test_a_box_ends_when_nobody_asks_it_for_anything(zygote):
    box = spawn(zygote, "one")
    assert isinstance(box, Child)
    box.hang_up()
    assert box.wait(20_000)
    assert box.code() == 0
    box.end()


def test_no_child_reaches_a_port_or_a_socket_of_another_child(start):
    first, second = start("first"), start("second")
    run(first, LISTEN + CALL + REACHED)
    found = values(first, "port", "by_local")
    assert found["by_local"] is True  # so the socket is there
    by_tcp = f"by_tcp = reached(socket.AF_INET, ('127.0.0.1', {found['port']}))\n"
    run(second, CALL + REACHED + by_tcp)
    assert values(second, "by_local", "by_tcp") == {"by_local": False, "by_tcp": False}


@pytest.mark.parametrize("kind", ["mnt", "cgroup", "uts", "ipc", "pid", "net"])
def test_no_two_children_share_a_namespace(start, kind):
    source = f"import os\nnamespace = os.readlink('/proc/self/ns/{kind}')"
    clients = [start("first"), start("second")]
    for client in clients:
        run(client, source)
    assert len({values(client, "namespace")["namespace"] for client in clients}) == 2


def test_a_child_has_no_capability_and_gets_none(start):
    client = start("first")
    run(client, CAPABILITIES)
    assert values(client, "sets", "no_new_privileges") == {"sets": [], "no_new_privileges": "1"}


OWN_SERVER = """
import socket
server = socket.create_server(("localhost", 0))
caller = socket.create_connection(("127.0.0.1", server.getsockname()[1]), 5)
server.accept()[0].sendall(b"hi")
heard = caller.recv(2).decode()
def asked(name):
    try:
        return socket.getaddrinfo(name, 80)
    except socket.gaierror as error:
        return error.errno == socket.EAI_NONAME
refused = asked("example.org")
"""


def test_a_box_may_call_itself_and_knows_no_other_name(start):
    """Where no server is asked for a name, nothing waits for one."""
    client = start("own")
    run(client, OWN_SERVER)
    assert values(client, "heard", "refused") == {"heard": "hi", "refused": True}
