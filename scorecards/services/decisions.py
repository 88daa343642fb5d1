"""Sign the decision of a shortlist, and begin a new edition of a signed one."""

from datetime import datetime

from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, PermissionDenied
from cdmo_eval.core.events import EventType, emit
from cdmo_eval.core.models import Signature
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.signatures import record_signature, signer_of
from scorecards.models import Scorecard, Shortlist, ShortlistDecision
from scorecards.selectors.decisions import decision_of
from scorecards.selectors.shortlists import (
    current_decision,
    find_shortlist,
    item_rows,
    standing_declarations,
)
from scorecards.selectors.signatures import (
    SUBJECT,
    hindrance,
    is_complete,
    signature_list,
    weights_owners,
)
from scorecards.services.snapshots import freeze_calculation
from vendors.services.writing import begin, change, clean, insert, living, locked
from vendors.vocabulary import Stage


@transaction.atomic
def sign_decision(
    *, shortlist: Shortlist, meaning: str, digest: str, proof: str, by: Actor, now: datetime
) -> Signature:
    """Sign the present edition. The first signature, its author's, freezes it with the published calculation.

    `digest` names the frozen document that the signer has read; it is "" for the author, with whose signature it comes
    to be. `proof` says how the signer proved who they are just now. Raises Conflict, with a code that says why, when
    this person cannot sign in this meaning; PermissionDenied for a role that does not, and for tokens.
    """
    begin(shortlist.organization, by, Permission.SIGN_DECISIONS)
    person = signer_of(by)
    if meaning not in Signature.Meaning:
        raise Invalid("A signature means authored, reviewed, quality approved or awarded.", errors=[FieldError("meaning", "unknown", "There is no such meaning.")])  # fmt: skip
    locked(shortlist, None)
    # read after the lock: what was signed meanwhile is seen
    current = find_shortlist(shortlist.organization, shortlist.public_id)
    living(current)
    decision = current_decision(current)
    signed = signature_list(current.organization, snapshot_id=decision.snapshot.public_id) if decision else []
    owners = weights_owners(current.scorecard)
    found = hindrance(current, decision, signed, meaning, by, owners=list(owners))
    if found is not None:
        raise (
            PermissionDenied(found.words) if found.code == "role" else Conflict(found.words, code=found.code)
        )
    declared = next(row for row in standing_declarations(current) if row.person_id == person.pk)
    if decision is None:
        decision = _freeze(current, by=by, now=now)
    elif digest != decision.snapshot.digest:
        raise Conflict("This is not the document that you have read. Look again.", code="other_document")
    row = record_signature(
        subject_type=SUBJECT, subject_id=decision.snapshot.public_id, digest=decision.snapshot.digest, meaning=meaning, proof=proof,
        declaration=declared.words, by=by, now=now,
    )  # fmt: skip
    stage = decision.snapshot.run.stage
    emit(
        organization_id=current.organization_id, type=EventType.SHORTLIST_SIGNED, subject_id=current.public_id, subject_type="shortlist",
        data={
            "shortlist": {"id": str(current.public_id), "name": current.name}, "meaning": meaning, "signed_by": row.printed_name,
            "signed_at": now.isoformat(), "snapshot": str(decision.snapshot.public_id), "digest": decision.snapshot.digest,
            "edition": decision.edition, "stage": stage, "complete": is_complete([*signed, row], stage=stage, owners=list(owners)),
        },
        now=now,
    )  # fmt: skip
    return row


def _freeze(shortlist: Shortlist, *, by: Actor, now: datetime) -> ShortlistDecision:
    """Freeze the edition with the published calculation; from here on it is read only."""
    scorecard = Scorecard.objects.select_related("program", "framework", "organization").get(pk=shortlist.scorecard_id)  # fmt: skip
    _check_complete(shortlist, scorecard)
    content = decision_of(shortlist, as_of=scorecard.as_of or now.date(), commercial=True)
    snapshot = freeze_calculation(
        scorecard=scorecard, reason=f"Decision: {shortlist.name}"[:500], decision=content, by=by, now=now
    )
    change(shortlist, {"frozen_at": now}, now=now)
    return insert(
        ShortlistDecision(
            organization=shortlist.organization,
            shortlist=shortlist,
            edition=shortlist.edition,
            snapshot=snapshot,
            frozen_at=now,
        )
    )


def _check_complete(shortlist: Shortlist, scorecard: Scorecard) -> None:
    """What must be there before anybody signs. Raises Invalid naming what is missing."""
    errors = []
    if not any(item.decision == "keep" for item in item_rows(shortlist)):
        errors.append(FieldError("items", "required", "Keep at least one candidate."))
    if not shortlist.reason.strip():
        errors.append(FieldError("reason", "required", "Say why this is the answer."))
    if shortlist.primary_id is None and scorecard.stage == Stage.AWARD:
        errors.append(FieldError("primary", "required", "At the stage award somebody is chosen."))
    if errors:
        raise Invalid(" ".join(error.message for error in errors), code="incomplete", errors=errors)


@transaction.atomic
def supersede_decision(
    *, shortlist: Shortlist, reason: str, expected_version: int | None = None, by: Actor, now: datetime
) -> Shortlist:
    """Begin a new edition of a signed shortlist, for a reason. What was signed stays as it is, marked as superseded."""
    begin(shortlist.organization, by, Permission.EDIT_SHORTLISTS)
    current = locked(shortlist, expected_version)
    living(current)
    decision = current_decision(current)
    if decision is None:
        raise Conflict("This shortlist is not signed: change it as it is.", code="not_signed")
    if not reason.strip():
        message = "Say why what was signed no longer holds."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    decision.superseded_at, decision.superseded_by_name = now, by.name
    decision.superseded_reason = reason.strip()
    clean(decision)
    decision.save(update_fields=["superseded_at", "superseded_by_name", "superseded_reason"])
    change(current, {"frozen_at": None, "edition": current.edition + 1}, now=now)
    emit(
        organization_id=current.organization_id, type=EventType.SNAPSHOT_SUPERSEDED, subject_id=decision.snapshot.public_id,
        subject_type="snapshot",
        data={
            "shortlist": {"id": str(current.public_id), "name": current.name}, "digest": decision.snapshot.digest,
            "edition": decision.edition, "superseded_by": by.name, "reason": reason.strip(),
        },
        now=now,
    )  # fmt: skip
    return current
