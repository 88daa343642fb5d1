"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdmo_eval.core.notifications import last_look, notifications_of
from cdmo_eval.core.policies import Permission, allows
from cdmo_eval.http.pages.notifications import notification_line
from scorecards.selectors import dashboard as reads
from scorecards.views.edge import page, signed_in

NEWS_SHOWN = 12


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """What needs somebody, how the scorecards stand, what changed lately; for a newcomer the way to a first ranking."""
    actor, now = signed_in(request), timezone.now()
    organization, today = actor.organization, now.date()
    commercial = allows(actor, Permission.VIEW_COMMERCIAL)
    lines = reads.scorecard_lines(organization, now=now)
    contradictions = reads.open_contradictions(organization, as_of=today, commercial=commercial)
    looked = last_look(by=actor, now=now)
    news = notifications_of(actor)
    if looked is not None:
        news = news.filter(at__gt=looked)
    context = {
        "looked": looked,
        "news": [notification_line(row) for row in news[:NEWS_SHOWN]],
        "steps": reads.first_steps(organization),
        "lines": lines,
        "failed": [line for line in lines if line.state == "failed"],
        "waiting": [line for line in lines if line.state in {"recomputing", "never"}],
        "ages": reads.age_counts(organization, as_of=today, commercial=commercial),
        "contradictions": contradictions[:5],
        "further_contradictions": max(0, len(contradictions) - 5),
        "moves": reads.rank_moves(organization),
        "changes": reads.regulatory_changes(organization, as_of=today),
        "events": reads.official_events(organization, as_of=today),
        "today": today,
        "may_score": allows(actor, Permission.EDIT_SCORECARDS),
        "may_program": allows(actor, Permission.EDIT_PROGRAMS),
        "may_add": allows(actor, Permission.EDIT_VENDORS),
    }
    return page(request, "scorecards/dashboard.html", context)
