"""What every file is made of: tables of typed columns, read piece by piece, the same for every format."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

AT_ONCE = 500
"""Rows that are read and written at once where nothing else is said."""


class Type(StrEnum):
    """What the cells of a column are; every format has its own way to say it."""

    TEXT = "text"
    INTEGER = "integer"
    POINTS = "points"  # two decimals
    NUMBER = "number"  # a decimal number with any digits behind the point
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True)
class Points:
    """A figure as shown: a number in every format, with the digits it is shown with."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A cell that a spreadsheet works out itself; `value` is its result, which every other format has.

    `text` is ours, never a person's: without the leading "=".
    """

    text: str
    value: "int | Points | bool | None"


Cell = str | int | Points | Formula | bool | date | datetime | None


@dataclass(frozen=True)
class Column:
    """A titled column of one table. `name` is what programs call it; made of the title unless given."""

    title: str
    value: Callable[[Any], Cell]
    width: int = 12
    type: Type = Type.TEXT
    name: str = ""
    description: str = ""
    only_xlsx: bool = False

    @property
    def field(self) -> str:
        """The name for programs."""
        return self.name or re.sub(r"[^a-z0-9]+", "_", self.title.lower()).strip("_")


Piece = tuple[Sequence[Any], Any]
"""Rows, and where to go on: None at the end."""


@dataclass(frozen=True)
class Table:
    """One table. `read(place)` gives the rows from a place on (None: the beginning) and the next place, as JSON.

    `count` is how many rows are expected, for the progress bar. `finish` gives lines below the rows of a spreadsheet
    (totals) from the number of rows.
    """

    code: str
    title: str
    columns: Sequence[Column]
    read: Callable[[Any], Piece]
    count: int = 0
    finish: Callable[[int], Sequence[Sequence[Cell]]] | None = None

    def fields(self) -> list[Column]:
        """The columns of every format but the spreadsheet, which has live formulas beside."""
        return [column for column in self.columns if not column.only_xlsx]


@dataclass(frozen=True)
class Document:
    """Everything one file says: its tables, and the lines that say what it is and where it comes from.

    `stamp` changes when what is read has changed, so that a file made in several slices is of one moment. `made` is the
    date inside the file, which must not be the time of writing where the same content shall give the same bytes.
    """

    title: str
    stem: str
    made: datetime
    tables: tuple[Table, ...]
    facts: tuple[tuple[str, Cell], ...] = ()
    stamp: Callable[[], str] = lambda: ""

    def table(self, code: str) -> Table:
        """One table; the first where no code is given. Raises KeyError."""
        if not code:
            return self.tables[0]
        return {table.code: table for table in self.tables}[code]


def whole(rows: Iterable[Any] | Callable[[], Iterable[Any]]) -> Callable[[Any], Piece]:
    """Reads a short table in one piece."""
    return lambda _: (list(rows() if callable(rows) else rows), None)


def chunked(rows: Sequence[Any], at_once: int = AT_ONCE) -> Callable[[Any], Piece]:
    """Reads rows that are in memory already, some at a time."""

    def read(place: Any) -> Piece:
        start = int(place or 0)
        piece = rows[start : start + at_once]
        return piece, start + at_once if start + at_once < len(rows) else None

    return read


def by_id(queryset: Any, make: Callable[[Sequence[Any]], Sequence[Any]] = list, at_once: int = AT_ONCE) -> Callable[[Any], Piece]:  # fmt: skip
    """Reads a queryset in the order of its keys, page by page; `make` turns a page of rows into lines."""

    def read(place: Any) -> Piece:
        page = list(queryset.filter(pk__gt=int(place or 0)).order_by("pk")[:at_once])
        return make(page), page[-1].pk if len(page) == at_once else None

    return read


def lines_table(
    code: str, title: str, columns: Sequence[tuple[str, int] | Column], lines: Iterable[Sequence[Cell]] | Callable[[], Iterable[Sequence[Cell]]]
) -> Table:  # fmt: skip
    """A table whose rows are plain tuples in the order of its columns."""
    made = [
        column if isinstance(column, Column) else Column(column[0], _at(number), column[1])
        for number, column in enumerate(columns)
    ]
    return Table(code, title, made, whole(lines))


def item(number: int, title: str, width: int = 12, kind: Type = Type.TEXT, *, name: str = "", description: str = "") -> Column:  # fmt: skip
    """A column that is the n-th part of a plain tuple."""
    return Column(title, _at(number), width, kind, name, description)


def _at(number: int) -> Callable[[Any], Cell]:
    def read(line: Any) -> Cell:
        cell: Cell = line[number]
        return cell

    return read


def schema_of(tables: Iterable[Table]) -> list[dict[str, Any]]:
    """What the columns mean: the schema file beside NDJSON and Parquet."""
    return [
        {
            "table": table.code,
            "title": table.title,
            "columns": [
                {
                    "name": column.field,
                    "title": column.title,
                    "type": column.type.value,
                    "description": column.description,
                }
                for column in table.fields()
            ],
        }
        for table in tables
    ]


def plain(cell: Cell) -> str | int | Points | bool | date | datetime | None:
    """A cell as every format but the spreadsheet has it: a formula is its value."""
    return cell.value if isinstance(cell, Formula) else cell


def facts_table(
    facts: Iterable[tuple[str, Cell]], code: str = "about", title: str = "About this file"
) -> Table:
    """The lines that say what a file is and where it comes from."""
    return lines_table(code, title, [("What", 32), ("Value", 100)], list(facts))


def as_facts(values: Mapping[str, Cell]) -> tuple[tuple[str, Cell], ...]:
    """Titled lines from a mapping."""
    return tuple(values.items())
