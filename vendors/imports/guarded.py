"""Hand a file to a program of its own under hard limits; its rows come back through a temporary file.

A workbook of a megabyte can demand gigabytes, and some crash the process that opens them. The temporary file lets the
program finish at its own speed, whatever the reader of the rows does with them.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NamedTuple

from vendors.imports.child_process import OUT_OF_MEMORY, REFUSED, Options
from vendors.imports.errors import TableError
from vendors.imports.limits import Limits

_OVER_LIMIT = frozenset({OUT_OF_MEMORY, -signal.SIGXCPU, -signal.SIGKILL, -signal.SIGXFSZ})
_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from vendors.imports import {program}; "
    "sys.exit({program}.main())"
)
_CODE = Path(__file__).resolve().parents[2]


class Program(StrEnum):
    """A program for one file, by the name of its module."""

    XLSX = "xlsx_child"
    XLS = "xls_child"
    JSON = "json_child"
    PAGE = "page_child"


_WHAT = {Program.XLSX: "workbook", Program.XLS: "workbook", Program.JSON: "file", Program.PAGE: "page"}
_DAMAGED = {
    Program.XLSX: "The workbook is damaged or is not a workbook.",
    Program.XLS: "The workbook is damaged or is not a workbook.",
    Program.JSON: "The file is damaged: it is not well-formed JSON.",
    Program.PAGE: "The page is damaged: it cannot be read.",
}


class Spool(NamedTuple):
    """A program's output: a temporary file at the first row, and what it said about the file."""

    file: IO[bytes]
    about: Mapping[str, Any]


def spool(
    program: Program,
    path: Path,
    *,
    limits: Limits,
    largest: int,
    sheet: str | None = None,
    preferred: Sequence[str] = (),
    named_list: str = "",
    elements: Sequence[str] = (),
    mention: str = "",
) -> Spool:
    """Run a program on a file to its end; the caller closes the output.

    Raises TableError for a file of more than ``largest`` bytes and for one that the program refused.
    """
    size = path.stat().st_size
    if size > largest:
        raise TableError(f"The {_WHAT[program]} has {size} bytes; at most {largest} are read.")
    options: Options = {
        "sheet": sheet,
        "preferred": list(preferred),
        "named_list": named_list,
        "elements": list(elements),
        "mention": mention,
        "file_bytes": largest,
        "inflated_bytes": limits.inflated_bytes,
        "members": limits.members,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "output_bytes": limits.output_bytes,
        "rows": limits.rows,
        "columns": limits.columns,
        "cell_characters": limits.cell_characters,
    }
    output = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    try:
        _run(program, path, output, options, limits)
        output.seek(0)
        return Spool(output, json.loads(output.readline()))
    except BaseException:
        output.close()
        raise


def read_rows(output: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number, once."""
    for line in output:
        number, cells = json.loads(line)
        yield number, cells


def _run(program: Program, path: Path, output: IO[bytes], options: Options, limits: Limits) -> None:
    """Run the program to its end; raises TableError unless it read the file."""
    # -I: neither the environment nor the current folder decides what the program imports.
    start = _START.format(program=program.value)
    command = [sys.executable, "-I", "-W", "ignore", "-c", start, str(_CODE), json.dumps(options)]
    environment = {
        name: value for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if (value := os.environ.get(name))
    } | {"OPENPYXL_LXML": "False"}
    with path.open("rb") as source:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no shell, the file on standard input
                command,
                stdin=source,
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=limits.wall_seconds,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TableError(
                f"Reading the {_WHAT[program]} takes more than {limits.wall_seconds} seconds."
            ) from error
    if done.returncode == REFUSED:
        problem = json.loads(done.stderr.splitlines()[-1])
        raise TableError(problem["message"], problem["row"], problem["column"])
    if done.returncode in _OVER_LIMIT:
        raise TableError(f"Reading the {_WHAT[program]} takes too much computing time or memory.")
    if done.returncode != 0:
        raise TableError(_DAMAGED[program])
