"""What of the directory and the ledger a few words are found in, and in which field they stood.

Every word must be found; a pattern operator uses no index under row-level security (see querysets), so these are
scans of the organisation's own rows. Vendors and sites are few; of the ledger the newest records are looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Lower

from cdmo_eval.core.models import Organization
from vendors.facts import FACTS
from vendors.models import Evidence, Site, Vendor, VendorAlias

LEDGER_LOOKED_AT = 50_000
"""Newest records whose text is searched: 0.1 s; all of 300,000 would take 0.6 s."""
SITE_NUMBERS = (
    ("fei", "FEI"),
    ("duns", "DUNS"),
    ("ema_org_id", "EMA organisation"),
    ("ema_loc_id", "EMA location"),
    ("mia_number", "manufacturing authorisation"),
    ("mhra_licence", "MHRA licence"),
)


@dataclass(frozen=True)
class FoundVendor:
    """A vendor and the field that holds the words: ("former or other name", "Oxley Pharma")."""

    vendor: Vendor
    field: str
    text: str


@dataclass(frozen=True)
class FoundSite:
    """A site and the field that holds the words."""

    site: Site
    field: str
    text: str


@dataclass(frozen=True)
class FoundRecord:
    """A record of the ledger and the field that holds the words."""

    record: Evidence
    field: str
    text: str


def find_vendors(organization: Organization, words: Sequence[str], limit: int) -> list[FoundVendor]:
    """Vendors by name, legal name, owner or other names; those whose name begins with the words first: two queries."""
    rows = Vendor.objects.for_organization(organization).active()
    aliases = VendorAlias.objects.for_organization(organization).active()
    for word in words:
        named = aliases.filter(name__icontains=word).values("vendor_id")
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(legal_name__icontains=word)
            | Q(parent__icontains=word)
            | Q(pk__in=named)
        )
    found = list(rows.annotate(nearness=_nearness(words)).order_by("nearness", Lower("name"), "id")[:limit])
    others: dict[int, list[str]] = {}
    for vendor_id, name in (
        aliases.filter(vendor__in=found).order_by("name", "id").values_list("vendor_id", "name")
    ):
        others.setdefault(vendor_id, []).append(name)
    return [FoundVendor(vendor, *_vendor_field(vendor, others.get(vendor.pk, []), words)) for vendor in found]


def find_sites(organization: Organization, words: Sequence[str], limit: int) -> list[FoundSite]:
    """Living sites by name, city, address or official number, the vendor's name helping: one query."""
    rows = Site.objects.for_organization(organization).active().filter(vendor__archived_at__isnull=True)
    own_words = Q(pk__in=[])
    for word in words:
        own = Q(name__icontains=word) | Q(city__icontains=word) | Q(address__icontains=word)
        for column, _ in SITE_NUMBERS:
            own |= Q(**{f"{column}__icontains": word.lstrip("0") or word})
        own_words |= own
        rows = rows.filter(own | Q(vendor__name__icontains=word))
    found = rows.filter(own_words).annotate(nearness=_nearness(words)).select_related("vendor")
    return [
        FoundSite(site, *_site_field(site, words))
        for site in found.order_by("nearness", Lower("name"), "id")[:limit]
    ]


def find_records(
    organization: Organization, words: Sequence[str], limit: int, *, commercial: bool
) -> list[FoundRecord]:
    """Living records by what they are about, their source or their note, the newest first: two queries.

    `commercial`: whether the reader may see commercial records. Looks at the newest `LEDGER_LOOKED_AT`.
    """
    rows = Evidence.objects.for_organization(organization).live().visible(commercial=commercial)
    since = ledger_since(organization)
    if since is not None:
        rows = rows.filter(recorded_at__gte=since)
    own_words = Q(pk__in=[])
    for word in words:
        about = [code for code, fact in FACTS.items() if word.casefold() in fact.label.casefold()]
        own = Q(source__icontains=word) | Q(note__icontains=word) | Q(target__in=about)
        own_words |= own
        vendors = Vendor.objects.for_organization(organization).filter(name__icontains=word).values("pk")
        rows = rows.filter(own | Q(vendor_id__in=vendors))
    found = rows.filter(own_words, vendor__archived_at__isnull=True).select_related(
        "vendor", "site", "capability"
    )
    return [FoundRecord(record, *_record_field(record, words)) for record in found.newest_first()[:limit]]


def ledger_since(organization: Organization) -> datetime | None:
    """When the oldest record that the search looks at was recorded; None while it looks at all."""
    moments = (
        Evidence.objects.for_organization(organization).newest_first().values_list("recorded_at", flat=True)
    )
    return next(iter(moments[LEDGER_LOOKED_AT : LEDGER_LOOKED_AT + 1]), None)


def _nearness(words: Sequence[str]) -> Case:
    """Names that begin with the words, then those that hold them, then the rest."""
    text = " ".join(words)
    return Case(
        When(name__istartswith=text, then=Value(0)),
        When(name__icontains=text, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _vendor_field(vendor: Vendor, others: Iterable[str], words: Sequence[str]) -> tuple[str, str]:
    fields = [("name", vendor.name)]
    fields += [("former or other name", other) for other in others]
    fields += [("legal name", vendor.legal_name), ("owner", vendor.parent)]
    return _best(fields, words)


def _site_field(site: Site, words: Sequence[str]) -> tuple[str, str]:
    fields = [("site", site.name), ("city", site.city)]
    fields += [(label, getattr(site, column)) for column, label in SITE_NUMBERS]
    return _best([*fields, ("address", site.address)], [word.lstrip("0") or word for word in words])


def _record_field(record: Evidence, words: Sequence[str]) -> tuple[str, str]:
    fact = FACTS.get(record.target)
    about = fact.label if fact else record.target
    return _best([("source", record.source), ("note", record.note), ("what it is about", about)], words)


def _best(fields: Sequence[tuple[str, str]], words: Sequence[str]) -> tuple[str, str]:
    """The field that holds most of the words, the first of equals."""
    asked = [word.casefold() for word in words]
    return max(fields, key=lambda field: sum(word in field[1].casefold() for word in asked))
