"""Three people's ratings on one scorecard, with a difference, an agreement, and ratings still to be given on another."""

from collections.abc import Mapping
from datetime import timedelta

from cdmo_eval.core.roles import Role
from scorecards.demo.dealings import Desk
from scorecards.models import Candidate, Invitation, Scorecard
from scorecards.services.evaluators import (
    Entry,
    invite_evaluator,
    record_consensus,
    save_ratings,
    submit_ratings,
)

RATED, TO_RATE = "MT-204 launch shortlist", "MT-110 CAR-T screen"
LEAVES = ("MOD4", "SVC3", "QUA1")
RATERS = (Role.MANAGER, Role.QUALITY, Role.EVALUATOR)
VENDORS = ("Ostravane Biologics", "Caldermoor Proteins", "Allenborough Integrated Pharma")
# Levels by vendor and criterion, one for each rater; None abstains.
SAID: Mapping[str, Mapping[str, tuple[int | None, ...]]] = {
    "Ostravane Biologics": {"MOD4": (4, 4, 4), "SVC3": (2, 5, 3), "QUA1": (4, 4, None)},
    "Caldermoor Proteins": {"MOD4": (4, 1, 3), "SVC3": (2, 2, 3), "QUA1": (3, 4, 4)},
    "Allenborough Integrated Pharma": {"MOD4": (3, 3, 3), "SVC3": (4, 4, 5), "QUA1": (3, 3, 2)},
}
COMMENTS = {
    ("Caldermoor Proteins", "MOD4", Role.QUALITY): "I saw no document that shows the platform used in a second programme.",
    ("Caldermoor Proteins", "MOD4", Role.MANAGER): "Their presentation names three programmes on one platform.",
    ("Ostravane Biologics", "SVC3", Role.QUALITY): "One governance for both, as the audit of last spring describes it.",
    ("Ostravane Biologics", "SVC3", Role.MANAGER): "Two contracts, and two project managers who met at our call.",
    ("Ostravane Biologics", "QUA1", Role.EVALUATOR): "I have not read the quality agreement.",
}  # fmt: skip
AGREED = "They sent the two batch records afterwards: two programmes on one platform, not three."


def write_opinions(desk: Desk) -> None:
    """Rate, submit, agree; and leave the evaluator something to do."""
    scorecard = _scorecard(desk, RATED)
    candidates = _candidates(scorecard, VENDORS)
    invited = [_invite(desk, scorecard, role, candidates) for role in RATERS]
    for place, (role, invitation) in enumerate(zip(RATERS, invited, strict=True)):
        by = desk.actors[role]
        entries = [
            Entry(candidates[vendor], leaf, levels[place], levels[place] is None, COMMENTS.get((vendor, leaf, role), ""))
            for vendor, said in SAID.items()
            for leaf, levels in said.items()
            if vendor in candidates
        ]  # fmt: skip
        save_ratings(invitation=invitation, entries=entries, by=by, now=desk.now)
        submit_ratings(invitation=invitation, by=by, now=desk.now)
    record_consensus(
        scorecard=scorecard, candidate=candidates["Caldermoor Proteins"], leaf="MOD4", level=3, reason=AGREED,
        by=desk.manager, now=desk.now,
    )  # fmt: skip
    _leave_open(desk)


def _leave_open(desk: Desk) -> None:
    """The evaluator is asked about two vendors more, and has begun with the first."""
    scorecard = _scorecard(desk, TO_RATE)
    standing = Candidate.objects.for_organization(desk.organization).on_scorecard(scorecard)
    rows = list(standing.select_related("vendor").order_by("vendor__name", "id")[:2])
    invitation = _invite(desk, scorecard, Role.EVALUATOR, {str(row): row for row in rows})
    begun = [Entry(rows[0], LEAVES[0], 3, comment="By what they showed at the site visit.")]
    save_ratings(invitation=invitation, entries=begun, by=desk.actors[Role.EVALUATOR], now=desk.now)


def _invite(desk: Desk, scorecard: Scorecard, role: Role, candidates: Mapping[str, Candidate]) -> Invitation:
    person = desk.actors[role].user
    if person is None:
        raise RuntimeError("the demo's people sign in")
    return invite_evaluator(
        scorecard=scorecard, evaluator=person, leaves=LEAVES, candidates=list(candidates.values()),
        deadline=desk.today + timedelta(days=10), message="Please rate by what you have seen yourself.", by=desk.manager, now=desk.now,
    )  # fmt: skip


def _scorecard(desk: Desk, name: str) -> Scorecard:
    rows = Scorecard.objects.for_organization(desk.organization).select_related("organization", "framework")
    found: Scorecard = rows.get(name=name)
    return found


def _candidates(scorecard: Scorecard, names: tuple[str, ...]) -> dict[str, Candidate]:
    rows = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    rows = rows.filter(vendor__name__in=names).select_related("vendor").order_by("vendor__name", "id")
    found: dict[str, Candidate] = {}
    for row in rows:
        found.setdefault(row.vendor.name, row)
    return found
