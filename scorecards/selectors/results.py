"""Published results: the ranking, one candidate, many leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from cdmo_eval.core.errors import Unavailable
from scorecards.frameworks import Framework
from scorecards.models import Result, ResultCells, Run, Scorecard, ScorecardState
from scorecards.presentation import Figures, LeafFigures, Lineage, figures, leaf_figures
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.freshness import Freshness, freshness_of, scorecard_freshness, with_freshness
from scorecards.selectors.visibility import check_visible
from vendors.models import Site

STEADY_TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Ranking:
    """A page of a scorecard's results with everything that is the same for all rows. `run` is None before the first."""

    scorecard: Scorecard
    framework: Framework
    run: Run | None
    freshness: Freshness
    rows: tuple[Figures, ...]

    @property
    def lineage(self) -> Lineage | None:
        """Where the rows come from."""
        if self.run is None:
            return None
        return Lineage(
            scorecard_id=str(self.scorecard.public_id),
            run_id=str(self.run.public_id),
            run_number=self.run.number,
            computed_at=self.run.finished_at,
            as_of=self.run.as_of,
            framework=self.run.framework_code,
            framework_version=self.run.framework_version,
            policy=self.run.policy,
            stage=self.run.stage,
            digest=self.run.output_digest,
            fresh=self.freshness.fresh,
        )


def result_rows(scorecard: Scorecard) -> QuerySet[Result]:
    """The scorecard's current rows in the order of the table, each with the freshness it was read with."""
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return with_freshness(rows.select_related("candidate__vendor")).order_by("position", "id")


def plain_rows(scorecard: Scorecard) -> QuerySet[Result]:
    """The same rows without what they are shown with: to find and count the ones of a page."""
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return rows.order_by("position", "id")


def chosen_rows(scorecard: Scorecard, ids: Sequence[int]) -> list[Result]:
    """These rows, complete, in this order."""
    found = {row.pk: row for row in result_rows(scorecard).filter(pk__in=ids).order_by()}
    return [found[pk] for pk in ids if pk in found]


def last_run(scorecard: Scorecard) -> Run | None:
    """The calculation whose figures are published."""
    rows: QuerySet[Run] = Run.objects.for_organization(scorecard.organization)
    return rows.filter(scorecard=scorecard).order_by("-number").first()


def run_of(scorecard: Scorecard, freshness: Freshness) -> Run | None:
    """The calculation that was the published one when the freshness was read; a later one may be there by now."""
    if freshness.last_run_id is None:
        return None
    rows: QuerySet[Run] = Run.objects.for_organization(scorecard.organization)
    return rows.filter(pk=freshness.last_run_id).first()


def steadily(scorecard: Scorecard, read: Callable[[], T]) -> T:
    """What `read` finds in several statements, all of one calculation: read again when another was published between.

    Raises Unavailable when calculations follow each other too fast, and Conflict while scores are hidden.
    """
    check_visible(scorecard)
    published = ScorecardState.objects.filter(pk=scorecard.pk).values_list("last_run_id", flat=True)
    before = published.first()
    for _ in range(STEADY_TRIES):
        found = read()
        after = published.first()
        if after == before:
            return found
        before = after
    raise unsteady()


def unsteady() -> Unavailable:
    """What is said after `STEADY_TRIES` tries in which another calculation was published each time."""
    return Unavailable(
        "This scorecard is being calculated over and over. Try again in a moment.", retry_after=2
    )


def present(scorecard: Scorecard, rows: Sequence[Result], *, now: datetime) -> Ranking:
    """Rows (of `result_rows`, any page of them) ready to be shown: four queries, however many rows."""
    framework = criteria_of(scorecard.framework)
    freshness = freshness_of(rows[0], now=now) if rows else scorecard_freshness(scorecard, now=now)
    run = run_of(scorecard, freshness)
    if run is None:
        return Ranking(scorecard, framework, None, freshness, ())
    cells = cells_of(scorecard, [row.candidate_id for row in rows])
    shown = shown_rows(scorecard, run.criteria, rows, cells)
    return Ranking(scorecard, framework, run, freshness, shown)


def shown_rows(
    scorecard: Scorecard,
    criteria: Mapping[str, Any],
    rows: Sequence[Result],
    cells: Mapping[int, ResultCells],
) -> tuple[Figures, ...]:
    """Rows as they are shown, whether published or asked for in a what-if; one query."""
    framework = criteria_of(scorecard.framework)
    wanted = {
        line[3] for cell in cells.values() for line in cell.detail.get("lines", ()) if line[3] is not None
    }
    sites = Site.objects.for_organization(scorecard.organization).filter(pk__in=wanted)
    named = sites.values_list("pk", "public_id", "name") if wanted else ()
    names = {pk: (str(public_id), name) for pk, public_id, name in named}
    return tuple(
        figures(row, cells.get(row.candidate_id), criteria, framework, scorecard.slots, names) for row in rows
    )


def cells_of(scorecard: Scorecard, candidate_ids: Sequence[int]) -> dict[int, ResultCells]:
    """Must-haves and supply maps of some candidates, without the numbers and words of their criteria."""
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=candidate_ids
    )
    parts = {name: KeyTransform(name, "detail") for name in ("lines", "assumed")}
    found = {}
    for row in rows.defer("packed", "facts_digest", "detail").annotate(**parts).order_by("id"):
        row.detail = {name: value for name in parts if (value := getattr(row, name)) is not None}
        found[row.candidate_id] = row
    return found


def leaves_of(scorecard: Scorecard, result: Result) -> list[LeafFigures]:
    """Every criterion of one candidate as published."""
    run = last_run(scorecard)
    cells = (
        ResultCells.objects.for_organization(scorecard.organization)
        .filter(scorecard=scorecard, candidate=result.candidate)
        .first()
    )
    if run is None or cells is None:
        return []
    return leaf_figures(result, cells, run, criteria_of(scorecard.framework))
