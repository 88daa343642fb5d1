"""`make run`, really started: PostgreSQL, Valkey, web, worker, reconciler; and really stopped."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdmo_eval import run
from cdmo_eval.embedded import EmbeddedServers, free_port
from tests.support.repository import ROOT
from tests.support.servers import remove

PATIENCE = 60.0


@pytest.fixture
def local(open_folder: Path) -> Iterator[Path]:
    """A data folder of our own; whatever still runs from it at the end is stopped."""
    yield open_folder
    while _running:
        process = _running.pop()
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)
    remove(EmbeddedServers(open_folder), open_folder)


def environment(local: Path) -> dict[str, str]:
    """Ours without the servers of this test run, so that embedded ones are started."""
    servers = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}
    ours = {name: value for name, value in os.environ.items() if name not in servers}
    return ours | {"CDMO_LOCAL": str(local), "CDMO_FILES": str(local / "files"), "CDMO_LOG_LEVEL": "INFO"}


_running: list[subprocess.Popen[str]] = []


def start(local: Path, port: int, **changes: str) -> subprocess.Popen[str]:
    """`make run` without its make; the fixture `local` ends it if the test does not."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cdmo_eval.run", "--port", str(port), "--no-demo"],
        cwd=ROOT, env=environment(local) | changes, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    _running.append(process)
    return process


def read_until(process: subprocess.Popen[str], beginning: str) -> list[str]:
    """The supervisor's lines up to one that begins so."""
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith(beginning):
            return lines
    pytest.fail("it ended without saying " + beginning + "\n" + "\n".join(lines))


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and the rest of what it said."""
    output, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, output


def processes_of(local: Path) -> dict[str, int]:
    """Living processes whose command line or environment names the folder: command line → id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line, variables = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if line and int(folder.name) != os.getpid() and str(local).encode() in line + variables:
            found[line.replace(b"\0", b" ").decode(errors="replace").strip()] = int(folder.name)
    return found


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_life_of_a_run(local: Path) -> None:
    """One story, because starting PostgreSQL is the expensive part: first start, a second beside it, Ctrl-C, again."""
    port = free_port()
    first = start(local, port)
    said = read_until(first, "CDMO Eval answers at")
    assert said[-1] == f"CDMO Eval answers at http://127.0.0.1:{port}/"
    assert get(port, "/health/ready/") == (200, b'{"status": "ok", "problems": {}}')
    assert get(port, "/static/css/base.css")[0] == 200

    second = start(local, free_port())
    assert finish(second) == (
        1,
        (
            f"CDMO Eval is running here already, at http://127.0.0.1:{port}/ (process {first.pid}). "
            "Stop it there with Ctrl-C first.\n"
        ),
    )

    beside = subprocess.run(
        [sys.executable, "manage.py", "check_walls"],
        cwd=ROOT,
        env=environment(local),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (beside.returncode, beside.stdout) == (0, "The walls stand.\n"), beside.stderr
    assert get(port, "/health/ready/")[0] == 200, "a command beside it must not stop its servers"

    first.send_signal(signal.SIGINT)
    code, rest = finish(first)
    assert (code, rest.splitlines()[-1]) == (0, "Stopped.")
    assert processes_of(local) == {}

    if not Path("/proc/self").exists():
        return
    again = start(local, port)
    read_until(again, "CDMO Eval answers at")
    worker = next(
        pid for line, pid in processes_of(local).items() if " worker " in line and is_child(pid, again.pid)
    )
    os.kill(worker, signal.SIGKILL)
    code, rest = finish(again)
    assert code == 1
    assert "The worker process ended by itself (exit code -9). Its last lines:" in rest.splitlines()
    assert processes_of(local) == {}


def is_child(pid: int, parent: int) -> bool:
    """Whether `parent` started `pid` itself."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1] == str(parent)


def test_port_in_use_is_said_before_anything_starts(local: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert finish(start(local, port)) == (
            1, f"Port {port} is in use by another program. Choose another: make run PORT={port + 1}\n",
        )  # fmt: skip
    assert not (local / "postgres").exists()


def test_half_made_data_folder_is_said(local: Path) -> None:
    (local / "postgres").mkdir()
    (local / "postgres" / "PG_VERSION").write_text("18")

    code, said = finish(start(local, free_port()))

    assert (code, said.splitlines()[1:]) == (
        1,
        [
            (
                f"{local / 'postgres'} was only half made (an earlier start was interrupted). Nothing of yours is in it yet: "
                "remove that folder and start again."
            )
        ],
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"CDMO_ENV": "production"},
            "make run is for development and trial; docs/operations.md says how to run in production.\n",
        ),
        (
            {"REDIS_URL": "redis://localhost"},
            "To use servers of your own set DATABASE_URL, DATABASE_OWNER_URL too; with none of them set we bring ours.\n",
        ),
    ],
)
def test_environment_that_cannot_be_meant_is_refused(
    local: Path, changes: dict[str, str], message: str
) -> None:
    assert finish(start(local, free_port(), **changes)) == (1, message)


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_port_that_is_none_is_refused(local: Path, port: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cdmo_eval.run", f"--port={port}"],
        cwd=ROOT,
        env=environment(local),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"python -m cdmo_eval.run: error: argument --port: {port!r} is not a port: a whole number from 1 to 65535"
    )


def test_data_of_another_user_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", "/data/run.lock")

    monkeypatch.setattr(run, "_run", refuse)
    monkeypatch.setattr(run, "Stop", object)  # signals of this process stay as they are

    assert run.main([]) == 1
    assert capsys.readouterr().out == (
        "No right to write /data/run.lock: run as the user who made .local, or remove that folder.\n"
    )


def test_stop_while_starting_leaves_nothing(local: Path) -> None:
    process = start(local, free_port())
    read_until(process, "Bringing the database up to date")
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)

    code, rest = finish(process)

    assert (code, rest.splitlines()[-1]) == (0, "Stopped.")
    assert processes_of(local) == {}
