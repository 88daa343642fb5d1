"""Reads of official records: those of a site, its standing on a day, and the timeline of a vendor."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, F, Func, Max, Q

from cdmo_eval.core.models import Organization
from vendors.models import (
    PublicRecord,
    RecordMatch,
    RegulatoryState,
    Site,
    SourceRead,
    UploadedLoad,
    UploadedRecord,
    Vendor,
)
from vendors.querysets import PublicRecordQuerySet, UploadedRecordQuerySet
from vendors.regulatory.history import SiteHistory, site_history
from vendors.regulatory.records import RegulatoryRecord
from vendors.selectors.site_refs import SiteRef
from vendors.vocabulary import RecordKind

_COLUMNS = (
    "kind",
    "authority",
    "native_id",
    "fei_key",
    "firm",
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
    "public_id",
)
_KINDS = {kind.value: kind for kind in RecordKind}


@dataclass(frozen=True)
class SiteRegulatory:
    """A site, its records, and what they say on a day."""

    site: Site
    history: SiteHistory
    records: tuple[RegulatoryRecord, ...]

    @property
    def state(self) -> RegulatoryState:
        """The site's state in one word."""
        return regulatory_state(self.history)


@dataclass(frozen=True)
class TimelineEntry:
    """One record on a vendor's timeline."""

    on: date
    site: Site
    record: RegulatoryRecord


def regulatory_state(history: SiteHistory) -> RegulatoryState:
    """The worst thing open, else a pending classification, else how the latest inspection ended."""
    if history.cap is not None:
        return RegulatoryState(history.cap.code.value.lower())
    if history.pending:
        return RegulatoryState.PENDING
    if history.shares:
        return RegulatoryState(history.shares[-1].inspection.classification.value.lower())
    return RegulatoryState.NO_RECORD


def records_of_sites(
    organization: Organization,
    sites: Iterable[Site | SiteRef],
    *,
    kinds: Collection[RecordKind] | None = None,
) -> dict[int, list[RegulatoryRecord]]:
    """The official records of each site, all or of some kinds, in three queries however many sites there are.

    A record belongs to a site when it carries the site's FEI, unless the match was rejected, or when it was
    matched otherwise. An uploaded record with the key of a public one is left out: nothing counts twice.
    """
    keys: dict[str, list[int]] = defaultdict(list)
    site_ids = []
    for site in sites:
        site_ids.append(site.pk)
        if site.fei_key:
            keys[site.fei_key].append(site.pk)
    rejected: set[tuple[int, str, int]] = set()
    matched: dict[tuple[str, int], set[int]] = defaultdict(set)
    for site_id, public_id, uploaded_id, rejected_on in (
        RecordMatch.objects.for_organization(organization)
        .decided()
        .filter(site_id__in=site_ids)
        .values_list("site_id", "public_record_id", "uploaded_record_id", "rejected_on")
    ):
        source, record_id = ("public", public_id) if public_id else ("uploaded", uploaded_id)
        if rejected_on:
            rejected.add((site_id, source, record_id))
        else:
            matched[source, record_id].add(site_id)
    found: dict[int, list[RegulatoryRecord]] = {site_id: [] for site_id in site_ids}
    seen: dict[int, set[object]] = defaultdict(set)
    uploaded = UploadedRecord.objects.for_organization(organization).active()
    of_both: tuple[tuple[str, Any], ...] = (("public", PublicRecord.objects.active()), ("uploaded", uploaded))
    for source, every in of_both:
        rows = every if kinds is None else every.filter(kind__in=[kind.value for kind in kinds])
        by_hand = [record_id for kind, record_id in matched if kind == source]
        for row_id, *values in (
            rows.filter(Q(fei_key__in=list(keys)) | Q(pk__in=by_hand))
            .order_by("id")
            .values_list("pk", *_COLUMNS)
            .iterator(chunk_size=5000)
        ):
            record = _record(values)
            identity = (*record.natural_key, record.cfr)
            for site_id in {*keys.get(record.fei, ()), *matched.get((source, row_id), ())}:
                if (site_id, source, row_id) in rejected or identity in seen[site_id]:
                    continue
                seen[site_id].add(identity)
                found[site_id].append(record)
    return found


