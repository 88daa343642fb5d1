"""Vendors and what is known of them, for tests; inside an open organization_scope.

Scored columns become evidence, as everywhere, so that a factory's profile survives a later projection.
"""

from datetime import date, datetime
from itertools import count
from typing import Any

from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, system_actor
from tests.factories.core import NOW
from vendors import services
from vendors.models import (
    Capability,
    Certificate,
    Contact,
    Evidence,
    Note,
    Qualification,
    ServiceOffering,
    Site,
    UploadedRecord,
    Vendor,
)
from vendors.services import Provenance, Scope, Subject
from vendors.vocabulary import ClaimType, Grade

_numbers = count(1)


def somebody(organization: Organization) -> Actor:
    """Who a factory acts as."""
    return system_actor(organization, "test data")


def make_vendor(organization: Organization, *, name: str = "", now: datetime = NOW, **fields: Any) -> Vendor:
    """A vendor; without a name it gets one of its own."""
    return services.create_vendor(
        organization=organization,
        by=somebody(organization),
        now=now,
        name=name or f"Vendor {next(_numbers)}",
        **fields,
    )


def make_site(vendor: Vendor, *, name: str = "", now: datetime = NOW, **fields: Any) -> Site:
    """A site in Germany, unless told otherwise."""
    organization = vendor.organization
    return services.create_site(
        organization=organization,
        vendor=vendor,
        by=somebody(organization),
        now=now,
        name=name or f"Site {next(_numbers)}",
        **({"country": "DE"} | fields),
    )


def make_capability(
    site: Site, *, modality: str = "MAB", operation: str = "UPSTREAM", now: datetime = NOW, **fields: Any
) -> Capability:
    """A capability of a site."""
    organization = site.organization
    return services.create_capability(
        organization=organization,
        site=site,
        modality=modality,
        operation=operation,
        by=somebody(organization),
        now=now,
        **fields,
    )


def make_service(
    vendor: Vendor, *, code: str = "FORM_DEV", delivery: str = "in_house", now: datetime = NOW, **fields: Any
) -> ServiceOffering:
    """A service of a vendor."""
    organization = vendor.organization
    return services.create_service_offering(
        organization=organization,
        vendor=vendor,
        code=code,
        delivery=delivery,
        by=somebody(organization),
        now=now,
        **fields,
    )


def make_evidence(
    subject: Vendor | Site | Capability | Subject,
    target: str,
    value: dict[str, Any] | None,
    *,
    verified: bool = False,
    refused: bool = False,
    scope: Scope | None = None,
    by: Actor | None = None,
    now: datetime = NOW,
    **provenance: Any,
) -> Evidence:
    """A record: claimed and of grade D, or with `verified` of grade B and reviewed on its day."""
    organization = subject.vendor.organization if isinstance(subject, Subject) else subject.organization
    stated: dict[str, Any] = {}
    if verified:
        stated = {
            "claim_type": ClaimType.VERIFIED.value,
            "grade": Grade.B.value,
            "reviewed_by": "R. Viewer",
            "reviewed_on": provenance.get("obtained_on", now.date()),
        }
    return services.record_evidence(
        organization=organization,
        subject=subject,
        target=target,
        value=value,
        refused=refused,
        scope=scope or Scope(),
        provenance=Provenance(**(stated | provenance)),
        by=by or somebody(organization),
        now=now,
    )


def make_certificate(
    vendor: Vendor, *, kind: str = "GMP", site: Site | None = None, now: datetime = NOW, **fields: Any
) -> Certificate:
    """A certificate of a vendor or site."""
    organization = vendor.organization
    return services.create_certificate(
        organization=organization,
        vendor=vendor,
        site=site,
        kind=kind,
        by=somebody(organization),
        now=now,
        **fields,
    )


def make_contact(vendor: Vendor, *, name: str = "C. Ontact", now: datetime = NOW, **fields: Any) -> Contact:
    """A person at a vendor."""
    organization = vendor.organization
    return services.create_contact(
        organization=organization, vendor=vendor, by=somebody(organization), now=now, name=name, **fields
    )


def make_note(
    vendor: Vendor,
    *,
    text: str = "They called back.",
    on: date | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> Note:
    """A dated note."""
    organization = vendor.organization
    return services.create_note(
        organization=organization,
        vendor=vendor,
        by=somebody(organization),
        now=now,
        on=on or now.date(),
        text=text,
        **fields,
    )


def make_qualification(
    site: Site, *, operation: str = "UPSTREAM", status: str = "approved", now: datetime = NOW, **fields: Any
) -> Qualification:
    """A qualification, written without the service: only quality may set one."""
    return Qualification.objects.create(
        organization=site.organization,
        site=site,
        operation=operation,
        status=status,
        updated_at=now,
        **({"approver": "Q. Uality"} | fields),
    )


def make_inspection(
    organization: Organization, *, fei: str, event_on: date, classification: str = "NAI", **fields: Any
) -> UploadedRecord:
    """An uploaded FDA inspection of a site."""
    return UploadedRecord.objects.create(
        organization=organization,
        **(
            {
                "kind": "INSPECTION",
                "authority": "FDA",
                "native_id": str(1_000_000 + next(_numbers)),
                "fei": fei,
                "fei_key": fei.lstrip("0"),
                "firm": "A firm",
                "event_on": event_on,
                "classification": classification,
                "product_area": "Drugs",
                "project_area": "Drug Quality Assurance",
                "source": "fda_inspections",
                "read_on": NOW.date(),
            }
            | fields
        ),
    )
