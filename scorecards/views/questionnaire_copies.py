"""One vendor's copy of a questionnaire: its workbook, typing in an answer, sending back, and the review."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.exporting.questionnaire_sheet import questionnaire_file
from scorecards.forms.questionnaires import AnswerForm, CopyForm, ReviewForm, WithdrawForm, WorkbookForm
from scorecards.models import QuestionnaireCopy, QuestionnaireItem
from scorecards.selectors.questionnaire_review import answered_items
from scorecards.selectors.questionnaires import (
    find_copy,
    find_item,
    find_questionnaire,
    is_commercial,
    item_list,
    present_answers,
    progress_of,
    sees_answer,
)
from scorecards.services.questionnaire_answers import Channel, State, record_answers
from scorecards.services.questionnaire_reviews import review_answers
from scorecards.services.questionnaire_sheets import record_sheet, sheet_of_copy
from scorecards.services.questionnaires import change_copy, withdraw_copy
from scorecards.views.edge import go, page, say, signed_in


def _find(actor: Actor, questionnaire_id: UUID, copy_id: UUID) -> QuestionnaireCopy:
    return find_copy(find_questionnaire(actor.organization, questionnaire_id), copy_id)


def _address(name: str, copy: QuestionnaireCopy, *more: Any) -> str:
    return reverse(f"questionnaires:{name}", args=[copy.questionnaire.public_id, copy.public_id, *more])


@require_safe
def one(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID) -> HttpResponse:
    """How far a vendor is: every question with its answer, the workbook, and what may be done."""
    actor = signed_in(request)
    return _show(request, actor, _find(actor, questionnaire_id, copy_id))


def _show(
    request: HttpRequest, actor: Actor, copy: QuestionnaireCopy, *, form: WorkbookForm | None = None,
    copy_form: CopyForm | None = None, faults: Any = (), status: int = 200,
) -> HttpResponse:  # fmt: skip
    rows = answered_items(copy, as_of=timezone.now().date(), compare=False)
    initial = {
        "contact_name": copy.contact_name,
        "contact_email": copy.contact_email,
        "deadline": copy.deadline,
    }
    context = {
        "copy": copy, "questionnaire": copy.questionnaire, "scorecard": copy.questionnaire.scorecard, "progress": progress_of(actor.organization, [copy])[copy.pk],
        "rows": [(row, sees_answer(actor, row.item.target)) for row in rows], "today": timezone.now().date(), "faults": faults,
        "form": form or WorkbookForm(), "copy_form": copy_form or CopyForm(initial=initial), "withdraw_form": WithdrawForm(),
        "may_edit": allows(actor, Permission.EDIT_QUESTIONNAIRES), "may_review": allows(actor, Permission.EDIT_EVIDENCE),
    }  # fmt: skip
    return page(request, "scorecards/questionnaires/copy.html", context, status=status)


@require_GET
def download(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID) -> FileResponse:
    """The vendor's workbook, with the answers that stand now."""
    actor = signed_in(request)
    copy = _find(actor, questionnaire_id, copy_id)
    if copy.sent_at is None:
        raise NotFound("This questionnaire was not sent yet.")
    return questionnaire_file(copy, sheet_of_copy(copy, by=actor), now=timezone.now())


@require_POST
def upload(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID) -> HttpResponse:
    """Read a workbook back, all or nothing."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    copy = _find(actor, questionnaire_id, copy_id)
    form = WorkbookForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, actor, copy, form=form, status=400)
    file = form.cleaned_data["file"]
    try:
        changed = record_sheet(
            copy=copy,
            content=file,
            name=file.name,
            by=actor,
            now=now,
            answered_on=form.cleaned_data["answered_on"],
        )
    except DomainError as error:
        if error.status != 400:
            raise
        say(form, error)
        faults = [part for part in error.errors if "!" in part.field]
        return _show(request, actor, copy, form=form, faults=faults, status=400)
    answers = "answer is" if changed == 1 else "answers are"
    messages.success(request, f"{changed} {answers} new. They count once they are accepted.")
    return go(_address("copy", copy))


@require_POST
def change(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID) -> HttpResponse:
    """Set the contact, or another deadline."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    copy = _find(actor, questionnaire_id, copy_id)
    form = CopyForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, copy, copy_form=form, status=400)
    try:
        change_copy(copy=copy, expected_version=None, by=actor, now=now, **form.cleaned_data)
    except DomainError as error:
        return _show(request, actor, copy, status=say(form, error), copy_form=form)
    messages.success(request, "Saved.")
    return go(_address("copy", copy))


