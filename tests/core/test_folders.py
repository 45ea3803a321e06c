"""Folders for workers: made when needed, gone with their owners, killed ones included."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from speedlab.core import folders

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps files that are open")

OWNER = """
import os, sys
from pathlib import Path
from speedlab.core import folders
for name in ("speedlab-1", "pymp-1"):
    folder = Path(sys.argv[1], name)
    folder.mkdir()
    (folder / "function").write_text("")
    folders.claim(folder)
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def tidy_up():
    folders.tidy_up.cache_clear()
    folders.tidy_up()


def test_folders_are_removed_once_their_owner_is_dead(place):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with owner:
        assert owner.stdout.readline() == b"ready\n"
        tidy_up()
        assert {path.name for path in place.iterdir()} == {"speedlab-1", "pymp-1"}
        owner.kill()
        owner.wait()
    tidy_up()
    assert not list(place.iterdir())


def test_folders_of_this_process_and_of_strangers_stay(place):
    own = folders.new_place()
    folders.make(own)
    folders.make(own)
    (place / "pymp-strange").mkdir()
    (place / "speedlab-link").symlink_to(own)
    tidy_up()
    assert {path.name for path in place.iterdir()} == {own.name, "pymp-strange", "speedlab-link"}
    folders.remove(own)
    folders.remove(own)
    assert not Path(own).exists()
