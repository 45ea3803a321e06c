"""Set up speedlab and start it, with Python's standard library alone.

    python start.py [--no-browser] [--port N] [--ip ADDR]   the course, in the browser
    python start.py test [pytest arguments]                 every check, or the named tests
    python start.py test --no-tests                         every check but the tests
    python start.py -- COMMAND...                           COMMAND inside the environment

Everything this file makes lies in .venv and .speedlab beside it: delete both to begin anew.
"""

# Any Python from 3.6 on must be able to read this file, to be told that it is too old:
# no newer syntax here, and no "X | None" in annotations.

import argparse
import errno
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from typing import IO, Dict, List, NamedTuple, NoReturn, Optional  # noqa: UP035

OLDEST = (3, 11)


def too_old(version: tuple) -> str:
    """Return the sentence for a Python that is too old, or "" for one that will do."""
    if tuple(version[:2]) >= OLDEST:
        return ""
    return (
        f"start.py: this is Python {version[0]}.{version[1]}; speedlab needs Python 3.11 or newer. "
        "Install one from https://www.python.org/downloads/ and start again with it, "
        "for example: python3.12 start.py"
    )


if too_old(sys.version_info):
    sys.stderr.write(too_old(sys.version_info) + "\n")
    sys.exit(2)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STATE = ROOT / ".speedlab"
STAMP = VENV / ".speedlab-stamp"
SERVER = ROOT / "speedlab" / "course" / "server"
HOME = "/course"
FORMGRADER = "nbgrader.server_extensions.formgrader"
# JupyterLab's own name for the file of its workspace "default".
WORKSPACE = "default-37a8.jupyterlab-workspace"

TESTS = ["python", "-m", "pytest"]
# Two processes share the tests; tests/conftest.py says which of them stay together, and which
# count for the coverage.
SHARED = ["-n", "2", "--durations=15", "--cov"]
NO_TESTS = "--no-tests"
# What reads the files and runs nothing of them: all of these at once, beside the tests.
STATIC = [
    ["ruff", "check", "."],
    ["ruff", "format", "--check", "."],
    ["mypy"],
    ["lint-imports"],
    ["python", "-m", "grader", "build", "--check"],
]


class Problem(Exception):
    """Something the user can mend: what happened, why, and what to do next."""


class Request(NamedTuple):
    """What the command line asked for."""

    action: str  # "serve", "test" or "run"
    arguments: List[str]  # noqa: UP006
    port: int = 8888
    ip: str = "127.0.0.1"
    browser: bool = True


def say(text: str) -> None:
    """Show one line of progress; on stderr, so that a command's own output stays clean."""
    print(text, file=sys.stderr, flush=True)


# --- the command line ------------------------------------------------------------------------