@require_POST
def withdraw(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID) -> HttpResponse:
    """Take a vendor's questionnaire back."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    copy = _find(actor, questionnaire_id, copy_id)
    try:
        withdraw_copy(
            copy=copy, reason=request.POST.get("reason", "")[:500], expected_version=None, by=actor, now=now
        )
    except DomainError as error:
        if error.status not in {400, 409}:
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, f"{copy.candidate} is no longer asked. What it answered stays.")
    return go(_address("copy", copy))


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID, item_id: UUID) -> HttpResponse:
    """Type in one answer, then go to the next open question."""
    actor, now = signed_in(request, Permission.EDIT_QUESTIONNAIRES), timezone.now()
    copy = _find(actor, questionnaire_id, copy_id)
    item = find_item(copy, item_id)
    if is_commercial(item.target):
        require(actor, Permission.VIEW_COMMERCIAL)
    present = present_answers(actor.organization, [item]).get(item.pk)
    form = AnswerForm(item, present, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                record_answers(
                    copy=copy, entries=[form.entry()], channel=Channel.PAGE.value, by=actor, now=now, answered_on=form.cleaned_data["answered_on"]
                )  # fmt: skip
            except DomainError as error:
                status = say(form, error, names=form.places())
            else:
                messages.success(
                    request, f"The answer to question {item.number} is kept. It counts once it is accepted."
                )
                return go(_next(copy, item))
    context = {
        "copy": copy, "questionnaire": copy.questionnaire, "item": item, "form": form, "present": present,
        "total": item_list(copy).count(),
    }  # fmt: skip
    return page(request, "scorecards/questionnaires/answer.html", context, status=status)


def _next(copy: QuestionnaireCopy, item: QuestionnaireItem) -> str:
    """The next open question; the copy itself after the last one."""
    still = item_list(copy).filter(state__in=[State.OPEN, State.AGAIN])
    following = still.filter(number__gt=item.number).first() or still.first()
    return _address("answer", copy, following.public_id) if following else _address("copy", copy)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, questionnaire_id: UUID, copy_id: UUID) -> HttpResponse:
    """Every answer beside what is known now; accept, reject or ask again."""
    actor, now = signed_in(request, Permission.EDIT_EVIDENCE), timezone.now()
    copy = _find(actor, questionnaire_id, copy_id)
    rows = [row for row in answered_items(copy, as_of=now.date()) if sees_answer(actor, row.item.target)]
    form = ReviewForm(rows, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            decisions = form.decisions(accept_rest=request.POST.get("accept") == "rest")
            places = {f"decisions.{at}": f"decision-{one.item.number}" for at, one in enumerate(decisions)}
            places |= {
                f"decisions.{at}.reason": f"reason-{one.item.number}" for at, one in enumerate(decisions)
            }
            try:
                made = review_answers(
                    copy=copy, decisions=decisions, by=actor, now=now, deadline=form.new_deadline()
                )
            except DomainError as error:
                status = say(form, error, names=places)
            else:
                accepted = sum(one.evidence_id is not None for one in made)
                messages.success(
                    request, f"{len(made)} decided about; {accepted} on record as the vendor's own claims."
                )
                return go(_address("copy", copy))
    context = {
        "copy": copy, "questionnaire": copy.questionnaire, "form": form, "today": now.date(),
        "decided": [row for row in rows if row.review is not None and not row.to_review],
    }  # fmt: skip
    return page(request, "scorecards/questionnaires/review.html", context, status=status)
