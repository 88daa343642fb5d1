"""Candidates side by side, and one vendor in all programmes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdmo_eval.core.errors import Invalid, NotFound
from cdmo_eval.core.figures.coordinates import coordinate
from scorecards.comparison_charts import (
    FEWEST_AXES,
    MOST_AXES,
    MOST_ON_RADAR,
    SHAPES,
    Dumbbell,
    Radar,
    WaterfallChart,
    WaterfallStep,
    dumbbell,
    radar,
    waterfall_chart,
)
from scorecards.engine.exact import EXACT_ONE
from scorecards.models import Scorecard
from scorecards.presentation import Figures
from scorecards.selectors.comparison import (
    FEWEST,
    MOST,
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
OPEN_GROUPS = 3
"""So many groups, those that matter most for the difference, show their criteria at once."""


class Layout(StrEnum):
    """How the criteria are shown."""

    DUMBBELL = "dumbbell"
    TABLE = "table"
    RADAR = "radar"


@dataclass(frozen=True)
class Whisker:
    """A score with its interval on a line from 0 to 100, in percent of the width; `at` is "" without a score."""

    low: str
    high: str
    at: str


@dataclass(frozen=True)
class Column:
    """One compared candidate with its mark in the drawings.

    `beside` is whether it is one of the two whose difference is split: a narrow screen shows these two. `without` is the
    address of the page without it, "" where too few would be left.
    """

    figures: Figures
    shape: str
    place: int
    beside: bool
    whisker: Whisker
    gates: Any
    outline: OutlineLines
    without: str


@dataclass(frozen=True)
class DrawnLine:
    """A criterion with its drawing; cells are (cell, column)."""

    line: CompareLine
    drawing: Dumbbell
    cells: tuple[tuple[CompareCell, Column], ...]


@dataclass(frozen=True)
class DrawnGroup:
    """A group of criteria with its drawing; `scores` are (score, best, column). `open`: its criteria are seen at once."""

    group: CompareGroup
    drawing: Dumbbell
    scores: tuple[tuple[str | None, bool, Column], ...]
    lines: tuple[DrawnLine, ...]
    open: bool


@dataclass(frozen=True)
class Overview:
    """The radar with the groups it shows; `left_out` groups weigh less."""

    radar: Radar
    groups: tuple[DrawnGroup, ...]
    left_out: int


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
        "compared": ",".join(asked), "picked": asked, "rows": pickable_rows(scorecard, asked), "most": MOST,
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
    """The two whose difference is split: one list (`pair`), or chosen one by one (`first`, `second`)."""
    chosen = [query.get("first", ""), query.get("second", "")]
    listed = [text for text in (query.get("pair", "").split(",") if not all(chosen) else chosen) if text]
    try:
        ids = [UUID(text) for text in listed]
    except ValueError:
        raise Invalid("The pair is two of the compared candidates.") from None
    return ids if not all(chosen) or len(set(ids)) == FEWEST else []


def _back(query: QueryDict, scorecard: Scorecard) -> str:
    place = {name: query[name] for name in PLACE if query.get(name)}
    address = reverse("scorecards:ranking", args=[scorecard.public_id])
    return f"{address}?{urlencode(place)}#board" if place else f"{address}#board"


def _drawn(found: Compared, query: QueryDict, asked: Sequence[str]) -> dict[str, Any]:
    """The parts of the page that are drawn, and the addresses of its switches."""
    only = query.get("differences") == "1"
    layout = _layout(query, found)
    pair = _shown_pair(found, _pair(query))
    kept = {name: str(query[name]) for name in PLACE if query.get(name)} | {"candidates": ",".join(asked)}
    if len(found.columns) > FEWEST and pair:
        kept["pair"] = ",".join(pair)
    switches = {"view": "" if layout is Layout.DUMBBELL else layout.value, "differences": "1" if only else ""}
    here = kept | {name: value for name, value in switches.items() if value}
    columns = _columns(found, pair, here)
    groups = _groups(found, columns, only=only)
    views = [Layout.DUMBBELL, Layout.TABLE, *([Layout.RADAR] if _may_overview(found) else [])]
    return {
        "columns": columns, "groups": [each for each in groups if each.lines or not only], "layout": layout.value, "only_differences": only,
        "count": len(columns),
        "views": [(view.value.title(), _address(here | {"view": view.value}, drop="view" if view is Layout.DUMBBELL else ""), view is layout) for view in views],
        "all_url": _address(here, drop="differences"), "only_url": _address(here | {"differences": "1"}),
        "kept": {name: value for name, value in here.items() if name != "pair"}, "pair": pair,
        "steps": _steps(found), "chart": _waterfall(found),
        "hidden": sum(not line.differs for group in found.groups for line in group.lines) if only else 0,
        "overview": _overview(found, groups) if layout is Layout.RADAR else None,
    }  # fmt: skip


def _address(parts: Mapping[str, str], *, drop: str = "") -> str:
    return "?" + urlencode({name: value for name, value in parts.items() if name != drop})


def _layout(query: QueryDict, found: Compared) -> Layout:
    """The layout asked for; the dumbbell for what there is not, or not for so many."""
    asked = query.get("view", "")
    layout = Layout(asked) if asked in set(Layout) else Layout.DUMBBELL
    return Layout.DUMBBELL if layout is Layout.RADAR and not _may_overview(found) else layout


def _may_overview(found: Compared) -> bool:
    return len(found.columns) <= MOST_ON_RADAR and len(found.groups) >= FEWEST_AXES


def _shown_pair(found: Compared, asked: Sequence[UUID]) -> tuple[str, ...]:
    """Ids of the two that were asked for, else of the first two."""
    return tuple(map(str, asked)) or tuple(column.candidate_id for column in found.columns[:FEWEST])


def _columns(found: Compared, pair: Sequence[str], here: Mapping[str, str]) -> list[Column]:
    columns = []
    for at, (row, outline) in enumerate(zip(found.columns, found.outlines, strict=True)):
        others = [each.candidate_id for each in found.columns if each is not row]
        fewer = {"candidates": ",".join(others)}
        address = _address({**here, **fewer}, drop="pair" if row.candidate_id in pair else "")
        columns.append(
            Column(
                row, SHAPES[at], at, row.candidate_id in pair, _whisker(row), gate_summary(row.gates),
                outline, address if len(others) >= FEWEST else "",
            )
        )  # fmt: skip
    return columns


def _whisker(row: Figures) -> Whisker:
    score = "" if row.score_exact is None else coordinate(row.score_exact / row.denominator_exact * 100)
    return Whisker(
        coordinate(row.low_exact / EXACT_ONE * 100), coordinate(row.high_exact / EXACT_ONE * 100), score
    )


def _groups(found: Compared, columns: Sequence[Column], *, only: bool) -> list[DrawnGroup]:
    names = [column.figures.vendor for column in columns]
    return [
        DrawnGroup(
            group, dumbbell(names, group.values), tuple(zip(group.scores, group.best, columns, strict=True)),
            tuple(
                DrawnLine(line, dumbbell(names, [cell.ppm for cell in line.cells]), tuple(zip(line.cells, columns, strict=True)))
                for line in group.lines
                if line.differs or not only
            ),
            at < OPEN_GROUPS,
        )
        for at, group in enumerate(found.groups)
    ]  # fmt: skip


def _overview(found: Compared, groups: Sequence[DrawnGroup]) -> Overview:
    """The heaviest groups, in the order of the criteria set."""
    heaviest = sorted(groups, key=lambda drawn: (-drawn.group.weight_ppb, drawn.group.slot))[:MOST_AXES]
    shown = tuple(sorted(heaviest, key=lambda drawn: drawn.group.slot))
    candidates = [
        (column.vendor, [drawn.group.values[at] for drawn in shown])
        for at, column in enumerate(found.columns)
    ]
    return Overview(radar([drawn.group.name for drawn in shown], candidates), shown, len(groups) - len(shown))


def _waterfall(found: Compared) -> WaterfallChart | None:
    return waterfall_chart([group.amount for group in found.difference.groups]) if found.difference else None


def _steps(found: Compared) -> list[tuple[GroupTerm, WaterfallStep, bool]]:
    """The groups of the difference, each with its bar and whether one of its criteria carries the lead."""
    chart = _waterfall(found)
    if found.difference is None or chart is None:
        return []
    return [
        (group, step, any(line.decides for line in group.lines))
        for group, step in zip(found.difference.groups, chart.steps, strict=True)
    ]
