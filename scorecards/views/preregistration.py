"""Weights settled before scores are seen: the page, the lock, and what happened since."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.forms.weights import shown_shares
from scorecards.frameworks.scales import names_of
from scorecards.models import Scorecard
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.pages import find_scorecard
from scorecards.selectors.preregistration import Registration, in_words, registration_of, scores_seen
from scorecards.services.preregistration import hide_scores, lock_weights, show_scores
from scorecards.views.edge import go, page, signed_in, whole_number
from vendors.vocabulary import Policy, Stage

ACTS: dict[str, tuple[Any, str]] = {
    "hide": (hide_scores, "Scores are hidden until the weights are locked."),
    "show": (show_scores, "Scores are shown as soon as they are calculated. Nothing is locked."),
    "lock": (lock_weights, "The weights are locked. Scores are being calculated."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def preregistration(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """What was locked, by whom and when, and every change since; a POST hides, shows or locks."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    if request.method == "POST":
        require(actor, Permission.EDIT_SCORECARDS)
        act = request.POST.get("act", "")
        if act not in ACTS:
            raise Invalid("Say what to do: hide, show or lock.")
        service, words = ACTS[act]
        version = whole_number(request.POST.get("version"), scorecard.version)
        service(scorecard=scorecard, expected_version=version, by=actor, now=timezone.now())
        messages.success(request, words)
        return go(reverse("scorecards:preregistration", args=[scorecard_id]))
    context = registration_context(scorecard, actor)
    context |= {"own_page": True, **_in_words(context["registration"])}
    context["locked_groups"] = _locked_groups(context["registration"])
    context["changes"] = [(change, in_words(change.parts)) for change in context["registration"].changes]
    return page(request, "scorecards/weights/preregistration.html", context)


def registration_context(scorecard: Scorecard, actor: Actor) -> dict[str, Any]:
    """What panel, banner and page say."""
    return {
        "scorecard": scorecard,
        "registration": registration_of(scorecard),
        "may_lock": allows(actor, Permission.EDIT_SCORECARDS),
        "seen": scores_seen(scorecard),
    }


def _in_words(registration: Registration) -> dict[str, str]:
    """Stage and policy of the lock as pages name them."""
    if registration.locked is None:
        return {}
    content = registration.locked.content
    return {"locked_stage": Stage(content["stage"]).label, "locked_policy": Policy(content["policy"]).label}


def _locked_groups(registration: Registration) -> list[tuple[str, str]]:
    """The groups with their locked shares; a criteria set that has changed since is named by its codes."""
    if registration.locked is None:
        return []
    weights = registration.locked.content["weights"]
    names = names_of(criteria_of(registration.scorecard.framework))
    tree = {code: place for place, code in enumerate(names)}
    points, groups = weights["points"], [code for code in weights["points"] if code not in weights["ppb"]]
    groups.sort(key=lambda code: (tree.get(code, len(tree)), code))
    return [(names.get(code, code), share) for code, share in shown_shares(points, groups).items()]


def hidden_page(
    request: HttpRequest, scorecard: Scorecard, actor: Actor, *, status: int = 200
) -> HttpResponse:
    """Instead of scores: why there are none yet, and what to do."""
    return page(
        request, "scorecards/weights/hidden.html", registration_context(scorecard, actor), status=status
    )
