"""Every criterion of many candidates, for bulk reading in pieces of any size."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from scorecards.frameworks import Framework
from scorecards.models import Result, ResultCells, ResultHistory, Run, Scorecard
from scorecards.presentation import LeafFigures, leaf_figures
from vendors.models import Evidence

AT_ONCE = 100


@dataclass(frozen=True)
class Leaf:
    """One criterion of one candidate, with the candidate's row."""

    result: Result | ResultHistory
    figures: LeafFigures
    column: int


@dataclass(frozen=True)
class Place:
    """Where a bulk reading goes on: at a column of a candidate. Candidates come in the order of their public ids."""

    candidate: UUID
    column: int


@dataclass(frozen=True)
class Shelf:
    """Where leaves are read from: rows of candidates with their vendors, and the cells of some of them."""

    run: Run
    framework: Framework
    rows: QuerySet[Any]
    cells: Callable[[Sequence[Any]], Mapping[int, ResultCells]]


def published(scorecard: Scorecard, run: Run, framework: Framework) -> Shelf:
    """The present calculation."""
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return Shelf(
        run,
        framework,
        rows.select_related("candidate__vendor"),
        lambda piece: packed_cells(scorecard, [row.candidate_id for row in piece]),
    )


def leaves_from(shelf: Shelf, start: Place | None = None, *, at_once: int = AT_ONCE) -> Iterator[Leaf]:
    """The leaves of a calculation from a place on; two queries for every `at_once` candidates."""
    rows = shelf.rows.order_by("candidate__public_id")
    if start is not None:
        rows = rows.filter(candidate__public_id__gte=start.candidate)
    while True:
        piece = list(rows[:at_once])
        cells = shelf.cells(piece)
        for row in piece:
            first = start.column if start is not None and row.candidate.public_id == start.candidate else 0
            found = (
                leaf_figures(row, cells[row.candidate_id], shelf.run, shelf.framework)
                if row.candidate_id in cells
                else []
            )
            for column, figures in enumerate(found[first:], start=first):
                yield Leaf(row, figures, column)
        if len(piece) < at_once:
            return
        rows = rows.filter(candidate__public_id__gt=piece[-1].candidate.public_id)


def packed_cells(scorecard: Scorecard, candidate_ids: Sequence[int]) -> dict[int, ResultCells]:
    """The rated leaves of some candidates."""
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=candidate_ids
    )
    return {row.candidate_id: row for row in rows}


def evidence_ids(
    scorecard: Scorecard, leaves: Iterable[LeafFigures], *, commercial: bool
) -> Mapping[int, str]:
    """Public ids of the records that leaves rest on, by number; without those that this reader may not see."""
    wanted = {number for leaf in leaves for number in leaf.evidence}
    if not wanted:
        return {}
    rows = Evidence.objects.for_organization(scorecard.organization).visible(commercial=commercial)
    return {pk: str(public_id) for pk, public_id in rows.filter(pk__in=wanted).values_list("pk", "public_id")}
