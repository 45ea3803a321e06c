"""The command: figures as JSON, one line for each bad input, nothing half-written."""

import errno
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from speedlab.cases import NAMES, find
from speedlab.cases.fraud.world import generate
from speedlab.cli import main
from speedlab.core.errors import BadInput, ChunkFailed


@pytest.fixture(scope="module")
def payments(tmp_path_factory):
    return generate.generate(tmp_path_factory.mktemp("data") / "p.parquet", size=20_000)


def test_run_writes_the_contract(payments, tmp_path, capsys):
    target = tmp_path / "out.json"
    arguments = ["run", "fraud", "--input", str(payments), "--workers", "1,2", "--json"]
    assert main.main([*arguments, str(target), "--budget", "0.5"]) == 0
    figures = json.loads(target.read_text())
    assert {"case", "input", "size", "machine", "serial_s", "runs", "losses", "quality"} <= set(
        figures
    )
    assert figures["size"] == 20_000
    assert [run["workers"] for run in figures["runs"]] == [1, 2]
    assert all(run["equal"] for run in figures["runs"])
    assert figures["accounted"] == pytest.approx(1.0)
    assert {"auc_roc", "auc_pr", "precision_at_100", "card_precision_at_100"} <= set(
        figures["quality"]
    )
    assert list(tmp_path.iterdir()) == [target]
    assert "Same answer (exact)" in capsys.readouterr().out


def test_a_case_can_be_run_in_threads(payments, tmp_path, capsys):
    target = tmp_path / "out.json"
    arguments = ["run", "fraud", "--input", str(payments), "--engine", "threads", "--workers", "2"]
    assert main.main([*arguments, "--json", str(target), "--budget", "0"]) == 0
    figures = json.loads(target.read_text())
    assert (figures["machine"]["engine"], figures["runs"][0]["engine"]) == ("threads", "threads")
    assert figures["machine"]["interpreter_lock"] is getattr(sys, "_is_gil_enabled", lambda: True)()
    said = capsys.readouterr().out
    assert "2 threads" in said and "Same answer (exact)" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "fraud", "--engine", "steam"], "steam"),
        (["run", "fraud", "--engine", "threads", "--scheduler", "a:1"], "not the engine dask"),
        (["run", "fraud", "--workers", "0"], "0 workers"),
        (["run", "fraud", "--workers", "two"], "no list of numbers"),
        (["run", "fraud", "--workers", "4", "--chunks", "2"], "only 2 chunks"),
        (["run", "fraud", "--size", "7"], "Cannot generate 7"),
        (["run", "fraud", "--size", "many"], "many"),
        (["run", "fraud", "--input", "nowhere.csv"], "no file nowhere.csv"),
        (["run", "fraud", "--json", "/no/such/folder/x.json"], "cannot be written"),
        (["run", "weather"], "fraud"),
        (["data", "fraud", "--size", "5000", "--out", "x.csv"], ".parquet"),
        (["data", "fraud", "--size", "5000", "--out", "/no/such/x.parquet"], "cannot be written"),
        (["fly"], "run"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(arguments, says, capsys):
    assert main.main(arguments) == main.BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("speedlab: ") and says in said


SIZES = ("99999999999999999999", "-1", "0", "1e9", "many", "7")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("does", ["run", "data"])
def test_a_size_that_cannot_be_is_refused_before_anything_else_is_said(
    does, case, size, capsys, tmp_path
):
    out = ["--out", str(tmp_path / "x") + find(case).suffix] if does == "data" else []
    assert main.main([does, case, f"--size={size}", *out]) == main.BAD_INPUT
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and size in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("case", "size"), [("fraud", 10**9), ("ml", 10**7), ("inventory", 10**6)])
@pytest.mark.parametrize("does", ["run", "data"])
@pytest.mark.parametrize("what", ["disk", "memory"])
def test_rows_for_which_there_is_no_room_are_refused(
    does, case, size, what, capsys, tmp_path, monkeypatch
):
    free = {"disk": 10**15, "memory": 10**15} | {what: 500_000}
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free["disk"]))
    memory = SimpleNamespace(available=free["memory"])
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    out = ["--out", str(tmp_path / "x.parquet")] if does == "data" else []
    assert main.main([does, case, "--size", str(size), *out]) == main.BAD_INPUT
    said = capsys.readouterr().err
    assert " do not fit. They need" in said and f" MB of {what}" in said and "0.5 are left" in said
    assert said.count("\n") == 1 and list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_too_little_address_space_is_named_before_libraries_load(monkeypatch, capsys):
    monkeypatch.setattr("resource.getrlimit", lambda _: (1_000_000_000, -1))
    assert main.main(["run", "fraud", "--size", "50000"]) == 2
    assert "1.0 GB of address space" in capsys.readouterr().err


