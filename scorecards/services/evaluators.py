"""Several evaluators: inviting, rating blind, submitting, withdrawing, and recording what was agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import models, transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.events import EventType, emit, named
from cdmo_eval.core.models import User
from cdmo_eval.core.policies import Actor, Permission
from scorecards.engine.value_functions import Ordinal
from scorecards.frameworks import Leaf
from scorecards.models import Candidate, Consensus, Invitation, InvitedCandidate, Rating, Scorecard
from scorecards.models.evaluation import LONGEST_COMMENT
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.evaluators import (
    consensus_list,
    invitation_list,
    judged_leaves,
    newest_consensus,
    people_who_rate,
    sheet_of,
)
from vendors.services.writing import begin, change, clean, constraints_in_words, insert, living, locked, own

MOST_MISSING_NAMED = 5


@dataclass(frozen=True)
class Entry:
    """What somebody says of one candidate by one criterion. Neither level nor abstention takes it back."""

    candidate: Candidate
    leaf: str
    level: int | None = None
    abstained: bool = False
    comment: str = ""


@transaction.atomic
def invite_evaluator(
    *,
    scorecard: Scorecard,
    evaluator: User,
    leaves: Sequence[str],
    candidates: Sequence[Candidate],
    by: Actor,
    now: datetime,
    deadline: date | None = None,
    message: str = "",
) -> Invitation:
    """Ask a member to rate candidates by judged criteria, blind to the others until they submit.

    Raises Invalid for somebody who may not rate, a criterion without a rubric, a candidate that the scorecard does not
    judge, a deadline in the past, and a person who is invited already.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.INVITE_EVALUATORS)
    inviter = _person(by)
    living(scorecard)
    own(organization, *candidates)
    if evaluator.pk not in {person.pk for person in people_who_rate(organization, now=now)}:
        raise _invalid("evaluator", "not_a_rater", "This person is not a member who may rate.")
    known = {leaf.code for leaf in judged_leaves(criteria_of(scorecard.framework))}
    if odd := [code for code in leaves if code not in known]:
        raise _invalid(
            "leaves", "not_judged", f"{odd[0]} is not a criterion that people rate by a described scale."
        )
    if not leaves:
        raise _invalid("leaves", "required", "Choose at least one criterion.")
    _check_candidates(scorecard, candidates)
    _check_deadline(deadline, now)
    _lock_round(scorecard)
    row = Invitation(
        organization=organization, scorecard=scorecard, evaluator=evaluator, leaves=list(dict.fromkeys(leaves)),
        deadline=deadline, message=message.strip(), invited_by=inviter, updated_at=now,
    )  # fmt: skip
    insert(row)
    InvitedCandidate.objects.bulk_create(
        InvitedCandidate(organization=organization, invitation=row, candidate=candidate)
        for candidate in dict.fromkeys(candidates)
    )
    emit(
        organization_id=organization.pk, type=EventType.EVALUATOR_INVITED, subject_id=row.public_id, subject_type="invitation",
        data={
            "scorecard": named(scorecard), "deadline": deadline.isoformat() if deadline else "",
            "to": [str(evaluator.public_id)],
        },
        now=now,
    )  # fmt: skip
    return row


@transaction.atomic
def change_invitation(
    *, invitation: Invitation, expected_version: int | None, by: Actor, now: datetime, deadline: date | None
) -> Invitation:
    """Set another deadline, or none, while the person still has to rate. Raises Conflict afterwards."""
    begin(invitation.organization, by, Permission.INVITE_EVALUATORS)
    current = locked(invitation, expected_version)
    _require_open(current)
    if deadline != current.deadline:
        _check_deadline(deadline, now)
    change(current, {"deadline": deadline}, now=now)
    return current


@transaction.atomic
def withdraw_invitation(
    *, invitation: Invitation, expected_version: int | None, by: Actor, now: datetime
) -> Invitation:
    """Take an invitation back, submitted or not: its ratings stay on record and no longer count.

    When nobody else is still to submit, what the others submitted begins to count. Raises Conflict when it was taken
    back already.
    """
    begin(invitation.organization, by, Permission.INVITE_EVALUATORS)
    _lock_round(invitation.scorecard)
    current = locked(invitation, expected_version)
    if current.withdrawn_at is not None:
        raise Conflict("This invitation was taken back already.", code="withdrawn")
    change(current, {"withdrawn_at": now}, now=now)
    _count_round(current.scorecard, now=now)
    return current


