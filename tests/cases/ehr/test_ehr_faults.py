"""Faults that really happen, through the command: one sentence, exit code 2, no half output."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cases.ehr.exports import KEY

from speedlab.cases.ehr import outbox
from speedlab.cases.ehr.world import generate as data
from speedlab.cli import main as cli

COMPLETE = {"patients.parquet", "records.parquet", "quarantine.csv", "summary.json"}
# A disk of its own, seen by nobody else: $1 its size, $2 where, $3 where to keep what is left;
# then the command, which is given once more when there is room.
ON_SMALL_DISK = """
size=$1 disk=$2 kept=$3; shift 3
mount -t tmpfs -o size=$size tmpfs "$disk" || exit 77
"$@" 2>"$kept/said"; echo $? >"$kept/code"; ls -A "$disk/out" >"$kept/left"
mount -o remount,size=64m tmpfs "$disk"
"$@" 2>>"$kept/again" && cp -r "$disk/out" "$kept/" 2>"$kept/copied" || true
"""


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(KEY)
    return path


def command(source, out, key_file):
    given = ["--input", source, "--out", out, "--key-file", key_file, "--workers", "2"]
    return ["run", "ehr", *map(str, given), "--budget", "0.1"]


def sentence_of(stderr):
    """Return the only line that is no note of progress, nor the bar that comes in a long run."""
    said = [line for line in stderr.splitlines() if line.strip() and "%|" not in line]
    (line,) = [line for line in said if not line.endswith("…")]
    assert line.startswith("speedlab: ")
    return line


def is_complete_or_marked(out):
    names = {path.name for path in out.iterdir()} if out.exists() else set()
    return outbox.MARK in names or names in (COMPLETE, set())


def on_small_disk(size, disk, kept, program, **settings):
    if shutil.which("unshare") is None:
        pytest.skip("this system cannot give a process a disk of its own")
    disk.mkdir()
    kept.mkdir()
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_SMALL_DISK, "sh"]
    line = [*alone, size, str(disk), str(kept), sys.executable, "-m", "speedlab.cli", *program]
    done = subprocess.run(line, check=False, capture_output=True, text=True, **settings)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this user may not give a process a disk of its own")
    said = (kept / "said").read_text()
    assert (kept / "code").read_text() == "2\n", said + done.stderr
    return sentence_of(said)


def test_a_disk_that_fills_up_is_a_sentence_and_then_the_run_goes_on(tmp_path, key_file):
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    program = command(data.sample_path(), disk / "out", key_file)
    said = on_small_disk("600k", disk, kept, program)
    assert f"The disk of {disk}" in said and "goes on where it stopped" in said
    assert outbox.MARK in (kept / "left").read_text().split()
    assert {path.name for path in (kept / "out").iterdir()} == COMPLETE


def test_a_full_folder_of_temporary_files_leaves_a_complete_output(tmp_path, key_file):
    out, kept = tmp_path / "out", tmp_path / "kept"
    program = command(data.sample_path(), out, key_file)
    # Short: sockets lie in it, and pytest's own folders grow longer with their numbers.
    with tempfile.TemporaryDirectory(prefix="full-") as short:
        disk = Path(short) / "disk"
        said = on_small_disk("300k", disk, kept, program, env=os.environ | {"TMPDIR": str(disk)})
    assert f"The disk of {disk}" in said
    assert {path.name for path in out.iterdir()} == COMPLETE


def closed(path):
    path.chmod(0)
    return path


def without_rights(program):
    """Return a command line for a process that has no more rights than the bits say."""
    line = [sys.executable, "-m", "speedlab.cli", *program]
    if os.geteuid():
        return line
    if shutil.which("setpriv") is None:
        pytest.skip("root may do everything here")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *line]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are other ones on this system")
@pytest.mark.parametrize("what", ["out", "above out", "input", "a file of it"])
def test_a_missing_right_is_a_sentence(tmp_path, key_file, what):
    source, out = shutil.copytree(data.sample_path(), tmp_path / "in"), tmp_path / "a" / "out"
    out.mkdir(parents=True)
    shut = {"out": out, "above out": out.parent, "input": source}
    place = closed(shut.get(what, source / "Patient.000.ndjson"))
    line = without_rights(command(source, out, key_file))
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    place.chmod(0o700)
    assert done.returncode == cli.BAD_INPUT, done.stderr
    assert "Permission denied" in sentence_of(done.stderr)
    assert is_complete_or_marked(out)


def with_a_line_of_200_mb(folder):
    with (folder / "Patient.000.ndjson").open("ab") as file:
        file.truncate(file.tell() + 200_000_000)


def packed(folder):
    path = folder / "Observation.000.ndjson"
    content = gzip.compress(path.read_bytes())
    path.unlink()
    return path.with_name(path.name + ".gz"), content


def with_a_packed_file_cut_off(folder):
    path, content = packed(folder)
    path.write_bytes(content[: len(content) // 2])


def with_a_packed_file_of_no_bytes(folder):
    packed(folder)[0].write_bytes(b"")


def with_other_versions_in_it(folder):
    path = folder / "Encounter.000.ndjson"
    found = json.loads(path.read_bytes().splitlines()[-1])
    found |= {"class": [{"coding": [found["class"]]}], "actualPeriod": found.pop("period")}
    with path.open("a") as file:
        file.write(json.dumps(found) + "\n")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (with_a_line_of_200_mb, "longer than 16 MiB"),
        (with_a_packed_file_cut_off, "Observation.000.ndjson.gz cannot be unpacked to its end"),
        (with_a_packed_file_of_no_bytes, "The copy is cut off or damaged: it is empty"),
        (with_other_versions_in_it, "The export holds FHIR R5"),
    ],
)
def test_a_damaged_export_is_a_sentence(tmp_path, key_file, capsys, damage, says):
    source, out = shutil.copytree(data.sample_path(), tmp_path / "in"), tmp_path / "out"
    damage(source)
    assert cli.main(command(source, out, key_file)) == cli.BAD_INPUT
    assert says in sentence_of(capsys.readouterr().err)
    assert is_complete_or_marked(out)
