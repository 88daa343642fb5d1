"""What an organisation has already, read in a few queries and looked up by the keys of a file's rows."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from cdmo_eval.core.models import Organization
from vendors.models import (
    Capability,
    Evidence,
    ExternalId,
    ExternalIdType,
    ServiceOffering,
    Site,
    Vendor,
    VendorAlias,
)
from vendors.services.columns import projected_codes

ExternalKey = tuple[str, str]
"""System and value."""
EvidenceKey = tuple[int, int | None, int | None, str]
"""Vendor, site, capability and target of a record."""


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A live record about a target, for telling what is new from what is known."""

    id: int
    value: Any
    claim_type: str
    stated: dict[str, Any]
    """Its provenance by the names of the file's evidence columns."""

    @property
    def obtained_on(self) -> date:
        """The day it was obtained."""
        day: date = self.stated["obtained_on"]
        return day


STATED = (
    "grade",
    "claim_type",
    "obtained_on",
    "valid_until",
    "source",
    "source_url",
    "reviewed_by",
    "reviewed_on",
    "confidentiality",
    "note",
)


class Known:
    """The organisation's living vendors, sites and capabilities by their keys."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.vendors: dict[int, Vendor] = {}
        self.names: dict[str, int] = {}
        self.other_names: dict[str, set[int]] = defaultdict(set)
        self.sites: dict[int, Site] = {}
        self.sites_by_fei: dict[str, list[int]] = defaultdict(list)
        self.sites_by_name: dict[tuple[int, str], int] = {}
        self.capabilities: dict[tuple[int, str, str], Capability] = {}
        self.vendor_ids: dict[ExternalKey, int] = {}
        self.site_ids: dict[ExternalKey, int] = {}
        self._read_vendors()
        self._read_sites()
        self._read_capabilities()
        self._read_ids()

    def _read_vendors(self) -> None:
        for vendor in Vendor.objects.for_organization(self.organization).active().order_by("id"):
            self.vendors[vendor.pk] = vendor
            self.names[vendor.name.casefold()] = vendor.pk
            if vendor.legal_name:
                self.other_names[vendor.legal_name.casefold()].add(vendor.pk)
        aliases = VendorAlias.objects.for_organization(self.organization).active().order_by("id")
        for vendor_id, name in aliases.values_list("vendor_id", "name"):
            if vendor_id in self.vendors:
                self.other_names[name.casefold()].add(vendor_id)

    def _read_sites(self) -> None:
        for site in Site.objects.for_organization(self.organization).active().order_by("id"):
            if site.vendor_id not in self.vendors:
                continue
            site.vendor = self.vendors[site.vendor_id]
            self.sites[site.pk] = site
            self.sites_by_name[site.vendor_id, site.name.casefold()] = site.pk
            if site.fei_key:
                self.sites_by_fei[site.fei_key].append(site.pk)

    def _read_capabilities(self) -> None:
        rows = Capability.objects.for_organization(self.organization).filter(archived_at__isnull=True)
        for capability in rows.order_by("id"):
            if capability.site_id in self.sites:
                capability.site = self.sites[capability.site_id]
                key = (capability.site_id, capability.modality, capability.operation)
                self.capabilities[key] = capability

    def _read_ids(self) -> None:
        kinds = [ExternalIdType.VENDOR.value, ExternalIdType.SITE.value]
        rows = ExternalId.objects.for_organization(self.organization).filter(object_type__in=kinds)
        for system, value, vendor_id, site_id in rows.order_by("id").values_list(
            "system", "value", "vendor_id", "site_id"
        ):
            if vendor_id in self.vendors:
                self.vendor_ids[system, value] = vendor_id
            elif site_id in self.sites:
                self.site_ids[system, value] = site_id

    def services(self, vendor_ids: Collection[int]) -> dict[tuple[int, str], ServiceOffering]:
        """The vendors' own services, without those of single sites."""
        rows = ServiceOffering.objects.for_organization(self.organization).active()
        return {
            (row.vendor_id, row.code): row
            for row in rows.filter(vendor_id__in=vendor_ids, site__isnull=True).order_by("id")
        }

    def evidence(self, vendor_ids: Collection[int]) -> dict[EvidenceKey, list[KnownRecord]]:
        """The live records that fill columns and hold everywhere, oldest first; a refusal has no value."""
        found: dict[EvidenceKey, list[KnownRecord]] = defaultdict(list)
        rows = (
            Evidence.objects.for_organization(self.organization)
            .live()
            .of_profile()
            .filter(
                vendor_id__in=vendor_ids,
                target__in=projected_codes(),
                modality="",
                operation="",
                phase="",
                market="",
                program_id__isnull=True,
            )
            .order_by("obtained_on", "id")
            .values("id", "vendor_id", "site_id", "capability_id", "target", "value", *STATED)
        )
        for row in rows.iterator(chunk_size=5000):
            key = (row["vendor_id"], row["site_id"], row["capability_id"], row["target"])
            stated = {name: row[name] for name in STATED}
            found[key].append(KnownRecord(row["id"], row["value"], row["claim_type"], stated))
        return found
