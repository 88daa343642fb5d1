"""Reads of qualifications: all of them for an overview, and the history of one from the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cdmo_eval.core.models import AuditEvent, Organization
from vendors.models import Qualification
from vendors.querysets import QualificationQuerySet

FIELDS = ("status", "basis", "approver", "valid_until", "open_capas", "quality_agreement_signed_on")


@dataclass(frozen=True)
class QualificationChange:
    """One version of a qualification: what it said from then on, who said so and why; `changed` are the fields that differ."""

    at: datetime
    by: str
    reason: str
    version: int
    status: str
    basis: str
    approver: str
    valid_until: date | None
    open_capas: int | None
    quality_agreement_signed_on: date | None
    changed: tuple[str, ...]


def qualifications(organization: Organization) -> QualificationQuerySet[Qualification]:
    """The qualifications of living sites, by vendor, site and operation: one statement."""
    rows = Qualification.objects.for_organization(organization).current().select_related("site__vendor")
    return rows.filter(site__vendor__archived_at__isnull=True).order_by(
        "site__vendor__name", "site__name", "operation", "id"
    )


def qualification_history(
    organization: Organization, qualification: Qualification
) -> list[QualificationChange]:
    """Every version, newest first, as the database recorded it: whoever wrote the row, and however. One statement."""
    events = AuditEvent.objects.for_organization(organization).filter(
        table_name=Qualification._meta.db_table, row_id=qualification.pk
    )
    return [_change(event) for event in events.order_by("-id") if event.new is not None]


def _change(event: AuditEvent) -> QualificationChange:
    new: Mapping[str, Any] = event.new or {}
    old: Mapping[str, Any] = event.old or {}
    return QualificationChange(
        at=event.at, by=event.actor_name, reason=event.reason, version=int(new.get("version", 1)), status=str(new["status"]),
        basis=str(new.get("basis") or ""), approver=str(new.get("approver") or ""), valid_until=_day(new.get("valid_until")),
        open_capas=new.get("open_capas"), quality_agreement_signed_on=_day(new.get("quality_agreement_signed_on")),
        changed=tuple(name for name in FIELDS if old.get(name) != new.get(name)),
    )  # fmt: skip


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)[:10]) if text else None
