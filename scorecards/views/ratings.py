"""My ratings: what I am asked to rate, a page a vendor, handing in, and the same as a workbook."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Permission
from scorecards.exporting.rating_sheet import sheet_file
from scorecards.forms.evaluators import RatingForm, SheetForm
from scorecards.models import Candidate
from scorecards.selectors.evaluators import Sheet, find_own, own_invitations, progress_of, sheet_of
from scorecards.services.evaluators import save_ratings, submit_ratings
from scorecards.services.rating_sheets import read_sheet, save_sealed, sealed_changes
from scorecards.views.edge import go, page, say, signed_in


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Everything I am or was asked to rate."""
    actor = signed_in(request, Permission.RATE)
    rows = list(own_invitations(actor))
    progress = progress_of(actor.organization, rows)
    listed = [(row, progress[row.pk]) for row in rows]
    still = [pair for pair in listed if pair[0].open]
    done = [pair for pair in listed if not pair[0].open]
    context = {
        "open": still, "done": done, "lists": (("To rate", still), ("Submitted", done)), "today": timezone.now().date(),
    }  # fmt: skip
    return page(request, "scorecards/ratings/list.html", context)


@require_safe
def sheet(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """One invitation: how far I am with each vendor, and handing in."""
    actor = signed_in(request, Permission.RATE)
    return _show(request, sheet_of(find_own(actor, invitation_id)), SheetForm())


def _show(
    request: HttpRequest, found: Sheet, form: SheetForm, *, status: int = 200, faults: Any = ()
) -> HttpResponse:
    context = {
        "invitation": found.invitation, "scorecard": found.invitation.scorecard, "progress": found.progress,
        "rows": [(candidate, found.progress_of(candidate)) for candidate in found.candidates], "sheet": found,
        "form": form, "faults": faults, "today": timezone.now().date(),
    }  # fmt: skip
    return page(request, "scorecards/ratings/sheet.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, invitation_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Rate one vendor; saving keeps a draft that nobody else sees."""
    actor, now = signed_in(request, Permission.RATE), timezone.now()
    found = sheet_of(find_own(actor, invitation_id))
    at = _place(found, candidate_id)
    candidate = found.candidates[at]
    form = RatingForm(found, candidate, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            entries = form.entries()
            try:
                save_ratings(invitation=found.invitation, entries=entries, by=actor, now=now)
            except DomainError as error:
                names = {f"ratings.{number}": f"level-{entry.leaf}" for number, entry in enumerate(entries)}
                status = say(form, error, names=names)
            else:
                messages.success(request, f"Your ratings of {candidate} are saved as a draft.")
                return go(_next(found, at))
    context = {
        "invitation": found.invitation, "scorecard": found.invitation.scorecard, "candidate": candidate, "form": form,
        "number": at + 1, "total": len(found.candidates), "previous": found.candidates[at - 1] if at else None,
        "following": found.candidates[at + 1] if at + 1 < len(found.candidates) else None, "sheet": found,
        "said": [(leaf, found.given(candidate, leaf)) for leaf in found.leaves],
    }  # fmt: skip
    return page(request, "scorecards/ratings/candidate.html", context, status=status)


def _place(found: Sheet, candidate_id: UUID) -> int:
    for number, candidate in enumerate(found.candidates):
        if candidate.public_id == candidate_id:
            return number
    raise NotFound("You are not asked about this vendor.")


def _next(found: Sheet, at: int) -> str:
    """After saving: the next vendor, after the last one the overview."""
    invitation = found.invitation.public_id
    following: Candidate | None = found.candidates[at + 1] if at + 1 < len(found.candidates) else None
    if following is None:
        return reverse("ratings:sheet", args=[invitation])
    return reverse("ratings:rate", args=[invitation, following.public_id])


@require_POST
def submit(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Hand in, for good."""
    actor, now = signed_in(request, Permission.RATE), timezone.now()
    row = find_own(actor, invitation_id)
    try:
        row = submit_ratings(invitation=row, by=actor, now=now)
    except DomainError as error:
        if error.code != "incomplete":
            raise
        messages.error(request, error.message)
        return go(reverse("ratings:sheet", args=[invitation_id]))
    row.refresh_from_db()
    now_counts = (
        "They count in the ranking now."
        if row.counted_at
        else "They count once everybody invited has submitted."
    )
    messages.success(request, f"Submitted. {now_counts}")
    return go(reverse("scorecards:evaluators", args=[row.scorecard.public_id]))


@require_GET
def download(request: HttpRequest, invitation_id: UUID) -> FileResponse:
    """My ratings as a workbook."""
    actor = signed_in(request, Permission.RATE)
    return sheet_file(sheet_of(find_own(actor, invitation_id)), now=timezone.now())


@require_POST
def upload(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """What a workbook would change, cell by cell; nothing is kept yet."""
    actor = signed_in(request, Permission.RATE)
    row = find_own(actor, invitation_id)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, sheet_of(row), form, status=400)
    try:
        read = read_sheet(invitation=row, content=form.cleaned_data["file"], by=actor)
    except DomainError as error:
        if error.status != 400:
            raise
        form.add_error("file", error.message)
        return _show(request, sheet_of(row), form, status=400, faults=error.errors)
    context = {
        "invitation": row, "scorecard": row.scorecard, "read": read, "unchanged": read.rows - len(read.changes),
        "sealed": sealed_changes(row, read.changes),
    }  # fmt: skip
    return page(request, "scorecards/ratings/preview.html", context)


@require_POST
def keep(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Keep what the preview showed."""
    actor, now = signed_in(request, Permission.RATE), timezone.now()
    row = find_own(actor, invitation_id)
    count = save_sealed(invitation=row, sealed=request.POST.get("sealed", ""), by=actor, now=now)
    messages.success(request, f"{count} of your ratings changed. They are a draft until you submit.")
    return go(reverse("ratings:sheet", args=[invitation_id]))