@transaction.atomic
def save_ratings(*, invitation: Invitation, entries: Sequence[Entry], by: Actor, now: datetime) -> int:
    """Keep what the invited person says, as a draft; returns how many cells differ from what was there.

    Every change is a revision of its own. All or nothing: raises Invalid that names each cell at fault ("ratings.3.level"),
    Conflict after submitting or withdrawal, NotFound for anybody else's invitation.
    """
    current = _own(invitation, by)
    _require_open(current)
    sheet = sheet_of(current)
    asked = {candidate.pk for candidate in sheet.candidates}
    leaves = {leaf.code: leaf for leaf in sheet.leaves}
    errors = [
        error
        for number, entry in enumerate(entries)
        for error in _faults(f"ratings.{number}", entry, asked, leaves)
    ]
    if errors:
        raise Invalid(errors[0].message, errors=errors)
    rows: dict[tuple[int, str], Rating] = {}
    for entry in entries:
        before = sheet.said.get((entry.candidate.pk, entry.leaf))
        row = Rating(
            organization=current.organization, invitation=current, candidate=entry.candidate, leaf=entry.leaf, rated_at=now,
            revision=before.revision + 1 if before else 1, level=entry.level, abstained=entry.abstained, comment=entry.comment.strip(),
        )  # fmt: skip
        if _said(row) != (_said(before) if before else (None, False, "")):
            rows[entry.candidate.pk, entry.leaf] = row
    for row in rows.values():
        clean(row)
    with constraints_in_words():
        Rating.objects.bulk_create(rows.values())
    return len(rows)


@transaction.atomic
def submit_ratings(*, invitation: Invitation, by: Actor, now: datetime) -> Invitation:
    """Hand the ratings in, for good. They count as soon as nobody invited is still to submit.

    Raises Invalid while a cell has neither a level nor an abstention, Conflict when it was submitted or taken back.
    """
    _lock_round(invitation.scorecard)
    current = _own(invitation, by)
    _require_open(current)
    missing = sheet_of(current).missing
    if missing:
        named = "; ".join(f"{candidate}: {leaf.name}" for candidate, leaf in missing[:MOST_MISSING_NAMED])
        more = f" and {len(missing) - MOST_MISSING_NAMED} more" if len(missing) > MOST_MISSING_NAMED else ""
        raise Invalid(
            f"Not rated yet: {named}{more}. Give a level or abstain.", code="incomplete",
            errors=[FieldError("ratings", "incomplete", f"{len(missing)} of the asked ratings are missing.")],
        )  # fmt: skip
    change(current, {"submitted_at": now}, now=now)
    _count_round(current.scorecard, now=now)
    return current


@transaction.atomic
def record_consensus(
    *,
    scorecard: Scorecard,
    candidate: Candidate,
    leaf: str,
    level: int | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> Consensus:
    """Record what was agreed on for one cell, or without a level take the last agreement back. The ratings stay.

    Raises Invalid for a cell that nobody rates or a level beyond its scale, and Conflict while somebody invited to rate
    the cell has not submitted: an agreement shows in the ranking, and would tell them.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.INVITE_EVALUATORS)
    person = _person(by)
    living(scorecard)
    own(organization, candidate)
    _check_candidates(scorecard, [candidate])
    leaves = {found.code: found for found in judged_leaves(criteria_of(scorecard.framework))}
    if leaf not in leaves:
        raise _invalid(
            "leaf", "not_judged", f"{leaf} is not a criterion that people rate by a described scale."
        )
    if level is not None and (fault := _off_scale(leaves[leaf], level)):
        raise _invalid("level", "off_scale", fault)
    _lock_round(scorecard)
    waiting = _open(scorecard).filter(leaves__contains=[leaf], candidates__candidate=candidate)
    if names := sorted({row.evaluator.name for row in waiting}):
        raise Conflict(f"{', '.join(names)} has not submitted a rating of this yet.", code="not_submitted")
    if level is None:
        last = newest_consensus(consensus_list(scorecard).filter(candidate=candidate, leaf=leaf)).get(
            (candidate.pk, leaf)
        )
        if last is None or last.level is None:
            raise Conflict("There is no agreement to take back.", code="no_consensus")
    row = Consensus(
        organization=organization, scorecard=scorecard, candidate=candidate, leaf=leaf, level=level, reason=reason.strip(),
        decided_by=person, decided_at=now,
    )  # fmt: skip
    return insert(row)


def _person(by: Actor) -> User:
    if by.user is None:
        raise PermissionDenied("Ratings and agreements have a person who stands for them.")
    return by.user


def _own(invitation: Invitation, by: Actor) -> Invitation:
    """The actor's own invitation, locked, with what it asks."""
    begin(invitation.organization, by, Permission.RATE)
    rows = invitation_list(invitation.organization).filter(pk=invitation.pk, evaluator=_person(by))
    current: Invitation | None = rows.select_for_update(of=("self",), no_key=True).first()
    if current is None:
        raise NotFound("There is no such invitation.")
    living(current.scorecard)
    return current


def _require_open(invitation: Invitation) -> None:
    if invitation.withdrawn_at is not None:
        raise Conflict("This invitation was taken back.", code="withdrawn")
    if invitation.submitted_at is not None:
        raise Conflict("These ratings were submitted: what is submitted stands.", code="submitted")


def _lock_round(scorecard: Scorecard) -> None:
    """One at a time per scorecard: of two people who submit at once, the second must see the first."""
    rows = Scorecard.objects.for_organization(scorecard.organization).filter(pk=scorecard.pk)
    if rows.select_for_update(no_key=True).first() is None:
        raise NotFound("There is no such scorecard.")


def _open(scorecard: Scorecard) -> models.QuerySet[Invitation]:
    rows = Invitation.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, submitted_at__isnull=True, withdrawn_at__isnull=True
    )
    return rows.select_related("evaluator")


