"""Vendors chosen in the directory: on which scorecard to add, compare or shortlist them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.selectors.comparison import FEWEST, MOST
from scorecards.selectors.for_vendors import ForVendors, living_vendors, scorecards_for
from scorecards.selectors.pages import find_scorecard, is_uuid
from scorecards.services.chosen_vendors import add_vendors
from scorecards.views.edge import go, page, signed_in
from vendors.models import Vendor

MOST_VENDORS = 80
ACTS = {
    "add": ("Add to a scorecard", Permission.EDIT_SCORECARDS),
    "compare": ("Compare on a scorecard", Permission.VIEW),
    "shortlist": ("Shortlist from a scorecard", Permission.EDIT_SHORTLISTS),
}


@require_http_methods(["GET", "HEAD", "POST"])
def for_vendors(request: HttpRequest) -> HttpResponse:
    """`?act=add&v=ID&v=ID`: every scorecard with how many of the vendors stand on it; a POST adds the others."""
    actor = signed_in(request)
    given = request.POST if request.method == "POST" else request.GET
    act = given.get("act", "") if given.get("act", "") in ACTS else "add"
    require(actor, Permission.EDIT_SCORECARDS if request.method == "POST" else ACTS[act][1])
    ids = [UUID(text) for text in given.getlist("v")[:MOST_VENDORS] if is_uuid(text)]
    vendors = living_vendors(actor.organization, ids)
    if request.method == "POST":
        return _add(request, actor, vendors)
    context = {
        "act": act, "title": ACTS[act][0], "vendors": vendors, "fewest": FEWEST, "most": MOST,
        "lines": [_line(one, vendors) for one in scorecards_for(actor.organization, vendors)],
        "may_add": allows(actor, Permission.EDIT_SCORECARDS),
        "others": [
            (label, f"{request.path}?{urlencode([('act', code), *(('v', one.public_id) for one in vendors)])}")
            for code, (label, permission) in ACTS.items()
            if code != act and allows(actor, permission)
        ],
    }  # fmt: skip
    return page(request, "scorecards/for_vendors.html", context)


def _add(request: HttpRequest, actor: Actor, vendors: list[Vendor]) -> HttpResponse:
    scorecard = find_scorecard(actor.organization, UUID(request.POST["scorecard"])) if is_uuid(request.POST.get("scorecard", "")) else None  # fmt: skip
    again = f"{request.path}?{urlencode([('act', 'add'), *(('v', one.public_id) for one in vendors)])}"
    if scorecard is None or not vendors:
        messages.info(request, "Choose vendors and a scorecard.")
        return go(again)
    try:
        added = add_vendors(scorecard=scorecard, vendors=vendors, by=actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return go(again)
    if added:
        said = "1 vendor is" if added == 1 else f"{added} vendors are"
        messages.success(request, f"{said} added to {scorecard.name}. The ranking is being recomputed.")
    else:
        messages.info(request, "They stand on it already.")
    return go(reverse("scorecards:ranking", args=[scorecard.public_id]))


def _line(line: ForVendors, vendors: list[Vendor]) -> dict[str, Any]:
    ids = [str(candidate.public_id) for candidate in line.candidates]
    scorecard = line.scorecard.public_id
    picked = urlencode([("scorecard", scorecard), *(("v", one.public_id) for one in vendors)])
    comparable = FEWEST <= len(ids) <= MOST and not line.scorecard.scores_hidden
    return {
        "line": line,
        "compare_url": f"{reverse('scorecards:compare', args=[scorecard])}?candidates={','.join(ids)}" if comparable else "",
        "shortlist_url": f"{reverse('shortlists:new')}?{picked}" if ids else "",
    }  # fmt: skip
