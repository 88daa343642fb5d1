"""The Quick 12: one page of plain questions a vendor."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Permission, allows
from scorecards.forms.quick12 import Quick12Form, initial_answers
from scorecards.models import Candidate, Scorecard
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.pages import find_candidate, find_scorecard, standing_among, standing_order
from scorecards.selectors.questions import KnownAnswers, answered_shares, known_of
from scorecards.services.quick12 import record_quick12
from scorecards.views.edge import go, page, say, signed_in, whole_number

PER_PAGE = 50
BESIDE = 12
"""Vendors listed beside the questions, before and after the one asked about."""
NAMES = {
    "name": "site_name", "scale_min": "site_name", "value.number": "amount", "value.currency": "currency",
    "programs_by_phase": "programs-PH1",
}  # fmt: skip


@require_safe
def overview(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Which vendors have been asked, and how much is answered."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    everybody = standing_order(scorecard)
    shares = answered_shares(scorecard)
    words = request.GET.get("q", "").strip()
    # who is known least is asked first; who has no figure yet stands before all
    found = [pk for pk, name in everybody if words.casefold() in name.casefold()]
    found.sort(key=lambda pk: shares.get(pk, -1))
    shown = Paginator(found, PER_PAGE).get_page(whole_number(request.GET.get("page")))
    rows = standing_among(scorecard, [*shown.object_list, *found[:1]])
    context = {
        "scorecard": scorecard, "page_of": shown, "q": words,
        "rows": [(each, shares.get(each.pk)) for each in rows[: len(shown.object_list)]],
        "first": rows[-1] if rows else None, "total": len(everybody),
        "may_answer": allows(actor, Permission.EDIT_VENDORS) and allows(actor, Permission.EDIT_EVIDENCE),
    }  # fmt: skip
    return page(request, "scorecards/quick12/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Ask about one vendor, save, and go on to the next."""
    actor, now = signed_in(request, Permission.EDIT_EVIDENCE), timezone.now()
    signed_in(request, Permission.EDIT_VENDORS)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    candidate = find_candidate(scorecard, candidate_id)
    known = known_of(
        candidate,
        site_id=request.POST.get("site") or request.GET.get("site") or "",
        commercial=allows(actor, Permission.VIEW_COMMERCIAL),
        as_of=scorecard.as_of or now.date(),
    )
    form = _form(request, scorecard, candidate, known)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                record_quick12(candidate=candidate, answers=form.answers(), by=actor, now=now)
            except DomainError as error:
                status = say(form, error, names=NAMES)
            else:
                messages.success(request, f"Answers about {candidate} saved as the vendor's own statement.")
                if request.POST.get("then") == "ranking":
                    return go(reverse("scorecards:ranking", args=[scorecard.public_id]))
                return go(_next(scorecard, candidate))
    order = [pk for pk, _ in standing_order(scorecard)]
    at = order.index(candidate.pk) if candidate.pk in order else 0
    start = max(0, at - BESIDE)
    around, shares = standing_among(scorecard, order[start : at + BESIDE + 1]), answered_shares(scorecard)
    place = at - start
    context: dict[str, Any] = {
        "rail": [(each, shares.get(each.pk)) for each in around], "beyond": len(order) - len(around),
        "scorecard": scorecard, "candidate": candidate, "form": form, "known": known, "number": at + 1, "total": len(order),
        "following": around[place + 1] if place + 1 < len(around) else None,
        "previous": around[place - 1] if 0 < place <= len(around) else None,
    }  # fmt: skip
    return page(request, "scorecards/quick12/page.html", context, status=status)


def _form(
    request: HttpRequest, scorecard: Scorecard, candidate: Candidate, known: KnownAnswers
) -> Quick12Form:
    criteria = criteria_of(scorecard.framework)
    initial = initial_answers(candidate, known.site, known.capabilities, known.services, known.leaves)
    return Quick12Form(
        candidate, criteria, known.sites, request.POST if request.method == "POST" else None, initial=initial
    )


def _next(scorecard: Scorecard, candidate: Candidate) -> str:
    """The page of the next vendor, or the ranking after the last one."""
    order = [pk for pk, _ in standing_order(scorecard)]
    at = order.index(candidate.pk) if candidate.pk in order else len(order)
    following = standing_among(scorecard, order[at + 1 : at + 2])
    if following:
        return reverse("scorecards:quick12", args=[scorecard.public_id, following[0].public_id])
    return reverse("scorecards:ranking", args=[scorecard.public_id])
