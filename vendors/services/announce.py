"""Tell what happened to vendors and their evidence: events of the outbox, written with the act itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from cdmo_eval.core.events import EventType, Happening, emit, emit_all, named
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from vendors.facts import FACTS
from vendors.models import Evidence, Site, StandingChange, Vendor
from vendors.resolution import AgeLimits, EvidenceFact, Place, resolve
from vendors.selectors.evidence import facts_of
from vendors.vocabulary import Freshness

ABOUT = (
    "public_id", "target", "confidentiality", "vendor__public_id", "vendor__name", "site__public_id", "site__name",
)  # fmt: skip
"""What has to be read of a record to tell what it is of."""
LOOK_BACK = timedelta(days=7)
"""Days that the nightly look at ages may have been missed without anything staying untold."""


def vendors_archived(
    organization: Organization, vendors: Iterable[Vendor], *, by: Actor, now: datetime
) -> None:
    """Vendors left lists and scorecards; one event each, all written at once."""
    happenings = [
        Happening(
            EventType.VENDOR_ARCHIVED, vendor.public_id, "vendor", {"vendor": named(vendor), **_who(by)}
        )
        for vendor in vendors
    ]
    emit_all(organization_id=organization.pk, happenings=happenings, now=now)


def vendor_merged(vendor: Vendor, *, into: Vendor, by: Actor, now: datetime) -> None:
    """A vendor that was entered twice went up in another one."""
    emit(
        organization_id=vendor.organization_id, type=EventType.VENDOR_MERGED, subject_id=vendor.public_id,
        subject_type="vendor", data={"vendor": named(vendor), "into": named(into), **_who(by)}, now=now,
    )  # fmt: skip


def evidence_retracted(
    organization: Organization, records: Iterable[Evidence], *, by: Actor, now: datetime
) -> None:
    """Records do not count any more; one event each. The reason stays in the record: it may say what only some may read."""
    happenings = [
        Happening(EventType.EVIDENCE_RETRACTED, record.public_id, "evidence", {**_about(record), **_who(by)})
        for record in records
    ]
    emit_all(organization_id=organization.pk, happenings=happenings, now=now)


def states_changed(organization: Organization, changes: Sequence[StandingChange]) -> None:
    """Sites' regulatory states are no longer what they were; one event a site, all written at once."""
    if not changes:
        return
    sites = Site.objects.for_organization(organization).select_related("vendor")
    by_key = sites.in_bulk([change.site_id for change in changes])
    happenings = [
        Happening(
            EventType.VENDOR_REGULATORY_STATE_CHANGED, by_key[change.site_id].vendor.public_id, "vendor",
            {
                "vendor": named(by_key[change.site_id].vendor), "site": named(by_key[change.site_id]),
                "change": str(change.public_id), "as_of": change.as_of, "old_state": change.old_state,
                "new_state": change.new_state, "new_label": change.new_label, "worse": change.worse,
            },
        )
        for change in changes
    ]  # fmt: skip
    emit_all(organization_id=organization.pk, happenings=happenings, now=changes[0].created_at)


def stale_evidence(*, organization: Organization, now: datetime) -> int:
    """Tell which records that count have grown stale since the last look; returns how many.

    Each record is told once for the day it was obtained. Only records that went stale in the last week are looked at: a
    new installation does not tell years of history.
    """
    today = now.date()
    live = Evidence.objects.for_organization(organization).live()
    before = live.of_age(Freshness.STALE, today - LOOK_BACK).values("pk")
    newly = list(
        live.of_age(Freshness.STALE, today)
        .exclude(pk__in=before)
        .select_related("vendor", "site")
        .order_by("id")
    )
    rivals: dict[tuple[int | None, str], list[EvidenceFact]] = {}
    if newly:
        around = live.filter(
            vendor_id__in={record.vendor_id for record in newly},
            target__in={record.target for record in newly},
        )
        for fact in facts_of(around):
            rivals.setdefault((fact.vendor_id, fact.target), []).append(fact)
    told = [record for record in newly if _counts(record, rivals[record.vendor_id, record.target], today)]
    emit_all(
        organization_id=organization.pk,
        happenings=[
            Happening(
                EventType.EVIDENCE_STALE, record.public_id, "evidence",
                {**_about(record), "obtained_on": record.obtained_on}, f"{record.public_id} {record.obtained_on}",
            )
            for record in told
        ],
        now=now,
    )  # fmt: skip
    return len(told)


def _counts(record: Evidence, rivals: Sequence[EvidenceFact], as_of: date) -> bool:
    """Whether the record is the one that counts at its own place: no fresher one speaks there."""
    place = Place(
        vendor_ids=frozenset({record.vendor_id}),
        site_ids=frozenset({record.site_id} if record.site_id else ()),
        capability_ids=frozenset({record.capability_id} if record.capability_id else ()),
        candidate_id=record.candidate_id, proposal_id=record.proposal_id, program_id=record.program_id,
        modalities=_part(record.modality), operations=_part(record.operation), phases=_part(record.phase),
        markets=_part(record.market),
    )  # fmt: skip
    fact = FACTS[record.target]
    winner = resolve(rivals, place, limits=AgeLimits(fact.fresh_months, fact.expire_months), as_of=as_of)
    return winner is not None and winner.record.id == record.pk


def _part(word: str) -> frozenset[str]:
    return frozenset({word} if word else ())


def _about(record: Evidence) -> Mapping[str, Any]:
    """What a record is of. Commercial records say so, and are told to those only who may read them."""
    site = {"site": named(record.site)} if record.site else {}
    return {
        "vendor": named(record.vendor), **site, "target": record.target, "confidentiality": record.confidentiality,
    }  # fmt: skip


def _who(by: Actor) -> Mapping[str, Any]:
    return {"by": {"id": str(by.user.public_id), "name": by.name}} if by.user else {}
