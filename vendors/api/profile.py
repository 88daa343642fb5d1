"""`vendors/`, `sites/`, `capabilities/`, `services/`."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve, conditional
from cdmo_eval.http.fields import FIRST_YEAR, LAST_YEAR
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.parameters import DAY, told
from vendors import services
from vendors.api import profile_fields as fields
from vendors.api.regulatory_fields import SiteRegulatoryOut
from vendors.filters import CapabilityFilters, ServiceFilters, SiteFilters, VendorFilters
from vendors.models import Capability, ExternalIdType, ServiceOffering, Site, Vendor
from vendors.selectors import object_called, resources, site_regulatory
from vendors.services import identified

BY_EXTERNAL_ID = "by-external-id/<str:system>/<path:value>"


class ArchivableViews(ListRetrieve):
    """Rows that are added, changed and archived; their answers hold other rows."""

    write_permission = Permission.EDIT_VENDORS

    def archive(self, row: Any, expected_version: int | None) -> None:
        """Call the service that archives."""
        raise NotImplementedError(type(self).__name__)

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Archive it: out of lists and scores, with all that is known kept."""
        row = self.get_object()
        self.archive(row, self.expected_version(row))
        return Response(status=204)


class IdentifiedViews(ArchivableViews):
    """Rows that other systems have names for."""

    composite = True
    object_type: ClassVar[ExternalIdType]

    def called(self, system: str, value: str) -> Any:
        """The row that another system calls so; NotFound without one."""
        row = object_called(self.actor.organization, self.object_type, system, value)
        if row is None:
            raise NotFound("There is no such thing here.")
        return self.get_queryset().get(pk=row.pk)  # type: ignore[union-attr]

    def upserting(self, system: str, value: str) -> dict[str, Any]:
        """What an upsert is told beside its body; raises PreconditionFailed for an If-Match that names an old version."""
        given = "If-Match" in self.request.headers
        row = object_called(self.actor.organization, self.object_type, system, value)
        version = None if row is None else self.expected_version(row)
        return {
            "organization": self.actor.organization, "system": system, "value": value, "by": self.actor,
            "now": self.now, "must_exist": given, "expected_version": version,
        }  # fmt: skip

    def upserted(self, row: Any, *, created: bool) -> Response:
        """The answer to an upsert."""
        answer = self.show(row, status=201 if created else 200)
        if created:
            answer["Location"] = reverse(f"{self.basename}-detail", kwargs={"id": row.public_id})
        return answer


