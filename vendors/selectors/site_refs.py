"""Sites and vendors of long lists, as plain data: what a line names them by, without a model instance for each of thousands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from vendors.models import Site
from vendors.querysets import SiteQuerySet

_COLUMNS = (
    "pk", "public_id", "name", "country", "fei", "fei_key", "vendor_id", "vendor__public_id", "vendor__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VendorRef:
    """A vendor by its keys and its name."""

    pk: int
    public_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class SiteRef:
    """A site with its vendor."""

    pk: int
    public_id: UUID
    name: str
    country: str
    fei: str
    fei_key: str
    vendor: VendorRef

    @property
    def vendor_id(self) -> int:
        """The vendor's key."""
        return self.vendor.pk


def site_refs(rows: SiteQuerySet[Site]) -> list[SiteRef]:
    """These sites in their order: one query."""
    vendors: dict[int, VendorRef] = {}
    return [_ref(values, vendors) for values in rows.values_list(*_COLUMNS)]


def _ref(values: Iterable[Any], vendors: dict[int, VendorRef]) -> SiteRef:
    pk, public_id, name, country, fei, fei_key, vendor_id, *of_vendor = values
    vendor = vendors.get(vendor_id)
    if vendor is None:
        vendor = vendors[vendor_id] = VendorRef(vendor_id, *of_vendor)
    return SiteRef(pk, public_id, name, country, fei, fei_key, vendor)
