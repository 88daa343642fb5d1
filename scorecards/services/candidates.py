"""Write candidates and their supply maps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import Candidate, Program, SupplyLine
from scorecards.triggers import lock_organization
from vendors import vocabulary as words
from vendors.models import Vendor
from vendors.services.writing import (
    begin,
    change,
    constraints_in_words,
    insert,
    known_fields,
    living,
    locked,
    own,
)

FIELDS = ("label", "incumbent", "switching_cost", "switching_currency", "switching_months")
LINE_FIELDS = ("operation", "phase", "site", "capability", "delivery", "partner_vendor", "role")


@transaction.atomic
def create_candidate(
    *,
    program: Program,
    vendor: Vendor,
    by: Actor,
    now: datetime,
    supply_map: Sequence[dict[str, Any]] | None = None,
    **fields: Any,
) -> Candidate:
    """Let a vendor stand in a programme. With a supply map it is used as given, else one is computed and labelled assumed."""
    organization = program.organization
    begin(organization, by, Permission.EDIT_CANDIDATES)
    own(organization, vendor)
    living(program, vendor)
    known_fields(fields, FIELDS)
    lock_organization(organization.pk)
    candidate = insert(
        Candidate(organization=organization, program=program, vendor=vendor, updated_at=now, **fields)
    )
    if supply_map is not None:
        _write_lines(candidate, supply_map)
    return candidate


@transaction.atomic
def update_candidate(
    *, candidate: Candidate, expected_version: int | None, by: Actor, now: datetime,
    supply_map: Sequence[dict[str, Any]] | None = None, **fields: Any,
) -> Candidate:  # fmt: skip
    """Change a candidate; a given supply map replaces the present one ([] goes back to the assumed one)."""
    begin(candidate.organization, by, Permission.EDIT_CANDIDATES)
    known_fields(fields, FIELDS)
    lock_organization(candidate.organization_id)
    current = locked(candidate, expected_version)
    living(current)
    changed = change(current, fields, now=now)
    if supply_map is not None:
        _write_lines(current, supply_map)
        if not changed:
            current.version += 1
            current.updated_at = now
            current.save(update_fields=["version", "updated_at"])
    return current


@transaction.atomic
def archive_candidate(
    *, candidate: Candidate, expected_version: int | None, by: Actor, now: datetime
) -> Candidate:
    """Take a candidate out of its programme's scorecards."""
    begin(candidate.organization, by, Permission.EDIT_CANDIDATES)
    lock_organization(candidate.organization_id)
    current = locked(candidate, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


def _write_lines(candidate: Candidate, supply_map: Sequence[dict[str, Any]]) -> None:
    lines = [_line(candidate, seq, step) for seq, step in enumerate(supply_map, start=1)]
    SupplyLine.objects.for_organization(candidate.organization).filter(candidate=candidate).delete()
    with constraints_in_words():
        SupplyLine.objects.bulk_create(lines)


def _line(candidate: Candidate, seq: int, step: dict[str, Any]) -> SupplyLine:
    """One checked line. A site belongs to the candidate's vendor, or to the partner of the line."""
    known_fields(step, LINE_FIELDS)
    organization = candidate.organization
    site, capability, partner = step.get("site"), step.get("capability"), step.get("partner_vendor")
    own(organization, site, capability, partner)
    where, errors = f"supply_map.{seq - 1}", []
    if step.get("delivery", words.Delivery.IN_HOUSE) == words.Delivery.PARTNER and partner is None:
        errors.append(
            FieldError(f"{where}.partner_vendor", "required", "A partner's step names the partner.")
        )
    worker = partner.pk if partner else candidate.vendor_id
    if site is not None and site.vendor_id != worker:
        errors.append(
            FieldError(
                f"{where}.site",
                "other_vendor",
                "This site belongs to another vendor than the one that does this step.",
            )
        )
    if capability is not None and (site is None or capability.site_id != site.pk):
        errors.append(
            FieldError(f"{where}.capability", "other_site", "This capability belongs to another site.")
        )
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)
    return SupplyLine(organization=organization, candidate=candidate, seq=seq, **step)
