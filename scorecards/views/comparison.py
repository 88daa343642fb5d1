"""Candidates side by side, and one vendor in all programmes."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdmo_eval.core.errors import Invalid, NotFound
from scorecards.comparison_charts import SHAPES, Dumbbell, WaterfallStep, dumbbell, waterfall_steps
from scorecards.models import Scorecard
from scorecards.presentation import Figures
from scorecards.selectors.comparison import (
    CompareCell,
    Compared,
    CompareGroup,
    CompareLine,
    GroupTerm,
    OutlineLines,
    chosen_candidates,
    compare,
)
from scorecards.selectors.pages import find_scorecard, pickable_rows
from scorecards.selectors.vendor_scores import vendor_scores
from scorecards.views.edge import is_fragment, page, signed_in
from scorecards.views.must_haves import gate_summary
from vendors.models import Vendor
from vendors.vocabulary import Policy, Stage

PLACE = ("layout", "start", "page")
"""What the ranking was showing, so that one gets back to the same place."""
TOLD = 3


@dataclass(frozen=True)
class Column:
    """One compared candidate with its mark in the drawings."""

    figures: Figures
    shape: str
    mark: Dumbbell
    gates: Any
    outline: OutlineLines


@dataclass(frozen=True)
class DrawnGroup:
    """A group of criteria with its drawings."""

    group: CompareGroup
    drawing: Dumbbell
    lines: tuple[tuple[CompareLine, Dumbbell, tuple[tuple[CompareCell, str], ...]], ...]


@require_safe
def compare_page(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Two to five vendors; with another number of them, the list to choose from."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    asked = _asked(request.GET)
    found, refused = None, ""
    try:
        ids = chosen_candidates(asked)
    except Invalid as error:
        refused = error.message if asked else ""
    else:
        found = compare(scorecard, ids, pair=_pair(request.GET), actor=actor, now=timezone.now())
    context = {
        "scorecard": scorecard, "found": found, "refused": refused, "policy": Policy(scorecard.policy), "stage": Stage(scorecard.stage),
        "back_url": _back(request.GET, scorecard), "place": {name: request.GET[name] for name in PLACE if request.GET.get(name)},
        "compared": ",".join(asked), "picked": asked, "rows": pickable_rows(scorecard, asked),
    }  # fmt: skip
    if found is not None:
        context |= _drawn(found, request.GET, asked)
    return page(request, "scorecards/compare.html", context)


@require_safe
def vendor_scores_page(request: HttpRequest, vendor_id: UUID) -> HttpResponse:
    """This vendor in all our programmes; htmx puts the table into the vendor's page."""
    actor = signed_in(request)
    rows = Vendor.objects.for_organization(actor.organization)
    vendor: Vendor | None = rows.filter(public_id=vendor_id).first()
    if vendor is None:
        raise NotFound("There is no such vendor.")
    lines = vendor_scores(actor.organization, vendor, now=timezone.now())
    context = {"vendor": vendor, "lines": [(line, Stage(line.scorecard.stage)) for line in lines]}
    template = (
        "scorecards/parts/vendor_scores.html" if is_fragment(request) else "scorecards/vendor_scores.html"
    )
    return page(request, template, context)


def _asked(query: QueryDict) -> list[str]:
    """Candidates come as ticked boxes (`c`) or as one list (`candidates`)."""
    listed = query.get("candidates", "").split(",")
    return list(dict.fromkeys(text for text in (*query.getlist("c"), *listed) if text))


def _pair(query: QueryDict) -> list[UUID]:
    try:
        return [UUID(text) for text in query.get("pair", "").split(",") if text]
    except ValueError:
        raise Invalid("The pair is two of the compared candidates.") from None


def _back(query: QueryDict, scorecard: Scorecard) -> str:
    place = {name: query[name] for name in PLACE if query.get(name)}
    address = reverse("scorecards:ranking", args=[scorecard.public_id])
    return f"{address}?{urlencode(place)}#board" if place else f"{address}#board"


def _drawn(found: Compared, query: QueryDict, asked: Sequence[str]) -> dict[str, Any]:
    """The parts of the page that are drawn, and the addresses of its switches."""
    names, ids = [row.vendor for row in found.columns], [row.candidate_id for row in found.columns]
    only = query.get("differences") == "1"
    kept = {name: str(query[name]) for name in (*PLACE, "pair") if query.get(name)} | {
        "candidates": ",".join(asked)
    }
    groups = [
        DrawnGroup(
            group, dumbbell(names, group.values),
            tuple(
                (line, dumbbell(names, [cell.ppm for cell in line.cells]), tuple(zip(line.cells, ids, strict=True)))
                for line in group.lines
                if line.differs or not only
            ),
        )
        for group in found.groups
    ]  # fmt: skip
    columns = [
        Column(row, SHAPES[at], _single(at), gate_summary(row.gates), outline)
        for at, (row, outline) in enumerate(zip(found.columns, found.outlines, strict=True))
    ]
    return {
        "columns": columns,
        "groups": [each for each in groups if each.lines or not only],
        "only_differences": only,
        "differences_url": "?" + urlencode(kept | ({} if only else {"differences": "1"})),
        "steps": _steps(found),
        "pairs": _pairs(found, kept | ({"differences": "1"} if only else {})),
        "hidden": sum(not line.differs for group in found.groups for line in group.lines) if only else 0,
    }


def _single(at: int) -> Dumbbell:
    """A mark alone, as the key of the drawings."""
    values: list[int | None] = [None] * at + [500_000]
    return dumbbell([""] * (at + 1), values)


def _steps(found: Compared) -> list[tuple[GroupTerm, WaterfallStep]]:
    difference = found.difference
    if difference is None:
        return []
    second = difference.second
    start = Fraction(second.score_exact or 0, second.denominator_exact)
    steps = waterfall_steps(start, [group.amount for group in difference.groups])
    return list(zip(difference.groups, steps, strict=True))


def _pairs(found: Compared, kept: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Every two of more than two: words, address, whether it is the one shown."""
    if len(found.columns) == 2:
        return []
    shown = found.difference and (found.difference.first.candidate_id, found.difference.second.candidate_id)
    pairs = []
    for at, first in enumerate(found.columns):
        for second in found.columns[at + 1 :]:
            ids = (first.candidate_id, second.candidate_id)
            address = "?" + urlencode(kept | {"pair": ",".join(ids)}) + "#difference"
            pairs.append((f"{first.vendor} and {second.vendor}", address, ids == shown))
    return pairs
