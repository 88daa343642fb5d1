"""A round of questions: one vendor answered and was reviewed, one waits for a decision, one is late; and a draft."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cdmo_eval.core.roles import Role
from scorecards.demo.dealings import Desk
from scorecards.demo.opinions import RATED, TO_RATE
from scorecards.demo.spec import FICTIONAL
from scorecards.models import Candidate, QuestionnaireItem, Scorecard
from scorecards.selectors.questionnaire_choices import Ask
from scorecards.selectors.questionnaires import copy_list, item_list
from scorecards.services.questionnaire_answers import Entry, record_answers
from scorecards.services.questionnaire_reviews import Decision, review_answers
from scorecards.services.questionnaires import change_copy, create_questionnaire, send_questionnaire

ASKED = ("SVC3", "SVC6", "QUA6", "RSK2", "site.single_use_pct", "QUA5", "capability.lead_time_weeks")
SENT_DAYS, OPEN_DAYS, LATE_DAYS = 14, 7, 2
SAID: Mapping[str, Mapping[str, tuple[str, dict[str, Any] | None, str]]] = {
    "Caldermoor Proteins": {
        "SVC3": ("value", {"level": 2}, "Two contracts, one steering committee."),
        "SVC6": ("value", {"level": 2}, "Position paper of last year."),
        "QUA6": ("refused", None, "Only under a signed agreement."),
        "RSK2": ("value", {"flags": {"named_pm": 1, "joint_steering": 1}}, ""),
    },
    "Ostravane Biologics": {
        "SVC3": ("value", {"level": 3}, "One master agreement."),
        "SVC6": ("unknown", None, "We ask our regulatory group."),
        "site.single_use_pct": ("value", {"number": 100}, "All trains."),
        "QUA5": ("value", {"level": 4}, "Audit trails are reviewed by risk."),
    },
}
"""By vendor and fact: kind, value, comment."""
LATE = "Allenborough Integrated Pharma"
ACCEPTED = ("SVC3",)
AGAIN = ("SVC6", "Please send the position paper.")


def write_questions(desk: Desk) -> None:
    """Send, answer, review a little; the vendor that is late has a deadline behind it, as its scores show."""
    scorecard = _scorecard(desk, RATED)
    by, sent_at = desk.actors[Role.PROCUREMENT], desk.now - timedelta(days=SENT_DAYS)
    standing = (
        Candidate.objects.for_organization(desk.organization).on_scorecard(scorecard).select_related("vendor")
    )
    rows: dict[str, Candidate] = {}
    for row in standing.filter(vendor__name__in=[*SAID, LATE]).order_by("vendor__name", "id"):
        rows.setdefault(row.vendor.name, row)
    made = create_questionnaire(
        scorecard=scorecard, name=f"Open points before the shortlist ({FICTIONAL})", asks=[Ask(code, why=WHY) for code in ASKED], candidates=list(rows.values()),
        deadline=desk.today + timedelta(days=OPEN_DAYS), contact="Petra Lindholm, procurement@demo.example",
        message="Please answer for the sites that would make MT-204. Name the document in which we can look it up.", by=by, now=sent_at,
    )  # fmt: skip
    send_questionnaire(questionnaire=made, expected_version=None, by=by, now=sent_at)
    copies = {copy.candidate.vendor.name: copy for copy in copy_list(desk.organization, made)}
    change_copy(
        copy=copies[LATE],
        expected_version=None,
        by=by,
        now=sent_at,
        deadline=desk.today - timedelta(days=LATE_DAYS),
    )
    for name, said in SAID.items():
        asked = [item for item in item_list(copies[name]) if item.target in said]
        entries = [Entry(item, *said[item.target]) for item in asked]
        record_answers(copy=copies[name], entries=entries, channel="page", by=by, now=desk.now)
    _review(desk, {item.target: item for item in item_list(copies["Caldermoor Proteins"])})
    create_questionnaire(
        scorecard=_scorecard(desk, TO_RATE), name=f"First questions ({FICTIONAL})", asks=[Ask("SVC3"), Ask("SCL3")], candidates=[], by=by, now=desk.now
    )  # fmt: skip


WHY = "Open for several vendors when the round was written."


def _review(desk: Desk, items: Mapping[str, QuestionnaireItem]) -> None:
    """Quality accepts one answer and asks another again."""
    decisions = [Decision(items[code], 1, "accepted") for code in ACCEPTED]
    decisions.append(Decision(items[AGAIN[0]], 1, "again", AGAIN[1]))
    copy = next(iter(items.values())).copy
    review_answers(copy=copy, decisions=decisions, by=desk.actors[Role.QUALITY], now=desk.now)


def _scorecard(desk: Desk, name: str) -> Scorecard:
    rows = Scorecard.objects.for_organization(desk.organization).select_related(
        "organization", "framework", "program__organization"
    )
    found: Scorecard = rows.get(name=name)
    return found
