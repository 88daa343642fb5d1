"""Record, revise, retract and verify evidence. Every version is kept; profile columns follow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors import policies
from vendors.facts import FACTS, FactValueError, validate_value
from vendors.models import Capability, Evidence, EvidenceRevision, Site, Vendor
from vendors.services import announce
from vendors.services.bulk_rows import COPY_FROM, copy_text, insert_rows
from vendors.services.projection import RowKey, project_fields
from vendors.services.provenance import (
    CLAIMED_TODAY,
    Provenance,
    check_provenance,
    require_independent_review,
)
from vendors.services.writing import (
    begin,
    change,
    constraints_in_words,
    known_fields,
    lock_vendors,
    locked,
    own,
)
from vendors.vocabulary import (
    VERIFIED_GRADES,
    ClaimType,
    Grade,
    Modality,
    Operation,
    Phase,
    SubjectType,
    is_market,
)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a record is about. A candidate or proposal is named by its number and its vendor."""

    type: SubjectType
    vendor: Vendor
    site: Site | None = None
    capability: Capability | None = None
    candidate_id: int | None = None
    proposal_id: int | None = None

    @classmethod
    def of(cls, row: Vendor | Site | Capability) -> "Subject":
        """The subject that a profile row is."""
        if isinstance(row, Capability):
            site = row.site
            return cls(type=SubjectType.CAPABILITY, vendor=site.vendor, site=site, capability=row)
        if isinstance(row, Site):
            return cls(type=SubjectType.SITE, vendor=row.vendor, site=row)
        return cls(type=SubjectType.VENDOR, vendor=row)

    @classmethod
    def of_candidate(cls, vendor: Vendor, candidate_id: int) -> "Subject":
        """A vendor's offer of sites for a program."""
        return cls(type=SubjectType.CANDIDATE, vendor=vendor, candidate_id=candidate_id)

    @classmethod
    def of_proposal(cls, vendor: Vendor, candidate_id: int, proposal_id: int) -> "Subject":
        """One version of a candidate's proposal."""
        return cls(
            type=SubjectType.PROPOSAL, vendor=vendor, candidate_id=candidate_id, proposal_id=proposal_id
        )


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where a record holds; a blank part means any."""

    modality: str = ""
    operation: str = ""
    phase: str = ""
    market: str = ""
    program_id: int | None = None


ANYWHERE = Scope()
ROWS_AT_ONCE = 1000
"""Rows of one INSERT of a bulk write."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A record about to be made."""

    subject: Subject
    target: str
    value: Mapping[str, Any] | None = None
    refused: bool = False
    scope: Scope = ANYWHERE
    provenance: Provenance = CLAIMED_TODAY
    supersedes: Evidence | None = field(default=None)


_STATEMENT = ("value", "refused", "modality", "operation", "phase", "market", "program_id")
"""What a record says, and where."""
_CONTENT = (*_STATEMENT, "grade", "obtained_on")
"""What a review was about: changing any of it makes a verified record a claim again."""
REVISABLE = (
    *_CONTENT,
    "claim_type",
    "reviewed_by",
    "reviewed_on",
    "valid_until",
    "source_kind",
    "source",
    "source_url",
    "file",
    "note",
    "confidentiality",
)
"""The columns that a revision may change: never subject and target, which make a different record."""


@transaction.atomic
def record_evidence(
    *,
    organization: Organization,
    subject: Subject | Vendor | Site | Capability,
    target: str,
    by: Actor,
    now: datetime,
    value: Mapping[str, Any] | None = None,
    refused: bool = False,
    scope: Scope = ANYWHERE,
    provenance: Provenance = CLAIMED_TODAY,
    supersedes: Evidence | None = None,
) -> Evidence:
    """Record what is known (`value` in the shape of its target), or that the answer was refused.

    Raises Invalid for an unknown target, a subject that the target is not about, or a value of another
    shape; PermissionDenied for a verified record by its own reviewer.
    """
    draft = Draft(
        subject=subject if isinstance(subject, Subject) else Subject.of(subject),
        target=target,
        value=value,
        refused=refused,
        scope=scope,
        provenance=provenance,
        supersedes=supersedes,
    )
    return record_many(organization=organization, drafts=[draft], by=by, now=now)[0]


