"""A click is heard while the page is still running: the lab need not wait for the last cell.

JupyterLab sends clicks to a subshell of the kernel. Some versions of ipykernel send them back to
the main one, where they wait until every cell has run; pyproject.toml leaves those out.
"""

import pytest

pytestmark = pytest.mark.kernel

PAGE = """
import threading
import ipywidgets
heard = threading.Event()
button = ipywidgets.Button()
button.on_click(lambda _: heard.set())
print(button.comm.comm_id)
"""


@pytest.fixture
def client():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(client, code):
    """Run code and return a function that waits for the line that it prints."""
    wanted = client.execute(code)

    def wait():
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == wanted and message["msg_type"] == "stream":
                return message["content"]["text"].strip()

    return wait


def test_a_click_is_heard_while_a_cell_runs(client):
    button = printed(client, PAGE)()
    client.get_shell_msg(timeout=60)  # a request on top of a reply can stay unread: ipykernel#1554
    client.control_channel.send(client.session.msg("create_subshell_request"))
    subshell = client.get_control_msg(timeout=60)["content"]["subshell_id"]
    running = printed(client, "print('heard' if heard.wait(20) else 'deaf')")
    content = {"comm_id": button, "data": {"method": "custom", "content": {"event": "click"}}}
    click = client.session.msg("comm_msg", content)
    click["header"]["subshell_id"] = subshell
    client.shell_channel.send(click)
    assert running() == "heard"
