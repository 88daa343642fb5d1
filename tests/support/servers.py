"""A pytest plugin, loaded before Django's settings: throw-away PostgreSQL and Valkey for this test run.

Never the servers of `make run`: every run has its own folder and its own ports. With DATABASE_URL set (a PostgreSQL of
your own), that is used instead.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from cdmo_eval.embedded import EmbeddedServers

_started: list[tuple[EmbeddedServers, Path]] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the servers in the controlling process; workers inherit the addresses."""
    os.environ.setdefault("CDMO_LOG_LEVEL", "WARNING")
    if os.environ.get("DATABASE_URL"):
        return
    folder = Path(tempfile.mkdtemp(prefix="cdmo-test-"))
    folder.chmod(0o755)
    servers = EmbeddedServers(folder, durable=False)
    servers.start().export()
    os.environ["CDMO_FILES"] = str(folder / "files")
    _started.append((servers, folder))


def pytest_unconfigure() -> None:
    """Stop what was started here."""
    while _started:
        servers, folder = _started.pop()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(servers.home, ignore_errors=True)
