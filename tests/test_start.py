"""Facts about start.py, shown by its functions rather than by real installations."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """start.py as a module whose folders lie in a scratch checkout."""
    spec = importlib.util.spec_from_file_location("start_under_test", ROOT / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folders = {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "STATE": tmp_path / ".speedlab"}
    folders["STAMP"] = tmp_path / ".venv" / ".speedlab-stamp"
    for name, folder in folders.items():
        monkeypatch.setattr(module, name, folder)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".speedlab").mkdir()
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return module


def one_line(problem: Exception) -> str:
    text = str(problem)
    assert "\n" not in text
    return text


# --- Python too old ---------------------------------------------------------------------------


def test_old_python_can_read_the_file_to_be_told_so() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_old_python_is_named_with_what_to_do(start: ModuleType) -> None:
    sentence = start.too_old((3, 9, 2))
    assert "this is Python 3.9" in sentence
    assert "needs Python 3.11" in sentence


def test_no_sentence_for_a_new_python(start: ModuleType) -> None:
    assert start.too_old((3, 11, 0)) == start.too_old((3, 14, 1)) == ""


def test_only_the_standard_library_is_imported() -> None:
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


# --- the command line -------------------------------------------------------------------------


def test_no_words_serve_on_this_machine_only(start: ModuleType) -> None:
    request = start.read_arguments([])
    assert (request.action, request.ip, request.port, request.browser) == (
        "serve",
        "127.0.0.1",
        8888,
        True,
    )


def test_options_of_the_server(start: ModuleType) -> None:
    request = start.read_arguments(["--no-browser", "--port", "8899", "--ip", "0.0.0.0"])
    assert (request.port, request.ip, request.browser) == (8899, "0.0.0.0", False)


def test_words_after_test_go_to_pytest_untouched(start: ModuleType) -> None:
    request = start.read_arguments(["test", "-m", "not browser", "--port"])
    assert (request.action, request.arguments) == ("test", ["-m", "not browser", "--port"])


def test_words_after_two_dashes_are_the_command(start: ModuleType) -> None:
    request = start.read_arguments(["--", "speedlab", "run", "--", "x"])
    assert (request.action, request.arguments) == ("run", ["speedlab", "run", "--", "x"])


def test_two_dashes_alone_are_a_problem(start: ModuleType) -> None:
    with pytest.raises(start.Problem, match="no command after --"):
        start.read_arguments(["--"])


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", ""])
def test_impossible_ports_are_refused(start: ModuleType, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="from 1 to 65535"):
        start.port_number(text)


# --- the stamp --------------------------------------------------------------------------------


def installed(start: ModuleType, monkeypatch: pytest.MonkeyPatch, *, dev: bool) -> None:
    monkeypatch.setattr(start, "python_works", lambda: True)
    start.write_stamp(start.fingerprint(), dev=dev)


def test_nothing_is_ready_without_a_stamp(start: ModuleType) -> None:
    assert not start.is_ready(dev=False)


def test_ready_after_an_installation(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(start, monkeypatch, dev=False)
    assert start.is_ready(dev=False)
    assert not start.is_ready(dev=True)


def test_developers_environment_serves_learners_too(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(start, monkeypatch, dev=True)
    assert start.is_ready(dev=False)
    assert start.is_ready(dev=True)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_file_is_installed_anew(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    installed(start, monkeypatch, dev=False)
    (start.ROOT / name).write_text("b==2\n")
    assert not start.is_ready(dev=False)


def test_line_ends_of_windows_change_nothing(start: ModuleType) -> None:
    before = start.fingerprint()
    (start.ROOT / "requirements.txt").write_bytes(b"a==1\r\n")
    assert start.fingerprint() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sha256": 1}'])
def test_a_damaged_stamp_counts_as_none(start: ModuleType, text: str) -> None:
    start.STAMP.write_text(text)
    assert not start.is_ready(dev=False)


def test_a_broken_python_is_not_ready(start: ModuleType) -> None:
    start.write_stamp(start.fingerprint(), dev=False)
    assert not start.is_ready(dev=False)  # the scratch .venv holds no Python


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_installation_leaves_no_stamp(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    def broken_off(*_: object, **__: object) -> None:
        raise fault

    start.STAMP.write_text(json.dumps({"sha256": "older", "dev": False}))
    monkeypatch.setattr(start, "make_venv", lambda **_: None)
    monkeypatch.setattr(start, "install", broken_off)
    with pytest.raises(fault):
        start.prepare(dev=False)
    assert not start.STAMP.exists()


def test_a_second_start_installs_nothing(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs: list[bool] = []
    monkeypatch.setattr(start, "python_works", lambda: True)
    monkeypatch.setattr(start, "make_venv", lambda **_: None)
    monkeypatch.setattr(start, "install", lambda _uv, *, dev: installs.append(dev))
    start.prepare(dev=False)
    start.prepare(dev=False)
    assert installs == [False]


# --- what can go wrong ------------------------------------------------------------------------


def failing(code: int, output: str) -> object:
    return lambda _command: (code, output)


def test_missing_ensurepip_names_debians_package(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "The virtual environment was not created successfully because ensurepip is not available"
    monkeypatch.setattr(start, "logged", failing(1, said))
    with pytest.raises(start.Problem) as caught:
        start.make_venv(with_pip=True)
    package = f"python3.{sys.version_info[1]}-venv"
    assert f"sudo apt install {package}" in one_line(caught.value)


def test_ensurepip_that_is_not_there_at_all(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(start.Problem, match="-venv"):
        start.make_venv(with_pip=True)


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("NewConnectionError: Failed to establish a new connection: [Errno -2]", "network"),
        ("error: Failed to fetch: dns error: lookup failed", "network"),
        ("OSError: [Errno 28] No space left on device", "Free about 1 GB"),
        ("error: [Errno 13] Permission denied: 'x'", "could not be written"),
        ("first\nERROR: something else\n\n", '"ERROR: something else"'),
        ("", "no output"),
    ],
)
def test_a_failed_installation_is_explained(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, output: str, advice: str
) -> None:
    monkeypatch.setattr(start, "logged", failing(1, output))
    with pytest.raises(start.Problem) as caught:
        start.install(None, dev=False)
    assert advice in one_line(caught.value)
    assert "install.log" in str(caught.value)


def test_a_missing_file_is_named(start: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    (start.ROOT / "requirements.txt").unlink()
    with pytest.raises(start.Problem, match=r"requirements\.txt is missing"):
        start.prepare(dev=False)


def test_a_folder_that_cannot_be_written_is_named(start: ModuleType) -> None:
    in_the_way = start.ROOT / "file"
    in_the_way.write_text("")
    with pytest.raises(start.Problem, match="cannot write in"):
        start.check_writable(in_the_way / "folder")


def test_a_taken_port_is_named_with_another(start: ModuleType) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(start.Problem) as caught:
            start.check_port("127.0.0.1", port)
    assert f"port {port} is taken" in one_line(caught.value)
    assert "--port" in str(caught.value)


def test_a_free_port_is_no_problem(start: ModuleType) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    start.check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused(start: ModuleType) -> None:
    with pytest.raises(start.Problem, match="not an address of this machine"):
        start.check_port("192.0.2.1", 8888)  # reserved for documentation


def test_an_unknown_command_is_named(start: ModuleType) -> None:
    with pytest.raises(start.Problem, match="no command 'speedlap'"):
        start.become(["speedlap"])


def test_problems_are_one_line_and_exit_code_2(
    start: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.main(["--"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("start.py: ")


# --- the checks ---------------------------------------------------------------------------------


def saying(text: str, code: int) -> list[str]:
    """Return a check that says something and ends with an exit code."""
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


def checked(start: ModuleType, static: list[int], tests: int) -> tuple[int, list[str]]:
    """Run made-up checks; return the exit code and the last words of each line of the summary."""
    start.STATIC = [saying(f"said by {number}", code) for number, code in enumerate(static)]
    start.TESTS, start.SHARED = saying("the tests", tests), []
    lines: list[str] = []
    start.say = lines.append
    return start.run_checks([]), lines


def test_every_check_is_told_in_order_with_its_seconds(start: ModuleType) -> None:
    code, lines = checked(start, [0, 0], 0)
    assert code == 0
    said = [re.search(r"passed .*(said by \d|the tests).* \(\d+ s\)$", line) for line in lines[-3:]]
    assert [found and found[1] for found in said] == ["said by 0", "said by 1", "the tests"]
    assert not [line for line in lines if line.strip() == "said by 0"]


def test_what_a_failed_check_says_is_shown(start: ModuleType) -> None:
    code, lines = checked(start, [0, 3], 0)
    assert code == 1
    assert [line.strip() for line in lines if line.strip().startswith("said by")] == ["said by 1"]
    assert [line.split()[1] for line in lines[-3:]] == ["passed", "FAILED", "passed"]


def test_failed_tests_fail_the_whole(start: ModuleType) -> None:
    code, lines = checked(start, [0], 1)
    assert code == 1 and "FAILED" in lines[-1]


def test_a_check_that_is_not_installed_leaves_none_running(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    stop = start.stop
    monkeypatch.setattr(start, "stop", lambda child: ended.append(stop(child) or child.pid))
    endless = [sys.executable, "-c", "input()"]
    start.STATIC = [endless, ["speedlap"]]
    with pytest.raises(start.Problem, match="no command 'speedlap'"):
        start.run_checks([])
    assert len(ended) == 1


def test_the_files_are_checked_without_the_tests(start: ModuleType) -> None:
    start.STATIC, start.TESTS = [saying("", 0)], ["speedlap"]
    assert start.run_checks(["--no-tests"]) == 0


def test_named_tests_run_alone_and_pass_their_code_on(start: ModuleType) -> None:
    start.STATIC = [["speedlap"]]
    start.TESTS = [sys.executable, "-c", "import sys; sys.exit(len(sys.argv))"]
    assert start.run_checks(["tests/test_start.py", "-x"]) == 3


# --- environment and server -------------------------------------------------------------------


def test_environment_shuts_out_the_users_own_settings(start: ModuleType) -> None:
    mine = {"JUPYTER_CONFIG_PATH": "/mine", "JUPYTER_PATH": "/mine", "PYTHONPATH": "/mine"}
    env = start.environment({**mine, "PATH": "/usr/bin", "LANG": "C"})
    assert not [name for name, value in env.items() if value == "/mine"]
    assert env["LANG"] == "C"
    assert env["VIRTUAL_ENV"] == str(start.VENV)
    assert env["PATH"].startswith(str(start.scripts_folder()))
    assert env["PATH"].endswith("/usr/bin")


def test_kernels_and_their_workers_share_one_seed_of_hash(start: ModuleType) -> None:
    chosen = {start.environment({})["PYTHONHASHSEED"] for _ in range(3)}
    assert len(chosen) == 3
    assert all(0 < int(seed) < 2**32 for seed in chosen)
    assert start.environment({"PYTHONHASHSEED": "7"})["PYTHONHASHSEED"] == "7"


def test_jupyters_folders_lie_in_the_project(start: ModuleType) -> None:
    env = start.environment({})
    names = ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]
    folders = [env[f"JUPYTER_{name}"] for name in names]
    folders += [env["JUPYTERLAB_SETTINGS_DIR"], env["JUPYTERLAB_WORKSPACES_DIR"], env["IPYTHONDIR"]]
    assert len(set(folders)) == 6
    assert all(Path(folder).parent == start.STATE for folder in folders)


def test_the_server_runs_on_the_environments_python(start: ModuleType) -> None:
    command = start.server_command(start.Request("serve", [], 8899, "127.0.0.1", False))
    assert command[0] == str(start.venv_python())
    assert "--ServerApp.port=8899" in command
    assert "--no-browser" in command
    assert not [word for word in command if "token" in word.lower()]


def test_the_course_home_is_the_first_page(start: ModuleType) -> None:
    command = start.server_command(start.Request("serve", [], 8899, "127.0.0.1", True))
    assert "--LabApp.default_url=/course" in command
    assert "--no-browser" not in command


def leave_note(start: ModuleType, text: str) -> None:
    folder = start.STATE / "runtime"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jpserver-1.json").write_text(text)


def test_a_second_start_opens_the_one_that_runs(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_note(start, json.dumps({"url": "http://127.0.0.1:8888/", "token": "abc"}))
    asked, opened = [], []
    monkeypatch.setattr(start, "answers", lambda url: asked.append(url) or True)
    monkeypatch.setattr(start.webbrowser, "open", opened.append)
    assert start.serve(start.Request("serve", [])) == 0
    assert asked == ["http://127.0.0.1:8888/api/status?token=abc"]
    assert opened == ["http://127.0.0.1:8888/course?token=abc"]
    assert opened[0] in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"url": "http://127.0.0.1:1/", "token": "x"}'])
def test_the_note_of_a_server_that_is_gone_is_ignored(start: ModuleType, text: str) -> None:
    leave_note(start, text)
    assert start.running_address() == ""


def test_the_learners_own_panels_are_kept(start: ModuleType) -> None:
    start.lay_out_settings()
    workspace = start.STATE / "workspaces" / start.WORKSPACE
    assert json.loads(workspace.read_text())["metadata"]["id"] == "default"
    workspace.write_text("mine")
    start.lay_out_settings()
    assert workspace.read_text() == "mine"
    assert (start.STATE / "config" / "custom" / "custom.css").is_file()


def test_the_workspace_file_has_the_name_jupyterlab_looks_for(start: ModuleType) -> None:
    handler = pytest.importorskip("jupyterlab_server.workspaces_handler")
    assert handler.slugify("default") + handler.WORKSPACE_EXTENSION == start.WORKSPACE


@pytest.mark.parametrize(
    "name",
    ["jupyter_server_config.json", "overrides.json", "page_config.json", "workspace.json"],
)
def test_the_servers_settings_are_json(start: ModuleType, name: str) -> None:
    assert json.loads((start.SERVER / name).read_text(encoding="utf-8"))


def test_a_commands_output_and_exit_code_pass_through() -> None:
    if not (ROOT / ".venv" / ".speedlab-stamp").is_file():
        pytest.skip("this checkout was not set up by start.py")
    code = "import sys; print(sys.prefix); sys.exit(7)"
    command = [sys.executable, str(ROOT / "start.py"), "--", "python", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 7
    assert Path(done.stdout.strip()).resolve() == (ROOT / ".venv").resolve()
