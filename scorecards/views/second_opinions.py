"""Second opinions beside the ranking."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cdmo_eval.core.errors import Conflict
from scorecards.selectors.pages import find_scorecard
from scorecards.selectors.second_opinions import second_opinions
from scorecards.views.edge import page, signed_in

A_PAGE = 50


@require_safe
def opinions(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """What TOPSIS and PROMETHEE II make of the same values and weights; an explanation before the first calculation."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    try:
        found = second_opinions(scorecard)
    except Conflict:
        found = None
    shown = Paginator(found.rows, A_PAGE).get_page(request.GET.get("page")) if found else None
    context = {"scorecard": scorecard, "found": found, "shown": shown}
    return page(request, "scorecards/second_opinions.html", context)