@transaction.atomic
def record_many(
    *, organization: Organization, drafts: Sequence[Draft], by: Actor, now: datetime
) -> list[Evidence]:
    """Record several pieces of evidence in a few statements; the fields of an error start with its position.

    All or nothing. Locks the vendors first, then projects the columns that the targets fill.
    """
    begin(organization, by, Permission.EDIT_EVIDENCE)
    return record_checked(organization=organization, drafts=drafts, by=by, now=now)


def record_checked(
    *,
    organization: Organization,
    drafts: Sequence[Draft],
    by: Actor,
    now: datetime,
    bumped: Collection[RowKey] = (),
) -> list[Evidence]:
    """The same for a service that has checked its own permission (a profile edit writes evidence).

    `bumped` are the rows whose version this edit has raised already.
    """
    if not drafts:
        return []
    rows = []
    for position, draft in enumerate(drafts):
        try:
            rows.append(_row(organization, draft, by, now))
        except Invalid as error:
            if len(drafts) == 1:
                raise
            raise Invalid(
                error.message,
                code=error.code,
                errors=[replace(e, field=f"{position}.{e.field}") for e in error.errors],
            ) from error
    vendor_ids = {row.vendor_id for row in rows}
    if len(lock_vendors(organization, vendor_ids)) != len(vendor_ids):
        raise NotFound("There is no such vendor.")
    _insert(rows, by, now)
    project_fields(
        organization=organization,
        vendor_ids=vendor_ids,
        targets={row.target for row in rows},
        now=now,
        bumped=bumped,
    )
    wakeup.after_commit(organization.pk)
    return rows


def _insert(rows: Sequence[Evidence], by: Actor, now: datetime) -> None:
    """Insert records and the first version of each; a few as usual, many by COPY."""
    if len(rows) < COPY_FROM:
        with constraints_in_words():
            Evidence.objects.bulk_create(rows)
            EvidenceRevision.objects.bulk_create([revision_of(row, by, now, reason="") for row in rows])
        return
    copied = ", ".join(COPIED_TO_REVISION)
    first_versions = f"""
        INSERT INTO {EvidenceRevision._meta.db_table}
          (public_id, evidence_id, number, revised_at, revised_by_name, reason, {copied})
        SELECT revision_public_id, id, version, recorded_at, revised_by_name, '', {copied} FROM staged_rows ORDER BY id
    """
    extra = {
        "revision_public_id uuid": [str(new_public_id()) for _ in rows],
        "revised_by_name text": [copy_text(by.name)] * len(rows),
    }
    insert_rows(rows, then=[first_versions], extra=extra)


def _row(organization: Organization, draft: Draft, by: Actor, now: datetime) -> Evidence:
    """The unsaved record of a draft; raises Invalid or NotFound."""
    subject, stated, scope = draft.subject, draft.provenance, draft.scope
    own(organization, subject.vendor, subject.site, subject.capability, stated.file, draft.supersedes)
    check_content(target=draft.target, subject_type=subject.type, value=draft.value, refused=draft.refused)
    check_provenance(stated, today=now.date())
    require_independent_review(stated, by=by)
    check_scope(scope)
    _check_file(stated.file, subject.vendor)
    if draft.supersedes is not None and draft.supersedes.target != draft.target:
        raise Invalid(
            "A record supersedes one of the same target.",
            errors=[FieldError("supersedes", "other_target", "The superseded record has another target.")],
        )
    return Evidence(
        organization=organization,
        subject_type=subject.type.value,
        vendor=subject.vendor,
        site=subject.site,
        capability=subject.capability,
        candidate_id=subject.candidate_id,
        proposal_id=subject.proposal_id,
        target=draft.target,
        value=None if draft.refused else dict(draft.value or {}),
        refused=draft.refused,
        modality=scope.modality,
        operation=scope.operation,
        phase=scope.phase,
        market=scope.market,
        program_id=scope.program_id,
        claim_type=stated.claim_type,
        grade=stated.grade,
        reviewed_by=stated.reviewed_by,
        reviewed_on=stated.reviewed_on,
        obtained_on=stated.obtained_on or now.date(),
        valid_until=stated.valid_until,
        recorded_at=now,
        author=by.user,
        author_name=by.name,
        source_kind=stated.source_kind,
        source=stated.source,
        source_url=stated.source_url,
        file=stated.file,
        note=stated.note,
        confidentiality=stated.confidentiality,
        supersedes=draft.supersedes,
        updated_at=now,
    )


