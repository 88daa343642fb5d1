"""What of this app the global search finds, and where each hit leads."""

from collections.abc import Sequence

from django.urls import reverse

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.search import Hit, PageEntry, SearchSource
from vendors.facts import FACTS
from vendors.imports.countries import country_name
from vendors.models import Site, Vendor
from vendors.policies import sees_commercial
from vendors.selectors.search import LEDGER_LOOKED_AT, find_records, find_sites, find_vendors
from vendors.value_words import value_words

EXCERPT = 110


def vendors(actor: Actor, words: Sequence[str], limit: int) -> list[Hit]:
    """Vendors by their present and former names."""
    return [
        Hit(
            found.vendor.name,
            reverse("vendors:profile", args=[found.vendor.public_id]),
            _matched(found.field, found.text, plain="name"),
            _about_vendor(found.vendor),
        )
        for found in find_vendors(actor.organization, words, limit)
    ]


def sites(actor: Actor, words: Sequence[str], limit: int) -> list[Hit]:
    """Sites by name, place and official number."""
    return [
        Hit(
            found.site.name,
            reverse("vendors:sites", args=[found.site.vendor.public_id]) + f"#site-{found.site.public_id}",
            _matched(found.field, found.text, plain="site"),
            " · ".join(part for part in (found.site.vendor.name, _place(found.site)) if part),
        )
        for found in find_sites(actor.organization, words, limit)
    ]


def evidence(actor: Actor, words: Sequence[str], limit: int) -> list[Hit]:
    """Records by subject, source and note; commercial ones only for whom they exist."""
    hits = []
    found = find_records(actor.organization, words, limit, commercial=sees_commercial(actor))
    for one in found:
        record = one.record
        fact = FACTS.get(record.target)
        hits.append(
            Hit(
                fact.label if fact else record.target,
                reverse("vendors:evidence_record", args=[record.public_id]),
                _matched(one.field, excerpt(one.text, words), plain="what it is about"),
                f"{record.vendor.name} · {value_words(record.target, record.value, refused=record.refused)}",
            )
        )
    return hits


def excerpt(text: str, words: Sequence[str]) -> str:
    """The part of a long text around the first word that was asked for."""
    if len(text) <= EXCERPT:
        return text
    folded = text.casefold()
    places = [at for word in words if (at := folded.find(word.casefold())) >= 0]
    start = max(0, (min(places) if places else 0) - EXCERPT // 3)
    end = min(len(text), start + EXCERPT)
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"


def _matched(field: str, text: str, *, plain: str) -> str:
    """The field alone when the hit's own title holds the words, else the field with its text."""
    return field if field == plain else f"{field}: {text}"


def _about_vendor(vendor: Vendor) -> str:
    return country_name(vendor.hq_country) if vendor.hq_country else ""


def _place(site: Site) -> str:
    return ", ".join(part for part in (site.city, country_name(site.country) if site.country else "") if part)


SOURCES = (
    SearchSource("vendors", "Vendors", 10, vendors),
    SearchSource("sites", "Sites", 20, sites),
    SearchSource(
        "evidence",
        "Evidence",
        60,
        evidence,
        quick=False,
        note=f"Searched in the newest {LEDGER_LOOKED_AT:,} records.",
    ),
)
PAGES = (
    PageEntry("Add a vendor", "vendors:vendor_add", "new vendor, create", Permission.EDIT_VENDORS),
    PageEntry("Import a file", "vendors:import_add", "upload, spreadsheet, csv, xlsx", Permission.IMPORT),
    PageEntry("Regulatory watch list", "vendors:watch", "inspections, oai, warning letters, fda"),
    PageEntry("Review queue of official records", "vendors:review", "matching, fda records, fei"),
    PageEntry("Possible duplicates", "vendors:duplicates", "merge, same vendor"),
    PageEntry("Confidentiality agreements", "vendors:agreements", "cda, nda"),
    PageEntry("Audit plan", "vendors:audit_plan", "site audits, open questions"),
    PageEntry("Qualifications", "vendors:qualifications", "approved sites, quality status"),
)
