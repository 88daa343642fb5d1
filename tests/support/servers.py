"""A pytest plugin, loaded before Django's settings: throw-away PostgreSQL and Valkey for this test run.

Never the servers of `make run`: every run has its own folder and its own ports. With DATABASE_URL set (a PostgreSQL of
your own), that is used instead. Each of several workers has servers of its own: what PostgreSQL calls settled waits for
the open transactions of all its databases, so in one server the tests of one worker would wait for those of another.
All of them begin as copies of one with the migrated database, which is kept (tests/support/migrated.py).
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from cdmo_eval.embedded import EmbeddedError, EmbeddedServers
from tests.support import migrated

MIGRATED = "CDMO_TEST_MIGRATED"
"""In the environment: the migrated, empty database on the servers of this test run, where they began with one."""
SUPERUSER = "CDMO_TEST_SUPERUSER"
"""In the environment: how the superuser reaches the servers of this test run."""
PREFIX = "cdmo-test-"
_started: list[tuple[EmbeddedServers, Path]] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers in the process that runs tests: this one, or each worker."""
    os.environ.setdefault("CDMO_LOG_LEVEL", "WARNING")
    if os.environ.get("DATABASE_URL"):
        return
    if "PYTEST_XDIST_WORKER" not in os.environ:
        remove_leftovers(Path(tempfile.gettempdir()))
        if getattr(early_config.known_args_namespace, "numprocesses", None):
            return
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)
    (folder / "owner").write_text(str(os.getpid()))
    servers = EmbeddedServers(folder, durable=False)
    os.environ.pop(MIGRATED, None)
    try:
        if migrated.prepare(servers):
            os.environ[MIGRATED] = migrated.NAME
        addresses = servers.start()
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from None
    addresses.export()
    os.environ[SUPERUSER] = addresses.superuser_url
    os.environ["CDMO_FILES"] = str(folder / "files")
    _started.append((servers, folder))
    atexit.register(pytest_unconfigure)  # also when pytest fails before it is configured


def pytest_unconfigure() -> None:
    """Stop what was started here."""
    while _started:
        servers, folder = _started.pop()
        remove(servers, folder)


def remove_leftovers(parent: Path) -> None:
    """Stop and remove the servers of test runs that were killed; those of living runs stay."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            owner = int((folder / "owner").read_text())
            os.kill(owner, 0)
        except ProcessLookupError:
            remove(EmbeddedServers(folder, durable=False), folder)
        except (OSError, ValueError):  # another user's, or not finished being made
            continue


def remove(servers: EmbeddedServers, folder: Path) -> None:
    """Stop the servers of a test run and remove everything they wrote."""
    servers.stop()
    shutil.rmtree(folder, ignore_errors=True)
    if servers.home != folder:
        shutil.rmtree(servers.home, ignore_errors=True)
