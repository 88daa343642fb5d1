"""Vendors ticked in the directory: kept in the session while one turns pages and filters, then taken somewhere.

The page's script keeps each tick as it is made; without it "Keep the choice" does, and every act keeps it first.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import is_fragment, page
from vendors.views.frame import url_or_none

KEY = "chosen_vendors"
MOST_CHOSEN = 80
"""As many as the address of the next page can name."""
TARGETS: dict[str, tuple[str, str, Permission, dict[str, str]]] = {
    "scorecard": ("Add to a scorecard", "scorecards:for_vendors", Permission.EDIT_SCORECARDS, {"act": "add"}),
    "shortlist": ("Put on a shortlist", "scorecards:for_vendors", Permission.EDIT_SHORTLISTS, {"act": "shortlist"}),
    "export": ("Export", "exports:new", Permission.EXPORT, {"kind": "profile"}),
    "compare": ("Compare", "scorecards:for_vendors", Permission.VIEW, {"act": "compare"}),
}  # fmt: skip
"""Where chosen vendors can be taken: the words, the page, who may, and what else its address says."""


def chosen_vendors(request: HttpRequest, actor: Actor) -> list[str]:
    """The public ids of the vendors that are ticked, in the order of ticking."""
    kept = request.session.get(KEY, {})
    return list(kept.get(str(actor.organization.pk), ())) if isinstance(kept, dict) else []


def targets_for(actor: Actor) -> list[tuple[str, str]]:
    """What this member can do with chosen vendors: code and words."""
    return [
        (code, label)
        for code, (label, name, permission, _) in TARGETS.items()
        if allows(actor, permission) and url_or_none(name)
    ]


@page(methods=("POST",))
def choose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep what is ticked on the page that was `shown`, then go where the button says, or back."""
    shown, ticked = set(_ids(request.POST.get("shown", "").split())), _ids(request.POST.getlist("v"))
    then = request.POST.get("then", "")
    before = [one for one in chosen_vendors(request, actor) if one not in shown or one in ticked]
    chosen = [] if then == "none" else list(dict.fromkeys([*before, *ticked]))
    left_out = len(chosen) - MOST_CHOSEN
    chosen = chosen[:MOST_CHOSEN]
    _keep(request, actor, chosen)
    if is_fragment(request):
        return HttpResponse(status=204 if left_out <= 0 else 409)
    if left_out > 0:
        messages.warning(
            request, f"At most {MOST_CHOSEN} vendors are chosen at once: {left_out} were left out."
        )
    back = _back(request)
    if then not in dict(targets_for(actor)):
        return HttpResponseRedirect(back)
    if not chosen:
        messages.info(request, "Tick vendors first.")
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(_address(then, chosen))


def _address(then: str, chosen: Sequence[str]) -> str:
    _, name, _, more = TARGETS[then]
    named = [("vendors", ",".join(chosen))] if then == "export" else [("v", one) for one in chosen]
    return f"{url_or_none(name)}?{urlencode([*more.items(), *named], safe=',')}"


def _keep(request: HttpRequest, actor: Actor, chosen: list[str]) -> None:
    kept: Any = request.session.get(KEY, {})
    others = (
        {key: ids for key, ids in kept.items() if key != str(actor.organization.pk)}
        if isinstance(kept, dict)
        else {}
    )
    now = others | ({str(actor.organization.pk): chosen} if chosen else {})
    if now != kept:
        request.session[KEY] = now


def _ids(given: Iterable[str]) -> list[str]:
    """Public ids as they are written, without what is none."""
    found = []
    for text in given:
        try:
            found.append(str(UUID(text)))
        except ValueError:
            continue
    return found


def _back(request: HttpRequest) -> str:
    """The directory as it was shown, without "the chosen ones only" once nothing is chosen."""
    back = request.POST.get("back", "")
    directory = reverse("vendors:directory")
    if not back.startswith("?") or not url_has_allowed_host_and_scheme(
        f"{directory}{back}", allowed_hosts=None
    ):
        return directory
    query = QueryDict(back[1:], mutable=True)
    if request.POST.get("then") == "none":
        query.pop("chosen", None)
    return f"{directory}?{query.urlencode()}" if query else directory
