"""Write contacts, dated notes and confidentiality agreements."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors import policies
from vendors.models import Cda, Contact, Evidence, Note, Site, Vendor
from vendors.services.evidence import Subject, record_evidence
from vendors.services.provenance import Provenance
from vendors.services.writing import begin, change, insert, known_fields, living, lock_vendors, locked, own
from vendors.vocabulary import SourceKind

CONTACT_FIELDS = ("name", "role", "email", "phone", "primary")
NOTE_FIELDS = ("kind", "on", "people", "text", "confidentiality")
CDA_FIELDS = ("status", "signed_on", "expires_on", "file")


@transaction.atomic
def create_contact(
    *, organization: Organization, vendor: Vendor, by: Actor, now: datetime, **fields: Any
) -> Contact:
    """Add a person at the vendor; a new primary contact takes the place of the present one."""
    begin(organization, by, Permission.EDIT_CONTACTS)
    own(organization, vendor)
    living(vendor)
    known_fields(fields, CONTACT_FIELDS)
    lock_vendors(organization, [vendor.pk])
    if fields.get("primary"):
        _step_down(organization, vendor.pk, None, now)
    return insert(Contact(organization=organization, vendor=vendor, updated_at=now, **fields))


@transaction.atomic
def update_contact(
    *, contact: Contact, expected_version: int | None, by: Actor, now: datetime, **fields: Any
) -> Contact:
    """Change a contact."""
    begin(contact.organization, by, Permission.EDIT_CONTACTS)
    known_fields(fields, CONTACT_FIELDS)
    lock_vendors(contact.organization, [contact.vendor_id])
    current = locked(contact, expected_version)
    living(current)
    if fields.get("primary"):
        _step_down(contact.organization, current.vendor_id, current.pk, now)
    change(current, fields, now=now)
    return current


def _step_down(organization: Organization, vendor_id: int, keep: int | None, now: datetime) -> None:
    """One primary contact per vendor: the others step down."""
    others = Contact.objects.for_organization(organization).active().filter(vendor_id=vendor_id, primary=True)
    for other in others:
        if other.pk != keep:
            change(other, {"primary": False}, now=now)


@transaction.atomic
def archive_contact(*, contact: Contact, expected_version: int | None, by: Actor, now: datetime) -> Contact:
    """Take a contact off the list."""
    begin(contact.organization, by, Permission.EDIT_CONTACTS)
    current = locked(contact, expected_version)
    living(current)
    change(current, {"archived_at": now, "primary": False}, now=now)
    return current


@transaction.atomic
def create_note(
    *,
    organization: Organization,
    vendor: Vendor,
    by: Actor,
    now: datetime,
    on: date,
    text: str,
    site: Site | None = None,
    candidate_id: int | None = None,
    **fields: Any,
) -> Note:
    """Write down what was heard or seen on a day, about the vendor, one of its sites or a candidate."""
    begin(organization, by, Permission.EDIT_NOTES)
    own(organization, vendor, site)
    living(vendor)
    known_fields(fields, NOTE_FIELDS)
    _check_day(on, now)
    if site is not None and site.vendor_id != vendor.pk:
        message = "The site belongs to another vendor."
        raise Invalid(message, errors=[FieldError("site", "other_vendor", message)])
    return insert(
        Note(
            organization=organization,
            vendor=vendor,
            site=site,
            candidate_id=candidate_id,
            on=on,
            text=text,
            author=by.user,
            author_name=by.name,
            updated_at=now,
            **fields,
        )
    )


@transaction.atomic
def update_note(*, note: Note, expected_version: int | None, by: Actor, now: datetime, **fields: Any) -> Note:
    """Correct a note; the audit trail keeps what it said. A promoted note is evidence and stays as it is."""
    begin(note.organization, by, Permission.EDIT_NOTES)
    known_fields(fields, NOTE_FIELDS)
    current = locked(note, expected_version)
    living(current)
    policies.require_sight(by, current.confidentiality)
    if current.promoted_to_id is not None:
        raise Conflict("This note was promoted to evidence: revise that.", code="promoted")
    if "on" in fields:
        _check_day(fields["on"], now)
    change(current, fields, now=now)
    return current


def _check_day(on: date, now: datetime) -> None:
    if on > now.date():
        message = "A note cannot be of a day in the future."
        raise Invalid(message, errors=[FieldError("on", "in_future", message)])


@transaction.atomic
def archive_note(*, note: Note, expected_version: int | None, by: Actor, now: datetime) -> Note:
    """Take a note off the list."""
    begin(note.organization, by, Permission.EDIT_NOTES)
    current = locked(note, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def promote_note(
    *,
    note: Note,
    target: str,
    value: Mapping[str, Any],
    expected_version: int | None,
    by: Actor,
    now: datetime,
    grade: str = "D",
) -> Evidence:
    """Make a note evidence of a target: claimed, obtained on the day of the note, its text as the source."""
    organization = note.organization
    begin(organization, by, Permission.EDIT_EVIDENCE)
    lock_vendors(organization, [note.vendor_id])
    current = locked(note, expected_version)
    living(current)
    policies.require_sight(by, current.confidentiality)
    if current.promoted_to_id is not None:
        raise Conflict("This note was promoted already.", code="promoted")
    evidence = record_evidence(
        organization=organization,
        subject=_subject_of(current),
        target=target,
        value=value,
        provenance=Provenance(
            grade=grade,
            obtained_on=current.on,
            source_kind=SourceKind.NOTE.value,
            note=current.text,
            confidentiality=current.confidentiality,
        ),
        by=by,
        now=now,
    )
    change(current, {"promoted_to": evidence}, now=now)
    return evidence


def _subject_of(note: Note) -> Subject:
    if note.candidate_id is not None:
        return Subject.of_candidate(note.vendor, note.candidate_id)
    return Subject.of(note.vendor if note.site is None else note.site)


@transaction.atomic
def set_cda(
    *,
    organization: Organization,
    vendor: Vendor,
    by: Actor,
    now: datetime,
    expected_version: int | None = None,
    **fields: Any,
) -> Cda:
    """Set the current confidentiality agreement with a vendor: one row per vendor, changed in place."""
    begin(organization, by, Permission.EDIT_CDAS)
    own(organization, vendor, fields.get("file"))
    if fields.get("file") is not None and fields["file"].vendor_id not in (None, vendor.pk):
        message = "The file belongs to another vendor."
        raise Invalid(message, errors=[FieldError("file", "other_vendor", message)])
    living(vendor)
    known_fields(fields, CDA_FIELDS)
    lock_vendors(organization, [vendor.pk])
    present = Cda.objects.for_organization(organization).of_vendor(vendor).active().first()
    if present is None:
        return insert(Cda(organization=organization, vendor=vendor, updated_at=now, **fields))
    current = locked(present, expected_version)
    change(current, fields, now=now)
    return current


@transaction.atomic
def archive_cda(*, cda: Cda, expected_version: int | None, by: Actor, now: datetime) -> Cda:
    """Put an agreement aside, for instance because a new one begins."""
    begin(cda.organization, by, Permission.EDIT_CDAS)
    current = locked(cda, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current
