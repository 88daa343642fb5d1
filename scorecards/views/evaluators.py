"""The evaluators of a scorecard: who is invited, where they differ, what was agreed, everybody's ranking."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.forms.evaluators import ConsensusForm, DeadlineForm, InviteForm, offered_leaves
from scorecards.models import Scorecard
from scorecards.selectors.agreement import WORDS, opinions, own_rankings_or_none
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.evaluators import (
    Reader,
    consensus_list,
    find_invitation,
    invitation_list,
    judged_leaves,
    people_who_rate,
    progress_of,
    reader_of,
    require_sight,
    submitted_ratings,
)
from scorecards.selectors.pages import find_candidate, find_scorecard, standing_candidates
from scorecards.selectors.results import last_run
from scorecards.services.evaluators import (
    change_invitation,
    invite_evaluator,
    record_consensus,
    withdraw_invitation,
)
from scorecards.views.edge import go, page, say, signed_in, whole_number

PER_PAGE = 50


@require_safe
def overview(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Progress for everybody; what was said only for those who may read it, and never while they rate blind."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    invitations = list(invitation_list(actor.organization, scorecard))
    progress = progress_of(actor.organization, invitations)
    reader = reader_of(scorecard, actor)
    context: dict[str, Any] = {
        "scorecard": scorecard, "reader": reader, "rows": [(row, progress[row.pk]) for row in invitations],
        "may_invite": allows(actor, Permission.INVITE_EVALUATORS), "today": timezone.now().date(),
        "waiting": sum(row.open for row in invitations), "query": request.GET,
        **_said(scorecard, reader, whole_number(request.GET.get("page"))),
    }  # fmt: skip
    return page(request, "scorecards/evaluators/overview.html", context)


def _said(scorecard: Scorecard, reader: Reader, number: int) -> dict[str, Any]:
    """What was submitted, for those who may read it; the figures alone for those who do not rate blind."""
    if reader.blind:
        return {"found": None}
    ratings = submitted_ratings(scorecard)
    found = opinions(scorecard, ratings, list(consensus_list(scorecard)))
    shown: dict[str, Any] = {"found": found, "sentence": WORDS[found.word]}
    if reader.sees_others:
        rankings = own_rankings_or_none(scorecard, ratings)
        shown |= {
            "cells": Paginator(found.cells, PER_PAGE).get_page(number), "rankings": rankings,
            "ranking_rows": rankings.rows[:PER_PAGE] if rankings else (),
        }  # fmt: skip
    return shown


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Ask somebody to rate."""
    actor, now = signed_in(request, Permission.INVITE_EVALUATORS), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    criteria = criteria_of(scorecard.framework)
    run = last_run(scorecard)
    weighted = {code for code, leaf in run.criteria["leaves"].items() if leaf["weight_ppb"]} if run else None
    leaves = offered_leaves(judged_leaves(criteria), criteria, weighted=weighted)
    form = InviteForm(
        people_who_rate(actor.organization, now=now), standing_candidates(scorecard), leaves,
        request.POST if request.method == "POST" else None,
        initial={"leaves": [leaf.code for leaf, note in leaves if not note]},
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                row = invite_evaluator(scorecard=scorecard, by=actor, now=now, **form.asked())
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(
                    request,
                    f"{row.evaluator.name} is asked to rate, and sees nobody else's ratings until then.",
                )
                return go(reverse("scorecards:evaluators", args=[scorecard_id]))
    counted = invitation_list(actor.organization, scorecard).filter(counted_at__isnull=False).exists()
    context = {"scorecard": scorecard, "form": form, "counted": counted}
    return page(request, "scorecards/evaluators/invite.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, scorecard_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    actor, now = signed_in(request, Permission.INVITE_EVALUATORS), timezone.now()
    row = find_invitation(find_scorecard(actor.organization, scorecard_id), invitation_id)
    withdraw_invitation(invitation=row, expected_version=None, by=actor, now=now)
    messages.success(
        request,
        f"The invitation of {row.evaluator.name} is taken back. Their ratings stay on record and do not count.",
    )
    return go(reverse("scorecards:evaluators", args=[scorecard_id]))


@require_POST
def deadline(request: HttpRequest, scorecard_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Set another deadline."""
    actor, now = signed_in(request, Permission.INVITE_EVALUATORS), timezone.now()
    row = find_invitation(find_scorecard(actor.organization, scorecard_id), invitation_id)
    form = DeadlineForm(request.POST)
    try:
        if not form.is_valid():
            messages.error(request, "Give the deadline as a date.")
        else:
            change_invitation(
                invitation=row,
                expected_version=None,
                by=actor,
                now=now,
                deadline=form.cleaned_data["deadline"],
            )
            messages.success(request, f"The deadline of {row.evaluator.name} is changed.")
    except DomainError as error:
        if error.status != 400:
            raise
        messages.error(request, error.message)
    return go(reverse("scorecards:evaluators", args=[scorecard_id]))


@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID, leaf: str) -> HttpResponse:
    """One criterion of one vendor: what everybody said, every agreement, and a new one."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    require_sight(reader_of(scorecard, actor))
    if request.method == "POST":
        signed_in(request, Permission.INVITE_EVALUATORS)
    candidate = find_candidate(scorecard, candidate_id)
    judged = {found.code: found for found in judged_leaves(criteria_of(scorecard.framework))}
    if leaf not in judged:
        raise NotFound("There is no such criterion that people rate.")
    take_back = request.POST.get("take_back") == "1"
    form = ConsensusForm(
        judged[leaf], request.POST if request.method == "POST" else None, take_back=take_back
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            level = None if take_back else int(form.cleaned_data["level"])
            try:
                record_consensus(
                    scorecard=scorecard, candidate=candidate, leaf=leaf, level=level, by=actor, now=timezone.now(),
                    reason=form.cleaned_data["reason"],
                )  # fmt: skip
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(request, _done(take_back, str(candidate)))
                return go(reverse("scorecards:evaluators", args=[scorecard_id]))
    context = _cell_context(scorecard, candidate, judged[leaf], actor) | {"form": form}
    return page(request, "scorecards/evaluators/cell.html", context, status=status)


def _done(take_back: bool, name: str) -> str:  # noqa: FBT001 - which of two sentences
    if take_back:
        return f"The agreement about {name} is taken back: the ratings count again."
    return (
        f"Agreed. The ranking is being recomputed with it; everybody's own rating of {name} stays on record."
    )


def _cell_context(scorecard: Scorecard, candidate: Any, leaf: Any, actor: Actor) -> dict[str, Any]:
    agreed = list(consensus_list(scorecard).filter(candidate=candidate, leaf=leaf.code))
    ratings = [
        row
        for row in submitted_ratings(scorecard)
        if (row.candidate_id, row.leaf) == (candidate.pk, leaf.code)
    ]
    found = opinions(scorecard, ratings, agreed)
    return {
        "scorecard": scorecard, "candidate": candidate, "leaf": leaf, "agreed": agreed,
        "cell": found.cells[0] if found.cells else None, "may_agree": allows(actor, Permission.INVITE_EVALUATORS),
        "standing": bool(agreed and agreed[0].level is not None),
    }  # fmt: skip