def _record(values: Sequence[object]) -> RegulatoryRecord:
    """A row of either table as plain data."""
    columns = dict(zip(_COLUMNS, values, strict=True))
    columns["kind"] = _KINDS[str(columns["kind"])]
    columns["fei"] = columns.pop("fei_key")
    columns["record_id"] = str(columns.pop("public_id"))
    return RegulatoryRecord(**columns)  # type: ignore[arg-type]


def source_reads(
    organization: Organization | None = None, as_of: date | None = None
) -> dict[RecordKind, date]:
    """When each kind of record was last read: in public or, for an organisation, in a file of its own, the newer.

    `as_of` None counts every read, also later than a day. One query.
    """
    public: Any = SourceRead.objects.values_list("kind").annotate(last=Max("read_on")).order_by()
    own: Any = UploadedLoad.objects.none()
    if organization is not None:
        own = UploadedLoad.objects.for_organization(organization).standing()
    if as_of is not None:
        public, own = public.filter(read_on__lte=as_of), own.filter(read_on__lte=as_of)
    one_by_one = own.annotate(one=Func(F("record_kinds"), function="unnest", output_field=CharField()))
    found: dict[RecordKind, date] = {}
    for kind, last in public.union(one_by_one.order_by().values_list("one", "read_on"), all=True):
        found[_KINDS[kind]] = max(last, found.get(_KINDS[kind], last))
    return found


def sites_regulatory(
    organization: Organization, sites: Iterable[Site], *, as_of: date
) -> dict[int, SiteRegulatory]:
    """What the records say about each of several sites on a day."""
    listed = list(sites)
    records = records_of_sites(organization, listed)
    reads = source_reads(organization)
    # nothing was looked up under a number that is not known, or that no official file knows
    without_recalls: dict[RecordKind, date] = {
        kind: on for kind, on in reads.items() if kind is not RecordKind.RECALL
    }
    return {
        site.pk: SiteRegulatory(
            site=site,
            history=site_history(
                records[site.pk],
                as_of=as_of,
                reads=reads if site.fei_key and records[site.pk] else without_recalls,
            ),
            records=tuple(records[site.pk]),
        )
        for site in listed
    }


def site_regulatory(organization: Organization, site: Site, *, as_of: date) -> SiteRegulatory:
    """What the records say about one site on a day."""
    return sites_regulatory(organization, [site], as_of=as_of)[site.pk]


def regulatory_timeline(organization: Organization, vendor: Vendor, *, as_of: date) -> list[TimelineEntry]:
    """All dated records of a vendor's sites up to a day, newest first."""
    sites = {
        site.pk: site
        for site in Site.objects.for_organization(organization).of_vendor(vendor).active().order_by("id")
    }
    entries = [
        TimelineEntry(on=record.happened_on, site=sites[site_id], record=record)
        for site_id, records in records_of_sites(organization, sites.values()).items()
        for record in records
        if record.happened_on is not None and record.happened_on <= as_of
    ]
    return sorted(entries, key=lambda e: (e.on, e.site.pk, e.record.record_id), reverse=True)


def regulatory_records(
    organization: Organization, *, vendor: Vendor | None = None, site: Site | None = None
) -> tuple[PublicRecordQuerySet[PublicRecord], UploadedRecordQuerySet[UploadedRecord]]:
    """The stored records of an organisation's sites, public and uploaded, for lists; of one vendor or site if named."""
    sites = Site.objects.for_organization(organization).active()
    if vendor is not None:
        sites = sites.of_vendor(vendor)
    if site is not None:
        sites = sites.filter(pk=site.pk)
    keys = sites.exclude(fei_key="").values("fei_key")
    matches = RecordMatch.objects.for_organization(organization).accepted().filter(site__in=sites)
    public = PublicRecord.objects.active().filter(
        Q(fei_key__in=keys) | Q(pk__in=matches.filter(public_record__isnull=False).values("public_record_id"))
    )
    uploaded = UploadedRecord.objects.for_organization(organization).active()
    if vendor is not None or site is not None:
        uploaded = uploaded.filter(
            Q(fei_key__in=keys)
            | Q(pk__in=matches.filter(uploaded_record__isnull=False).values("uploaded_record_id"))
        )
    return public.in_order(), uploaded.in_order()
