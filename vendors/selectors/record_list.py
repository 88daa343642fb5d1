"""Official records as one list: the public ones of an organisation's sites and those it uploaded."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value

from cdmo_eval.core.models import Organization
from vendors.models import PublicRecord, RecordMatch, Site, Vendor
from vendors.models.regulatory import NATURAL_KEY
from vendors.selectors.regulatory import regulatory_records

COLUMNS = (
    "kind",
    "authority",
    "native_id",
    "fei",
    "fei_key",
    "firm",
    "city",
    "country",
    "event_on",
    "posted_on",
    "classification",
    "product_area",
    "project_area",
    "cfr",
    "scope",
    "closed_on",
    "closed_by_document",
    "source",
    "read_on",
)
Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]
Row = Mapping[str, Any]


def record_list(
    organization: Organization, *, narrow: Narrow, vendor: Vendor | None = None, site: Site | None = None
) -> QuerySet[Any]:
    """Rows of COLUMNS with `id`, `public_id` and `origin`, newest event first; `narrow` filters either table.

    An uploaded record with the key of a public one is left out: nothing is listed twice.
    """
    public, uploaded = regulatory_records(organization, vendor=vendor, site=site)
    twin = PublicRecord.objects.active().filter(**{name: OuterRef(name) for name in NATURAL_KEY})
    parts = [
        _columns(narrow(public), "public"),
        _columns(narrow(uploaded).filter(~Exists(twin)), "uploaded"),
    ]
    rows: QuerySet[Any] = parts[0].union(parts[1], all=True)
    ordered: QuerySet[Any] = rows.order_by(F("event_on").desc(nulls_last=True), "-id", "origin")
    return ordered


def _columns(rows: QuerySet[Any], origin: str) -> QuerySet[Any]:
    marked = rows.order_by().annotate(origin=Value(origin, output_field=CharField()))
    found: QuerySet[Any] = marked.values("origin", "id", "public_id", *COLUMNS)
    return found


def sites_of_records(organization: Organization, rows: Sequence[Row]) -> dict[tuple[str, int], list[UUID]]:
    """The sites of listed records by (origin, id): by FEI, by match, without rejected matches; two queries."""
    keys = {row["fei_key"] for row in rows if row["fei_key"]}
    numbers = {origin: [r["id"] for r in rows if r["origin"] == origin] for origin in ("public", "uploaded")}
    by_key: dict[str, list[UUID]] = defaultdict(list)
    sites = Site.objects.for_organization(organization).active()
    for key, public_id in sites.with_fei(*keys).order_by("id").values_list("fei_key", "public_id"):
        by_key[key].append(public_id)
    matched: dict[tuple[str, int], list[UUID]] = defaultdict(list)
    rejected: set[tuple[str, int, UUID]] = set()
    matches = (
        RecordMatch.objects.for_organization(organization)
        .decided()
        .filter(
            Q(public_record_id__in=numbers["public"]) | Q(uploaded_record_id__in=numbers["uploaded"]),
            site__archived_at__isnull=True,
        )
        .order_by("id")
    )
    for public, uploaded, site, rejected_on in matches.values_list(
        "public_record_id", "uploaded_record_id", "site__public_id", "rejected_on"
    ):
        place = ("public", public) if public else ("uploaded", uploaded)
        if rejected_on:
            rejected.add((*place, site))
        else:
            matched[place].append(site)
    found = {}
    for row in rows:
        place = (row["origin"], row["id"])
        candidates = dict.fromkeys([*by_key.get(row["fei_key"], ()), *matched.get(place, ())])
        found[place] = [site for site in candidates if (*place, site) not in rejected]
    return found
