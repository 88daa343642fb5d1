"""`make run`: everything CDMO Eval needs, on one machine, in the foreground, until Ctrl-C.

PostgreSQL and Valkey from their wheels under `.local/` (or those of DATABASE_URL and REDIS_URL), migrations, demo data,
then three children: the web server, one Celery worker with beat, the reconciler. When one of them dies the rest is
stopped, because half a system that looks whole is worse than none.
"""

import argparse
import contextlib
import fcntl
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from cdmo_eval.children import Child, Program, record, stop_all, stop_leftovers
from cdmo_eval.embedded import BASE_DIR, LOCAL, EmbeddedError, EmbeddedServers

LOGS = LOCAL / "logs"
HOST = "127.0.0.1"
READY_SECONDS = 120.0
DEMO_COMMAND = BASE_DIR / "scorecards" / "management" / "commands" / "demo.py"


class RunError(RuntimeError):
    """The product cannot be run here and now; the message says what to do."""


class Stop:
    """Whether somebody asked to stop (Ctrl-C, SIGTERM, a closed terminal); asked twice means at once."""

    def __init__(self) -> None:
        self.asked, self.times = threading.Event(), 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup must go on working
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, *_: object) -> None:
        self.times += 1
        self.asked.set()

    def hurry(self) -> bool:
        """Whether waiting any longer is unwanted."""
        return self.times > 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped. Returns 0 after Ctrl-C or SIGTERM, 1 when something could not start or died."""
    parser = argparse.ArgumentParser(prog="python -m cdmo_eval.run", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="TCP port of the web server (8000)")
    parser.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="make the demo organisation (by default only in the embedded PostgreSQL)",
    )
    options = parser.parse_args(arguments)
    stop = Stop()
    try:
        return _run(options.port, demo=options.demo, stop=stop)
    except (RunError, EmbeddedError) as error:
        say(str(error))
        return 1
    except PermissionError as error:  # such as data made as root, used as somebody else
        say(
            f"No right to write {error.filename}: run as the user who made {_shown(LOCAL)}, or remove that folder."
        )
        return 1


def _run(port: int, *, demo: bool | None, stop: Stop) -> int:
    own_servers = _own_servers()
    LOGS.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("CDMO_FILES", str(LOCAL / "files"))
    with _only_one(port):
        leftovers = stop_leftovers(LOCAL / "children.json")
        if leftovers:
            say(f"Stopped {len(leftovers)} processes that an interrupted run had left behind.")
        _check_port(port)
        with contextlib.ExitStack() as servers:
            if not own_servers:
                say(f"Starting PostgreSQL and Valkey under {_shown(LOCAL)} …")
                servers.enter_context(EmbeddedServers(LOCAL).lease()).export()
            with_demo = _prepare(demo=not own_servers if demo is None else demo, stop=stop)
            code = 0 if stop.asked.is_set() else _supervise(port, with_demo=with_demo, stop=stop)
            if not own_servers:
                say("Stopping PostgreSQL and Valkey …")
        say("Stopped.")
        return code


def _prepare(*, demo: bool, stop: Stop) -> bool:
    """Migrate, check the walls, make demo data. Returns whether there is a demo organisation to sign in to."""
    say("Bringing the database up to date …")
    _step("migrate", ["migrate", "--no-input"], stop)
    _step("walls", ["check_walls"], stop)
    if not demo or not DEMO_COMMAND.exists():
        return False
    say("Making the demo organisation (once) …")
    _step("demo", ["demo"], stop)
    return True


def _step(name: str, arguments: list[str], stop: Stop) -> None:
    """Run one management command to its end, or until asked to stop. Raises RunError when it fails."""
    program = Program(name, [sys.executable, str(BASE_DIR / "manage.py"), *arguments])
    if stop.asked.is_set():
        return
    child = Child(program, logs=LOGS, folder=BASE_DIR, show=_nowhere)
    while child.ended is None and not stop.asked.wait(0.05):
        pass
    if stop.asked.is_set():
        stop_all([child], hurry=stop.hurry)
    elif child.ended:
        raise RunError(f"manage.py {arguments[0]} failed ({_shown(child.log)}):\n{child.last_lines(20)}")


def _nowhere(_: str) -> None:
    """A step's lines stay in its log; they are shown when it fails."""


