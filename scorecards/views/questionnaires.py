"""Questionnaires: the list, writing a draft, one round with its vendors, and the steps of a round."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.forms.questionnaires import QuestionnaireForm, ScorecardForm
from scorecards.models import Questionnaire, Scorecard
from scorecards.selectors.pages import find_scorecard, is_uuid, standing_candidates
from scorecards.selectors.questionnaire_choices import offered_choices, suggested
from scorecards.selectors.questionnaires import (
    copy_list,
    find_questionnaire,
    progress_by_round,
    progress_of,
    questionnaire_list,
)
from scorecards.selectors.scorecards import scorecard_list
from scorecards.services.questionnaires import (
    change_questionnaire,
    close_questionnaire,
    create_questionnaire,
    discard_questionnaire,
    next_round,
    send_questionnaire,
)
from scorecards.views.edge import go, page, say, signed_in, whole_number
from vendors.facts import FACTS

PER_PAGE = 50
SUGGESTED = 10
"""So many questions are suggested with their reason, and ticked on a new draft."""


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """Every questionnaire, newest first."""
    actor = signed_in(request)
    rows = questionnaire_list(actor.organization).filter(archived_at__isnull=True)
    shown = Paginator(rows, PER_PAGE).get_page(whole_number(request.GET.get("page")))
    progress = progress_by_round(actor.organization, list(shown))
    context = {
        "page": shown, "rows": [(row, *progress[row.pk]) for row in shown], "query": request.GET, "today": timezone.now().date(),
        "may_edit": allows(actor, Permission.EDIT_QUESTIONNAIRES),
    }  # fmt: skip
    return page(request, "scorecards/questionnaires/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a draft: first for which scorecard, then what to ask of whom."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    named = request.GET.get("scorecard", "")
    if not is_uuid(named):
        return _choose(request, actor)
    scorecard = find_scorecard(actor.organization, UUID(named))
    best = suggested(scorecard, most=SUGGESTED)
    form = _form(
        request, scorecard, best, initial={"name": f"{scorecard.name}: questions", "questions": [ask.target for ask in best]}
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                row = create_questionnaire(scorecard=scorecard, by=actor, now=now, **form.draft())
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(request, "The draft is saved. Nothing is sent yet.")
                return go(reverse("questionnaires:one", args=[row.public_id]))
    context = {"scorecard": scorecard, "form": form, "questionnaire": None, "suggested": best}
    return page(request, "scorecards/questionnaires/form.html", context, status=status)


def _choose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """For which scorecard."""
    cards = scorecard_list(actor.organization).prefetch_related(None).filter(archived_at__isnull=True)
    form = ScorecardForm(
        list(cards.order_by("name", "id")), request.POST if request.method == "POST" else None
    )
    if form.is_valid():
        return go(f"{reverse('questionnaires:new')}?scorecard={form.cleaned_data['scorecard']}")
    context = {"form": form}
    return page(
        request, "scorecards/questionnaires/choose.html", context, status=400 if form.is_bound else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, questionnaire_id: UUID) -> HttpResponse:
    """Change a draft."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    row = find_questionnaire(actor.organization, questionnaire_id)
    asked = [str(copy.candidate.public_id) for copy in copy_list(actor.organization, row)]
    initial = {
        "name": row.name, "deadline": row.deadline, "contact": row.contact, "message": row.message, "candidates": asked,
        "questions": [question.target for question in row.questions.all()],
        "wordings": {
            question.target: question.wording for question in row.questions.all()
            if question.wording != FACTS[question.target].question
        },
    }  # fmt: skip
    best = suggested(row.scorecard, most=SUGGESTED)
    form = _form(request, row.scorecard, best, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                change_questionnaire(
                    questionnaire=row, expected_version=whole_number(request.POST.get("version"), 0), by=actor, now=now, **form.draft()
                )  # fmt: skip
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(request, "The draft is saved. Nothing is sent yet.")
                return go(reverse("questionnaires:one", args=[row.public_id]))
    context = {"scorecard": row.scorecard, "form": form, "questionnaire": row, "suggested": best}
    return page(request, "scorecards/questionnaires/form.html", context, status=status)


def _form(
    request: HttpRequest, scorecard: Scorecard, best: Any, *, initial: dict[str, Any]
) -> QuestionnaireForm:
    data = request.POST if request.method == "POST" else None
    return QuestionnaireForm(
        standing_candidates(scorecard), offered_choices(scorecard), best, data, initial=initial
    )


@require_safe
def one(request: HttpRequest, questionnaire_id: UUID) -> HttpResponse:
    """One round: its questions, and how far each vendor is."""
    actor = signed_in(request)
    row = find_questionnaire(actor.organization, questionnaire_id)
    return page(request, "scorecards/questionnaires/one.html", _context(actor, row))


def _context(actor: Actor, row: Questionnaire) -> dict[str, Any]:
    copies = list(copy_list(actor.organization, row))
    progress = progress_of(actor.organization, copies)
    may_edit = allows(actor, Permission.EDIT_QUESTIONNAIRES)
    rows = [(copy, progress[copy.pk]) for copy in copies]
    return {
        "questionnaire": row, "scorecard": row.scorecard, "rows": rows, "questions": list(row.questions.all()), "today": timezone.now().date(),
        "may_edit": may_edit, "may_review": allows(actor, Permission.EDIT_EVIDENCE),
        "to_review": sum(found.to_review for _, found in rows), "open": sum(found.open for _, found in rows),
        "silent": sum(found.open + found.unknown + found.refused + found.rejected for _, found in rows),
    }  # fmt: skip


@require_POST
def send(request: HttpRequest, questionnaire_id: UUID) -> HttpResponse:
    """Send a draft."""
    return _step(
        request, questionnaire_id, send_questionnaire,
        "Sent. Download each vendor's workbook and attach it to your message; answers are expected until the deadline.",
    )  # fmt: skip


@require_POST
def discard(request: HttpRequest, questionnaire_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    return _step(
        request, questionnaire_id, discard_questionnaire, "The draft is thrown away.", then=reverse("questionnaires:list")
    )  # fmt: skip


@require_POST
def close(request: HttpRequest, questionnaire_id: UUID) -> HttpResponse:
    """End a round."""
    return _step(
        request, questionnaire_id, close_questionnaire, "The round is closed. No answer is taken any more."
    )


@require_POST
def follow(request: HttpRequest, questionnaire_id: UUID) -> HttpResponse:
    """Write the draft of a following round."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    row = find_questionnaire(actor.organization, questionnaire_id)
    try:
        made = next_round(questionnaire=row, by=actor, now=now)
    except DomainError as error:
        if error.status != 409:
            raise
        messages.error(request, error.message)
        return go(reverse("questionnaires:one", args=[questionnaire_id]))
    messages.success(
        request, "A draft of the next round asks what was left open. Set its deadline, then send it."
    )
    return go(reverse("questionnaires:edit", args=[made.public_id]))


def _step(
    request: HttpRequest, questionnaire_id: UUID, service: Any, done: str, *, then: str = ""
) -> HttpResponse:
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    row = find_questionnaire(actor.organization, questionnaire_id)
    try:
        service(questionnaire=row, expected_version=None, by=actor, now=now)
    except DomainError as error:
        if error.status not in {400, 409}:
            raise
        messages.error(request, error.message)
        return go(reverse("questionnaires:one", args=[questionnaire_id]))
    messages.success(request, done)
    return go(then or reverse("questionnaires:one", args=[questionnaire_id]))
