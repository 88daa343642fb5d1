"""What the programs that read one uploaded file each have in common: limits, refusals, rows as lines of JSON.

Each is started for one file (``guarded.py``). Standard input is the file, the only argument is JSON (``Options``).
Standard output gets one JSON line about the file, then one ``[row number, [cells]]`` per row that is not blank. A
refusal is one JSON line on standard error and exit status 2; status 3 is a lack of memory. Anything else that goes
wrong ends the process with another status or a signal, and the parent reports it.

Nothing else of the product is imported, so that the program starts fast and holds nothing worth stealing.
"""

import datetime as dt
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO, TypedDict

REFUSED = 2
OUT_OF_MEMORY = 3
_EXACT_INTEGERS = 1e15


class Options(TypedDict):
    """What to read, and how much at most. Only what the program at hand asks for is looked at.

    ``sheet`` is the one that a person named, ``preferred`` are those to look for first when nobody did. ``named_list``
    is the name of the list of objects in a JSON file; ``elements`` are those of a page whose text is wanted
    ("h4", "div.div-info"), ``mention`` the words without which it is another page.
    """

    sheet: str | None
    preferred: list[str]
    named_list: str
    elements: list[str]
    mention: str
    file_bytes: int
    inflated_bytes: int
    members: int
    memory_bytes: int
    cpu_seconds: int
    output_bytes: int
    rows: int
    columns: int
    cell_characters: int


class RefusalError(Exception):
    """A file that is not read, with the reason for people and where it stands."""

    def __init__(self, message: str, row: int = 0, column: str = "") -> None:
        self.message = message
        self.row = row
        self.column = column
        super().__init__(message)


class Output:
    """The lines of a program: first what it says about the file, then rows; bounded in number and size."""

    def __init__(self, stream: BinaryIO, options: Options, *, what: str) -> None:
        self._stream = stream
        self._options = options
        self._what = what
        self._written = 0

    def about(self, **facts: object) -> None:
        """Say what the file is."""
        self._line(facts)

    def row(self, number: int, cells: Sequence[str]) -> None:
        """Write a row. Raises RefusalError for one over a limit."""
        options = self._options
        if number > options["rows"] + 1:
            raise RefusalError(f"The {self._what} has more than {options['rows']} rows.", number)
        if len(cells) > options["columns"]:
            raise RefusalError(
                f"has {len(cells)} cells; at most {options['columns']} columns are read", number
            )
        for position, cell in enumerate(cells, start=1):
            if len(cell) > options["cell_characters"]:
                raise RefusalError(
                    f"a cell of {len(cell)} characters; at most {options['cell_characters']} are read",
                    number,
                    str(position),
                )
            if "\0" in cell or not _is_text(cell):
                raise RefusalError("a cell with characters that are no text", number, str(position))
        self._line([number, cells])
        if self._written > options["output_bytes"]:
            raise RefusalError(f"The {self._what} holds too much text.", number)

    def _line(self, value: object) -> None:
        self._written += self._stream.write(json.dumps(value).encode("ascii") + b"\n")


def _is_text(cell: str) -> bool:
    """Whether a cell can be written as UTF-8: half a pair of surrogates cannot."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def sheet_to_read(names: Sequence[str], visible: Sequence[str], options: Options) -> str:
    """The sheet that was asked for, else the first preferred one there is, else the first visible one.

    Raises RefusalError when there is no such sheet.
    """
    wanted = options["sheet"]
    if wanted is None:
        candidates = [name for name in options["preferred"] if name in names]
        wanted = next(iter([*candidates, *visible, *names]), "")
    if wanted not in names:
        listed = ", ".join(repr(name[:40]) for name in names[:20]) or "none"
        raise RefusalError(f"There is no sheet {wanted[:40]!r}; the workbook has {listed}.")
    return wanted


def text_of(value: object) -> str:
    """A cell's value as text: whole numbers without a point, days and times in ISO form."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < _EXACT_INTEGERS:
            return str(int(value))
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)


Read = Callable[[BinaryIO, Options, BinaryIO], None]


def run(read: Read) -> int:
    """Run with the argument and the streams of the process; returns the exit status."""
    options: Options = json.loads(sys.argv[1])
    _limit_process(options)
    try:
        read(sys.stdin.buffer, options, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except RefusalError as refusal:
        problem = {"message": refusal.message, "row": refusal.row, "column": refusal.column}
    except MemoryError:
        # The traceback keeps what filled the memory alive: nothing more can be made, not even a message.
        os._exit(OUT_OF_MEMORY)
    else:
        return 0
    sys.stderr.write(json.dumps(problem) + "\n")
    return REFUSED


def _limit_process(options: Options) -> None:
    """Bound memory, computing time and output, and never leave a core file with somebody's data."""
    _lower(resource.RLIMIT_AS, options["memory_bytes"])
    _lower(resource.RLIMIT_CPU, options["cpu_seconds"])
    _lower(resource.RLIMIT_FSIZE, 2 * options["output_bytes"])
    _lower(resource.RLIMIT_CORE, 0)


def _lower(what: int, value: int) -> None:
    """Set a limit, but never above the one that already holds."""
    _, hard = resource.getrlimit(what)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (bound, bound))