def _count_round(scorecard: Scorecard, *, now: datetime) -> None:
    """Once nobody is still to submit, let everything submitted count. What counts already goes on counting."""
    if _open(scorecard).exists():
        return
    waiting = Invitation.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, submitted_at__isnull=False, counted_at__isnull=True, withdrawn_at__isnull=True
    )
    rows = list(waiting.select_for_update(no_key=True).order_by("id"))
    # who waited for the lock brings an earlier clock than who submitted meanwhile
    counted = max([now, *(row.submitted_at for row in rows if row.submitted_at)])
    for row in rows:
        change(row, {"counted_at": counted}, now=now)
    wakeup.after_commit(scorecard.organization_id)


def _check_candidates(scorecard: Scorecard, candidates: Sequence[Candidate]) -> None:
    if not candidates:
        raise _invalid("candidates", "required", "Choose at least one vendor.")
    standing = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    known = set(standing.filter(pk__in=[row.pk for row in candidates]).values_list("pk", flat=True))
    if odd := [row for row in candidates if row.pk not in known]:
        raise _invalid("candidates", "not_on_scorecard", f"{odd[0]} does not stand on this scorecard.")


def _check_deadline(deadline: date | None, now: datetime) -> None:
    if deadline is not None and deadline < now.date():
        raise _invalid("deadline", "past", "The deadline lies in the past.")


def _faults(path: str, entry: Entry, asked: set[int], leaves: dict[str, Leaf]) -> list[FieldError]:
    """What is wrong with one entry."""
    found = []
    if entry.candidate.pk not in asked:
        found.append(FieldError(f"{path}.candidate", "not_asked", "You are not asked about this vendor."))
    if entry.leaf not in leaves:
        found.append(FieldError(f"{path}.leaf", "not_asked", "You are not asked about this criterion."))
    elif entry.level is not None and (fault := _off_scale(leaves[entry.leaf], entry.level)):
        found.append(FieldError(f"{path}.level", "off_scale", fault))
    if entry.level is not None and entry.abstained:
        found.append(FieldError(f"{path}.abstained", "both", "Give a level or abstain, not both."))
    if len(entry.comment) > LONGEST_COMMENT:
        message = f"A comment has at most {LONGEST_COMMENT} characters."
        found.append(FieldError(f"{path}.comment", "too_long", message))
    return found


def _off_scale(leaf: Leaf, level: int) -> str:
    """Why a level is not one of the criterion's, "" when it is."""
    if not isinstance(leaf.value_function, Ordinal):
        return f"{leaf.code} has no levels"
    described = [number for number, _ in leaf.value_function.levels]
    return "" if level in described else f"{level} is not on the scale {described[0]}–{described[-1]}"


def _said(row: Rating) -> tuple[int | None, bool, str]:
    return row.level, row.abstained, row.comment


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field, code, message)])