def read_arguments(argv: List[str]) -> Request:  # noqa: UP006
    """Turn the words after start.py into a Request."""
    if argv[:1] == ["--"]:
        if len(argv) == 1:
            raise Problem(
                "no command after --. Name one, for example: python start.py -- speedlab doctor"
            )
        return Request("run", argv[1:])
    if argv[:1] == ["test"]:
        return Request("test", argv[1:])
    parser = argparse.ArgumentParser(
        prog="start.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=port_number, default=8888, help="8888 unless given")
    parser.add_argument("--ip", default="127.0.0.1", help="127.0.0.1 (this machine) unless given")
    options = parser.parse_args(argv)
    return Request("serve", [], options.port, options.ip, not options.no_browser)


def port_number(text: str) -> int:
    """Return a port that a server may listen on."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to 65535")
    return int(text)


# --- the environment -------------------------------------------------------------------------


def scripts_folder() -> Path:
    """Return the folder of .venv that holds its commands."""
    return VENV / ("Scripts" if os.name == "nt" else "bin")


def venv_python() -> Path:
    """Return the path of .venv's Python."""
    return scripts_folder() / ("python.exe" if os.name == "nt" else "python")


def environment(base: Dict[str, str]) -> Dict[str, str]:  # noqa: UP006
    """Return base changed so that .venv is active and Jupyter keeps to .speedlab."""
    # Left-over user settings overrode the course's own, so every Jupyter folder is ours.
    ours = ("JUPYTER", "IPYTHON", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX")
    env = {name: value for name, value in base.items() if not name.startswith(ours)}
    env["VIRTUAL_ENV"] = str(VENV)
    env["PATH"] = str(scripts_folder()) + os.pathsep + base.get("PATH", os.defpath)
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    env.update({name: str(STATE / folder) for name, folder in folders.items()})
    # A kernel and its workers must agree on the hash of a text, and the seed that Python chooses
    # by chance cannot be passed on. Another one at each start: nobody shall rely on an order.
    env.setdefault("PYTHONHASHSEED", str(1 + secrets.randbelow(2**32 - 1)))
    return env


def fingerprint() -> str:
    """Return the hash of all that an installation depends on."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "pyproject.toml"):
        try:
            text = (ROOT / name).read_bytes()
        except FileNotFoundError:
            raise Problem(
                f"{name} is missing from {ROOT}. It belongs to the checkout. "
                "Get it back with: git checkout -- " + name
            ) from None
        # Git may check out \r\n on Windows: the same file all the same.
        digest.update(text.replace(b"\r\n", b"\n"))
    # A moved checkout breaks the commands in .venv, which hold absolute paths.
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def is_ready(*, dev: bool) -> bool:
    """Tell whether .venv holds what is asked for, so that nothing need be installed."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    installed = isinstance(stamp, dict) and stamp.get("sha256") == fingerprint()
    return installed and (stamp.get("dev") is True or not dev) and python_works()


def python_works() -> bool:
    """Tell whether .venv's Python starts and is new enough; a removed base Python breaks it."""
    code = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.call([str(venv_python()), "-Ic", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def prepare(*, dev: bool) -> None:
    """Make .venv and install what is missing; do nothing when that was done before."""
    check_writable(STATE)
    if is_ready(dev=dev):
        return
    began = time.monotonic()
    wanted = fingerprint()
    check_writable(VENV)
    # No stamp while the installation runs: one that is broken off is done again.
    if STAMP.exists():
        STAMP.unlink()
    uv = shutil.which("uv")
    make_venv(with_pip=uv is None)
    install(uv, dev=dev)
    write_stamp(wanted, dev=dev)
    say(f"speedlab: set up in {time.monotonic() - began:.0f} s.")


def check_writable(folder: Path) -> None:
    """Raise Problem unless files can be written in folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(folder)):
            pass
    except OSError as error:
        raise Problem(
            f"cannot write in {folder} ({error.strerror}). speedlab keeps its environment there. "
            "Free some space, or copy this folder to a place of your own and start there."
        ) from None


def write_stamp(wanted: str, *, dev: bool) -> None:
    """Note that the installation is complete."""
    draft = STAMP.with_suffix(".tmp")
    draft.write_text(json.dumps({"sha256": wanted, "dev": dev}), encoding="utf-8")
    draft.replace(STAMP)


def make_venv(*, with_pip: bool) -> None:
    """Make .venv with the Python that runs this file, unless a sound one is there."""
    if python_works() and (not with_pip or has_pip()):
        return
    if with_pip and importlib.util.find_spec("ensurepip") is None:
        raise Problem(missing_ensurepip())
    say(f"speedlab: making the environment {VENV} ...")
    command = [sys.executable, "-m", "venv"]
    command += [] if python_works() else ["--clear"]
    command += [] if with_pip else ["--without-pip"]
    code, output = logged([*command, str(VENV)])
    if code and "ensurepip" in output:
        raise Problem(missing_ensurepip())
    if code:
        raise Problem(explain(output, "making the environment failed"))


def has_pip() -> bool:
    """Tell whether .venv has pip; one made for uv has not."""
    code = "import pip"
    return subprocess.call([str(venv_python()), "-Ic", code], stderr=subprocess.DEVNULL) == 0


def missing_ensurepip() -> str:
    """Return what to do where Debian or Ubuntu left ensurepip out of Python."""
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    return (
        "this Python cannot make environments: its part ensurepip is missing, as Debian and "
        f"Ubuntu ship it apart. Run: sudo apt install {package} - and start again."
    )


def install(uv: Optional[str], *, dev: bool) -> None:  # noqa: UP045
    """Install requirements.txt, and the developer's tools if asked, into .venv."""
    tool = "uv" if uv else "pip"
    say(f"speedlab: installing the pinned packages with {tool}; a few minutes the first time ...")
    if uv:
        # Compiled once, as pip does: the grader's boxes see the packages read only.
        command = [uv, "pip", "install", "--compile-bytecode", "--python", str(venv_python())]
    else:
        command = [str(venv_python()), "-m", "pip", "install", "--progress-bar", "off"]
        command += ["--disable-pip-version-check", "--no-input"]
    command += ["-r", "requirements.txt"]
    command += ["-e", ".[dev]"] if dev else []
    code, output = logged(command)
    if code:
        raise Problem(explain(output, f"{tool} could not install the packages"))


def logged(command: List[str]) -> tuple:  # noqa: UP006
    """Run command with its output in .speedlab/install.log; return exit code and output."""
    log = STATE / "install.log"
    with log.open("wb") as stream:
        code = wait_for(
            subprocess.Popen(
                command,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=str(ROOT),
                env=environment(dict(os.environ)),
            )
        )
    return code, log.read_text(encoding="utf-8", errors="replace")


# What installers say when the fault lies outside; the first match wins.
CAUSES = [
    (
        ("no space left", "disk full", "not enough space", "read-only file system"),
        "the disk is full or read-only. Free about 1 GB and start again.",
    ),
    (
        (
            "failed to establish a new connection",
            "name resolution",
            "getaddrinfo failed",
            "nodename nor servname",
            "network is unreachable",
            "connection refused",
            "connection reset",
            "timed out",
            "cannot connect to proxy",
            "dns error",
            "failed to fetch",
            "error sending request",
            "certificate",
        ),
        "the packages could not be downloaded. Check the network (or the proxy and its "
        "certificate) and start again; what is done already is kept.",
    ),
    (
        ("permission denied", "access is denied"),
        "a file could not be written. Stop a speedlab that still runs, or copy this folder to a "
        "place of your own, and start again.",
    ),
]


def explain(output: str, what: str) -> str:
    """Return one line that says why an installer failed and what to do."""
    lowered = output.lower()
    for signs, advice in CAUSES:
        if any(sign in lowered for sign in signs):
            return f"{what}: {advice} Details: {STATE / 'install.log'}"
    last = ([line.strip() for line in output.splitlines() if line.strip()] or ["no output"])[-1]
    return f'{what}: "{last[:200]}". The whole story is in {STATE / "install.log"}'


# --- children --------------------------------------------------------------------------------


def wait_for(child: subprocess.Popen) -> int:
    """Return the child's exit code; on Ctrl+C or SIGTERM see that the child ends first."""
    try:
        code = child.wait()
    except KeyboardInterrupt:
        stop(child)
        raise
    return code if code >= 0 else 128 - code


def stop(child: subprocess.Popen) -> None:
    """End the child: it has had Ctrl+C already, so wait, then insist."""
    for insist, patience_s in ((None, 2), (child.terminate, 10), (child.kill, 5)):
        if insist is not None:
            insist()
        try:
            child.wait(timeout=patience_s)
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue


def find_program(name: str, env: Dict[str, str]) -> str:  # noqa: UP006
    """Return the path of a command in the environment or on PATH."""
    program = shutil.which(name, path=env["PATH"])
    if program is None:
        raise Problem(
            f"there is no command {name!r} in the environment or on PATH. Check the "
            "spelling; for example: python start.py -- speedlab doctor"
        )
    return program


def become(command: List[str]) -> int:  # noqa: UP006
    """Run command inside the environment in our place, so that Ctrl+C is its own affair."""
    env = environment(dict(os.environ))
    program = find_program(command[0], env)
    if os.name != "nt":
        os.execve(program, command, env)
    child = subprocess.Popen([program, *command[1:]], env=env)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return child.wait()


class Check(NamedTuple):
    """A check that runs, and the file that keeps what it says; None if the user sees it at once."""

    name: str
    child: subprocess.Popen
    output: Optional[IO[bytes]]  # noqa: UP045
    began_s: float


def begin_check(command: List[str], *, kept: bool) -> Check:  # noqa: UP006
    """Start one check inside the environment."""
    env = environment(dict(os.environ))
    if sys.version_info >= (3, 12):  # counts lines for next to nothing; older Pythons cannot
        env.setdefault("COVERAGE_CORE", "sysmon")
    program = find_program(command[0], env)
    output = tempfile.TemporaryFile() if kept else None  # noqa: SIM115 - tell() closes it
    child = subprocess.Popen(
        [program, *command[1:]], env=env, cwd=str(ROOT), stdout=output, stderr=output
    )
    name = " ".join(command).replace("python -m ", "")
    return Check(name, child, output, time.monotonic())


def run_checks(arguments: List[str]) -> int:  # noqa: UP006
    """Run every check, or only the tests that the arguments name; return 1 if one failed."""
    tests = arguments != [NO_TESTS]
    if arguments and tests:
        return wait_for(begin_check([*TESTS, *arguments], kept=False).child)
    say(f"speedlab: {len(STATIC)} checks of the files" + ", and beside them the tests" * tests)
    running = []  # type: List[Check]
    try:
        for command in STATIC:
            running.append(begin_check(command, kept=True))
        if tests:
            running.append(begin_check([*TESTS, *SHARED], kept=False))
        results = wait_for_all(running)
    except BaseException:
        for check in running:
            stop(check.child)
        raise
    for check in running:
        say(f"speedlab: {results[check.name]}")
    return int(any(check.child.returncode for check in running))


def wait_for_all(checks: List[Check]) -> Dict[str, str]:  # noqa: UP006
    """Wait for every check; return a line on each, by name. What failed is shown at once."""
    running, results = list(checks), {}
    while running:
        for check in [one for one in running if one.child.poll() is not None]:
            running.remove(check)
            said = "FAILED" if check.child.returncode else "passed"
            elapsed_s = time.monotonic() - check.began_s
            results[check.name] = f"{said}  {check.name} ({elapsed_s:.0f} s)"
            tell(check)
        time.sleep(0.1)
    return results


def tell(check: Check) -> None:
    """Show what a check said that failed, and let go of it."""
    if check.output is None:
        return
    with check.output as output:
        output.seek(0)
        if check.child.returncode:
            say(f"\nspeedlab: FAILED  {check.name}")
            say(output.read().decode("utf-8", errors="replace"))


# --- the server ------------------------------------------------------------------------------


def check_port(ip: str, port: int) -> None:
    """Raise Problem unless a server can listen on ip and port."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # else a port that was freed a moment ago would count as taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            raise Problem(port_trouble(error, ip, port)) from None


def port_trouble(error: OSError, ip: str, port: int) -> str:
    """Return the sentence for an address that the system refused."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{ip} is not an address of this machine. Leave --ip out to use 127.0.0.1."
    if error.errno in (errno.EACCES, 10013):
        return f"port {port} may not be used by you. Choose one above 1023: --port 8899"
    other = port + 1 if port < 65535 else 8899
    return (
        f"port {port} is taken by another program, perhaps a speedlab that still runs. "
        f"Stop that one, or start with: python start.py --port {other}"
    )


def lay_out_settings() -> None:
    """Copy what Jupyter reads only from its own folders to where it looks."""
    style = STATE / "config" / "custom"
    style.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(SERVER / "custom.css"), str(style / "custom.css"))
    # The learner's own arrangement of panels, once there is one, is kept.
    workspace = STATE / "workspaces" / WORKSPACE
    workspace.parent.mkdir(parents=True, exist_ok=True)
    if not workspace.exists():
        shutil.copyfile(str(SERVER / "workspace.json"), str(workspace))
    settings = json.loads((SERVER / "jupyter_server_config.json").read_text(encoding="utf-8"))
    settings["ServerApp"]["jpserver_extensions"][FORMGRADER] = True
    (STATE / "config" / "instructor.json").write_text(json.dumps(settings), encoding="utf-8")


def settings_file(request: Request) -> Path:
    """Return the server's settings: with formgrader where a class is graded, for oneself only."""
    gradebook = ROOT / "grader" / "course" / "gradebook.db"
    own = request.ip in ("127.0.0.1", "localhost", "::1")
    if own and gradebook.exists():
        return STATE / "config" / "instructor.json"
    return SERVER / "jupyter_server_config.json"


def server_command(request: Request) -> List[str]:  # noqa: UP006
    """Return the command that starts JupyterLab for this request."""
    command = [str(venv_python()), "-m", "jupyterlab"]
    # Learners' settings come with --config, so that `start.py -- jupyter lab` is for instructors.
    command += [f"--config={settings_file(request)}"]
    command += [f"--LabApp.app_settings_dir={SERVER}"]
    command += [f"--ServerApp.root_dir={ROOT}", f"--ServerApp.ip={request.ip}"]
    command += [f"--ServerApp.port={request.port}", f"--LabApp.default_url={HOME}"]
    command += [] if request.browser else ["--no-browser"]
    # Jupyter refuses to run as root unless told; in a container root is the usual user.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return command + (["--allow-root"] if is_root else [])


def running_address() -> str:
    """Return the address of a course server that runs from this folder already, or ""."""
    for note in sorted((STATE / "runtime").glob("jpserver-*.json")):
        try:
            server = json.loads(note.read_text(encoding="utf-8"))
            base, token = server["url"].rstrip("/"), server["token"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if answers(f"{base}/api/status?token={token}"):  # another server refuses the token
            return f"{base}{HOME}?token={token}"
    return ""


def open_running(address: str, request: Request) -> int:
    """Show the server that runs already, instead of starting a second one."""
    say("speedlab: it runs already; this is its page.")
    say_address(address)
    if request.browser:
        webbrowser.open(address)
    return 0


def say_address(address: str) -> None:
    """Print the page to open."""
    print(f"\n  Open the course:  {address}\n", flush=True)


def serve(request: Request) -> int:
    """Run JupyterLab until it ends or Ctrl+C."""
    address = running_address()
    if address:
        return open_running(address, request)
    check_port(request.ip, request.port)
    lay_out_settings()
    say("speedlab: starting JupyterLab ...")
    token = secrets.token_hex(24)
    # The token goes by the environment: a command line can be read by other users.
    env = dict(environment(dict(os.environ)), JUPYTER_TOKEN=token)
    log = STATE / "server.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            server_command(request), stdout=stream, stderr=stream, env=env, cwd=str(ROOT)
        )
    try:
        announce(server, request, token)
    except KeyboardInterrupt:
        stop(server)
        raise
    return wait_for(server)


def announce(server: subprocess.Popen, request: Request, token: str) -> None:
    """Wait until the server answers, then print its address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(request.ip, request.ip)
    host = f"[{host}]" if ":" in host and "[" not in host else host
    base = f"http://{host}:{request.port}"
    while not answers(base + "/api"):
        if server.poll() is not None:
            raise Problem(
                "JupyterLab ended before it was ready. Its last words are in "
                f"{STATE / 'server.log'}; delete .venv and start again if they do not help."
            )
        time.sleep(0.1)
    say_address(f"{base}{HOME}?token={token}")
    if request.ip not in ("127.0.0.1", "localhost", "::1"):
        print("  Other machines can reach it too: whoever has this address can run code here.")
    print("  Press Ctrl+C to stop.", flush=True)


def answers(url: str) -> bool:
    """Tell whether a server answers at url."""
    # No proxy: the address is this machine's own.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def interrupt(*_: object) -> NoReturn:
    """Treat SIGTERM like Ctrl+C, so that children end with us."""
    raise KeyboardInterrupt


def main(argv: List[str]) -> int:  # noqa: UP006
    """Do what the command line asks and return the exit code."""
    signal.signal(signal.SIGTERM, interrupt)
    try:
        request = read_arguments(argv)
        prepare(dev=request.action == "test")
        if request.action == "run":
            return become(request.arguments)
        if request.action == "test":
            return run_checks(request.arguments)
        return serve(request)
    except Problem as problem:
        say(f"start.py: {problem}")
        return 2
    except KeyboardInterrupt:
        say("\nspeedlab: stopped." if request.action == "serve" else "")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
