"""Write proposals: versions are added, never changed; a version that should not count is withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid, from_validation
from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import Candidate, Proposal, ProposalLine, ProposalWithdrawal
from scorecards.services.proposal_terms import clean_must_have_terms, clean_terms
from vendors.services.writing import begin, constraints_in_words, insert, known_fields, living, own
from vendors.vocabulary import Confidentiality, LineInclusion

FIELDS = (
    "received_on", "valid_until", "currency", "pass_throughs", "minimum_commitment", "capex", "payment_terms",
    "cancellation_fees", "slot_week", "weeks_to_milestone", "stand_alone_stages", "terms", "must_have_terms", "signed_offer",
)  # fmt: skip
LINE_FIELDS = ("scope_item", "inclusion", "price", "unit", "quantity", "assumption")
MOST_LINES = 200
Line = Mapping[str, Any]


@transaction.atomic
def record_proposal(
    *, candidate: Candidate, by: Actor, now: datetime, lines: Sequence[Line] = (), **fields: Any
) -> Proposal:
    """Add an offer of a candidate: its first version, or the next one. Its scorecards recompute.

    What is not given is not stated. Raises Invalid naming each field ("lines.2.price") that cannot be accepted, Conflict
    when the candidate is archived or somebody else added the version meanwhile.
    """
    organization = candidate.organization
    begin(organization, by, Permission.EDIT_COMMERCIAL)
    living(candidate)
    known_fields(fields, FIELDS)
    own(organization, fields.get("signed_offer"))
    values = _checked(candidate, fields, now.date())
    highest = (
        Proposal.objects.for_organization(organization)
        .filter(candidate=candidate)
        .aggregate(highest=Max("version"))["highest"]
    )
    proposal = Proposal(
        organization=organization, candidate=candidate, version=(highest or 0) + 1,
        recorded_by=by.user, recorded_by_name=by.name, recorded_at=now, **values,
    )  # fmt: skip
    try:
        insert(proposal)
    except Invalid as error:
        if any(part.code == "duplicate" for part in error.errors):
            raise Conflict(error.message, code="superseded") from error
        raise
    _write_lines(proposal, lines)
    return proposal


@transaction.atomic
def revise_proposal(
    *, proposal: Proposal, by: Actor, now: datetime, lines: Sequence[Line] | None = None, **changes: Any
) -> Proposal:
    """Add the next version: what is not given, lines included, is as in this one, but for the signed offer.

    What was signed is the version before: the next one is verified only by a file of its own. Raises Conflict when a later version counts.
    """
    begin(proposal.organization, by, Permission.EDIT_COMMERCIAL)
    known_fields(changes, FIELDS)
    versions = Proposal.objects.for_organization(proposal.organization).filter(candidate=proposal.candidate)
    if versions.live().filter(version__gt=proposal.version).exists():
        raise Conflict(
            "There is a newer version of this proposal already: change that one.", code="superseded"
        )
    kept = {name: getattr(proposal, name) for name in FIELDS if name != "signed_offer"}
    if lines is None:
        lines = [
            {name: getattr(line, name) for name in LINE_FIELDS}
            for line in proposal.lines.order_by("position", "id")
        ]
    return record_proposal(candidate=proposal.candidate, by=by, now=now, lines=lines, **(kept | changes))


@transaction.atomic
def withdraw_proposal(
    *, proposal: Proposal, reason: str, by: Actor, now: datetime, whole: bool = False
) -> list[ProposalWithdrawal]:
    """Let a version count no longer; the one before it counts again. `whole` withdraws every version of the offer.

    Raises Conflict when it is withdrawn already, Invalid without a reason.
    """
    organization = proposal.organization
    begin(organization, by, Permission.EDIT_COMMERCIAL)
    versions = Proposal.objects.for_organization(organization).filter(candidate=proposal.candidate)
    wanted = list(versions.live().filter(**({} if whole else {"pk": proposal.pk})).order_by("id"))
    if not wanted:
        raise Conflict("This version is withdrawn already.", code="withdrawn")
    return [
        insert(
            ProposalWithdrawal(
                organization=organization, proposal=version, reason=reason,
                recorded_by=by.user, recorded_by_name=by.name, recorded_at=now,
            )
        )
        for version in wanted
    ]  # fmt: skip


def _checked(candidate: Candidate, fields: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The columns of a version; Invalid for what no column constraint can say."""
    values = {"received_on": today} | dict(fields)
    errors = []
    for name, check in (("terms", clean_terms), ("must_have_terms", clean_must_have_terms)):
        values[name], found = check(values.get(name) or {})
        errors += found
    if values["received_on"] is not None and values["received_on"] > today:
        errors.append(FieldError("received_on", "in_future", "A proposal cannot be received in the future."))
    slot = values.get("slot_week")
    if slot is not None and slot.weekday() != 0:
        monday = slot - timedelta(days=slot.weekday())
        errors.append(
            FieldError(
                "slot_week",
                "not_monday",
                f"A slot is named by the Monday of its week, here {monday:%d %b %Y}.",
            )
        )
    errors += _offer_errors(candidate, values.get("signed_offer"))
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)
    return values


def _offer_errors(candidate: Candidate, offer: Any) -> list[FieldError]:
    """A signed offer is commercial, and of this vendor."""
    if offer is None:
        return []
    errors = []
    if offer.confidentiality != Confidentiality.COMMERCIAL:
        message = "A signed offer holds prices: attach it as a commercial file."
        errors.append(FieldError("signed_offer", "not_commercial", message))
    if offer.vendor_id not in {None, candidate.vendor_id}:
        errors.append(FieldError("signed_offer", "other_vendor", "This file belongs to another vendor."))
    return errors


def _write_lines(proposal: Proposal, lines: Sequence[Line]) -> None:
    if len(lines) > MOST_LINES:
        message = f"A proposal has at most {MOST_LINES} lines."
        raise Invalid(message, errors=[FieldError("lines", "too_many", message)])
    rows, errors = [], []
    for position, line in enumerate(lines):
        known_fields(line, LINE_FIELDS)
        row = ProposalLine(
            organization=proposal.organization, proposal=proposal, position=position + 1, **_line(line)
        )
        errors += [
            FieldError(f"lines.{position}.{part.field}".rstrip("."), part.code, part.message)
            for part in _problems(row)
        ]
        rows.append(row)
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)
    with constraints_in_words():
        ProposalLine.objects.bulk_create(rows)
    wakeup.after_commit(proposal.organization_id)


def _problems(row: ProposalLine) -> list[FieldError]:
    """What is wrong with a line; in Python, so that each line is told apart (the constraints stand behind)."""
    try:
        row.clean_fields()
    except ValidationError as error:
        return list(from_validation(error).errors)
    found = []
    if row.inclusion not in list(LineInclusion):
        found.append(FieldError("inclusion", "unknown", "An item is included, excluded or optional."))
    if row.price is not None and row.price < 0:
        found.append(FieldError("price", "negative", "A price is not negative."))
    if row.quantity < 0:
        found.append(FieldError("quantity", "negative", "A quantity is not negative."))
    return found


def _line(line: Line) -> dict[str, Any]:
    """A line with its defaults: included, once."""
    values = {name: value for name, value in line.items() if value is not None}
    values["scope_item"] = str(values.get("scope_item", "")).strip()
    return {"inclusion": LineInclusion.INCLUDED.value, "quantity": Decimal(1)} | values
