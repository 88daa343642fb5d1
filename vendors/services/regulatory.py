"""Take in official records and take them back, say which site they are of, keep the directory's standings up to date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import (
    MatchMethod,
    PublicLoad,
    PublicRecord,
    RecordMatch,
    Site,
    SiteStanding,
    SourceRead,
    StandingChange,
    UploadedLoad,
    UploadedRecord,
)
from vendors.regulatory.records import RegulatoryRecord
from vendors.selectors import SiteRegulatory, sites_regulatory
from vendors.services import announce
from vendors.services.record_load import LoadReport, SiteKey, load_records
from vendors.services.record_undo import undo_load
from vendors.services.writing import begin, constraints_in_words, insert, own
from vendors.vocabulary import RecordKind

_STANDING_COLUMNS = ["as_of", "state", "base_score", "score", "cap", "latest_on", "latest_classification"]


@dataclass(frozen=True, kw_only=True)
class PublicRead:
    """One full reading of a public source, and the file it came from."""

    source: str
    kinds: tuple[RecordKind, ...]
    read_on: date
    file_name: str = ""
    sha256: str = ""
    by: str = ""


@transaction.atomic
def upload_records(
    *,
    organization: Organization,
    records: Iterable[RegulatoryRecord],
    by: Actor,
    now: datetime,
    load: UploadedLoad | None = None,
    complete: bool = False,
) -> LoadReport:
    """Keep a member's records inside the organisation; a row whose key is public, or known already, is ignored.

    A known row with other content is replaced, its earlier version kept. `load` says which file they come from (not
    saved yet, or only checked); without one they count as no reading of a list. Records of the organisation's sites
    wake their scorecards.
    """
    begin(organization, by, Permission.EDIT_RECORDS)
    load = load or UploadedLoad(organization=organization, kind="records", read_on=now.date())
    own(organization, load)
    load.uploaded_by, load.by_name = by.user, by.name
    report = load_records(records, load=load, now=now, whole_list=complete)
    refresh_standings(organization=organization, as_of=now.date())
    wakeup.after_commit(organization.pk)
    return report


@transaction.atomic
def load_public_records(
    *,
    records: Iterable[RegulatoryRecord],
    read: PublicRead,
    now: datetime,
    complete: bool = False,
    load: PublicLoad | None = None,
) -> LoadReport:
    """Take in a public file: for the operator's commands, inside `owner_connection()`.

    Rows that did not change are not touched, so their sites' scorecards stay clean. `complete`: the file is
    the whole current list, so an open record of its kinds that it no longer holds is closed on the day read.
    `load` is the row to fill in, for a caller that goes on with it.
    """
    load = load or PublicLoad()
    load.kind, load.read_on, load.by_name = read.source, read.read_on, read.by
    load.record_kinds = [kind.value for kind in read.kinds]
    load.file_name, load.sha256 = read.file_name, read.sha256
    report = load_records(records, load=load, now=now, whole_list=complete)
    for kind in read.kinds:
        SourceRead.objects.update_or_create(
            kind=kind.value, source=read.source, read_on=read.read_on, defaults={"rows": report.rows}
        )
    return report


@transaction.atomic
def undo_public_load(*, load: PublicLoad, reason: str, by: str, now: datetime) -> tuple[SiteKey, ...]:
    """Take a public load back: for the operator's commands, inside `owner_connection()`; the sites it concerned.

    Raises Conflict when a later load built on it.
    """
    return undo_load(load, reason=reason, by_name=by, now=now)


@transaction.atomic
def undo_uploaded_load(*, load: UploadedLoad, reason: str, by: Actor, now: datetime) -> UploadedLoad:
    """Take a member's load back, so that scores are what they were without it. Raises Conflict as above."""
    organization = load.organization
    begin(organization, by, Permission.EDIT_RECORDS)
    undo_load(load, reason=reason, by_name=by.name, now=now)
    refresh_standings(organization=organization, as_of=now.date())
    wakeup.after_commit(organization.pk)
    return load


@transaction.atomic
def retract_uploaded_record(
    *, record: UploadedRecord, reason: str, by: Actor, now: datetime
) -> UploadedRecord:
    """Take an uploaded record out of everything that counts; it stays with its reason."""
    begin(record.organization, by, Permission.EDIT_RECORDS)
    if not reason.strip():
        message = "A retraction needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    if record.retracted_on is not None:
        raise Conflict("This record is retracted already.", code="retracted")
    record.retracted_on = now.date()
    record.retraction_reason = reason.strip()
    with constraints_in_words():
        record.save(update_fields=["retracted_on", "retraction_reason"])
    refresh_standings(organization=record.organization, as_of=now.date())
    wakeup.after_commit(record.organization_id)
    return record


