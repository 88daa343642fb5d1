"""How firm is this ranking? The page, its simulation, and what if."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import Conflict, DomainError
from cdmo_eval.core.figures.coordinates import coordinate
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.charts import (
    RankHeatMap,
    Swing,
    rank_heat_map,
    score_lines,
    tornado,
    weight_axis_end,
)
from scorecards.engine.draws import CellModel, WeightModel
from scorecards.engine.exact import PPB, PPM
from scorecards.engine.sensitivity import first_places
from scorecards.forms.firmness import BreakEvenForm, LinesForm, WhatIfForm
from scorecards.models import ResultCells, Scorecard
from scorecards.selectors.board import Board, current_board
from scorecards.selectors.firmness import (
    Criterion,
    CriterionFirmness,
    Field,
    FlipFigures,
    points_text,
    read_field,
    relative_change,
    share_text,
)
from scorecards.selectors.next_questions import next_questions
from scorecards.selectors.pages import View, find_scorecard, ranking_board
from scorecards.selectors.simulations import (
    Chances,
    chances_of,
    find_simulation,
    latest_finished,
    latest_job,
    percent,
    usual_request,
)
from scorecards.services.simulations import request_simulation, stop_simulation
from scorecards.services.what_if import WhatIf, what_if
from scorecards.views.edge import go, is_fragment, page, say, signed_in
from vendors.vocabulary import Policy, Stage

HEAT_ROWS, HEAT_RANKS = 15, 10
BARS, LINES, QUESTIONS, NEAR_FLIPS = 12, 8, 10, 4
CURVE_STEPS = 40
WEIGHTS_WORDS = {
    WeightModel.DIRICHLET: "each varies around its own, in every branch of the criteria (Dirichlet)",
    WeightModel.UNIFORM: "all possible weights alike",
    WeightModel.ORDINAL: "all weights that keep their order alike",
    WeightModel.BAND: "each varies evenly around its own within a band",
    WeightModel.FIXED: "as they are set",
}
VALUES_WORDS = {
    CellModel.INTERVAL: "each lies anywhere in its interval alike; what is verified lies close, what is unknown anywhere",
    CellModel.FIXED: "as they count",
}


@require_safe
def firmness(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Words, chances of each rank, flip points, what would have to change, and what to ask next."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    try:
        field = read_field(scorecard)
    except Conflict as error:
        return page(request, "scorecards/firmness.html", {"scorecard": scorecard, "refusal": error.message})
    context: dict[str, Any] = {"scorecard": scorecard, "field": field, "refusal": ""}
    if not field.rows:
        return page(request, "scorecards/firmness.html", context | {"refusal": "Nobody is ranked."})
    answer = ranking_board(scorecard, view=View.NUMBERS, start="", page=1, now=timezone.now())
    by_leaf = request.GET.get("by") == "leaf"
    criterion = _chosen(field, request.GET.get("criterion", ""))
    chosen = {"criterion": criterion.code} if criterion and request.GET.get("criterion") else {}
    flips = [(one, _between(one.found)) for one in field.all if one.criterion.weight_ppb]
    context |= {
        "board": answer,
        "policy": Policy(scorecard.policy),
        "stage": Stage(scorecard.stage),
        "nearest": field.nearest,
        "by_leaf": by_leaf,
        **_tornado(field, by_leaf=by_leaf),
        "lines_form": LinesForm(field, {"criterion": criterion.code if criterion else ""}),
        "criterion": criterion,
        "group_url": "?" + urlencode(chosen),
        "leaf_url": "?" + urlencode({"by": "leaf"} | chosen),
        **(_lines(field, criterion) if criterion else {}),
        "criterion_firmness": field.firmness(criterion) if criterion else None,
        "near_flips": _near_flips(field),
        "group_flips": [flip for flip in flips if flip[0].criterion.is_group],
        "leaf_flips": [flip for flip in flips if not flip[0].criterion.is_group],
        "leaf_flipping": sum(one.nearest is not None for one, _ in flips if not one.criterion.is_group),
        "break_even": _break_even(request, field),
        "questions": _questions(actor, scorecard, field),
        **simulation_context(scorecard, field.board),
    }
    return page(request, "scorecards/firmness.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def simulation(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """GET: how far the simulation is, for htmx. POST: begin it."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    if request.method == "POST":
        request_simulation(
            scorecard=scorecard, request=usual_request(actor.organization), by=actor, now=timezone.now()
        )
        return go(_address(scorecard))
    if not is_fragment(request):
        return go(_address(scorecard))
    context = {"scorecard": scorecard, **simulation_context(scorecard, current_board(scorecard))}
    return page(request, "scorecards/parts/simulation.html", context)


