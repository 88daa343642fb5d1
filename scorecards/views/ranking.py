"""The ranking of a scorecard: the page, its parts, its weights and its calculation."""

import hashlib
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from cdmo_eval.core.errors import Conflict, DomainError, Invalid
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB, PPM
from scorecards.forms.builder import WeightsForm
from scorecards.models import Result, Scorecard
from scorecards.scoring_defaults import scoring_defaults
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.firmness import names, read_field, relative_change
from scorecards.selectors.freshness import scorecard_freshness
from scorecards.selectors.indifference import practically_equal
from scorecards.selectors.live_board import MOST_LIVE, live_board, live_version, may_move_live
from scorecards.selectors.pages import Board, View, find_scorecard, preview_board, ranking_board
from scorecards.selectors.preregistration import registration_of
from scorecards.selectors.simulations import FirstPlace, first_place
from scorecards.selectors.visibility import check_visible
from scorecards.services.recompute_jobs import request_recompute
from scorecards.services.scorecards import update_scorecard
from scorecards.services.what_if import Change, what_if
from scorecards.views.edge import go, is_fragment, page, say, signed_in, whole_number
from scorecards.views.must_haves import gate_summary
from scorecards.views.past import past
from scorecards.views.preregistration import hidden_page
from vendors.vocabulary import Policy, Stage


