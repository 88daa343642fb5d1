"""Invitations and ratings for tests; inside an open organization_scope."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from cdmo_eval.core.models import Membership, User
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from scorecards.models import Candidate, Invitation, Scorecard
from scorecards.services.evaluators import Entry, invite_evaluator, save_ratings, submit_ratings
from tests.factories.core import NOW

Levels = Mapping[tuple[Candidate, str], int | None]
"""By candidate and criterion; None abstains."""


def actor_of(scorecard: Scorecard, person: User, role: Role = Role.EVALUATOR) -> Actor:
    """A person at work."""
    return Actor(organization=scorecard.organization, role=role, name=person.name, user=person)


def make_invitation(
    scorecard: Scorecard,
    person: User,
    leaves: Sequence[str],
    candidates: Sequence[Candidate],
    *,
    deadline: date | None = None,
    now: datetime = NOW,
) -> Invitation:
    """Somebody asked to rate, by a manager of the organisation."""
    inviter = Membership.objects.filter(
        organization=scorecard.organization, role=Role.MANAGER
    ).select_related("user")[0]
    return invite_evaluator(
        scorecard=scorecard, evaluator=person, leaves=leaves, candidates=candidates, deadline=deadline,
        by=actor_of(scorecard, inviter.user, Role.MANAGER), now=now,
    )  # fmt: skip


def rate(invitation: Invitation, levels: Levels, *, comment: str = "", now: datetime = NOW) -> int:
    """Keep ratings as a draft of the invited person."""
    entries = [
        Entry(candidate=candidate, leaf=leaf, level=level, abstained=level is None, comment=comment)
        for (candidate, leaf), level in levels.items()
    ]
    by = actor_of(invitation.scorecard, invitation.evaluator)
    return save_ratings(invitation=invitation, entries=entries, by=by, now=now)


def submit(invitation: Invitation, *, now: datetime = NOW) -> Invitation:
    """Hand in."""
    by = actor_of(invitation.scorecard, invitation.evaluator)
    return submit_ratings(invitation=invitation, by=by, now=now)


def judge(
    scorecard: Scorecard, person: User, levels: Levels, *, comment: str = "", now: datetime = NOW
) -> Invitation:
    """Invite, rate everything given, and submit."""
    candidates = list(dict.fromkeys(candidate for candidate, _ in levels))
    leaves = list(dict.fromkeys(leaf for _, leaf in levels))
    invitation = make_invitation(scorecard, person, leaves, candidates, now=now)
    rate(invitation, levels, comment=comment, now=now)
    return submit(invitation, now=now)
