"""One vendor on a scorecard: every criterion, the must-haves, the supply map, waivers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.forms.candidate import SPARE_LINES, SupplyMapForm, WaiverForm
from scorecards.models import Candidate, GateWaiver, Scorecard
from scorecards.selectors.candidates import candidate_page, supply_choices
from scorecards.selectors.pages import find_candidate, find_scorecard
from scorecards.selectors.scorecards import candidate_list, waiver_list
from scorecards.selectors.supply_maps import supply_maps
from scorecards.services.candidates import update_candidate
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


@require_http_methods(["GET", "HEAD", "POST"])
def supply_map(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Say which site does which step; emptied, the best-fitting sites are assumed again."""
    actor, now = signed_in(request, Permission.EDIT_CANDIDATES), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    found = candidate_list(actor.organization).get(pk=find_candidate(scorecard, candidate_id).pk)
    present = supply_maps([found], as_of=scorecard.as_of or now.date())[found.pk]
    choices = supply_choices(found)
    form = SupplyMapForm(
        found, choices.sites, choices.partners, choices.capabilities, len(present.steps) + SPARE_LINES,
        request.POST if request.method == "POST" else None, initial=SupplyMapForm.initial_of(found, present),
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                steps = [] if request.POST.get("assume") else form.supply_map()
                update_candidate(
                    candidate=found,
                    expected_version=form.cleaned_data["version"],
                    by=actor,
                    now=now,
                    supply_map=steps,
                )
            except DomainError as error:
                status = say(form, _renamed(error))
            else:
                messages.success(request, "Supply map saved. The ranking is being recomputed.")
                return go(reverse("scorecards:candidate", args=[scorecard_id, candidate_id]))
    context = {
        "scorecard": scorecard,
        "candidate": found,
        "form": form,
        "assumed": present.assumed,
        "stale": status == 412,
    }
    return page(request, "scorecards/supply_map.html", context, status=status)


def _renamed(error: DomainError) -> DomainError:
    """The service names a step's partner by its column."""
    error.errors = tuple(
        type(part)(part.field.replace(".partner_vendor", ".partner"), part.code, part.message)
        for part in error.errors
    )
    return error


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