@require_safe
def ranking(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Who leads, by how much, and how sure that is; htmx asks for the board alone."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    if scorecard.scores_hidden:
        return hidden_page(request, scorecard, actor)
    if request.GET.get("as_of"):
        return past(request, actor, scorecard)
    context = ranking_context(request, actor, scorecard, asked=weights_asked(request, scorecard))
    if is_fragment(request):
        return page(request, "scorecards/parts/answer_and_board.html", context)
    return page(request, "scorecards/ranking.html", context | {"form": WeightsForm.of(scorecard)})


@require_safe
@gzip_page
def live(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """The cells of the published calculation, so that the browser adds up by itself while a weight is moved.

    304 for who still has them by their ETag. Raises PermissionDenied for those who may not read offers.
    """
    actor = signed_in(request, Permission.VIEW_COMMERCIAL)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    check_visible(scorecard)
    version = hashlib.sha256(live_version(scorecard).encode()).hexdigest()[:32]
    response = get_conditional_response(request, etag=f'"{version}"')
    if response is None:
        rows = Result.objects.for_organization(actor.organization).filter(scorecard=scorecard)
        if rows.count() > MOST_LIVE:
            raise Conflict(f"A browser adds up to {MOST_LIVE} vendors; ask for a what-if.", code="too_many")
        response = JsonResponse(live_board(scorecard))
    response["ETag"] = f'"{version}"'
    response["Cache-Control"] = "no-store"  # as every page: a browser keeps no vendor data
    return response


@require_safe
def status(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Whether the figures are up to date: asked every two seconds while they are not, and every ten while they are.

    Nothing to say (204) while the figures the page shows are fresh.
    """
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    context = status_context(scorecard, scorecard_freshness(scorecard, now=timezone.now()), actor)
    if context["freshness"].fresh and request.GET.get("shown") == context["seen_run"]:
        return HttpResponse(status=204)
    return page(request, "scorecards/parts/status.html", context)


@require_POST
def weights(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Save the weights of the groups from the panel beside the board."""
    actor, now = signed_in(request, Permission.EDIT_SCORECARDS), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    form = WeightsForm.of(scorecard, request.POST)
    status_code = 400
    if form.is_valid():
        try:
            update_scorecard(
                scorecard=scorecard,
                expected_version=form.cleaned_data["version"],
                weights=form.changed_weights(),
                by=actor,
                now=now,
            )
        except DomainError as error:
            status_code = say(form, error, names=form.names)
        else:
            messages.success(request, "Weights saved. The ranking is being recomputed.")
            return go(reverse("scorecards:ranking", args=[scorecard_id]))
    if scorecard.scores_hidden:
        return hidden_page(request, scorecard, actor, status=status_code)
    context = ranking_context(request, actor, scorecard)
    return page(request, "scorecards/ranking.html", context | {"form": form}, status=status_code)


@require_POST
def recompute(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Ask for a calculation; a job tells when one has run."""
    actor, now = signed_in(request, Permission.RECOMPUTE), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    job = request_recompute(scorecard=scorecard, by=actor, now=now)
    return go(reverse("job", args=[job.public_id]))


def weights_asked(request: HttpRequest, scorecard: Scorecard) -> dict[str, str]:
    """Points of the groups in the address: the board is then shown as it would be with them."""
    codes = (group.code for group in criteria_of(scorecard.framework).groups)
    given = {code: request.GET.get(f"weight-{code}", "").strip()[:20] for code in codes}
    return {code: points for code, points in given.items() if points}


def ranking_context(
    request: HttpRequest, actor: Actor, scorecard: Scorecard, asked: dict[str, str] | None = None
) -> dict[str, Any]:
    """Everything the page and its board show; `asked` are weights to be tried out, kept nowhere."""
    layout = request.GET.get("layout", "")
    view = View(layout) if layout in set(View) else View.STACKED
    groups = {group.code: group.name for group in criteria_of(scorecard.framework).groups}
    start = request.GET.get("start", "")
    start = start if start in groups else ""
    isolated = request.GET.get("isolate", "")
    isolated = isolated if isolated in groups else ""
    only = request.GET.get("hide") == "failing"
    number, now = whole_number(request.GET.get("page")), timezone.now()
    board, refusal = None, ""
    if asked:
        try:
            found = what_if(scorecard=scorecard, change=Change(weights=asked), by=actor, now=now)
            board = preview_board(found, view=view, start=start, page=number, ranked_only=only)
        except (Invalid, Conflict) as error:
            refusal = error.message
    previewed = board is not None
    if board is None:
        board = ranking_board(scorecard, view=view, start=start, page=number, now=now, ranked_only=only)
    slots, scoring = scorecard.slots, scoring_defaults(actor.organization.settings)
    address = reverse("scorecards:ranking", args=[scorecard.public_id])
    return {
        "scorecard": scorecard,
        "board": board,
        "rows": [(row, gate_summary(row.figures.gates)) for row in board.rows],
        "views": [(each, each == view) for each in View],
        "start": start,
        "hide": only,
        "isolated": isolated,
        "previewed": previewed,
        "refusal": refusal,
        "live_url": reverse("scorecards:live", args=[scorecard.public_id])
        if board.ranking.run and may_move_live(scorecard, actor, candidates=board.candidates)
        else "",
        "first_place": None if previewed else _first_place(scorecard, board),
        "flip": None if previewed else _nearest_flip(scorecard, board),
        "near": practically_equal([row.figures for row in board.rows], scoring.indifference),
        "band": percent_text(scoring.indifference, PPM, decimals=1),
        "groups": [{"code": code, "name": name, "slot": slots.get(code, at)} for at, (code, name) in enumerate(groups.items(), start=1)],
        "query": request.GET,
        "board_url": f"{address}?{request.GET.urlencode()}" if request.GET else address,
        "policy": Policy(scorecard.policy),
        "stage": Stage(scorecard.stage),
        "may_edit": allows(actor, Permission.EDIT_SCORECARDS),
        "may_see_offers": allows(actor, Permission.VIEW_COMMERCIAL),
        "may_export": allows(actor, Permission.EXPORT),
        "may_shortlist": allows(actor, Permission.EDIT_SHORTLISTS),
        "may_answer": allows(actor, Permission.EDIT_VENDORS) and allows(actor, Permission.EDIT_EVIDENCE),
        "registration": registration_of(scorecard),
        **status_context(scorecard, board.ranking.freshness, actor),
    }  # fmt: skip


def _first_place(scorecard: Scorecard, board: Board) -> FirstPlace | None:
    run, leader = board.ranking.run, board.answer.leader
    if run is None or leader is None or board.answer.kind == "tied":
        return None
    return first_place(scorecard, run.input_digest, UUID(leader.figures.candidate_id))


def _nearest_flip(scorecard: Scorecard, board: Board) -> dict[str, str] | None:
    """The smallest change of one group's weight that changes first place; {} when none does, None when nobody asks."""
    if board.answer.kind != "leads" or board.candidates > MOST_LIVE:
        return None
    field = read_field(scorecard)
    groups = [field.firmness(one) for one in field.criteria if one.is_group and one.weight_ppb]
    nearest = min((one for one in groups if one.nearest), key=relative_change, default=None)
    if nearest is None or nearest.nearest is None:
        return {}
    then = nearest.nearest.weight_exact
    return {
        "name": nearest.criterion.name, "now": percent_text(nearest.criterion.weight_ppb, PPB, decimals=1),
        "then": percent_text(then.numerator, then.denominator, decimals=1), "who": names(nearest.nearest.passing),
    }  # fmt: skip


def status_context(scorecard: Scorecard, freshness: Any, actor: Actor) -> dict[str, Any]:
    """What the live status says."""
    status_url = reverse("scorecards:status", args=[scorecard.public_id])
    seen = freshness.last_run_at.isoformat() if freshness.last_run_at else ""
    return {
        "scorecard": scorecard,
        "freshness": freshness,
        "seen_run": seen,
        "status_url": status_url,
        "look_url": f"{status_url}?{urlencode({'shown': seen})}",
        "may_recompute": allows(actor, Permission.RECOMPUTE),
    }
