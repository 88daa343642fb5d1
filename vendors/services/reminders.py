"""Remind people of what is about to end: agreements, certificates, qualifications. Each end is told of three times at most."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from cdmo_eval.core.events import EventType, Happening, emit_all
from cdmo_eval.core.models import Organization
from vendors.models import Cda, Certificate, Qualification, Vendor
from vendors.vocabulary import CdaStatus, CertificateKind, Operation, QualificationStatus

STAGES = (30, 7, -1)
"""Days before an end at which it is told of; the last: when it has ended."""
FORGOTTEN = timedelta(days=30)
"""What ended longer ago is no news."""
_APPROVED = (QualificationStatus.APPROVED.value, QualificationStatus.CONDITIONALLY_APPROVED.value)


def remind_of_ends(*, organization: Organization, now: datetime) -> int:
    """Write the events of what ends soon or has ended; repeating it writes nothing more. Returns how many there are.

    Three reads and one statement, however much ends.
    """
    today = now.date()
    found = [
        *_agreements(organization, today),
        *_certificates(organization, today),
        *_qualifications(organization, today),
    ]
    emit_all(organization_id=organization.pk, happenings=found, now=now)
    return len(found)


def _soon(today: date) -> tuple[date, date]:
    return today - FORGOTTEN, today + timedelta(days=STAGES[0])


def _stage(ends_on: date, today: date) -> int:
    """The nearest stage that is reached."""
    left = (ends_on - today).days
    return next(stage for stage in reversed(STAGES) if left <= stage)


def _happening(
    event_type: EventType,
    subject_type: str,
    row: Any,
    ends_on: date | None,
    today: date,
    vendor: Vendor,
    **data: Any,
) -> Happening:
    assert ends_on is not None  # noqa: S101 - rows are chosen by it
    stage = _stage(ends_on, today)
    said = {
        "vendor": {"id": str(vendor.public_id), "name": vendor.name},
        "ends_on": ends_on.isoformat(),
        **data,
    }
    key = f"{row.public_id}:{ends_on.isoformat()}:{stage}"
    return Happening(event_type, row.public_id, subject_type, said, key)


def _agreements(organization: Organization, today: date) -> Iterator[Happening]:
    rows = (
        Cda.objects.for_organization(organization)
        .active()
        .filter(
            status=CdaStatus.SIGNED.value, expires_on__range=_soon(today), vendor__archived_at__isnull=True
        )
    )
    for row in rows.select_related("vendor").order_by("id"):
        yield _happening(EventType.CDA_EXPIRING, "cda", row, row.expires_on, today, row.vendor)


def _certificates(organization: Organization, today: date) -> Iterator[Happening]:
    rows = (
        Certificate.objects.for_organization(organization)
        .active()
        .filter(valid_until__range=_soon(today), vendor__archived_at__isnull=True)
    )
    for row in rows.select_related("vendor", "site").order_by("id"):
        where = {"site": {"id": str(row.site.public_id), "name": row.site.name}} if row.site else {}
        kind = CertificateKind(row.kind).label
        yield _happening(
            EventType.CERTIFICATE_EXPIRING,
            "certificate",
            row,
            row.valid_until,
            today,
            row.vendor,
            kind=kind,
            **where,
        )


def _qualifications(organization: Organization, today: date) -> Iterator[Happening]:
    rows = (
        Qualification.objects.for_organization(organization)
        .current()
        .filter(status__in=_APPROVED, valid_until__range=_soon(today), site__vendor__archived_at__isnull=True)
    )
    for row in rows.select_related("site__vendor").order_by("id"):
        site = {"id": str(row.site.public_id), "name": row.site.name}
        yield _happening(
            EventType.QUALIFICATION_EXPIRING, "qualification", row, row.valid_until, today, row.site.vendor, site=site,
            operation=row.operation, operation_label=Operation(row.operation).label,
        )  # fmt: skip