def test_a_bad_test_start_is_named(payments, capsys):
    assert main.main(["run", "fraud", "--input", str(payments), "--test-start", "1999-01-01"]) == 2
    assert "cannot start on 1999-01-01" in capsys.readouterr().err


def test_a_bad_column_leaves_no_figures(tmp_path, capsys):
    table = tmp_path / "p.csv"
    table.write_text(
        "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNTS,TX_FRAUD\n"
        "1,2025-01-01 00:00:00,1,1,5.0,0\n"
    )
    target = tmp_path / "out.json"
    assert main.main(["run", "fraud", "--input", str(table), "--json", str(target)]) == 2
    assert "TX_AMOUNTS" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.parametrize("case", ["fraud", "inventory"])
def test_data_writes_the_same_bytes_for_any_workers(case, tmp_path, capsys):
    digests = set()
    for workers in ("1", "2"):
        out = str(tmp_path / f"w{workers}.parquet")
        command = ["data", case, "--size", "5000", "--workers", workers, "--out", out]
        assert main.main(command) == 0
        digests.add(capsys.readouterr().out.split()[-1])
    assert len(digests) == 1


def test_doctor_says_what_the_machine_can_show(capsys):
    assert main.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "usable" in said and "Threads of one process compute" in said


def test_a_defect_of_ours_is_one_line_and_exit_code_one(monkeypatch, capsys):
    def broken(_):
        raise RuntimeError("a loose\nscrew")

    monkeypatch.setattr(main, "_doctor", broken)
    assert main.main(["doctor"]) == main.DEFECT
    assert "RuntimeError: a loose screw" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cause", "code", "says"),
    [
        (BadInput("The data are bad."), main.BAD_INPUT, "speedlab: The data are bad."),
        (KeyError("x"), main.DEFECT, "failed on chunk 3"),
    ],
)
def test_bad_data_found_in_a_worker_is_no_defect(cause, code, says, monkeypatch, capsys):
    def failed(_):
        raise ChunkFailed("f failed on chunk 3.") from cause

    monkeypatch.setattr(main, "_doctor", failed)
    assert main.main(["doctor"]) == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("in_worker", [False, True])
@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(errno.ENOSPC, "", "x.json"), main.BAD_INPUT, " is full. The system said: "),
        (PermissionError(errno.EACCES, "", "x.json"), main.BAD_INPUT, "x.json cannot be read or"),
        (BrokenPipeError(errno.EPIPE, "a pipe"), main.DEFECT, "speedlab: "),
    ],
)
def test_what_the_system_refuses_is_no_defect(error, code, says, in_worker, monkeypatch, capsys):
    def refused(_):
        if in_worker:
            raise ChunkFailed("f failed on chunk 3.") from error
        raise error

    monkeypatch.setattr(main, "_doctor", refused)
    assert main.main(["doctor"]) == code
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