class VendorViews(IdentifiedViews):
    """The companies."""

    model = Vendor
    object_type = ExternalIdType.VENDOR
    serializer_class = fields.VendorOut
    filterset_class = VendorFilters

    def queryset_for(self, actor: Actor) -> QuerySet[Vendor]:
        """All vendors, archived ones too: the filter set leaves them out of lists."""
        return resources.vendor_resources(actor.organization)

    def filter_arguments(self) -> dict[str, Any]:
        """Freshness is of a day."""
        return {"as_of": self.today}

    @extend_schema(request=fields.VendorIn, responses={201: fields.VendorOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a vendor."""
        vendor = identified.create_identified_vendor(
            organization=self.actor.organization, by=self.actor, now=self.now, **self.input(fields.VendorIn)
        )
        return self.show(vendor, status=201)

    @extend_schema(request=fields.VendorChange, responses=fields.VendorOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change what is sent."""
        vendor = self.get_object()
        sent = self.input(fields.VendorChange, partial=True)
        identified.update_identified_vendor(
            vendor=vendor, expected_version=self.expected_version(vendor), by=self.actor, now=self.now, **sent
        )
        return self.show(vendor)

    def archive(self, row: Vendor, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_vendor(vendor=row, expected_version=expected_version, by=self.actor, now=self.now)

    @extend_schema(request=None, responses=fields.VendorOut)
    @conditional
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, id: str) -> Response:  # noqa: A002
        """Bring an archived vendor back."""
        vendor = self.get_object()
        services.restore_vendor(
            vendor=vendor, expected_version=self.expected_version(vendor), by=self.actor, now=self.now
        )
        return self.show(vendor)

    @extend_schema(operation_id="vendors_by_external_id", responses=fields.VendorOut)
    @action(detail=False, methods=["get"], url_path=BY_EXTERNAL_ID, url_name="by-external-id")
    def by_external_id(self, request: Request, system: str, value: str) -> Response:
        """The vendor that another system calls so."""
        return self.answer(self.get_serializer_class(), self.called(system, value))

    @extend_schema(
        operation_id="vendors_upsert", request=fields.VendorIn,
        responses={200: fields.VendorOut, 201: fields.VendorOut},
    )  # fmt: skip
    @by_external_id.mapping.put
    @conditional
    def upsert(self, request: Request, system: str, value: str) -> Response:
        """Change the vendor that another system calls so, or add it."""
        told = self.upserting(system, value)
        vendor, created = identified.upsert_vendor(**told, **self.input(fields.VendorIn))
        return self.upserted(vendor, created=created)


class SiteViews(IdentifiedViews):
    """Plants and laboratories."""

    model = Site
    object_type = ExternalIdType.SITE
    serializer_class = fields.SiteOut
    filterset_class = SiteFilters

    def queryset_for(self, actor: Actor) -> QuerySet[Site]:
        """All sites."""
        return resources.site_resources(actor.organization)

    @extend_schema(request=fields.SiteIn, responses={201: fields.SiteOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a site to a vendor."""
        site = identified.create_identified_site(
            organization=self.actor.organization, by=self.actor, now=self.now, **self.input(fields.SiteIn)
        )
        return self.show(site, status=201)

    @extend_schema(request=fields.SiteChange, responses=fields.SiteOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change what is sent."""
        site = self.get_object()
        sent = self.input(fields.SiteChange, partial=True)
        identified.update_identified_site(
            site=site, expected_version=self.expected_version(site), by=self.actor, now=self.now, **sent
        )
        return self.show(site)

    def archive(self, row: Site, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_site(site=row, expected_version=expected_version, by=self.actor, now=self.now)

    @extend_schema(operation_id="sites_by_external_id", responses=fields.SiteOut)
    @action(detail=False, methods=["get"], url_path=BY_EXTERNAL_ID, url_name="by-external-id")
    def by_external_id(self, request: Request, system: str, value: str) -> Response:
        """The site that another system calls so."""
        return self.answer(self.get_serializer_class(), self.called(system, value))

    @extend_schema(
        operation_id="sites_upsert", request=fields.SiteUpsert,
        responses={200: fields.SiteOut, 201: fields.SiteOut},
    )  # fmt: skip
    @by_external_id.mapping.put
    @conditional
    def upsert(self, request: Request, system: str, value: str) -> Response:
        """Change the site that another system calls so, or add it to a vendor."""
        told = self.upserting(system, value)
        site, created = identified.upsert_site(**told, **self.input(fields.SiteUpsert))
        return self.upserted(site, created=created)

    @extend_schema(
        responses=SiteRegulatoryOut,
    )
    @action(detail=True, methods=["get"])
    def regulatory(self, request: Request, id: str) -> Response:  # noqa: A002
        """What official records say about the site on a day: score, cap, state, and every record."""
        standing = site_regulatory(self.actor.organization, self.get_object(), as_of=self.as_of())
        return Response(SiteRegulatoryOut(standing).data)

    def described_parameters(self) -> dict[str, str]:
        """`as_of` belongs to `regulatory/` alone."""
        return (
            {"as_of": told("The day to look back from; today without it.", DAY)}
            if self.action == "regulatory"
            else {}
        )

    def as_of(self) -> date:
        """The day asked for."""
        given = self.request.query_params.get("as_of", "")
        try:
            day = date.fromisoformat(given) if given else self.today
        except ValueError:
            day = date.max
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError({"as_of": f"Give a day from {FIRST_YEAR} to {LAST_YEAR} as YYYY-MM-DD."})
        return day


class CapabilityViews(ArchivableViews):
    """What a site does: an operation for a modality."""

    model = Capability
    serializer_class = fields.CapabilityOut
    filterset_class = CapabilityFilters

    def queryset_for(self, actor: Actor) -> QuerySet[Capability]:
        """All capabilities."""
        return resources.capability_resources(actor.organization)

    @extend_schema(request=fields.CapabilityIn, responses={201: fields.CapabilityOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Say that a site does an operation for a modality."""
        capability = services.create_capability(
            organization=self.actor.organization,
            by=self.actor,
            now=self.now,
            **self.input(fields.CapabilityIn),
        )
        return self.show(capability, status=201)

    @extend_schema(request=fields.CapabilityChange, responses=fields.CapabilityOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change what is sent; site, modality and operation stay."""
        row = self.get_object()
        sent = self.input(fields.CapabilityChange, partial=True)
        services.update_capability(
            capability=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    def archive(self, row: Capability, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_capability(
            capability=row, expected_version=expected_version, by=self.actor, now=self.now
        )


class ServiceViews(ArchivableViews):
    """Services that a vendor or a site offers, itself or by a partner."""

    model = ServiceOffering
    serializer_class = fields.ServiceOut
    filterset_class = ServiceFilters

    def queryset_for(self, actor: Actor) -> QuerySet[ServiceOffering]:
        """All services."""
        return resources.service_resources(actor.organization)

    @extend_schema(request=fields.ServiceIn, responses={201: fields.ServiceOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """List a service."""
        offering = services.create_service_offering(
            organization=self.actor.organization, by=self.actor, now=self.now, **self.input(fields.ServiceIn)
        )
        return self.show(offering, status=201)

    @extend_schema(request=fields.ServiceChange, responses=fields.ServiceOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change how it is delivered, by whom, at which grade, for which markets."""
        row = self.get_object()
        sent = self.input(fields.ServiceChange, partial=True)
        services.update_service_offering(
            offering=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **sent
        )
        return self.show(row)

    def archive(self, row: ServiceOffering, expected_version: int | None) -> None:
        """As the service has it."""
        services.archive_service_offering(
            offering=row, expected_version=expected_version, by=self.actor, now=self.now
        )
