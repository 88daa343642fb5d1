"""Who is invited to rate, how far they are, what they said, and who may read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from cdmo_eval.core.errors import NotFound, PermissionDenied
from cdmo_eval.core.models import Membership, Organization, User
from cdmo_eval.core.policies import ROLE_PERMISSIONS, Actor, Permission, allows
from cdmo_eval.core.roles import Role
from scorecards.fit.judging import is_judged
from scorecards.frameworks import Framework, Leaf
from scorecards.models import Candidate, Consensus, Invitation, InvitedCandidate, Rating, Scorecard
from scorecards.selectors.criteria import criteria_of

RATING_ROLES = tuple(role for role in Role if Permission.RATE in ROLE_PERMISSIONS[role])


@dataclass(frozen=True)
class Reader:
    """What somebody may read of the ratings of one scorecard.

    `own` is the invitation they have there; while it is open they are `blind`: they see no rating but their own,
    whatever their role.
    """

    own: Invitation | None
    sees_others: bool

    @property
    def blind(self) -> bool:
        """Whether they still have to rate without knowing what others say."""
        return self.own is not None and self.own.open


def reader_of(scorecard: Scorecard, actor: Actor) -> Reader:
    """Managers, quality and auditors read what was submitted; evaluators too, once they have submitted themselves."""
    own = None
    if actor.user is not None:
        rows = Invitation.objects.for_organization(scorecard.organization).filter(
            scorecard=scorecard, evaluator=actor.user, withdrawn_at__isnull=True
        )
        own = rows.first()
    return reader_with(own, actor)


def reader_with(own: Invitation | None, actor: Actor) -> Reader:
    """The same where the invitation is known already."""
    if own is not None and own.open:
        return Reader(own, sees_others=False)
    return Reader(own, sees_others=own is not None or allows(actor, Permission.VIEW_RATINGS))


def require_sight(reader: Reader) -> None:
    """Raise PermissionDenied, with a sentence, for somebody who may not read what others said."""
    if reader.blind:
        raise PermissionDenied(
            "You see what others rated once you have submitted your own ratings.", code="blind"
        )
    if not reader.sees_others:
        raise PermissionDenied(
            "What evaluators submitted is read by managers, quality, auditors and those who rated."
        )


def require_open_eyes(reader: Reader) -> None:
    """Raise PermissionDenied for somebody who still has to rate without knowing what others say."""
    if reader.blind:
        require_sight(reader)


# Invitations ----------------------------------------------------------------------------------------------------


def invitation_list(organization: Organization, scorecard: Scorecard | None = None) -> QuerySet[Invitation]:
    """Invitations, newest first, with the people and the candidates that still stand."""
    standing = InvitedCandidate.objects.for_organization(organization).filter(
        candidate__archived_at__isnull=True, candidate__vendor__archived_at__isnull=True
    )
    standing = standing.select_related("candidate__vendor").order_by(
        "candidate__vendor__name", "candidate__label", "id"
    )
    rows: QuerySet[Invitation] = Invitation.objects.for_organization(organization)
    if scorecard is not None:
        rows = rows.filter(scorecard=scorecard)
    return (
        rows.select_related(
            "organization", "scorecard__framework", "scorecard__program", "evaluator", "invited_by"
        )
        .prefetch_related(Prefetch("candidates", standing, to_attr="standing"))
        .order_by("-id")
    )


def own_invitations(actor: Actor) -> QuerySet[Invitation]:
    """What the actor was asked to rate on scorecards that are in use: open ones by deadline, then the others."""
    rows = invitation_list(actor.organization).filter(
        evaluator=actor.user, withdrawn_at__isnull=True, scorecard__archived_at__isnull=True
    )
    return rows.order_by("submitted_at", "deadline", "id")


def find_own(actor: Actor, public_id: UUID) -> Invitation:
    """The actor's own invitation. Raises NotFound for anybody else's, as for one that does not exist."""
    found: Invitation | None = own_invitations(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


def find_invitation(scorecard: Scorecard, public_id: UUID) -> Invitation:
    """An invitation to a scorecard. Raises NotFound."""
    found: Invitation | None = (
        invitation_list(scorecard.organization, scorecard).filter(public_id=public_id).first()
    )
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


def people_who_rate(organization: Organization, *, now: Any) -> list[User]:
    """Members who may rate, by name."""
    living = Membership.objects.filter(
        organization=organization, role__in=[role.value for role in RATING_ROLES]
    )
    living = living.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), user__is_active=True)
    return [member.user for member in living.select_related("user").order_by("user__name", "user_id")]


@dataclass(frozen=True)
class Reminder:
    """An invitation whose deadline is near or past, for whoever reminds people."""

    invitation: Invitation
    days_left: int


def reminders(
    organization: Organization, *, today: date, within: timedelta = timedelta(days=3)
) -> list[Reminder]:
    """Open invitations with a deadline that is past or not further away than `within`, the most urgent first."""
    rows = invitation_list(organization).filter(
        submitted_at__isnull=True, withdrawn_at__isnull=True, scorecard__archived_at__isnull=True,
        deadline__lte=today + within,
    )  # fmt: skip
    return [
        Reminder(row, (row.deadline - today).days) for row in rows.order_by("deadline", "id") if row.deadline
    ]


def judged_leaves(framework: Framework) -> list[Leaf]:
    """The criteria of a set that people can rate, in the order of the tree."""
    return [leaf for leaf in framework.leaves if is_judged(leaf)]


# Ratings --------------------------------------------------------------------------------------------------------


def current_ratings(organization: Organization) -> QuerySet[Rating]:
    """The present revision of every rating."""
    rows: QuerySet[Rating] = Rating.objects.for_organization(organization)
    newer = Rating.objects.for_organization(organization).filter(
        invitation=OuterRef("invitation"), candidate=OuterRef("candidate"), leaf=OuterRef("leaf"), revision__gt=OuterRef("revision")
    )  # fmt: skip
    return rows.filter(~Exists(newer))


GIVEN = Q(level__isnull=False) | Q(abstained=True)


@dataclass(frozen=True)
class Progress:
    """How many of the asked ratings somebody has given."""

    given: int
    asked: int

    @property
    def complete(self) -> bool:
        """Whether nothing is left to rate."""
        return self.given >= self.asked


def progress_of(organization: Organization, invitations: Sequence[Invitation]) -> dict[int, Progress]:
    """By invitation (of `invitation_list`); one query for all of them. Counts only: no level is read."""
    rows = current_ratings(organization).filter(
        GIVEN, invitation__in=invitations, candidate__archived_at__isnull=True, candidate__vendor__archived_at__isnull=True
    )  # fmt: skip
    counts = dict(rows.values("invitation_id").annotate(n=Count("pk")).values_list("invitation_id", "n"))
    return {
        row.pk: Progress(counts.get(row.pk, 0), len(standing_of(row)) * len(row.leaves))
        for row in invitations
    }


def standing_of(invitation: Invitation) -> list[Candidate]:
    """The candidates of an invitation (of `invitation_list`) that still stand."""
    return [row.candidate for row in invitation.standing]  # type: ignore[attr-defined]  # by the prefetch


@dataclass(frozen=True)
class Sheet:
    """Everything one person is asked, and what they have said so far."""

    invitation: Invitation
    candidates: tuple[Candidate, ...]
    leaves: tuple[Leaf, ...]
    said: Mapping[tuple[int, str], Rating]

    def given(self, candidate: Candidate, leaf: Leaf) -> Rating | None:
        """The present rating of a cell, unless it was taken back."""
        return self.said.get((candidate.pk, leaf.code))

    @property
    def missing(self) -> list[tuple[Candidate, Leaf]]:
        """Cells with neither a level nor an abstention."""
        return [
            (c, leaf) for c in self.candidates for leaf in self.leaves if not is_given(self.given(c, leaf))
        ]

    @property
    def progress(self) -> Progress:
        """Of the whole sheet."""
        asked = len(self.candidates) * len(self.leaves)
        return Progress(asked - len(self.missing), asked)

    def progress_of(self, candidate: Candidate) -> Progress:
        """Of one candidate."""
        return Progress(sum(is_given(self.given(candidate, leaf)) for leaf in self.leaves), len(self.leaves))


def is_given(rating: Rating | None) -> bool:
    """Whether a cell has a level or an abstention."""
    return rating is not None and (rating.level is not None or rating.abstained)


def sheet_of(invitation: Invitation) -> Sheet:
    """The sheet of an invitation (of `invitation_list`); one query more."""
    leaves = {leaf.code: leaf for leaf in judged_leaves(criteria_of(invitation.scorecard.framework))}
    rows = current_ratings(invitation.organization).filter(invitation=invitation)
    return Sheet(
        invitation, tuple(standing_of(invitation)), tuple(leaves[code] for code in leaves if code in set(invitation.leaves)),
        {(row.candidate_id, row.leaf): row for row in rows},
    )  # fmt: skip


def readable_ratings(actor: Actor) -> QuerySet[Rating]:
    """The actor's own present ratings, and others' submitted ones on scorecards where they may read them.

    The wall between evaluators: while an own invitation to a scorecard is open, nobody else's rating there is found.
    """
    organization = actor.organization
    own = Q(invitation__evaluator=actor.user) if actor.user else Q(pk__in=[])
    mine = Invitation.objects.for_organization(organization).filter(
        scorecard=OuterRef("invitation__scorecard"), evaluator=actor.user, withdrawn_at__isnull=True
    )
    submitted = Q(invitation__submitted_at__isnull=False, invitation__withdrawn_at__isnull=True)
    seen: Any = submitted & ~Exists(mine.filter(submitted_at__isnull=True))
    if not allows(actor, Permission.VIEW_RATINGS):
        seen &= Exists(mine.filter(submitted_at__isnull=False))
    rows = current_ratings(organization).filter(GIVEN | ~Q(comment="")).filter(own | seen)
    return rows.select_related(
        "invitation__scorecard", "invitation__evaluator", "candidate__vendor"
    ).order_by("-id")


def submitted_ratings(scorecard: Scorecard) -> list[Rating]:
    """What was submitted and not withdrawn, in the order of invitations; for those who may read it."""
    rows = current_ratings(scorecard.organization).filter(
        GIVEN, invitation__scorecard=scorecard, invitation__submitted_at__isnull=False, invitation__withdrawn_at__isnull=True
    )  # fmt: skip
    return list(
        rows.select_related("invitation__evaluator", "candidate__vendor").order_by(
            "invitation_id", "candidate_id", "leaf"
        )
    )


def consensus_list(scorecard: Scorecard) -> QuerySet[Consensus]:
    """Every consensus ever recorded on a scorecard, newest first."""
    rows: QuerySet[Consensus] = Consensus.objects.for_organization(scorecard.organization)
    return rows.filter(scorecard=scorecard).select_related("candidate__vendor", "decided_by").order_by("-id")


def newest_consensus(rows: Iterable[Consensus]) -> dict[tuple[int, str], Consensus]:
    """By candidate and criterion, from rows that come newest first; also those that take an earlier one back."""
    found: dict[tuple[int, str], Consensus] = {}
    for row in rows:
        found.setdefault((row.candidate_id, row.leaf), row)
    return found
