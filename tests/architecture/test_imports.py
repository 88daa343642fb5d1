"""Who may know whom. The contracts stand in pyproject.toml; this runs them."""

import ast
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from tests.support.repository import ROOT, texts

CLOCKS = {
    "datetime.now", "datetime.today", "datetime.utcnow", "date.today", "timezone.now", "timezone.localdate",
    "time.time", "time.time_ns",
}  # fmt: skip
EDGES = {"views", "api", "management", "tasks", "migrations", "admin", "apps"}


def test_import_contracts_are_kept() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
    ]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def clock_calls(source: str) -> list[int]:
    """The lines that ask the machine for the time."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and f"{ast.unparse(node.func.value).rsplit('.', 1)[-1]}.{node.func.attr}" in CLOCKS
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import datetime\ndatetime.datetime.now(UTC)", [2]),
        ("timezone.now()", [1]),
        ("date.today()", [1]),
        ("def save(*, now): return now.date()", []),
        ("default=timezone.now", []),
    ],
)
def test_clock_calls_are_recognised(source: str, lines: list[int]) -> None:
    assert clock_calls(source) == lines


def test_clock_is_read_at_the_edges_only() -> None:
    domain = {
        name: source
        for name, source in texts(".py").items()
        if name.startswith(("vendors/", "scorecards/"))
        and not EDGES & set(PurePosixPath(name).with_suffix("").parts)
    }

    read = [f"{name}:{line}" for name, source in domain.items() for line in clock_calls(source)]

    assert read == [], "the clock comes in as `now` or `as_of`"
