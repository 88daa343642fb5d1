"""Match records without a site's FEI with sites, and take a person's word for those that are not sure.

What is sure counts at once; what is not waits as a proposal and counts nowhere. A decision is kept: a rejected site is
never proposed for that record again, and a remembered one holds for the next record of the same spelling and place.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import MatchMethod, RecordMatch, Site, VendorAlias
from vendors.querysets import RecordMatchQuerySet
from vendors.regulatory.matching import Finding, Sought
from vendors.services import matching_directory as seen
from vendors.services.matching_directory import Source, Spelling
from vendors.services.regulatory import refresh_standings
from vendors.services.writing import begin, constraints_in_words, insert, living, own

BY_ITSELF = "matching"
"""Who is named for a match that no person made."""
REMEMBERED_PCT = 99
"""Confidence of a match that rests on an earlier decision about the same spelling and place."""


@dataclass(frozen=True, kw_only=True)
class MatchReport:
    """What a run of matching did."""

    looked_at: int = 0
    matched: int = 0
    """New matches that count."""
    proposed: int = 0
    """New proposals for a person."""


@transaction.atomic
def match_records(*, organization: Organization, now: datetime) -> MatchReport:
    """Match what has no site yet. Run after a load, an import of vendors, a new alias, and every night.

    A record that is matched is left alone, so is a site that was rejected for it.
    """
    places = seen.places(organization)
    if not places:
        return MatchReport()
    known = _known_matches(organization)
    records = [
        one
        for one in seen.unnumbered(organization, places)
        if not any(match.counts for match in known.get(one[0], {}).values())
    ]
    if not records:
        return MatchReport()
    directory, decisions = seen.directory(organization, places), seen.remembered(organization)
    found: dict[tuple[Sought, Spelling], tuple[Finding, ...]] = {}
    new: list[RecordMatch] = []
    sure: list[int] = []
    given_way: list[int] = []
    for source, sought, spelling in records:
        asked = (sought, spelling)
        if asked not in found:
            found[asked] = _decided(
                directory.find(sought), decisions.get(spelling, {}), set(places), placed=bool(spelling.city)
            )
        earlier = known.get(source, {})
        for one in found[asked]:
            match = earlier.get(one.site_id)
            if match is None:
                new.append(_match(organization, source, one))
            elif match.waits and one.automatic:
                sure.append(match.number)
        if any(one.automatic for one in found[asked]):
            taken = {one.site_id for one in found[asked]}
            given_way += [m.number for site, m in earlier.items() if m.waits and site not in taken]
    rows = RecordMatch.objects.for_organization(organization)
    with constraints_in_words():
        RecordMatch.objects.bulk_create(new, batch_size=1000, ignore_conflicts=True)
        rows.filter(pk__in=sure).update(proposed=False, matched_by_name=BY_ITSELF)
        rows.filter(pk__in=given_way).update(
            proposed=False, rejected_on=now.date(), matched_by_name=BY_ITSELF
        )
    automatic = [match for match in new if not match.proposed]
    touched = {match.site_id for match in automatic}
    touched.update(rows.filter(pk__in=sure).values_list("site_id", flat=True) if sure else ())
    if touched:
        _refresh(organization, touched, now)
    return MatchReport(
        looked_at=len(records),
        matched=len(automatic) + len(sure),
        proposed=len(new) - len(automatic),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """A match that is there already."""

    number: int
    waits: bool
    counts: bool


def _known_matches(organization: Organization) -> dict[Source, dict[int, _Known]]:
    found: dict[Source, dict[int, _Known]] = defaultdict(dict)
    rows = RecordMatch.objects.for_organization(organization).filter(site__archived_at__isnull=True)
    for number, site_id, public_id, uploaded_id, waits, rejected_on in rows.values_list(
        "pk", "site_id", "public_record_id", "uploaded_record_id", "proposed", "rejected_on"
    ):
        source = ("public", public_id) if public_id else ("uploaded", uploaded_id)
        found[source][site_id] = _Known(number, waits, not waits and rejected_on is None)
    return found


def _decided(
    findings: tuple[Finding, ...], decisions: dict[int, bool], living_sites: set[int], *, placed: bool
) -> tuple[Finding, ...]:
    """What earlier decisions about the spelling make of the findings.

    One accepted site is taken for the next record too, unless the spelling names no city and another site, which was
    not rejected for it, may be meant as well: then a person is asked again.
    """
    kept = [one for one in findings if decisions.get(one.site_id, True)]
    accepted = [site for site, was in decisions.items() if was and site in living_sites]
    if len(accepted) == 1 and (placed or not any(one.site_id != accepted[0] for one in kept)):
        return (Finding(accepted[0], MatchMethod.NAME.value, REMEMBERED_PCT, automatic=True),)
    if accepted:
        kept = [replace(one, automatic=False) for one in kept]
    return tuple(kept)


def _match(organization: Organization, source: Source, one: Finding) -> RecordMatch:
    kind, record_id = source
    return RecordMatch(
        organization=organization,
        site_id=one.site_id,
        public_record_id=record_id if kind == "public" else None,
        uploaded_record_id=record_id if kind == "uploaded" else None,
        method=one.method,
        confidence_pct=one.confidence,
        proposed=not one.automatic,
        matched_by_name=BY_ITSELF,
    )


@transaction.atomic
def accept_match(*, match: RecordMatch, remember: bool, by: Actor, now: datetime) -> RecordMatch:
    """Say that the record is of the proposed site; what else was proposed for the record is rejected with it.

    `remember`: the spelling becomes an alias of the vendor, and the next record of that spelling and place matches by
    itself. Raises Conflict when the match counts already.
    """
    current = _begun(match, by)
    if not current.proposed and current.rejected_on is None:
        raise Conflict("This match counts already.", code="decided")
    living(current.site, current.site.vendor)
    _decide(current, accepted=True, remember=remember, by=by, now=now)
    _settle(current, remember=remember, by=by, now=now)
    return current


@transaction.atomic
def reject_proposal(*, match: RecordMatch, remember: bool, by: Actor, now: datetime) -> RecordMatch:
    """Say that the record is not of this site, also when the match counted already.

    `remember`: nor is the next record of that spelling and place. Raises Conflict when it is rejected already.
    """
    current = _begun(match, by)
    if current.rejected_on is not None:
        raise Conflict("This match is rejected already.", code="decided")
    counted = not current.proposed
    _decide(current, accepted=False, remember=remember, by=by, now=now)
    if counted or remember:
        _refresh(current.organization, {current.site_id}, now)
    return current


@transaction.atomic
def match_elsewhere(
    *, match: RecordMatch, site: Site, remember: bool, by: Actor, now: datetime
) -> RecordMatch:
    """Say that the record is of another site than the proposed one; the match that counts from now on."""
    current = _begun(match, by)
    own(current.organization, site)
    living(site, site.vendor)
    if site.pk == current.site_id:
        message = "Choose another site than the proposed one, or accept the proposal."
        raise Invalid(message, errors=[FieldError("site", "same_site", message)])
    if current.rejected_on is None:
        _decide(current, accepted=False, remember=False, by=by, now=now)
    there = _of_record(current).filter(site=site).first()
    if there is None:
        there = RecordMatch(
            organization=current.organization,
            site=site,
            public_record=current.public_record,
            uploaded_record=current.uploaded_record,
            method=MatchMethod.MANUAL.value,
            remembered=remember,
            matched_by_name=by.name,
        )
        insert(there)
    else:
        there.method, there.confidence_pct = MatchMethod.MANUAL.value, 100
        _decide(there, accepted=True, remember=remember, by=by, now=now)
    _settle(there, remember=remember, by=by, now=now)
    return there


def _begun(match: RecordMatch, by: Actor) -> RecordMatch:
    """The match as it is now, locked."""
    begin(match.organization, by, Permission.EDIT_RECORDS)
    return (
        RecordMatch.objects.for_organization(match.organization)
        .select_related("site__vendor", "public_record", "uploaded_record", "organization")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=match.pk)
    )


def _of_record(match: RecordMatch) -> RecordMatchQuerySet[RecordMatch]:
    """Every match of the same record."""
    rows: RecordMatchQuerySet[RecordMatch] = RecordMatch.objects.for_organization(match.organization)
    return rows.filter(public_record=match.public_record_id, uploaded_record=match.uploaded_record_id)


def _decide(match: RecordMatch, *, accepted: bool, remember: bool, by: Actor, now: datetime) -> None:
    match.proposed = False
    match.rejected_on = None if accepted else now.date()
    match.remembered = remember
    match.matched_by_name = by.name
    with constraints_in_words():
        match.save(
            update_fields=[
                "proposed", "rejected_on", "remembered", "matched_by_name", "method", "confidence_pct",
            ]
        )  # fmt: skip


def _settle(match: RecordMatch, *, remember: bool, by: Actor, now: datetime) -> None:
    """After a match that counts: the record's other proposals end, its spelling is learned, the standing follows."""
    organization = match.organization
    _of_record(match).filter(proposed=True).exclude(pk=match.pk).update(
        proposed=False, rejected_on=now.date(), matched_by_name=by.name
    )
    if remember:
        _learn(match)
        match_records(organization=organization, now=now)
    sites = set(_of_record(match).values_list("site_id", flat=True))
    _refresh(organization, sites, now)


def _learn(match: RecordMatch) -> None:
    """Keep the record's spelling as an alias of the vendor, unless its names say it already."""
    record, vendor = match.public_record or match.uploaded_record, match.site.vendor
    assert record is not None  # noqa: S101 - a match is of one record
    firm = record.firm.strip()[: VendorAlias._meta.get_field("name").max_length]
    aliases = seen.aliases_of(match.organization, {vendor.pk}).get(vendor.pk, [])
    if firm and not seen.is_known_name(firm, (vendor.name, vendor.legal_name, *aliases)):
        insert(
            VendorAlias(
                organization=match.organization,
                vendor=vendor,
                name=firm,
                note="spelling of an official record",
            )
        )


def _refresh(organization: Organization, site_ids: set[int], now: datetime) -> None:
    sites = Site.objects.for_organization(organization).filter(pk__in=site_ids).order_by("id")
    refresh_standings(organization=organization, as_of=now.date(), sites=sites)
    wakeup.after_commit(organization.pk)
