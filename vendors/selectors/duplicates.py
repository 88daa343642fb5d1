"""Vendors that may have been entered twice."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

from cdmo_eval.core.models import Organization
from vendors.models import DistinctVendors, Vendor, VendorAlias
from vendors.regulatory.names import firm_names


@dataclass(frozen=True)
class PossibleDuplicate:
    """Two living vendors, the older first, and the name in which they agree."""

    vendor: Vendor
    other: Vendor
    name: str


def possible_duplicates(organization: Organization) -> list[PossibleDuplicate]:
    """Pairs of vendors one of whose names is the same but for legal form, case and accents, by that name: four queries.

    Without the pairs of which somebody said that they are two companies.
    """
    living = Vendor.objects.for_organization(organization).active()
    vendors = set()
    called: dict[str, dict[int, str]] = defaultdict(dict)
    for pk, *texts in living.order_by("name", "id").values_list("pk", "name", "legal_name"):
        vendors.add(pk)
        for text in texts:
            _note(called, pk, text)
    aliases = VendorAlias.objects.for_organization(organization).active().order_by("id")
    for pk, text in aliases.values_list("vendor_id", "name"):
        if pk in vendors:
            _note(called, pk, text)
    apart = set(DistinctVendors.objects.for_organization(organization).values_list("vendor_id", "other_id"))
    found: dict[tuple[int, int], str] = {}
    for holders in called.values():
        for pair in combinations(sorted(holders), 2):
            if pair not in apart:
                found.setdefault(pair, holders[pair[0]])
    # also one that was archived a moment ago: the pair was found while it was there
    rows = Vendor.objects.for_organization(organization).in_bulk([pk for pair in found for pk in pair])
    pairs = [PossibleDuplicate(rows[one], rows[two], name) for (one, two), name in found.items()]
    return sorted(pairs, key=lambda pair: (pair.vendor.name, pair.other.name, pair.vendor.pk, pair.other.pk))


def _note(called: dict[str, dict[int, str]], vendor_id: int, text: str) -> None:
    for name in firm_names(text):
        called[name.key].setdefault(vendor_id, text)
