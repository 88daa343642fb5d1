"""Examine a file: what is wrong with which rows, and what the valid rows would change. Writes nothing.

Every error of the file is found at once; then the rows with errors are put aside and the rest is planned again, until
nothing is wrong with what remains, since a row may have been about something that a rejected row would have made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from vendors.imports.kinds import Context, ImportKind, Plan
from vendors.imports.reading import TableFile, rows_of
from vendors.imports.repairs import Repairs
from vendors.imports.report import Problem, named_column

_MOST_PASSES = 12


@dataclass(frozen=True)
class Outcome:
    """What was found. `plan` is of the valid rows alone."""

    file: TableFile
    plan: Plan
    context: Context
    problems: tuple[Problem, ...]
    """Errors, by row and column."""
    left_out: tuple[Problem, ...]
    """Why rows are left out by choice."""
    ready: int
    """Rows that would be imported."""

    @property
    def error_rows(self) -> frozenset[int]:
        """The rows with errors."""
        return rows_of(self.problems)


def examine(
    kind: ImportKind,
    file: TableFile,
    *,
    organization: Organization,
    by: Actor,
    now: datetime,
    repairs: Repairs,
) -> Outcome:
    """What a file that was read would change, and what is wrong with it. Inside the organisation's scope.

    Raises PermissionDenied.
    """
    kind.require(by)
    context = Context(
        organization=organization,
        by=by,
        now=now,
        source=file.name,
        repairs=repairs,
        unreadable=rows_of(file.problems),
    )
    if not file.readable:
        return Outcome(file, Plan(), context, tuple(_sorted(file.problems, file.columns)), (), 0)
    rows = file.rows
    problems = list(file.problems)
    plan = kind.plan(rows, context)
    problems += plan.problems
    context = context.without_unreadable()
    bad = rows_of(problems)
    for _ in range(_MOST_PASSES):
        if not bad:
            break
        rows = tuple(row for row in rows if row.number not in bad)
        plan = kind.plan(rows, context)
        problems += plan.problems
        bad = rows_of(plan.problems)
    else:
        raise Invalid(
            "The rows of this file contradict each other too often: mend it first.", code="entangled"
        )
    errors: list[Problem] = []
    left_out: list[Problem] = []
    for problem in _sorted(problems, file.columns):
        chosen = repairs.skips(problem.field, problem.code, problem.value)
        (left_out if chosen else errors).append(problem)
    return Outcome(file, plan, context, tuple(errors), tuple(left_out), len(rows))


def _sorted(problems: list[Problem] | tuple[Problem, ...], columns: Mapping[str, str]) -> list[Problem]:
    """By row, each once, with the column as the file names it."""
    named = dict.fromkeys(named_column(problem, columns) for problem in problems)
    return sorted(named, key=lambda problem: (problem.row, problem.column, problem.message))
