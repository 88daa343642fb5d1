"""Change a candidate: its supply map, its label, what switching to it takes; and let its vendor stand once more."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.pages.sheet import Sheet, Stored, form_sheet
from scorecards.forms.candidate import SPARE_LINES, AnotherOfferForm, CandidateForm, SupplyMapForm
from scorecards.models import Candidate, Scorecard
from scorecards.selectors.candidates import SupplyChoices, supply_choices
from scorecards.selectors.pages import find_candidate, find_scorecard
from scorecards.selectors.scorecards import candidate_list
from scorecards.selectors.supply_maps import SupplyMap, supply_maps
from scorecards.services.candidates import create_candidate, update_candidate
from scorecards.views.edge import go, page, say, signed_in

FORM = ["GET", "HEAD", "POST"]
NAMES = ("label", "incumbent", "switching_cost", "switching_currency", "switching_months")


def _found(
    request: HttpRequest, scorecard_id: UUID, candidate_id: UUID
) -> tuple[Actor, Scorecard, Candidate]:
    """Who asks, the scorecard and its candidate with its supply lines. Raises PermissionDenied and NotFound."""
    actor = signed_in(request, Permission.EDIT_CANDIDATES)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    pk = find_candidate(scorecard, candidate_id).pk
    return actor, scorecard, candidate_list(actor.organization).get(pk=pk)


@require_http_methods(FORM)
def supply_map(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Say which site does which step; emptied, the best-fitting sites are assumed again.

    Rows are moved, taken out and added by buttons that send the form without saving it.
    """
    actor, scorecard, found = _found(request, scorecard_id, candidate_id)
    now = timezone.now()
    present = supply_maps([found], as_of=scorecard.as_of or now.date())[found.pk]
    form = _map_form(request, found, present, supply_choices(found))
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                steps = [] if request.POST.get("assume") else form.supply_map()
                update_candidate(
                    candidate=found, expected_version=form.cleaned_data["version"], by=actor, now=now, supply_map=steps
                )  # fmt: skip
            except DomainError as error:
                status = say(form, _renamed(error))
            else:
                messages.success(request, "Supply map saved. The ranking is being recomputed.")
                return go(reverse("scorecards:candidate", args=[scorecard_id, candidate_id]))
    context = {
        "scorecard": scorecard, "candidate": found, "form": form, "assumed": present.assumed, "stale": status == 412,
        "unsaved": request.method == "POST" and not form.is_bound, "add_last": f"add-{form.lines}",
    }  # fmt: skip
    return page(request, "scorecards/supply_map.html", context, status=status)


def _map_form(
    request: HttpRequest, found: Candidate, present: SupplyMap, choices: SupplyChoices
) -> SupplyMapForm:
    """The present map, the one that was sent, or the one that was sent with a row moved."""
    made_of = (found, choices.sites, choices.partners, choices.capabilities)
    default = len(present.steps) + SPARE_LINES
    if request.method != "POST":
        return SupplyMapForm(*made_of, default, initial=SupplyMapForm.initial_of(found, present))
    lines = SupplyMapForm.sent_lines(request.POST, default)
    if act := request.POST.get("act", ""):
        initial = SupplyMapForm.rearranged(request.POST, lines, act)
        return SupplyMapForm(*made_of, initial["lines"], initial=initial)
    return SupplyMapForm(*made_of, lines, request.POST)


def _renamed(error: DomainError) -> DomainError:
    """The service names a step's partner by its column."""
    error.errors = tuple(
        type(part)(part.field.replace(".partner_vendor", ".partner"), part.code, part.message)
        for part in error.errors
    )
    return error


@require_http_methods(FORM)
def details(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Label, incumbent, and what switching takes."""
    actor, scorecard, found = _found(request, scorecard_id, candidate_id)
    initial = _values(found)
    form = CandidateForm(request.POST if request.method == "POST" else None, initial=initial)

    def save() -> str:
        update_candidate(
            candidate=found, expected_version=form.cleaned_data["version"], by=actor, now=timezone.now(), **form.entered()
        )  # fmt: skip
        return reverse("scorecards:candidate", args=[scorecard_id, candidate_id])

    def stored() -> Stored:
        now = candidate_list(actor.organization).get(pk=found.pk)
        return Stored(now.version, _values(now))

    sheet = _sheet(scorecard, found, f"Details of {found}", "Save the details", "The details were saved.")
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)


@require_http_methods(FORM)
def another(request: HttpRequest, scorecard_id: UUID, candidate_id: UUID) -> HttpResponse:
    """Let the same vendor stand once more, told apart by a label: other sites, another offer."""
    actor, scorecard, found = _found(request, scorecard_id, candidate_id)
    form = AnotherOfferForm(request.POST if request.method == "POST" else None)

    def save() -> str:
        made = create_candidate(
            program=found.program, vendor=found.vendor, by=actor, now=timezone.now(), label=form.cleaned_data["label"]
        )  # fmt: skip
        if scorecard.selection == Scorecard.Selection.ALL:
            return reverse("scorecards:supply_map", args=[scorecard_id, made.public_id])
        messages.info(request, "This scorecard judges chosen vendors: add the new offer under Vendors.")
        return reverse("scorecards:candidate", args=[scorecard_id, candidate_id])

    title = f"Another offer of {found.vendor.name}"
    sheet = _sheet(scorecard, found, title, "Add the offer", f"{found.vendor.name} stands once more.")
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _values(candidate: Candidate) -> dict[str, Any]:
    return {"version": candidate.version} | {name: getattr(candidate, name) for name in NAMES}


def _sheet(scorecard: Scorecard, candidate: Candidate, title: str, act: str, done: str) -> Sheet:
    ranking = reverse("scorecards:ranking", args=[scorecard.public_id])
    back = reverse("scorecards:candidate", args=[scorecard.public_id, candidate.public_id])
    trail = ((scorecard.name, ranking), (candidate.vendor.name, back))
    return Sheet(title=title, act=act, back=back, trail=trail, done=done)
