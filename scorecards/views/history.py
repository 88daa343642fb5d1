"""A scorecard over time: its calculations, the ranking as it was, what moved between two of them, its annual review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cdmo_eval.core.errors import Conflict, DomainError
from cdmo_eval.core.policies import Permission, allows
from scorecards.comparison_charts import WaterfallChart, history_chart, running_sums, waterfall_chart
from scorecards.models import Candidate, Scorecard
from scorecards.selectors.changes import SOURCE, Comparison, Move, change_records, changes_between
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.history import (
    ever_on,
    moments,
)
from scorecards.selectors.pages import find_candidate, find_scorecard
from scorecards.selectors.scorecards import run_list
from scorecards.selectors.visibility import check_visible
from scorecards.services.annual_review import copy_as_review, review_name
from scorecards.views.edge import go, page, signed_in, whole_number
from vendors.models import Evidence

RUNS_SHOWN = 40
MOVES_SHOWN = 50


@dataclass(frozen=True)
class ToldMove:
    """A move as it is shown: causes are (cause, leaves with their records, bar); all drawings of a page share one scale."""

    move: Move
    causes: tuple[tuple[Any, ...], ...]
    chart: WaterfallChart
    whole: WaterfallChart


@require_safe
def history(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Who led at each calculation, and how one vendor's score went."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    check_visible(scorecard)
    candidate = _candidate(request, scorecard)
    pages = Paginator(run_list(actor.organization, scorecard).defer("criteria"), RUNS_SHOWN)
    shown = pages.get_page(whole_number(request.GET.get("page")))
    found = moments(list(shown.object_list), candidate_id=candidate.pk if candidate else None)
    over_time = found[::-1]
    leaders: list[int | None] = [each.leader.ppm if each.leader else None for each in over_time]
    series: list[tuple[str, list[int | None]]] = [("First place", leaders)]
    if candidate is not None:
        series.append(
            (str(candidate), [each.candidate.ppm if each.candidate else None for each in over_time])
        )
    labels = [f"calculation {each.run.number}" for each in over_time]
    context = {
        "scorecard": scorecard, "moments": found, "page": shown, "query": request.GET, "candidate": candidate,
        "chart": history_chart(labels, series) if len(over_time) > 1 else None, "ever": ever_on(scorecard),
        "may_copy": allows(actor, Permission.EDIT_SCORECARDS), "review_name": review_name(scorecard, timezone.now()),
        "source": scorecard.copied_from, "as_of": timezone.now().date(),
    }  # fmt: skip
    return page(request, "scorecards/history.html", context)


def _candidate(request: HttpRequest, scorecard: Scorecard) -> Candidate | None:
    """The candidate asked for, also when it has been put away since; None without one or for what is no id."""
    try:
        asked = UUID(request.GET.get("candidate", ""))
    except ValueError:
        return None
    rows = Candidate.objects.for_organization(scorecard.organization).filter(program_id=scorecard.program_id)
    found: Candidate | None = rows.select_related("vendor").filter(public_id=asked).first()
    return found or find_candidate(scorecard, asked)


@require_safe
def changes(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Who moved between two calculations, and why."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    since, until = request.GET.get("since", ""), request.GET.get("until", "")
    context: dict[str, Any] = {
        "scorecard": scorecard, "source": scorecard.copied_from, "since": since, "until": until, "query": request.GET,
        "runs": run_list(actor.organization, scorecard).defer("criteria")[:RUNS_SHOWN],
    }  # fmt: skip
    try:
        found = changes_between(scorecard, since=since, until=until)
    except Conflict as error:
        return page(request, "scorecards/changes.html", context | {"refused": error.message})
    shown = Paginator(found.moved, MOVES_SHOWN).get_page(whole_number(request.GET.get("page")))
    moves = found.moves(list(shown.object_list))
    curtain = Curtain(actor, scorecard, criteria_of(scorecard.framework))
    records = change_records(actor.organization, moves, curtain)
    context |= {
        "found": found, "page": shown, "then": found.then.run, "now": found.now.run, "review": since == SOURCE,
        "moves": [_told(move, records, _reach(moves)) for move in moves], "leaders_then": _leaders(found, now=False), "leaders_now": _leaders(found, now=True), "still": len(found.candidates) - len(found.moved),
        "rescaled": [found.now.framework.leaf(code).name for code in found.rescaled],
    }  # fmt: skip
    return page(request, "scorecards/changes.html", context)


def _leaders(found: Comparison, *, now: bool) -> list[str]:
    """Who was first then, or is now."""
    return [
        found.who[pk].name for row, pk in enumerate(found.candidates) if found.engine.rank(row, now=now) == 1
    ]


def _told(move: Move, records: Mapping[int, Evidence], reach: Fraction) -> ToldMove:
    """A move with the causes that did something, their leaves with the records that came and went, and the drawings."""
    drawn = move.difference is not None
    chart = waterfall_chart([cause.amount for cause in move.told] if drawn else [], reach=reach)
    whole = waterfall_chart([move.difference or Fraction(0)], reach=reach)
    causes = tuple(
        (
            cause,
            [
                (leaf, [records[n] for n in leaf.came if n in records], [records[n] for n in leaf.went if n in records])
                for leaf in cause.leaves
            ],
            chart.steps[at] if drawn else None,
        )
        for at, cause in enumerate(move.told)
    )  # fmt: skip
    return ToldMove(move, causes, chart, whole)


def _reach(moves: Sequence[Move]) -> Fraction:
    """How far from zero any of the drawn running sums goes."""
    sums = [
        abs(each)
        for move in moves
        if move.difference is not None
        for each in running_sums([cause.amount for cause in move.told])
    ]
    return max(sums, default=Fraction(0)) or Fraction(1, 100)


@require_POST
def annual_review(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Copy as annual review, and go to the copy."""
    actor, now = signed_in(request, Permission.EDIT_SCORECARDS), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    try:
        review = copy_as_review(scorecard=scorecard, by=actor, now=now, name=request.POST.get("name", ""))
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, error.errors[0].message if error.errors else error.message)
        return go(reverse("scorecards:history", args=[scorecard_id]))
    messages.success(
        request,
        f"“{review.name}” judges as “{scorecard.name}” did. It is being calculated on what is known today.",
    )
    return go(reverse("scorecards:ranking", args=[review.public_id]))
