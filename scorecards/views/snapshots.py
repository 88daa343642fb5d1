"""Frozen calculations of a scorecard: freeze, list, read, check, download."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.api.snapshots import snapshot_file
from scorecards.engine.display import percent_text
from scorecards.forms.snapshots import FreezeForm
from scorecards.models import Scorecard, Snapshot
from scorecards.selectors.freshness import scorecard_freshness
from scorecards.selectors.pages import find_scorecard
from scorecards.selectors.signatures import held_against, signature_list
from scorecards.selectors.snapshots import snapshot_bytes, snapshot_content, snapshot_list
from scorecards.services.snapshots import freeze_calculation
from scorecards.snapshots.verification import verify_stored
from scorecards.views.edge import go, page, say, signed_in

MOST_SHOWN = 500
STATES = {"ranked": "ranked", "gated": "fails a must-have", "insufficient_evidence": "not enough evidence"}


@require_http_methods(["GET", "HEAD", "POST"])
def frozen_list(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """What was frozen of this scorecard, and the button that freezes the published calculation."""
    writing = request.method == "POST"
    actor, now = (
        signed_in(request, Permission.EDIT_SHORTLISTS if writing else Permission.VIEW),
        timezone.now(),
    )
    scorecard = find_scorecard(actor.organization, scorecard_id)
    form = FreezeForm(request.POST if writing else None)
    status = 200
    if writing:
        status = 400
        if form.is_valid():
            try:
                row = freeze_calculation(
                    scorecard=scorecard, reason=form.cleaned_data["reason"], by=actor, now=now
                )
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(request, f"Calculation {row.run.number} is frozen.")
                return go(reverse("scorecards:frozen", args=[scorecard_id, row.public_id]))
    context = {
        "scorecard": scorecard, "rows": list(snapshot_list(actor.organization, scorecard)[:MOST_SHOWN]), "form": form,
        "fresh": scorecard_freshness(scorecard, now=now).fresh, "may_freeze": allows(actor, Permission.EDIT_SHORTLISTS),
    }  # fmt: skip
    return page(request, "scorecards/frozen_list.html", context, status=status)


@require_safe
def frozen(request: HttpRequest, scorecard_id: UUID, snapshot_id: UUID) -> HttpResponse:
    """One frozen calculation as it was published; `?check=1` works every figure out again."""
    actor = signed_in(request)
    scorecard, row = _found(actor, scorecard_id, snapshot_id)
    content = snapshot_content(row)
    check = request.GET.get("check") == "1"
    context = {
        "scorecard": scorecard, "row": row, "content": content, "lines": [_line(one) for one in content["candidates"][:MOST_SHOWN]],
        "more": max(0, len(content["candidates"]) - MOST_SHOWN),
        "check": verify_stored(snapshot_bytes(row), digest=row.digest) if check else None,
        "may_download": allows(actor, Permission.VIEW_COMMERCIAL),
        "signatures": held_against(signature_list(actor.organization, snapshot_id=row.public_id), row.digest),
    }  # fmt: skip
    return page(request, "scorecards/frozen.html", context)


@require_safe
def frozen_file(request: HttpRequest, scorecard_id: UUID, snapshot_id: UUID) -> HttpResponse:
    """The file that can be checked anywhere, later, without this product's database."""
    actor = signed_in(request)
    require(actor, Permission.VIEW_COMMERCIAL)
    return snapshot_file(_found(actor, scorecard_id, snapshot_id)[1])


def _found(actor: Actor, scorecard_id: UUID, snapshot_id: UUID) -> tuple[Scorecard, Snapshot]:
    scorecard = find_scorecard(actor.organization, scorecard_id)
    row = snapshot_list(actor.organization, scorecard).filter(public_id=snapshot_id).first()
    if row is None:
        raise NotFound("There is no such frozen calculation.")
    return scorecard, row


def _line(one: dict[str, Any]) -> dict[str, Any]:
    """A candidate of a frozen calculation with its figures as they are shown everywhere."""
    found = one["figures"]
    known = found["score_exact"] is not None
    return {
        "name": f"{one['vendor']['name']} ({one['label']})" if one["label"] else one["vendor"]["name"],
        "rank": "–" if found["rank"] is None else f"{'=' if found['rank_tied'] else ''}{found['rank']}",
        "state": STATES[found["state"]],
        "ranked": found["state"] == "ranked",
        "score": percent_text(found["score_exact"], found["denominator_exact"]) if known else "Unknown",
        "low": percent_text(found["low_exact"]), "high": percent_text(found["high_exact"]),
        "coverage": percent_text(found["coverage"]), "verified": percent_text(found["verified_coverage"]),
    }  # fmt: skip
