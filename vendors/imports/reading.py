"""A table as values: its columns matched to fields, every cell read, everything that cannot be read noted by cell."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vendors.imports.cells import CellProblem, is_blank, read_cell
from vendors.imports.columns import ColumnMatch, match_columns
from vendors.imports.fields import ImportField
from vendors.imports.repairs import NO_REPAIRS, Repairs
from vendors.imports.report import Problem
from vendors.imports.tables import Limits, Row, Table, TableError, open_table
from vendors.imports.targets import ParsedRow

LIMITS = Limits(rows=100_000)
"""All rows of a file are checked against each other: more are imported in parts."""
SAMPLES = 3
_SAMPLE_LENGTH = 60
_VALUE_LENGTH = 200


@dataclass(frozen=True)
class TableFile:
    """A file as it was read: its rows as values, and what could not be read."""

    name: str
    columns: Mapping[str, str]
    """Path of a field → name of its column in the file."""
    rows: tuple[ParsedRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    header: tuple[str, ...] = ()
    matches: tuple[ColumnMatch, ...] = ()
    samples: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Position of a column → its first different values."""
    read: int = 0
    """Rows below the header, with those that could not be read."""

    @property
    def readable(self) -> bool:
        """Whether its rows could be read to the end: neither the file nor its header is at fault."""
        return not any(problem.row == 0 or problem.code == "unreadable" for problem in self.problems)


def read_table(
    path: Path,
    *,
    fields: Mapping[str, ImportField],
    mapping: Mapping[str, str],
    ignore: Collection[str] = (),
    only_mapped: bool = False,
    sheet: str | None = None,
    name: str = "",
    repairs: Repairs = NO_REPAIRS,
    recall: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
) -> TableFile:
    """Read a CSV or XLSX file into values. No database: for before a transaction begins.

    `recall` gives the mapping of a header that was matched before, in place of `mapping`. A file that cannot be read at
    all has one problem and no rows; one whose header is at fault has its columns with
    samples, so that a person can match them.
    """
    called = name or path.name
    try:
        with open_table(path, sheet=sheet, limits=LIMITS) as table:
            matched, matches, problems = match_columns(
                table.header,
                mapping=recall(table.header) if recall else mapping,
                ignore=ignore,
                only_mapped=only_mapped,
                fields=fields,
            )
            columns = {found.path: table.header[position] for position, found in matched.items()}
            if problems:
                samples = _samples(table)
                return TableFile(called, columns, (), tuple(problems), table.header, tuple(matches), samples)
            collected: dict[int, dict[str, None]] = {match.position: {} for match in matches}
            read = 0
            rows = []
            for row in table.rows:
                read += 1
                _collect(collected, row)
                parsed = _parse(table, row, matched, problems, repairs)
                if parsed is not None:
                    rows.append(parsed)
            header = table.header
    except TableError as error:
        problem = Problem(error.row, error.column, "", "unreadable", error.message)
        return TableFile(called, {}, problems=(problem,))
    if not read:
        problems.append(Problem(0, "", "", "no_rows", "The file has no rows below its header."))
    samples = {position: tuple(values) for position, values in collected.items()}
    return TableFile(called, columns, tuple(rows), tuple(problems), header, tuple(matches), samples, read)


def cells_of_rows(path: Path, numbers: Collection[int], *, sheet: str | None) -> dict[int, tuple[str, ...]]:
    """The cells of some rows as they stand in the file, read anew: for the table of rejected rows."""
    wanted = set(numbers)
    if not wanted:
        return {}
    with open_table(path, sheet=sheet, limits=LIMITS) as table:
        return {row.number: row.cells for row in table.rows if row.number in wanted}


def _samples(table: Table) -> dict[int, tuple[str, ...]]:
    """The first different values of each column, from the first rows."""
    collected: dict[int, dict[str, None]] = {position: {} for position in range(len(table.header))}
    for number, row in enumerate(table.rows):
        _collect(collected, row)
        if number >= _ROWS_LOOKED_AT:
            break
    return {position: tuple(values) for position, values in collected.items()}


_ROWS_LOOKED_AT = 50


def _collect(collected: Mapping[int, dict[str, None]], row: Row) -> None:
    for position, values in collected.items():
        if len(values) < SAMPLES and position < len(row.cells) and not is_blank(row.cells[position]):
            values[row.cells[position].strip()[:_SAMPLE_LENGTH]] = None


def _parse(
    table: Table, row: Row, fields: Mapping[int, ImportField], problems: list[Problem], repairs: Repairs
) -> ParsedRow | None:
    """The values of a row; None for one of another width. Adds what cannot be read to `problems`."""
    if (ragged := table.ragged(row)) is not None:
        problems.append(Problem(row.number, "", "", "ragged", ragged.message))
        return None
    values: dict[str, Any] = {}
    for position, column in fields.items():
        cell = row.cells[position]
        if is_blank(cell):
            continue
        if repairs.chosen:
            cell = repairs.text(column, cell)
            if is_blank(cell):
                continue
        try:
            values[column.path] = read_cell(column, cell)
        except CellProblem as error:
            said = cell.strip()[:_VALUE_LENGTH]
            if repairs.blanks(column.path, error.code, said):
                continue
            name = table.header[position]
            problems.append(Problem(row.number, name, column.path, error.code, error.message, said))
    return ParsedRow(row.number, values)


def rows_of(problems: Iterable[Problem]) -> frozenset[int]:
    """The rows that problems are about."""
    return frozenset(problem.row for problem in problems if problem.row)