def check_content(*, target: str, subject_type: str, value: Mapping[str, Any] | None, refused: bool) -> None:
    """Raise Invalid unless the target takes evidence of this subject with this value, or a refusal."""
    fact = FACTS.get(target)
    if fact is None:
        message = f"Nothing is known under the code {target!r}."
        raise Invalid(message, errors=[FieldError("target", "unknown_target", message)])
    if subject_type not in fact.subjects:
        message = f"{fact.label} is not asked of a {SubjectType(subject_type).label.lower()}."
        raise Invalid(message, errors=[FieldError("subject", "wrong_subject", message)])
    if refused:
        if value is not None:
            message = "A refusal stands in place of a value."
            raise Invalid(message, errors=[FieldError("value", "refused_with_value", message)])
        return
    if value is None:
        message = "A value, or a refusal, is needed."
        raise Invalid(message, errors=[FieldError("value", "required", message)])
    try:
        validate_value(target, value)
    except FactValueError as error:
        raise Invalid(
            error.message, errors=[FieldError(error.field, "invalid_value", error.message)]
        ) from error


def check_scope(scope: Scope) -> None:
    """Raise Invalid unless every part of the scope that is set is a known code."""
    known = {
        "modality": not scope.modality or scope.modality in set(Modality),
        "operation": not scope.operation or scope.operation in set(Operation),
        "phase": not scope.phase or scope.phase in set(Phase),
        "market": not scope.market or is_market(scope.market),
    }
    errors = [
        FieldError(f"scope.{part}", "unknown", f"The {part} of the scope is not known.")
        for part, is_known in known.items()
        if not is_known
    ]
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)


def _check_file(file: Any, vendor: Vendor) -> None:
    if file is not None and file.vendor_id not in (None, vendor.pk):
        message = "The file belongs to another vendor."
        raise Invalid(message, errors=[FieldError("file", "other_vendor", message)])


@transaction.atomic
def revise_evidence(
    *,
    evidence: Evidence,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    reason: str = "",
    **changes: Any,
) -> Evidence:
    """Change a record in place; the former version stays as a revision.

    `changes` are columns of REVISABLE. A change of what was reviewed makes a verified record a claim again,
    unless the same call verifies it anew; the reviser becomes the author of the new content.
    """
    organization = evidence.organization
    begin(organization, by, Permission.EDIT_EVIDENCE)
    known_fields(changes, REVISABLE)
    lock_vendors(organization, [evidence.vendor_id])
    current = locked(evidence, expected_version)
    if current.retracted_on is not None:
        raise Conflict("This record is retracted.", code="retracted")
    own(organization, changes.get("file"))
    _check_file(changes.get("file"), current.vendor)
    after = {name: getattr(current, name) for name in REVISABLE} | changes
    if after["refused"] and "value" not in changes:
        after["value"] = None
    check_content(
        target=current.target,
        subject_type=current.subject_type,
        value=after["value"],
        refused=after["refused"],
    )
    check_scope(
        Scope(**{part: after[part] for part in ("modality", "operation", "phase", "market", "program_id")})
    )
    content_changed = any(after[name] != getattr(current, name) for name in _CONTENT)
    if after["claim_type"] == ClaimType.VERIFIED and "claim_type" in changes:
        after |= _review(current, after, changes, by=by, now=now)
    elif content_changed or after["claim_type"] != ClaimType.VERIFIED:
        after |= _claim(current, after)
    check_provenance(_provenance(after), today=now.date())
    if any(after[name] != getattr(current, name) for name in _STATEMENT):
        after |= {"author": by.user, "author_name": by.name}
    return _save(current, after, by=by, now=now, reason=reason)