def test_interrupt_is_one_line(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_doctor", interrupted)
    assert main.main(["doctor"]) == main.INTERRUPTED
    assert "Stopped" in capsys.readouterr().err


def test_the_recommender_is_run_on_a_file_and_on_a_fixed_split(tmp_path):
    from speedlab.cases.ml.world import generate as shop

    events = shop.generate(tmp_path / "e.parquet", size=6_000)
    rows = "".join(f"{n % 60},{(n // 60 * 2 + n) % 53}\n" for n in range(1_500))
    (tmp_path / "train.csv").write_text("user,item\n" + rows)
    (tmp_path / "test.csv").write_text(
        "user,item\n" + "".join(f"{n},{(270 + n) % 53}\n" for n in range(60))
    )
    fixed = ["--train", str(tmp_path / "train.csv"), "--test", str(tmp_path / "test.csv")]
    target = tmp_path / "out.json"
    for given in (["--input", str(events)], fixed):
        command = ["run", "ml", *given, "--workers", "1,2", "--budget", "0.5"]
        assert main.main([*command, "--json", str(target)]) == 0
        figures = json.loads(target.read_text())
        for name in ("ndcg_at_20", "recall_at_20", "coverage"):
            assert {name, f"{name}_popularity"} <= set(figures["quality"])
        assert all(run["equal"] for run in figures["runs"])
        assert figures["memory"]["serial_pss_mb"] > 0
    assert figures["input"] == ", ".join(fixed[1::2])
    assert (figures["seed"], figures["size"]) == (None, 1_560)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--train", "a.csv"], "not clear"),
        (["--input", "a.csv", "--train", "a.csv", "--test", "b.csv"], "not clear"),
        (["--input", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["--size", "20000000"], "Cannot generate 20000000"),
        (["--test-start", "2025-01-01"], "test-start"),
    ],
)
def test_bad_input_of_the_recommender_is_one_line(arguments, says, capsys):
    assert main.main(["run", "ml", *arguments]) == main.BAD_INPUT
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("speedlab: ") and says in said


def test_the_records_of_a_hospital_are_run_and_kept(tmp_path):
    from speedlab.cases.ehr.world import generate as hospital

    out, target = tmp_path / "out", tmp_path / "out.json"
    (tmp_path / "key").write_text("a key for tests, not for patients")
    command = ["run", "ehr", "--input", str(hospital.sample_path()), "--out", str(out)]
    options = ["--key-file", str(tmp_path / "key"), "--workers", "1,2", "--budget", "0.5"]
    for _ in range(2):  # the second time the output is there, and left as it is
        assert main.main([*command, *options, "--json", str(target)]) == 0
        figures = json.loads(target.read_text())
        quality = figures["quality"]
        assert quality["records_in"] == quality["records_out"] + quality["quarantined"] == 3_000
        assert figures["size"] == 3_000 and all(run["equal"] for run in figures["runs"])
        names = {"patients.parquet", "records.parquet", "quarantine.csv", "summary.json"}
        assert {path.name for path in out.iterdir()} == names


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--input", "nowhere"], "nowhere is no folder"),
        (["--input", "{tests}"], "There is no FHIR in"),
        (["--input", "{sample}", "--out", "{tests}"], "is not empty"),
        (["--input", "{sample}", "--key-file", "nowhere.key"], "nowhere.key cannot be read"),
        (["--size", "7"], "7"),
    ],
)
def test_bad_input_of_the_hospital_is_one_line(arguments, says, capsys, tmp_path, monkeypatch):
    from speedlab.cases.ehr.records import keys
    from speedlab.cases.ehr.world import generate as hospital

    monkeypatch.setattr(keys, "own_key_path", lambda: tmp_path / "ehr.key")

    places = {"tests": str(Path(__file__).parent), "sample": str(hospital.sample_path())}
    given = [argument.format(**places) for argument in arguments]
    assert main.main(["run", "ehr", *given]) == main.BAD_INPUT
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("speedlab: ") and says in line


def test_the_data_of_a_hospital_are_a_folder(tmp_path, capsys):
    command = ["data", "ehr", "--size", "1000", "--workers", "2", "--out", str(tmp_path / "h")]
    assert main.main(command) == 0
    assert "1,000 records" in capsys.readouterr().out
    assert (tmp_path / "h" / "Patient.000.ndjson").is_file()
    assert main.main(command) == main.BAD_INPUT
