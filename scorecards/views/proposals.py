"""Proposals of a programme: side by side on one scope, entered, revised and withdrawn."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.forms.proposals import MORE_LINES, MOST_LINES, SPARE_LINES, ProposalForm, WithdrawForm
from scorecards.models import Candidate, Proposal
from scorecards.selectors.money import money_text
from scorecards.selectors.pages import find_program
from scorecards.selectors.proposal_answer import proposal_answer
from scorecards.selectors.proposal_comparison import compare_proposals
from scorecards.selectors.proposal_terms import term_rows
from scorecards.selectors.proposals import (
    COUNTS,
    candidates_to_choose,
    find_proposal,
    is_expired,
    proposal_programs,
    state_of,
    versions_of,
)
from scorecards.services.proposals import record_proposal, revise_proposal, withdraw_proposal
from scorecards.views.edge import go, page, say, signed_in, whole_number
from vendors.models import StoredFile
from vendors.services import store_file
from vendors.vocabulary import Confidentiality

COLUMNS = 6
"""Offers side by side on one page."""


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Programmes with how many candidates have an offer that counts."""
    actor = signed_in(request, Permission.VIEW_COMMERCIAL)
    return page(
        request, "scorecards/proposals/overview.html",
        {"rows": proposal_programs(actor.organization), "may_edit": allows(actor, Permission.EDIT_COMMERCIAL)},
    )  # fmt: skip


@require_safe
def comparison(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """Every offer that counts today on one scope, in the programme's currency."""
    actor = signed_in(request, Permission.VIEW_COMMERCIAL)
    program = find_program(actor.organization, program_id)
    found = compare_proposals(program, as_of=timezone.now().date())
    columns = Paginator(found.offers, COLUMNS).get_page(whole_number(request.GET.get("page")))
    shown = replace(found, offers=tuple(columns))
    context = {
        "program": program, "found": shown, "columns": columns, "rows": list(shown.rows()),
        "terms": term_rows([offer.proposal for offer in shown.offers]),
        "differences": request.GET.get("differences") == "1", "answer": proposal_answer(found.offers),
        "may_edit": allows(actor, Permission.EDIT_COMMERCIAL),
        "budget": "" if program.budget_amount is None else money_text(program.budget_amount, program.budget_currency),
    }  # fmt: skip
    return page(request, "scorecards/proposals/comparison.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """Enter an offer: first whose it is, then what it says."""
    actor, now = signed_in(request, Permission.EDIT_COMMERCIAL), timezone.now()
    program = find_program(actor.organization, program_id)
    asked = request.GET.get("candidate", "")
    rows = candidates_to_choose(program, asked or None, request.GET.get("q", ""))
    candidate = rows[0] if asked and rows else None
    if candidate is None:
        context = {"program": program, "candidates": rows, "q": request.GET.get("q", "")}
        return page(request, "scorecards/proposals/choose.html", context)
    initial = ProposalForm.initial_of_new(program.scope_items, program.budget_currency, now.date())
    record = partial(record_proposal, candidate=candidate)
    return _entered(request, actor, candidate, initial, record, kept=f"The proposal of {candidate}")


@require_safe
def one(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """One version with all it says, and the other versions."""
    return _show(request, proposal_id, WithdrawForm())


def _show(request: HttpRequest, proposal_id: UUID, form: WithdrawForm, status: int = 200) -> HttpResponse:
    actor, today = signed_in(request, Permission.VIEW_COMMERCIAL), timezone.now().date()
    proposal = find_proposal(actor.organization, proposal_id)
    versions = versions_of(proposal)
    state = state_of(proposal)
    context: dict[str, Any] = {
        "proposal": proposal, "candidate": proposal.candidate, "program": proposal.candidate.program, "state": state,
        "expired": is_expired(proposal, today), "versions": [(row, state_of(row)) for row in versions],
        "terms": term_rows([proposal]), "superseded": proposal.superseded,  # type: ignore[attr-defined]  # annotated by the list
        "may_edit": allows(actor, Permission.EDIT_COMMERCIAL), "form": form, "counts": state == COUNTS,
    }  # fmt: skip
    return page(request, "scorecards/proposals/one.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Enter the next version, starting from this one."""
    actor = signed_in(request, Permission.EDIT_COMMERCIAL)
    proposal = find_proposal(actor.organization, proposal_id)
    candidate = proposal.candidate
    initial = ProposalForm.initial_of(proposal, list(proposal.lines.all()), candidate.program.scope_items)
    record = partial(revise_proposal, proposal=proposal)
    return _entered(request, actor, candidate, initial, record, kept="The new version", before=proposal)


def _entered(
    request: HttpRequest, actor: Actor, candidate: Candidate, initial: dict[str, Any], record: Callable[..., Proposal],
    *, kept: str, before: Proposal | None = None,
) -> HttpResponse:  # fmt: skip
    """The form of an offer, or what was sent with it, kept by `record` together with its file."""
    form, status = _form(request, initial), 200
    if _is_sent(request):
        status = 400
        if form.is_valid():
            try:
                with transaction.atomic():
                    offer = _signed_offer(request, actor, candidate)
                    found = record(by=actor, now=timezone.now(), signed_offer=offer, **form.entered())
            except DomainError as error:
                status = say(form, error, names=form.field_names())
            else:
                messages.success(request, f"{kept} is kept. Its scorecards are being recomputed.")
                return go(reverse("proposals:one", args=[found.public_id]))
    context = {"program": candidate.program, "candidate": candidate, "form": form, "proposal": before}
    return page(request, "scorecards/proposals/form.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Let a version, or the whole offer, count no longer."""
    actor, now = signed_in(request, Permission.EDIT_COMMERCIAL), timezone.now()
    proposal = find_proposal(actor.organization, proposal_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _show(request, proposal_id, form, 400)
    try:
        done = withdraw_proposal(proposal=proposal, by=actor, now=now, **form.cleaned_data)
    except DomainError as error:
        return _show(request, proposal_id, form, say(form, error))
    messages.success(request, f"{len(done)} version{'s' if len(done) > 1 else ''} withdrawn.")
    return go(reverse("proposals:one", args=[proposal.public_id]))


def _is_sent(request: HttpRequest) -> bool:
    """Whether the form was sent to be kept, not to get more rows."""
    return request.method == "POST" and not request.POST.get("more")


def _form(request: HttpRequest, initial: dict[str, Any]) -> ProposalForm:
    """Blank, as it was sent, or what was sent so far with more rows."""
    if request.method != "POST":
        return ProposalForm(initial["lines"] + SPARE_LINES, initial=initial)
    lines = ProposalForm.sent_lines(request.POST)
    if _is_sent(request):
        return ProposalForm(lines, request.POST, request.FILES)
    entered: dict[str, Any] = {name: request.POST.get(name) for name in request.POST}
    entered["stand_alone_stages"] = request.POST.getlist("stand_alone_stages")
    return ProposalForm(min(lines + MORE_LINES, MOST_LINES), initial=entered)


def _signed_offer(request: HttpRequest, actor: Actor, candidate: Candidate) -> StoredFile | None:
    """Keep the file sent with a form, if any."""
    sent = request.FILES.get("upload")
    if sent is None:
        return None
    return store_file(
        organization=actor.organization,
        content=sent.file,  # type: ignore[arg-type]  # an uploaded file is read like any other
        name=sent.name or "",
        confidentiality=Confidentiality.COMMERCIAL,
        vendor=candidate.vendor,
        by=actor,
        now=timezone.now(),
    )