def _supervise(port: int, *, with_demo: bool, stop: Stop) -> int:
    """Start the children, say where the product answers, wait; returns the exit code."""
    children: list[Child] = []
    try:
        for program in programs(port):
            children.append(Child(program, logs=LOGS, folder=BASE_DIR, show=say))
            record(children, LOCAL / "children.json")
        if _wait_until_ready(port, children, stop):
            say("")
            say(f"CDMO Eval answers at http://{HOST}:{port}/")
            if with_demo:
                say(_sign_in())
            say(f"Logs: {_shown(LOGS)}   Stop: Ctrl-C")
            say("")
        while not stop.asked.wait(0.2):
            dead = next((child for child in children if child.ended is not None), None)
            if dead:
                say("")
                say(f"The {dead.name} process ended by itself (exit code {dead.ended}). Its last lines:")
                say(dead.last_lines())
                say(f"The whole log: {_shown(dead.log)}. Stopping the rest.")
                return 1
        return 0
    finally:
        say("Stopping …")
        forced = stop_all(children, hurry=stop.hurry)
        if forced:
            say(f"Ended by force: {', '.join(forced)}.")
        (LOCAL / "children.json").unlink(missing_ok=True)


def programs(port: int) -> list[Program]:
    """The children, in the order in which they start."""
    python = sys.executable
    web = [
        python, "-m", "gunicorn", "cdmo_eval.wsgi:application", "--bind", f"{HOST}:{port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "60", "--graceful-timeout", "10",
        "--access-logfile", str(LOGS / "access.log"), "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    worker = [
        python, "-m", "celery", "--quiet", "--app", "cdmo_eval", "worker", "--beat",
        "--schedule", str(LOCAL / "beat-schedule"), "--concurrency", "2", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    quiet_worker = {
        "CDMO_PROCESS": "worker",
        "REMAP_SIGTERM": "SIGQUIT",  # SIGTERM then means the soft shutdown: running tasks get 20 s
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    reconcile = [python, str(BASE_DIR / "manage.py"), "reconcile"]
    return [
        Program("web", web, {"CDMO_PROCESS": "web", "PYTHONWARNINGS": "ignore:No directory at"}),
        Program("worker", worker, quiet_worker),
        Program("reconcile", reconcile, {"CDMO_PROCESS": "reconcile"}),
    ]


def _wait_until_ready(port: int, children: list[Child], stop: Stop) -> bool:
    """Whether the web answered that it can work; False when a child died or somebody asked to stop."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if _ready(port):
            return True
        if stop.asked.wait(0.1) or any(child.ended is not None for child in children):
            return False
    raise RunError(
        f"The web server did not become ready in {READY_SECONDS:.0f} s. See {_shown(LOGS / 'web.log')}."
    )


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/ready/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _own_servers() -> bool:
    """Whether the environment names servers to use instead of the embedded ones. Raises RunError for half of it."""
    if os.environ.get("CDMO_ENV", "").strip() == "production":
        raise RunError(
            "make run is for development and trial; docs/operations.md says how to run in production."
        )
    needed = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    missing = [name for name in needed if not os.environ.get(name, "").strip()]
    if missing and len(missing) < len(needed):
        raise RunError(
            f"To use servers of your own set {', '.join(missing)} too; with none of them set we bring ours."
        )
    return not missing


@contextlib.contextmanager
def _only_one(port: int) -> Iterator[None]:
    """Hold the lock of this folder. Raises RunError while another `make run` holds it."""
    with (LOCAL / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"CDMO Eval is running here already{_holder(lock)}. Stop it there with Ctrl-C first."
            ) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "port": port}))
        lock.flush()
        yield


def _holder(lock: TextIO) -> str:
    lock.seek(0)
    try:
        holder = json.loads(lock.read())
    except ValueError:
        return ""
    return f", at http://{HOST}:{holder['port']}/ (process {holder['pid']})"


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise RunError(f"Port {port} is reserved for the administrator: make run PORT=8000") from None
        except OSError:
            advice = f"make run PORT={port + 1 if port < 65535 else 8000}"
            raise RunError(f"Port {port} is in use by another program. Choose another: {advice}") from None


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a whole number from 1 to 65535")
    return int(text)


def _sign_in() -> str:
    """How to sign in to the demo organisation, as its own code has it."""
    import django  # noqa: PLC0415 - settings read the addresses of the servers, known only now

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    django.setup()
    from cdmo_eval.core.roles import Role  # noqa: PLC0415
    from scorecards.demo.people import DEMO_PASSWORD, DEMO_USERS  # noqa: PLC0415

    return f"Sign in as {DEMO_USERS[Role.MANAGER][0]} with the password: {DEMO_PASSWORD}"


def _shown(path: Path) -> str:
    """A path as short as it can be said."""
    return str(path.relative_to(BASE_DIR)) if path.is_relative_to(BASE_DIR) else str(path)


_terminal = threading.Lock()


def say(line: str) -> None:
    """One line to the terminal; the product goes on when the terminal is gone."""
    with _terminal, contextlib.suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
