"""The processes that `make run` starts and stops: their logs, their prefixed lines, their end."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import BinaryIO

LONGEST_LINE = 160
LARGEST_LOG = 10_000_000  # bytes; a larger log is set aside at the next start
POLITE_SECONDS = 30.0  # longer than the worker's soft shutdown of 20 s


@dataclass(frozen=True)
class Program:
    """What to start: a short name for logs and terminal, the command, and variables on top of our own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """One running program, in a session of its own so that Ctrl-C reaches the supervisor alone.

    What it writes goes to `<logs>/<name>.log`, and shortened with its name in front to `show`.
    """

    def __init__(self, program: Program, *, logs: Path, folder: Path, show: Callable[[str], None]) -> None:
        self.name, self.command, self._show = program.name, list(program.command), show
        self.log = logs / f"{program.name}.log"
        self.output: list[str] = []  # of a step that ends; bounded by _keep
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            start_new_session=True,
        )
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._reader = Thread(target=self._copy, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def _copy(self, source: BinaryIO) -> None:
        with source, self.log.open("ab") as log:
            for raw in source:
                log.write(raw)
                log.flush()
                line = raw.decode(errors="replace").rstrip()
                self._keep(line)
                if line:
                    shown = line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
                    self._show(f"{self.name:<9} | {shown}")

    def _keep(self, line: str) -> None:
        self.output.append(line)
        del self.output[:-50]

    @property
    def ended(self) -> int | None:
        """The exit code, None while it runs."""
        return self.process.poll()

    def last_lines(self, count: int = 15) -> str:
        """The end of what it wrote in this run."""
        self._reader.join(timeout=2)
        return "\n".join(self.output[-count:])


def stop_all(children: Iterable[Child], *, hurry: Callable[[], bool]) -> list[str]:
    """Ask every child to end, all at once; after 30 s, or when `hurry` says so, end them and theirs by force.

    Returns the names of those that had to be forced.
    """
    living = [child for child in children if child.ended is None]
    for child in living:
        with contextlib.suppress(ProcessLookupError):
            child.process.terminate()
    deadline = time.monotonic() + POLITE_SECONDS
    while any(child.ended is None for child in living) and time.monotonic() < deadline and not hurry():
        time.sleep(0.05)
    forced = [child.name for child in living if child.ended is None]
    for child in children:
        _kill_group(child.process.pid)  # also what a dead child left behind, such as a worker's pool
        child.process.wait()
        child.last_lines()  # so that its log is complete and closed
    return forced


def record(children: Iterable[Child], file: Path) -> None:
    """Remember the children, for `stop_leftovers` after a supervisor that was killed."""
    file.write_text(json.dumps([{"pid": c.process.pid, "command": c.command} for c in children]))


def stop_leftovers(file: Path) -> list[int]:
    """End the recorded processes that still run the recorded command; return their ids.

    A process id may have been given to another program since, so the command line must agree word by word.
    """
    try:
        recorded = [(int(row["pid"]), list(row["command"])) for row in json.loads(file.read_text())]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    found = [pid for pid, command in recorded if command_of(pid) == command]
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + POLITE_SECONDS
    while time.monotonic() < deadline and any(command_of(pid) for pid in found):
        time.sleep(0.05)
    for pid in found:
        _kill_group(pid)
    file.unlink(missing_ok=True)
    return found


def command_of(pid: int) -> list[str]:
    """The words of a process's command line; empty when it does not run."""
    if Path("/proc/self").exists():
        try:
            text = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except OSError:
            return []
        return text.rstrip("\0").split("\0") if text else []  # empty: it ended and waits for its parent
    shown = subprocess.run(  # noqa: S603 - no /proc on macOS
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return shlex.split(shown.stdout.strip()) if shown.returncode == 0 else []


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
