"""What checking a file of vendors found: counts, the changes one by one, and every error by row and column."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

_ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: the row as a spreadsheet counts (0: the header or the file), the column as the file names it."""

    row: int
    column: str
    field: str
    code: str
    message: str
    value: str = ""
    """What the cell says, where one cell is at fault."""

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                f"row {self.row}" if self.row else "",
                f"column {self.column}" if self.column else "",
            )
            if part
        )
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True, slots=True)
class Change:
    """One value that the file changes, for the preview; `old` is "" for what was not known or did not exist."""

    row: int
    entity: str
    name: str
    field: str
    old: str
    new: str
    made: bool = False
    """Whether the object itself is new."""


@dataclass(slots=True)
class Counts:
    """How many objects of a kind the file makes, changes and finds as they are."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __str__(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """The same error in several rows."""

    column: str
    message: str
    rows: tuple[int, ...]

    def __str__(self) -> str:
        where = f"column {self.column}: " if self.column else ""
        listed = [str(row) for row in self.rows if row]
        if not listed:
            return f"{where}{self.message}"
        shown = ", ".join(listed[:_ROWS_SHOWN])
        more = f" and {len(listed) - _ROWS_SHOWN} more" if len(listed) > _ROWS_SHOWN else ""
        return f"{where}{self.message} ({'row' if len(listed) == 1 else 'rows'} {shown}{more})"


@dataclass(slots=True)
class Summary:
    """The outcome of a check in numbers, with its changes and errors."""

    rows: int = 0
    vendors: Counts = field(default_factory=Counts)
    sites: Counts = field(default_factory=Counts)
    capabilities: Counts = field(default_factory=Counts)
    evidence: int = 0
    """Records of evidence to be made."""
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.changes)


def grouped(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Equal errors of one column together, in the order in which they first occur."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for problem in problems:
        rows[problem.column, problem.message].append(problem.row)
    return [ProblemGroup(column, message, tuple(found)) for (column, message), found in rows.items()]


def named_column(problem: Problem, columns: Mapping[str, str]) -> Problem:
    """The problem with the column as the file names it; a field that the file lacks is named by its path."""
    if problem.column or not problem.field:
        return problem
    return replace(problem, column=columns.get(problem.field, problem.field))
