"""Real processes for tests of faults: Valkey of its own, Celery workers, the reconciler, a proxy that goes half-open.

All of them use the database of the test that starts them, and all are ended with it.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from cdmo_eval.embedded import BASE_DIR, free_port, start_valkey, valkey_binary

LOOPBACK = "127.0.0.1"


class Proxy:
    """Forwards TCP on loopback; `freeze()` keeps connections open and lets nothing through, `cut()` resets them."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target, self.port = target, free_port()
        self._frozen, self._stopping, self._pairs = threading.Event(), threading.Event(), []
        self._listener = socket.create_server((LOOPBACK, self.port))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def freeze(self) -> None:
        """From now on silence on every connection, old or new."""
        self._frozen.set()

    def thaw(self) -> None:
        """Forward again; what was silent is reset, as after a lost route."""
        self.cut()
        self._frozen.clear()

    def cut(self) -> None:
        """Reset every connection."""
        for pair in list(self._pairs):
            for end in pair:
                _close(end)
        self._pairs.clear()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        _close(self._listener)
        self.cut()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                continue
            try:
                server = socket.create_connection(self.target, timeout=2)
            except OSError:
                _close(client)
                continue
            self._pairs.append((client, server))
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while not self._stopping.is_set():
                ready, _, _ = select.select([client, server], [], [], 0.1)
                for end in ready if not self._frozen.is_set() else []:
                    data = end.recv(65536)
                    if not data:
                        return
                    (server if end is client else client).sendall(data)
                if self._frozen.is_set():
                    time.sleep(0.02)
        except (OSError, ValueError):
            return
        finally:
            _close(client)
            _close(server)


def _close(end: socket.socket) -> None:
    try:
        end.close()
    except OSError:
        return


class Stack:
    """The processes of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, {}
        self.password = "test"
        self.valkey: subprocess.Popen[bytes] | None = None
        self.valkey_port = free_port()
        self.start_broker()
        self.proxy = Proxy((LOOPBACK, self.valkey_port))
        self.redis_url = f"redis://:{self.password}@{LOOPBACK}:{self.proxy.port}/0"

    def start_broker(self) -> None:
        """Valkey, without persistence."""
        home = self.folder / "valkey"
        home.mkdir(exist_ok=True)
        self.valkey = start_valkey(
            valkey_binary(), home, self.valkey_port, self.password, self.folder / "valkey.log"
        )
        assert self.valkey is not None

    def kill_broker(self) -> None:
        """kill -9, with everything it held."""
        if self.valkey is not None:
            self.valkey.kill()
            self.valkey.wait()
            self.valkey = None

    def flush_broker(self) -> None:
        """FLUSHALL."""
        with socket.create_connection((LOOPBACK, self.valkey_port), timeout=2) as link:
            link.sendall(f"AUTH {self.password}\r\nFLUSHALL\r\n".encode())
            link.recv(64)

    def environment(self, process: str) -> dict[str, str]:
        """Of a child that works on this test's database."""
        base = f"host={settings.DATABASES['default']['HOST']} port={settings.DATABASES['default']['PORT'] or 5432} dbname={connection.settings_dict['NAME']}"
        return os.environ | {
            "DATABASE_URL": f"{base} user={settings.DATABASES['default']['USER']}",
            "DATABASE_OWNER_URL": f"{base} user={settings.DATABASES['default']['OWNER']['user']}",
            "REDIS_URL": self.redis_url, "CDMO_PROCESS": process, "CDMO_RECONCILE_AFTER": "1", "DJANGO_SETTINGS_MODULE": "cdmo_eval.settings",
        }  # fmt: skip

    def start_worker(self, name: str = "worker") -> subprocess.Popen[bytes]:
        """A real Celery worker with one child process."""
        command = [
            "-m",
            "celery",
            "-A",
            "cdmo_eval",
            "worker",
            "--concurrency=1",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "-n",
            f"{name}@test",
        ]
        return self._start(name, command, "worker")

    def start_reconciler(self) -> subprocess.Popen[bytes]:
        """`manage.py reconcile`."""
        return self._start("reconcile", ["manage.py", "reconcile"], "reconcile")

    def _start(self, name: str, command: list[str], process: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *command], cwd=BASE_DIR, env=self.environment(process), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.processes[name] = child
        return child

    def kill(self, name: str) -> None:
        """kill -9 to a process and all its children."""
        child = self.processes.pop(name, None)
        if child is not None and child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def stop(self) -> None:
        """End everything that this stack started."""
        for name in list(self.processes):
            self.kill(name)
        self.proxy.stop()
        self.kill_broker()

    def log(self, name: str) -> str:
        """What a process printed."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


def wait_until(true: Callable[[], Any], *, seconds: float, what: str) -> float:
    """Poll until `true()`; returns the seconds it took, fails after `seconds`."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")
