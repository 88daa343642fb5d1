"""Score against price on a scorecard."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.policies import Permission
from scorecards.price_chart import price_chart
from scorecards.selectors.pages import find_scorecard
from scorecards.selectors.price_front import price_front
from scorecards.views.edge import page, signed_in, whole_number
from scorecards.views.preregistration import hidden_page

A_PAGE = 50


@require_safe
def price(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Which ranked vendors are neither dearer nor worse than another."""
    actor = signed_in(request, Permission.VIEW_COMMERCIAL)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    if scorecard.scores_hidden:
        return hidden_page(request, scorecard, actor)
    try:
        found = price_front(scorecard, actor=actor, now=timezone.now())
    except Conflict as refused:
        return page(
            request, "scorecards/price_front.html", {"scorecard": scorecard, "refused": refused.message}
        )
    rows = Paginator([*found.front, *(one for one in found.candidates if not one.on_front)], A_PAGE)
    context = {
        "scorecard": scorecard, "found": found, "chart": price_chart(found.priced, found.front, found.currency),
        "rows": rows.get_page(whole_number(request.GET.get("page"))),
    }  # fmt: skip
    return page(request, "scorecards/price_front.html", context)
