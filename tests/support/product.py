"""The whole product on loopback with demo data: web server, worker and reconciler as real processes.

For what only a caller from outside can tell: the examples of the guide, a generated client, made-up cases. The database
is a copy of an empty migrated one, in which the demo organisation is then made.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from pytest_django.plugin import DjangoDbBlocker

from cdmo_eval.embedded import BASE_DIR, free_port
from tests.support.servers import MIGRATED

HOST = "127.0.0.1"
READY_SECONDS = 180.0
UNLIMITED = {f"CDMO_{kind}_PER_MINUTE": "1000000" for kind in ("READS", "WRITES", "HEAVY")}


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


@dataclass
class Product:
    """Processes that work on one database; `environment` names it. `start` waits until the web server is ready."""

    folder: Path
    environment: dict[str, str]
    web_workers: int = 1
    port: int = field(default_factory=free_port)
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Of the web server."""
        return f"http://{HOST}:{self.port}"

    def manage(self, *arguments: str) -> str:
        """Run a management command; returns what it prints. Raises AssertionError with its errors when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=self.of("command"), capture_output=True,
            text=True, check=False, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def token(self, email: str, *scopes: str, organization: str = "demo", days: int = 30) -> str:
        """A token of a member, made by the command."""
        until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86400))
        asked = [part for scope in scopes for part in ("--scope", scope)]
        return self.manage(
            "create_token", "--organization", organization, "--user", email, "--expires", until, *asked
        )

    def start(self, *names: str) -> None:
        """Start the named processes (web, worker, reconcile)."""
        web = [
            "-m", "gunicorn", "cdmo_eval.wsgi", "--bind", f"{HOST}:{self.port}", "--worker-class", "gthread",
            "--workers", str(self.web_workers), "--threads", "8", "--timeout", "120", "--no-control-socket", "--log-level", "warning",
        ]  # fmt: skip
        worker = [
            "-m", "celery", "-A", "cdmo_eval", "worker", "--concurrency=1", "--loglevel=WARNING", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        commands = {"web": web, "worker": worker, "reconcile": ["manage.py", "reconcile"]}
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.children[name] = subprocess.Popen(
                    [sys.executable, *commands[name]], cwd=BASE_DIR, env=self.of(name), stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
        if "web" in names:
            self._wait()

    def stop(self) -> None:
        """End every process."""
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.children.clear()

    def call(
        self, path: str, token: str = "", *, method: str = "GET", body: Any = None, **headers: str
    ) -> Answer:
        """Ask the web server; `if_match="…"` becomes the header If-Match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        request = urllib.request.Request(  # noqa: S310 - our own address on loopback
            path if path.startswith("http") else f"{self.address}{path}", method=method, headers=sent,
            data=None if body is None else json.dumps(body).encode(),
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def log(self, name: str) -> str:
        """What a process printed."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def of(self, process: str) -> dict[str, str]:
        """The environment of a process that belongs to it."""
        return {
            **os.environ, "CDMO_LOG_LEVEL": "WARNING", "CDMO_RECONCILE_AFTER": "1",
            "CDMO_FILES": str(self.folder / "files"), "CDMO_QUEUE_PREFIX": f"product-{self.port}:", **UNLIMITED, **self.environment,
            "CDMO_PROCESS": process, "DJANGO_SETTINGS_MODULE": "cdmo_eval.settings",
        }  # fmt: skip

    def _wait(self) -> None:
        began = time.monotonic()
        while time.monotonic() - began < READY_SECONDS:
            with suppress(OSError):
                if self.call("/health/live/").status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the web server did not start: {self.log('web')[-2000:]}")


@contextmanager
def demo_product(
    blocker: DjangoDbBlocker, name: str, *processes: str, **environment: str
) -> Iterator[Product]:
    """The demo, served by the named processes, in a database and a folder of its own; all of it goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"cdmo-{name}-"))
    folder.chmod(0o755)
    with blocker.unblock():
        tests = str(connection.settings_dict["NAME"])
        database = f"{tests}_{name}"
        copy_database(os.environ.get(MIGRATED, tests), database)
    running = Product(folder, {**addresses(database), **environment})
    try:
        running.manage("demo")
        running.start(*processes)
        yield running
    finally:
        running.stop()
        with blocker.unblock():
            statement(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def addresses(name: str) -> dict[str, str]:
    """How children reach a database of the test's server."""
    default = settings.DATABASES["default"]
    base = f"host={default['HOST']} port={default['PORT'] or 5432} dbname={name}"
    app, owner = f"user={default['USER']}", f"user={default['OWNER']['user']}"
    if default["PASSWORD"]:
        app += f" password={default['PASSWORD']}"
    if default["OWNER"]["password"]:
        owner += f" password={default['OWNER']['password']}"
    return {"DATABASE_URL": f"{base} {app}", "DATABASE_OWNER_URL": f"{base} {owner}"}


def copy_database(source: str, name: str) -> None:
    """A copy of a database that nobody is connected to, made by its owner from the maintenance database."""
    connections.close_all()
    statement(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


def statement(*statements: str) -> None:
    """Run as the owner, outside any transaction and any test database."""
    with connection._nodb_cursor() as cursor:
        for each in statements:
            cursor.execute(each)
