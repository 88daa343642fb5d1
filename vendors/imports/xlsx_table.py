"""Workbooks: handed to a child process under hard limits, whose rows come back through a temporary file.

A workbook of a megabyte can demand gigabytes, and some crash the process that opens them. The temporary file
lets the child finish at its own speed, whatever the reader of the rows does with them.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from vendors.imports import xlsx_child
from vendors.imports.errors import TableError
from vendors.imports.limits import Limits

_CHILD = Path(xlsx_child.__file__)
_OVER_LIMIT = frozenset({xlsx_child.OUT_OF_MEMORY, -signal.SIGXCPU, -signal.SIGKILL})


class Spool(NamedTuple):
    """The child's output: a temporary file at the first row, and what it said about the workbook."""

    file: IO[bytes]
    sheets: tuple[str, ...]
    sheet: str


def spool_sheet(path: Path, *, sheet: str | None, limits: Limits) -> Spool:
    """Read one sheet (the first visible one when None) in a child process; the caller closes the file.

    Raises TableError for a workbook that is too large, damaged, protected, hostile or without that sheet.
    """
    size = path.stat().st_size
    if size > limits.xlsx_bytes:
        raise TableError(f"The workbook has {size} bytes; at most {limits.xlsx_bytes} are read.")
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    try:
        _run_child(path, spool, sheet, limits)
        spool.seek(0)
        said = json.loads(spool.readline())
        return Spool(spool, tuple(said["sheets"]), said["sheet"])
    except BaseException:
        spool.close()
        raise


def read_rows(spool: Spool) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank with its number, once."""
    for line in spool.file:
        number, cells = json.loads(line)
        yield number, cells


def _run_child(path: Path, spool: IO[bytes], sheet: str | None, limits: Limits) -> None:
    """Run the child to its end; raises TableError unless it read the sheet."""
    options: xlsx_child.Options = {
        "sheet": sheet,
        "inflated_bytes": limits.inflated_bytes,
        "members": limits.members,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "output_bytes": limits.output_bytes,
        "rows": limits.rows,
        "columns": limits.columns,
        "cell_characters": limits.cell_characters,
    }
    # -I: neither the environment nor the current folder decides what the child imports.
    command = [sys.executable, "-I", "-W", "ignore", str(_CHILD), json.dumps(options)]
    environment = {
        name: value for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if (value := os.environ.get(name))
    } | {"OPENPYXL_LXML": "False"}
    with path.open("rb") as source:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no shell, the file on standard input
                command,
                stdin=source,
                stdout=spool,
                stderr=subprocess.PIPE,
                timeout=limits.wall_seconds,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TableError(
                f"Reading the workbook takes more than {limits.wall_seconds} seconds."
            ) from error
    if done.returncode == xlsx_child.REFUSED:
        problem = json.loads(done.stderr.splitlines()[-1])
        raise TableError(problem["message"], problem["row"], problem["column"])
    if done.returncode in _OVER_LIMIT:
        raise TableError("Reading the workbook takes too much computing time or memory.")
    if done.returncode != 0:
        raise TableError("The workbook is damaged or is not a workbook.")
