"""The ranking as it was."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cdmo_eval.core.policies import Actor
from scorecards.models import Scorecard
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.history import past_ranking, past_rows, run_named
from scorecards.selectors.pages import PER_PAGE
from scorecards.selectors.visibility import check_visible
from scorecards.views.edge import page, whole_number
from scorecards.views.must_haves import gate_summary
from vendors.vocabulary import Policy, Stage


def past(request: HttpRequest, actor: Actor, scorecard: Scorecard) -> HttpResponse:
    """The ranking as a past calculation published it: `as_of` is a date, or the number of a calculation."""
    check_visible(scorecard)
    run = run_named(scorecard, request.GET["as_of"], field="as_of")
    shown = Paginator(past_rows(run), PER_PAGE).get_page(whole_number(request.GET.get("page")))
    ranking = past_ranking(scorecard, run, list(shown.object_list), now=timezone.now())
    curtain = Curtain(actor, scorecard, ranking.framework)
    rows = [curtain.row(row) for row in ranking.rows]
    context = {
        "scorecard": scorecard, "run": run, "page": shown, "query": request.GET, "policy": Policy(run.policy), "stage": Stage(run.stage),
        "rows": [({"figures": row, "out": not row.eligible}, gate_summary(row.gates)) for row in rows],
        "groups": [{"code": group.code, "name": group.name} for group in ranking.framework.groups], "as_of": request.GET["as_of"],
    }  # fmt: skip
    return page(request, "scorecards/past.html", context)
