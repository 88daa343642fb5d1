"""The first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdmo_eval.core.notices import NoticeKind
from cdmo_eval.core.notifications import last_look, notifications_of
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.notifications import notification_line
from scorecards.models import Scorecard
from scorecards.selectors import dashboard as reads
from scorecards.selectors.simulations import FirstPlace, first_places
from scorecards.selectors.waiting import waiting_for
from scorecards.views.edge import page, signed_in

NEWS_SHOWN = 12
EVENTS_SHOWN = 8
MOVES_SHOWN = 4
CONTRADICTIONS_SHOWN = 5
NEWS_STATES = {
    NoticeKind.RANKS: "plain",
    NoticeKind.MUST_HAVES: "bad",
    NoticeKind.REGULATORY: "bad",
    NoticeKind.EVIDENCE: "warn",
    NoticeKind.EXPIRY: "warn",
    NoticeKind.EVALUATIONS: "warn",
    NoticeKind.QUESTIONNAIRES: "warn",
    NoticeKind.INTEGRATIONS: "warn",
}
"""How a kind is marked in the timeline; what is merely done is good."""


@dataclass(frozen=True)
class Moved:
    """The vendors that changed places in one calculation of a scorecard."""

    at: datetime
    scorecard: Scorecard
    moves: tuple[reads.RankMove, ...]
    more: int


@dataclass(frozen=True)
class NewsDay:
    """What happened on one day, newest first."""

    on: date
    lines: tuple[dict[str, Any], ...]


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """What needs somebody, how the scorecards stand, what changed lately; for a newcomer the way to a first ranking."""
    actor, now = signed_in(request), timezone.now()
    organization, today = actor.organization, now.date()
    steps = reads.first_steps(organization)
    context: dict[str, Any] = {
        "steps": steps,
        "now_at": steps.taken.index(False) + 1 if False in steps.taken else 0,
        "may_score": allows(actor, Permission.EDIT_SCORECARDS),
        "may_program": allows(actor, Permission.EDIT_PROGRAMS),
        "may_add": allows(actor, Permission.EDIT_VENDORS),
        "may_import": allows(actor, Permission.IMPORT),
        "may_answer": allows(actor, Permission.EDIT_EVIDENCE),
        "may_invite": allows(actor, Permission.MANAGE_MEMBERS),
    }
    if steps.done:
        context |= _standing(actor, now=now) | _lately(actor, now=now)
    return page(request, "scorecards/dashboard.html", context | {"today": today})


def _standing(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """What needs somebody, and how the scorecards stand."""
    organization, today = actor.organization, now.date()
    commercial = allows(actor, Permission.VIEW_COMMERCIAL)
    lines = reads.scorecard_lines(organization, now=now)
    contradictions = reads.open_contradictions(organization, as_of=today, commercial=commercial)
    leaders = {line.scorecard.pk: line.leader_id for line in lines if line.leader_id is not None}
    places = first_places(organization, leaders)
    return {
        "lines": lines,
        "rows": [(line, places.get(line.scorecard.pk), _verdict(line, places)) for line in lines],
        "failed": [line for line in lines if line.state == "failed"],
        "unfinished": [line for line in lines if line.state in {"recomputing", "never"}],
        "ages": reads.age_counts(organization, as_of=today, commercial=commercial),
        "contradictions": contradictions[:CONTRADICTIONS_SHOWN],
        "further_contradictions": max(0, len(contradictions) - CONTRADICTIONS_SHOWN),
        "waiting": waiting_for(actor),
    }


def _verdict(line: reads.ScorecardLine, places: dict[int, FirstPlace]) -> str:
    """How firm the leader is, in words: by the simulated cases where they were counted, else by the intervals."""
    place = places.get(line.scorecard.pk)
    return place.verdict if place else line.standing


def _lately(actor: Actor, *, now: datetime) -> dict[str, Any]:
    """What changed: the person's own news since they last looked, ranks that moved, official records."""
    organization, today = actor.organization, now.date()
    looked = last_look(by=actor, now=now)
    news = notifications_of(actor)
    if looked is not None:
        news = news.filter(at__gt=looked)
    shown = [
        notification_line(row) | {"state": NEWS_STATES.get(NoticeKind(row.kind), "good")}
        for row in news[: NEWS_SHOWN + 1]
    ]
    moves = reads.rank_moves(organization)
    return {
        "looked": looked,
        "news": shown[:NEWS_SHOWN],
        "more_news": len(shown) > NEWS_SHOWN,
        "days": [
            NewsDay(on, tuple(group))
            for on, group in groupby(shown[:NEWS_SHOWN], key=lambda line: line["row"].at.date())
        ],
        "moves": moves,
        "moved": _moved(moves),
        "changes": reads.regulatory_changes(organization, as_of=today, limit=EVENTS_SHOWN // 2),
        "events": reads.official_events(organization, as_of=today, limit=EVENTS_SHOWN),
    }


def _moved(moves: Sequence[reads.RankMove]) -> list[Moved]:
    """The moves of each calculation together."""
    found = []
    for _, group in groupby(moves, key=lambda move: (move.scorecard.pk, move.at)):
        together = tuple(group)
        found.append(
            Moved(
                together[0].at,
                together[0].scorecard,
                together[:MOVES_SHOWN],
                max(0, len(together) - MOVES_SHOWN),
            )
        )
    return found
