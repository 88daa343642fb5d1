"""Waivers: a must-have set aside for one candidate, asked for by one person and approved by another."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.models import Organization, User
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.models import Candidate, GateWaiver, ResultCells, ScorecardGate
from vendors.services.writing import begin, clean, insert, living, own
from vendors.vocabulary import GateOutcome

LONGEST_REASON = 2000


@transaction.atomic
def request_waiver(
    *, gate: ScorecardGate, candidate: Candidate, text: str, expires_on: date, by: Actor, now: datetime
) -> GateWaiver:
    """Ask that a must-have be set aside for a candidate up to and including a day.

    It counts only once somebody else has approved it. Raises Invalid for a must-have that may not be waived, a day
    that is not in the future, and a candidate of another programme.
    """
    organization = gate.organization
    _begin(gate.organization, by)
    person = _person(by)
    own(organization, candidate)
    living(gate, gate.scorecard, candidate)
    if candidate.program_id != gate.scorecard.program_id:
        message = "This candidate does not stand in the programme of the scorecard."
        raise Invalid(message, errors=[FieldError("candidate", "other_program", message)])
    _check_day(expires_on, now)
    _check_waivable(gate, candidate)
    waiver = GateWaiver(
        organization=organization, gate=gate, candidate=candidate, text=text.strip(), expires_on=expires_on,
        requested_by=person, requested_at=now,
    )  # fmt: skip
    return insert(waiver)


@transaction.atomic
def approve_waiver(*, waiver: GateWaiver, by: Actor, now: datetime) -> GateWaiver:
    """Let a waiver count. Raises Conflict when the approver asked for it, or it was approved or taken back already."""
    begin(waiver.organization, by, Permission.APPROVE_WAIVERS)
    person = _person(by)
    current = _locked(waiver)
    if current.revoked_at is not None:
        raise Conflict("This waiver was taken back.", code="revoked")
    if current.approved_at is not None:
        raise Conflict("This waiver was approved already.", code="approved")
    if current.requested_by_id == person.pk:
        message = "A waiver is approved by somebody other than the person who asked for it."
        raise Conflict(message, code="own_request")
    living(current.gate, current.gate.scorecard, current.candidate)
    _check_day(current.expires_on, now)
    _check_waivable(current.gate, current.candidate)
    current.approved_by, current.approved_at = person, now
    return _saved(current, "approved_by", "approved_at")


@transaction.atomic
def revoke_waiver(*, waiver: GateWaiver, by: Actor, now: datetime) -> GateWaiver:
    """Take a waiver or a request back, for good. Raises Conflict when that was done already."""
    _begin(waiver.organization, by)
    current = _locked(waiver)
    if current.revoked_at is not None:
        raise Conflict("This waiver was taken back already.", code="revoked")
    current.revoked_at = now
    return _saved(current, "revoked_at")


def asking_permission(by: Actor) -> Permission:
    """Who keeps the must-haves, and who approves waivers, may ask for one and take one back."""
    return (
        Permission.APPROVE_WAIVERS if allows(by, Permission.APPROVE_WAIVERS) else Permission.EDIT_SCORECARDS
    )


def _begin(organization: Organization, by: Actor) -> None:
    begin(organization, by, asking_permission(by))


def _person(by: Actor) -> User:
    if by.user is None:
        raise PermissionDenied("A waiver has a person who asks for it and a person who approves it.")
    return by.user


def _locked(waiver: GateWaiver) -> GateWaiver:
    rows: QuerySet[GateWaiver] = GateWaiver.objects.for_organization(waiver.organization)
    rows = rows.select_related("gate__scorecard", "candidate__vendor")
    current = rows.filter(pk=waiver.pk).select_for_update(of=("self",), no_key=True).first()
    if current is None:
        raise NotFound("There is no such waiver.")
    return current


def _saved(waiver: GateWaiver, *columns: str) -> GateWaiver:
    clean(waiver)
    waiver.save(update_fields=columns)
    wakeup.after_commit(waiver.organization_id)
    return waiver


def _check_day(expires_on: date, now: datetime) -> None:
    if expires_on <= now.date():
        message = "The last day of a waiver lies in the future."
        raise Invalid(message, errors=[FieldError("expires_on", "not_in_future", message)])


def _check_waivable(gate: ScorecardGate, candidate: Candidate) -> None:
    """What the must-have allows, and whatever is conditional for this candidate as last calculated."""
    if gate.waivable:
        return
    found = ResultCells.objects.for_organization(gate.organization).filter(
        scorecard=gate.scorecard, candidate=candidate
    )
    outcomes = {g["gate"]: g["outcome"] for gates in found.values_list("gates", flat=True) for g in gates}
    if outcomes.get(gate.code) != GateOutcome.CONDITIONAL:
        message = f"{gate.label} may not be waived."
        raise Invalid(message, code="not_waivable", errors=[FieldError("gate", "not_waivable", message)])
