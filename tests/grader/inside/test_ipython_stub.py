"""What only installs is not run; everything else is."""

import os
import subprocess
import sys

import pytest

from grader.inside.ipython_stub import NO_NETWORK, refuse

INSTALLING = (
    "pip install pandas",
    " pip3.11 install -q 'a>=1' b 2>&1",
    "python -m pip install --upgrade x",
    "/usr/bin/python3 -m pip -q install x > /dev/null",
    "sudo apt-get -y install x",
    "conda install -c conda-forge x",
    "uv pip install x",
)
OTHERS = ("pip list", "echo pip install x", "pip install x && echo done", "ls install", "cat a.txt")


@pytest.mark.parametrize("command", INSTALLING)
def test_an_installer_is_told_at_once(command, capsys):
    assert refuse(command)
    assert NO_NETWORK in capsys.readouterr().out


@pytest.mark.parametrize("command", OTHERS)
def test_all_else_runs(command):
    assert not refuse(command)


def test_whoever_imports_the_shell_gets_the_one_that_is_there():
    """As exported notebooks do, and matplotlib where IPython was imported before it."""
    code = (
        "from grader.inside.ipython_stub import add_builtins\n"
        "names = {}\n"
        "add_builtins(names)\n"
        "from IPython import get_ipython\n"
        "assert get_ipython() is names['get_ipython']()\n"
        "get_ipython().events.register('post_execute', print)\n"
        "get_ipython().run_line_magic('matplotlib', 'inline')\n"
        "import matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\n"
    )
    variables = os.environ | {"MPLBACKEND": "Agg"}
    subprocess.run([sys.executable, "-c", code], check=True, env=variables)
