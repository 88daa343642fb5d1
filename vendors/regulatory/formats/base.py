"""What every official file format shares: columns found by name, rows read one at a time.

A format is a list of columns, each with the names under which real exports carry it, and one function from
a row's values to a record. Names are compared without case, spaces and punctuation ("FEI Number",
"fei_number", "FEINumber").
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_NULLS = frozenset({"", "-"})


class WrongFileError(ValueError):
    """A file that is not of the expected kind; says what was expected and what was found."""

    def __init__(self, label: str, *, missing: Sequence[str], found: Sequence[str]) -> None:
        self.label = label
        self.missing = tuple(missing)
        self.found = tuple(found)
        shown = ", ".join(name[:60] for name in self.found[:30]) or "no columns"
        super().__init__(
            f"This is not a file of the kind {label}: expected the columns {', '.join(self.missing)}; "
            f"found {shown}."
        )


class CellError(ValueError):
    """A cell that cannot be read; names the field of the format."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class NothingStatedError(ValueError):
    """A row that is well-formed and holds no record on purpose, such as a citation without a regulation."""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was left out, with its number, the column as the file names it ("" for the whole row)."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class SkippedRow(RowError):
    """A row that holds no record by the source's own custom: left out and counted, nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """A row that was read."""

    row: int
    record: RegulatoryRecord


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the format, the names that exports give it (the usual one first), and whether it must exist.

    Columns that share a ``group`` stand for each other: one of them must exist.
    """

    field: str
    names: tuple[str, ...]
    required: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: a name or address of the source, and the day on which it was read."""

    source: str
    read_on: date | None


class Values:
    """One row's values by field, with "-" and blanks as ""."""

    def __init__(self, cells: Sequence[str], positions: Mapping[str, int]) -> None:
        self._cells = cells
        self._positions = positions

    def text(self, field: str) -> str:
        """The value with surrounding space removed; "" when blank, "-" or without such a column."""
        position = self._positions.get(field)
        if position is None:
            return ""
        value = self._cells[position].strip()
        return "" if value in _NULLS else value

    def has(self, field: str) -> bool:
        """Whether the file has a column for the field."""
        return field in self._positions

    def required(self, field: str) -> str:
        """The value; raises CellError when it is blank."""
        value = self.text(field)
        if not value:
            raise CellError(field, "is blank")
        return value


Reader = Callable[[Values, Origin, Mapping[str, str]], RegulatoryRecord]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """An official file: how to recognise its header and how to read its rows.

    ``kinds`` are the kinds of record that the file is a reading of: loading it says when each was last read.
    ``whole_list``: the file is the whole current list, so an open record that it no longer holds is closed on
    the day read. ``opener`` names the reader of ``vendors.imports.openers`` that makes a header and rows of
    text out of the file; ``header_row`` and ``encoding`` are for that reader, as are ``sheets`` (the native
    workbook's own names of the sheet with the rows) and ``bare_tabs`` (native tab-separated text knows no
    quotation marks). ``encoding`` is what the native file is in where its bytes do not tell.
    """

    code: str
    label: str
    columns: tuple[Column, ...]
    read: Reader
    kinds: tuple[RecordKind, ...] = ()
    whole_list: bool = False
    opener: str = "table"
    header_row: int = 1
    encoding: str | None = None
    sheets: tuple[str, ...] = ()
    bare_tabs: bool = False

    def recognise(self, header: Sequence[str]) -> Mapping[str, int] | None:
        """The position of each field in this header, or None when a required column is missing."""
        positions = self._positions(header)
        return None if self._missing(positions) else positions

    def expect(self, header: Sequence[str]) -> Mapping[str, int]:
        """As ``recognise``, but raises WrongFileError with what was expected and what was found."""
        positions = self._positions(header)
        missing = self._missing(positions)
        if missing:
            raise WrongFileError(self.label, missing=missing, found=[name for name in header if name.strip()])
        return positions

    def parse(
        self, header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], *, origin: Origin
    ) -> Iterator[ParsedRecord | RowError]:
        """Read rows one at a time; a row that cannot be read becomes a RowError and the rest goes on.

        ``rows`` are (number, cells) as a table reader gives them. Raises WrongFileError at the call, before
        any row, when the header is not of this format.
        """
        return self._parse(tuple(header), rows, self.expect(header), origin)

    def _parse(
        self,
        header: tuple[str, ...],
        rows: Iterable[tuple[int, Sequence[str]]],
        positions: Mapping[str, int],
        origin: Origin,
    ) -> Iterator[ParsedRecord | RowError]:
        for number, cells in rows:
            if len(cells) != len(header):
                yield RowError(number, "", f"has {len(cells)} cells where the header has {len(header)}")
                continue
            raw = {name: cell for name, cell in zip(header, cells, strict=True) if name.strip()}
            try:
                record = self.read(Values(cells, positions), origin, raw)
            except CellError as error:
                position = positions.get(error.field)
                yield RowError(number, "" if position is None else header[position], str(error))
            except NothingStatedError as reason:
                yield SkippedRow(number, "", str(reason))
            else:
                yield ParsedRecord(number, record)

    def _positions(self, header: Sequence[str]) -> dict[str, int]:
        """The first column of the header that carries one of a field's names, in the order of the names."""
        by_name: dict[str, int] = {}
        for position, name in enumerate(header):
            by_name.setdefault(same_name(name), position)
        return {
            column.field: by_name[same_name(name)]
            for column in self.columns
            for name in reversed(column.names)
            if same_name(name) in by_name
        }

    def _missing(self, positions: Mapping[str, int]) -> list[str]:
        """The usual names of the required columns that a header lacks; alternatives joined by "or"."""
        missing = [c.names[0] for c in self.columns if c.required and c.field not in positions]
        groups: dict[str, list[Column]] = {}
        for column in self.columns:
            if column.group:
                groups.setdefault(column.group, []).append(column)
        missing.extend(
            " or ".join(column.names[0] for column in members)
            for members in groups.values()
            if not any(column.field in positions for column in members)
        )
        return missing


def same_name(name: str) -> str:
    """The form in which column names are compared."""
    return _NOT_ALPHANUMERIC.sub("", name.casefold())
