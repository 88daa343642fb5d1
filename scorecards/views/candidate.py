"""One vendor on a scorecard: every criterion, the must-haves, waivers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.forms.candidate import WaiverForm
from scorecards.models import Candidate, GateWaiver, Scorecard
from scorecards.selectors.candidates import candidate_page
from scorecards.selectors.pages import find_candidate, find_scorecard
from scorecards.selectors.scorecards import waiver_list
from scorecards.services.waivers import (
    approve_waiver,
    asking_permission,
    request_waiver,
    revoke_waiver,
)
from scorecards.views.edge import go, page, say, signed_in
from scorecards.views.must_haves import gate_summary
from scorecards.views.preregistration import hidden_page
from scorecards.views.ranking import status_context
from vendors.vocabulary import Delivery, Operation, Policy, Stage


@require_safe
def candidate(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Why this vendor stands where it stands."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    found = find_candidate(scorecard, candidate_id)
    if scorecard.scores_hidden:
        return hidden_page(request, scorecard, actor)
    return _show(request, actor, scorecard, found)


def _show(
    request: HttpRequest,
    actor: Actor,
    scorecard: Scorecard,
    found: Candidate,
    form: WaiverForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = candidate_page(scorecard, found, actor=actor, now=timezone.now())
    may_ask = allows(actor, Permission.EDIT_SCORECARDS) or allows(actor, Permission.APPROVE_WAIVERS)
    context: dict[str, Any] = {
        "shown": shown, "candidate": shown.candidate, "policy": Policy(scorecard.policy), "stage": Stage(scorecard.stage),
        "gates": gate_summary(shown.row.figures.gates) if shown.row else None,
        "steps": [(step, Operation(step.operation).label if step.operation else "Operation not specified", Delivery(step.delivery).label) for step in shown.supply_map.steps],
        "may_map": allows(actor, Permission.EDIT_CANDIDATES), "may_ask": may_ask,
        "may_approve": allows(actor, Permission.APPROVE_WAIVERS),
        "may_answer": allows(actor, Permission.EDIT_VENDORS) and allows(actor, Permission.EDIT_EVIDENCE),
        "reader": actor.user,
        "waiver_form": (form or WaiverForm(shown.waivable)) if may_ask and shown.waivable else None,
        **status_context(scorecard, shown.ranking.freshness, actor),
    }  # fmt: skip
    return page(request, "scorecards/candidate.html", context, status=status)


@require_POST
def ask_waiver(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Ask that a must-have be set aside; it counts once somebody else approves."""
    actor, now = signed_in(request), timezone.now()
    require(actor, asking_permission(actor))
    scorecard = find_scorecard(actor.organization, scorecard_id)
    found = find_candidate(scorecard, candidate_id)
    shown = candidate_page(scorecard, found, actor=actor, now=now)
    form = WaiverForm(shown.waivable, request.POST)
    status = 400
    if form.is_valid():
        gate, text, expires_on = form.asked()
        try:
            request_waiver(gate=gate, candidate=found, text=text, expires_on=expires_on, by=actor, now=now)
        except DomainError as error:
            status = say(form, error)
        else:
            messages.success(
                request, f"Asked to set aside “{gate.label}”. It counts once another person approves it."
            )
            return go(reverse("scorecards:candidate", args=[scorecard_id, candidate_id]))
    return _show(request, actor, scorecard, found, form, status)


@require_POST
def decide_waiver(
    request: HttpRequest, scorecard_id: UUID, candidate_id: UUID, waiver_id: UUID
) -> HttpResponse:
    """Approve a waiver, or take it back."""
    actor, now = signed_in(request), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    found = find_candidate(scorecard, candidate_id)
    waiver: GateWaiver | None = (
        waiver_list(actor.organization, scorecard).filter(candidate=found, public_id=waiver_id).first()
    )
    if waiver is None:
        raise NotFound("There is no such waiver.")
    if request.POST.get("decision") == "approve":
        approve_waiver(waiver=waiver, by=actor, now=now)
        messages.success(
            request, f"“{waiver.gate.label}” is set aside for {found} until {waiver.expires_on:%-d %b %Y}."
        )
    else:
        revoke_waiver(waiver=waiver, by=actor, now=now)
        messages.success(request, f"The waiver of “{waiver.gate.label}” is taken back.")
    return go(reverse("scorecards:candidate", args=[scorecard_id, candidate_id]))