@require_POST
def stop(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Stop counting."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    stop_simulation(scorecard=scorecard, by=actor, now=timezone.now())
    return go(_address(scorecard))


@require_safe
def if_changed(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """What if: the ranking before and after. The question stands in the address, and nothing is kept."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    try:
        board = current_board(scorecard)
    except Conflict as error:
        return page(request, "scorecards/what_if.html", {"scorecard": scorecard, "refusal": error.message})
    form = WhatIfForm(board, _gate_choices(scorecard), request.GET or _as_published(board))
    found, status = None, 200
    if form.is_valid():
        try:
            found = what_if(scorecard=scorecard, change=form.change(), by=actor, now=timezone.now())
        except DomainError as error:
            status = say(form, error, names=form.names)
    else:
        status = 400
    context = {
        "scorecard": scorecard, "form": form, "refusal": "", "found": found, "asked": bool(found and form.change()),
        "rows": compared(found) if found else [], "more": max(0, len(found.rows) - SHOWN) if found else 0,
    }  # fmt: skip
    return page(request, "scorecards/what_if.html", context, status=status)


SHOWN = 50


def simulation_context(scorecard: Scorecard, board: Board) -> dict[str, Any]:
    """The simulation of the published calculation, what was counted before, and the job."""
    request = usual_request(scorecard.organization)
    found = find_simulation(scorecard, request.key(board.run.input_digest))
    kept = found if found is not None and found.finished_at is not None else latest_finished(scorecard)
    job = latest_job(scorecard)
    chances = chances_of(kept, board, current=kept is found) if kept is not None else None
    chances = chances if chances and chances.rows else None
    running = job is not None and job.state in OPEN
    winners = _winners(chances, board) if chances else []
    return {
        "chances": chances,
        "heat": _heat(chances) if chances else None,
        "share": percent(chances.leader.first_ppm) if chances else 0,
        "favourite_share": percent(chances.favourite.first_ppm) if chances else 0,
        "winners": winners,
        "never": [row["name"] for row in winners if row["never"]],
        "weights_words": WEIGHTS_WORDS[chances.request.models.weights] if chances else "",
        "values_words": VALUES_WORDS[chances.request.models.cells] if chances else "",
        "job": job,
        "running": running,
        "poll_url": reverse("scorecards:simulation", args=[scorecard.public_id]) if running else "",
        "draws": request.draws,
    }


def _address(scorecard: Scorecard) -> str:
    return reverse("scorecards:firmness", args=[scorecard.public_id])


def _chosen(field: Field, code: str) -> Criterion | None:
    """The criterion asked for, else the one whose weight flips first place soonest, else the heaviest group."""
    by_code = {one.code: one for one in field.criteria if one.weight_ppb}
    if code in by_code:
        return by_code[code]
    if field.nearest is not None:
        return field.nearest.criterion
    return max(by_code.values(), key=lambda one: one.weight_ppb, default=None)


def _heat(chances: Chances) -> RankHeatMap:
    rows = chances.rows[:HEAT_ROWS]
    return rank_heat_map(
        {row.standing.name: row.ranks_ppm[:HEAT_RANKS] for row in rows}, cases=chances.simulation.draws
    )


def _near_flips(field: Field) -> list[tuple[CriterionFirmness, FlipFigures, str]]:
    """The groups whose weight changes first place with the smallest relative change, else single criteria: which flip, which way."""
    moving = [one for one in field.all if one.nearest and one.criterion.weight_ppb]
    groups = [one for one in moving if one.criterion.is_group] or moving
    near = sorted(groups, key=relative_change)[:NEAR_FLIPS]
    return [
        (one, flip, "Below" if flip is one.below else "Above")
        for one in near
        if (flip := one.nearest) is not None
    ]


def _winners(chances: Chances, board: Board) -> list[dict[str, Any]]:
    """Each vendor's share of all possible weights, and which groups would have to count more for it."""
    names = {group.code: group.name for group in board.framework.groups}
    group_of = {leaf: group["code"] for group in board.run.criteria["groups"] for leaf in group["leaves"]}
    now = {
        group["code"]: Fraction(int(group["weight_ppb"]), 10_000_000)
        for group in board.run.criteria["groups"]
    }
    found = []
    for row in sorted(chances.rows, key=lambda row: (-row.any_first_ppm, row.rank))[:HEAT_ROWS]:
        central: dict[str, Fraction] = {}
        for code, text in (row.any_central_weights or {}).items():
            central[group_of[code]] = central.get(group_of[code], Fraction(0)) + Fraction(text)
        more = sorted(central, key=lambda code: now[code] - central[code])[:2]
        found.append(
            {
                "name": row.standing.name, "share": row.any_first_ppm, "width": coordinate(row.any_first_ppm / 10_000), "percent": percent(row.any_first_ppm), "never": row.any_first_ppm == 0,
                "more": [(names[code], round(central[code]), round(now[code])) for code in more if central[code] > now[code]],
            }
        )  # fmt: skip
    return found


def _tornado(field: Field, *, by_leaf: bool) -> dict[str, Any]:
    swings = []
    for criterion in field.criteria:
        ends = field.leads(criterion) if criterion.is_group is not by_leaf else None
        if ends is not None:
            swings.append(Swing(criterion.code, criterion.name, criterion.slot, *ends))
    swings = sorted(swings, key=lambda swing: -abs(swing.high - swing.low))[:BARS]
    if not swings or len(field.rows) < 2:
        return {"tornado": None}
    leader = field.standings[0].name
    lost = [swing.name for swing in swings if min(swing.low, swing.high) < 0]
    told = f"The lead is lost with {', '.join(lost)}." if lost else "None of these changes costs the lead."
    sentence = f"Lead of {leader} with half of each weight and with half as much again. {told}"
    return {"tornado": replace(tornado(leader, field.lead, swings), sentence=sentence), "tornado_told": told}


def _lines(field: Field, criterion: Criterion) -> dict[str, Any]:
    """Scores of the leading vendors, and of all who would ever be first, against one weight: drawn and in numbers."""
    moved = field.lever(criterion)
    if moved is None:
        return {"lines": None}
    firsts = first_places(moved)
    rows = list(dict.fromkeys([0, 1, *(row for _, row in firsts), *range(LINES)]))
    rows = [row for row in rows if row < len(field.rows)][: max(LINES, len(firsts) + 2)]
    flips = [(int(weight * PPB), f"{share_text(weight)}%") for weight, _ in firsts[1:]]
    upto = weight_axis_end(criterion.weight_ppb, [weight for weight, _ in flips])
    steps = 1 if moved.proportional else CURVE_STEPS
    scores = [moved.scores_at(Fraction(step * upto, steps * PPB), rows) for step in range(steps + 1)]
    curves = {
        field.standings[row].name: [None if step[at] is None else round(step[at] or 0) for step in scores]
        for at, row in enumerate(rows)
    }
    named = [(weight, field.standings[row].name) for weight, row in firsts]
    changes = [
        f"at {share_text(weight)}% {after} passes {before}"
        for (_, before), (weight, after) in itertools.pairwise(named)
    ]
    sentence = f"Score by weight of {criterion.name}. First place " + (
        f"changes: {'; '.join(changes)}." if changes else f"does not change: {named[0][1]} has it throughout."
    )
    leading = [standing.name for standing in field.standings[:2]]
    drawn = score_lines(
        criterion.name, criterion.weight_ppb, curves, flips, leading=leading, sentence=sentence, upto=upto
    )
    present = moved.scores_at(moved.now, rows)
    numbers = [
        (field.standings[row].name, *(_line_text(scores_then[at]) for scores_then in (scores[0], present, scores[-1])))
        for at, row in enumerate(rows)
    ]  # fmt: skip
    return {"lines": drawn, "line_rows": numbers, "lines_end": upto * 100 // PPB}


def _line_text(score: Fraction | None) -> str:
    """A score in points; blank where there is none."""
    return "" if score is None else points_text(Fraction(score))


def _between(found: Any) -> dict[str, str] | None:
    if found is None:
        return None
    return {
        name: f"{share_text(ends[0])} to {share_text(ends[1])}%"
        for name, ends in (("leader", found.leader_stays), ("order", found.order_stays))
    }


def _break_even(request: HttpRequest, field: Field) -> dict[str, Any]:
    """The form and, when it was asked, the answer."""
    asked = {name: request.GET[name] for name in ("candidate", "leaf") if request.GET.get(name)}
    form = BreakEvenForm(field, asked or None)
    found: dict[str, Any] = {"form": form, "asked": False}
    if len(asked) < 2 or not form.is_valid():
        return found
    row = field.row_of(form.cleaned_data["candidate"])
    criterion = field.criterion(form.cleaned_data["leaf"])
    value = field.break_even(row, criterion)
    others = [standing for place, standing in enumerate(field.standings) if place != row]
    present = field.terms.values[row, criterion.columns[0]]
    return found | {
        "asked": True, "vendor": field.standings[row].name, "criterion": criterion.name, "leads": row == 0,
        "rival": others[0].name if others else "", "value": None if value is None else points_text(value),
        "always": value is not None and value < 0, "never": value is None or value >= PPM,
        "present": points_text(Fraction(int(present))),
    }  # fmt: skip


def _questions(actor: Actor, scorecard: Scorecard, field: Field) -> dict[str, Any]:
    found = next_questions(field)
    ask = reverse("questionnaires:new") + "?" + urlencode({"scorecard": scorecard.public_id})
    return {
        "rows": [
            {
                "question": one, "leader": percent(one.leader_ppm), "top": percent(one.top_ppm),
                "url": reverse("vendors:evidence_add", args=[one.standing.vendor_id]) + (f"?target={one.target}" if one.target else ""),
            }
            for one in found.questions[:QUESTIONS]
        ],
        "count": len(found.questions), "telling": found.telling, "may_record": allows(actor, Permission.EDIT_EVIDENCE),
        "ask_url": ask if allows(actor, Permission.EDIT_QUESTIONNAIRES) else "",
    }  # fmt: skip


def _gate_choices(scorecard: Scorecard) -> list[tuple[str, str]]:
    """The must-haves that the published calculation judged."""
    first = (
        ResultCells.objects.for_organization(scorecard.organization)
        .filter(scorecard=scorecard)
        .order_by("id")
        .first()
    )
    return [(gate["gate"], gate["label"]) for gate in (first.gates if first else ())]


def _as_published(board: Board) -> dict[str, Any]:
    """What the form holds before anything is asked."""
    form = WhatIfForm(board, ())
    return {f"weight-{group.code}": form.present[group.code] for group in board.framework.groups}


def compared(found: WhatIf, *, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Rows after the change beside the published ones."""
    lines: Sequence[Any] = found.rows[:limit]
    rows = []
    for row, figures in zip(lines, found.shown(lines), strict=True):
        before = found.published[row.candidate_id]
        moved = (before.rank or 0) - (row.rank or 0) if before.rank and row.rank else 0
        rows.append(
            {
                "figures": figures, "moved": moved, "up": moved > 0, "steps": abs(moved),
                "before_rank": "–" if before.rank is None else f"={before.rank}" if before.rank_tied else str(before.rank),
                "before_score": None if before.score_exact is None else _score(before), "changed": _changed(before, row),
            }
        )  # fmt: skip
    return rows


def _score(row: Any) -> str:
    return share_text(Fraction(row.score_exact, row.denominator_exact))


def _changed(before: Any, after: Any) -> str:
    """The change of the score in points, with its sign; "" where there is none."""
    if before.score_exact is None or after.score_exact is None:
        return ""
    difference = Fraction(after.score_exact, after.denominator_exact) - Fraction(
        before.score_exact, before.denominator_exact
    )
    if not difference:
        return ""
    return f"{'+' if difference > 0 else '−'}{share_text(abs(difference))}"