def _review(
    current: Evidence, after: Mapping[str, Any], changes: Mapping[str, Any], *, by: Actor, now: datetime
) -> dict[str, Any]:
    """The columns of a review made by revising: by somebody else, and not of what the same call changes."""
    policies.require_verifier(by, current)
    if any(after[name] != getattr(current, name) for name in _STATEMENT):
        raise PermissionDenied("A changed value is verified by somebody else.", code="verified_by_author")
    return {
        "reviewer": by.user,
        "reviewed_by": changes.get("reviewed_by") or by.name,
        "reviewed_on": changes.get("reviewed_on") or now.date(),
    }


def _claim(current: Evidence, after: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a claim; a review of an earlier content does not cover it."""
    columns: dict[str, Any] = {"claim_type": after["claim_type"]}
    if current.claim_type == ClaimType.VERIFIED:
        columns = {
            "claim_type": ClaimType.CLAIMED.value,
            "reviewer": None,
            "reviewed_by": "",
            "reviewed_on": None,
        }
    return columns


def _provenance(after: Mapping[str, Any]) -> Provenance:
    return Provenance(**{name: after[name] for name in Provenance.__dataclass_fields__})


@transaction.atomic
def verify_evidence(
    *,
    evidence: Evidence,
    expected_version: int | None,
    by: Actor,
    now: datetime,
    grade: str = "",
    note: str = "",
) -> Evidence:
    """Confirm a claim by review; `grade` (A to C) says on what basis. Never by the record's author."""
    organization = evidence.organization
    begin(organization, by, Permission.VERIFY_EVIDENCE)
    lock_vendors(organization, [evidence.vendor_id])
    current = locked(evidence, expected_version)
    policies.require_verifier(by, current)
    if current.retracted_on is not None:
        raise Conflict("This record is retracted.", code="retracted")
    if current.refused:
        raise Invalid("A refusal cannot be verified.", code="refused")
    reached = grade or current.grade
    if reached not in VERIFIED_GRADES:
        message = "Only a grade of A, B or C can be verified: say which the review reached."
        raise Invalid(message, errors=[FieldError("grade", "too_low", message)])
    after = {
        "claim_type": ClaimType.VERIFIED.value,
        "grade": Grade(reached).value,
        "reviewer": by.user,
        "reviewed_by": by.name,
        "reviewed_on": now.date(),
    }
    if note:
        after["note"] = note
    return _save(current, after, by=by, now=now, reason="verified")


@transaction.atomic
def retract_evidence(
    *, evidence: Evidence, reason: str, expected_version: int | None, by: Actor, now: datetime
) -> Evidence:
    """Take a record out of everything that counts; it stays in the ledger with its reason."""
    organization = evidence.organization
    begin(organization, by, Permission.EDIT_EVIDENCE)
    if not reason.strip():
        message = "A retraction needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    lock_vendors(organization, [evidence.vendor_id])
    current = locked(evidence, expected_version)
    if current.retracted_on is not None:
        raise Conflict("This record is retracted already.", code="retracted")
    after = {"retracted_on": now.date(), "retraction_reason": reason.strip()}
    saved = _save(current, after, by=by, now=now, reason=reason.strip())
    announce.evidence_retracted(saved.organization, [saved], by=by, now=now)
    return saved


def _save(current: Evidence, after: Mapping[str, Any], *, by: Actor, now: datetime, reason: str) -> Evidence:
    """Write a changed record, its revision and what follows for the profile."""
    if change(current, after, now=now):
        with constraints_in_words():
            revision_of(current, by, now, reason=reason).save(force_insert=True)
        project_fields(
            organization=current.organization,
            vendor_ids={current.vendor_id},
            targets={current.target},
            now=now,
        )
    return current


COPIED_TO_REVISION = sorted(
    {column.attname for column in Evidence._meta.concrete_fields}
    & {column.attname for column in EvidenceRevision._meta.concrete_fields}
    - {"id", "public_id", "created_at"}
)


def revision_of(evidence: Evidence, by: Actor, now: datetime, *, reason: str) -> EvidenceRevision:
    """An append-only copy of the record as it stands."""
    return EvidenceRevision(
        evidence=evidence,
        number=evidence.version,
        revised_at=now,
        revised_by_name=by.name,
        reason=reason,
        **{name: getattr(evidence, name) for name in COPIED_TO_REVISION},
    )
