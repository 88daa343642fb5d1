"""Other processes on this machine: whether they live, how to end them, what they last wrote."""

import contextlib
import os
import signal
import time
from pathlib import Path


def alive(pid: int, mark: str) -> bool:
    """Whether the process lives and is the one meant: `mark` stands in its command line."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists():  # a pid may have been reused by something else
        with contextlib.suppress(OSError):
            return mark.encode() in command.read_bytes()
        return False
    return True


def terminate(pid: int, mark: str, number: int) -> None:
    """Send the signal; after 20 s end it by force. Does nothing when another program has the process id by now."""
    if not alive(pid, mark):
        return
    os.kill(pid, number)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not alive(pid, mark):
            return
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, "" when it cannot be read."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