@transaction.atomic
def match_record(
    *,
    site: Site,
    record: PublicRecord | UploadedRecord,
    by: Actor,
    now: datetime,
    method: MatchMethod = MatchMethod.MANUAL,
    confidence_pct: int = 100,
) -> RecordMatch:
    """Say that a record is of a site. Records that carry the site's FEI need no match."""
    organization = site.organization
    begin(organization, by, Permission.EDIT_RECORDS)
    return _set_match(
        site, record, by=by, now=now, method=method, confidence_pct=confidence_pct, rejected=False
    )


@transaction.atomic
def reject_match(
    *, site: Site, record: PublicRecord | UploadedRecord, by: Actor, now: datetime
) -> RecordMatch:
    """Say that a record is not of a site, though its number or name would suggest so (a sold plant)."""
    begin(site.organization, by, Permission.EDIT_RECORDS)
    return _set_match(
        site, record, by=by, now=now, method=MatchMethod.MANUAL, confidence_pct=100, rejected=True
    )


def _set_match(
    site: Site,
    record: PublicRecord | UploadedRecord,
    *,
    by: Actor,
    now: datetime,
    method: MatchMethod,
    confidence_pct: int,
    rejected: bool,
) -> RecordMatch:
    organization = site.organization
    public = record if isinstance(record, PublicRecord) else None
    uploaded = record if isinstance(record, UploadedRecord) else None
    own(organization, uploaded)
    known = (
        RecordMatch.objects.for_organization(organization)
        .filter(site=site, public_record=public, uploaded_record=uploaded)
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    match = known or RecordMatch(
        organization=organization, site=site, public_record=public, uploaded_record=uploaded
    )
    match.method = method.value
    match.confidence_pct = confidence_pct
    match.matched_by_name = by.name
    match.rejected_on = now.date() if rejected else None
    if known is None:
        insert(match)
    else:
        match.save(update_fields=["method", "confidence_pct", "matched_by_name", "rejected_on"])
    refresh_standings(organization=organization, as_of=now.date(), sites=[site])
    wakeup.after_commit(organization.pk)
    return match


@transaction.atomic
def refresh_standings(
    *, organization: Organization, as_of: date, sites: Iterable[Site] | None = None
) -> dict[int, tuple[str, str]]:
    """Work out the directory's standings anew (None: all sites); sites whose state changed, old to new.

    For the nightly duty, after a public load, and for whatever changes a site's records or its FEI.
    """
    listed = list(
        Site.objects.for_organization(organization).active().order_by("id") if sites is None else sites
    )
    rows = SiteStanding.objects.for_organization(organization).filter(site__in=listed)
    before = {site: (state, score) for site, state, score in rows.values_list("site_id", "state", "score")}
    found = sites_regulatory(organization, listed, as_of=as_of)
    SiteStanding.objects.bulk_create(
        [_standing(organization, one, as_of) for one in found.values()],
        update_conflicts=True,
        unique_fields=["organization", "site"],
        update_fields=_STANDING_COLUMNS,
        batch_size=1000,
    )
    changed = {
        site_id: (before.get(site_id, ("", None))[0], one.state.value)
        for site_id, one in found.items()
        if before.get(site_id, ("", None))[0] != one.state.value
    }
    # a first standing is no event: nothing was known before
    events = StandingChange.objects.bulk_create(
        [
            _change(organization, found[site_id], as_of, *before[site_id])
            for site_id in changed
            if site_id in before
        ],
        batch_size=1000,
    )
    announce.states_changed(organization, events)
    return changed


def _change(
    organization: Organization, found: SiteRegulatory, as_of: date, state: str, score: Decimal | None
) -> StandingChange:
    """The event that a site's state is no longer what it was, with what decides it."""
    history = found.history
    decided_by = history.cap.statement if history.cap else ""
    if not decided_by and history.inspections:
        latest = history.inspections[-1]
        decided_by = f"{latest.classification} inspection {latest.native_id} of {latest.ended_on}."
    return StandingChange(
        organization=organization,
        site=found.site,
        as_of=as_of,
        old_state=state,
        new_state=found.state.value,
        old_score=score,
        new_score=_points(history.score),
        reason=decided_by,
    )


def _standing(organization: Organization, found: SiteRegulatory, as_of: date) -> SiteStanding:
    history = found.history
    latest = history.shares[-1].inspection if history.shares else None
    return SiteStanding(
        organization=organization,
        site=found.site,
        as_of=as_of,
        state=found.state.value,
        base_score=_points(history.base),
        score=_points(history.score),
        cap=history.cap.limit if history.cap else None,
        latest_on=history.latest_on,
        latest_classification=latest.classification.value if latest else "",
    )


def _points(score: float | None) -> Decimal | None:
    """A score with two decimals, rounded half to even."""
    return None if score is None else round(Decimal(score), 2)
