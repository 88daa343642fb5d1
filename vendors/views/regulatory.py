"""The regulatory record of a vendor's sites on its pages: lanes, standing of each site, and when sources were read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cdmo_eval.core.figures.timeline import WIDE, Event, Shape, Timeline, timeline
from cdmo_eval.core.models import Organization
from cdmo_eval.core.templatetags.display import day
from vendors.models import RegulatoryState, Site
from vendors.regulatory.history import InspectionShare, SiteHistory
from vendors.regulatory.records import RegulatoryRecord
from vendors.regulatory.rules import DEFAULT_RULE
from vendors.selectors import SiteRegulatory, sites_regulatory, source_reads
from vendors.vocabulary import Classification, RecordKind

FDA, EUROPE, OTHER = "FDA", "EU, UK", "Other"
LANES = (FDA, EUROPE, OTHER)
FIRST_YEAR = 1900
NOT_DRAWN = frozenset({RecordKind.CITATION, RecordKind.REGISTRATION})
"""Citations repeat their inspection, and a registration is no judgement."""
TONES: Mapping[RegulatoryState, str] = {
    RegulatoryState.NO_RECORD: "unknown",
    RegulatoryState.NAI: "good",
    RegulatoryState.VAI: "warn",
    RegulatoryState.PENDING: "unknown",
}
CLASS_SHAPES = {Classification.NAI: Shape.GOOD, Classification.VAI: Shape.WARN, Classification.OAI: Shape.BAD}
KIND_SHAPES = {
    RecordKind.FORM_483: (Shape.WARN, "483"),
    RecordKind.WARNING_LETTER: (Shape.BAD, "Warning letter"),
    RecordKind.INJUNCTION: (Shape.BAD, "Injunction"),
    RecordKind.SEIZURE: (Shape.BAD, "Seizure"),
    RecordKind.IMPORT_ALERT: (Shape.BAD, "Import alert"),
    RecordKind.RECALL: (Shape.WARN, "Recall"),
    RecordKind.GMP_CERTIFICATE: (Shape.GOOD, "GMP certificate"),
    RecordKind.GMP_NONCOMPLIANCE: (Shape.BAD, "Non-compliance"),
    RecordKind.COURT_RELEASE: (Shape.GOOD, "Court release"),
}
EUROPEAN_KINDS = frozenset({RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE})


@dataclass(frozen=True)
class ShareLine:
    """How one inspection enters the score of its site."""

    number: str
    on: date
    word: str
    areas: str
    age: str
    weight: str
    points: str


@dataclass(frozen=True)
class SiteLine:
    """The standing of one site in words and points.

    `shares` and `prior` are what is taken off 100, `left` what is left; `lifted` and `left_out` what does not count, and why.
    """

    site: Site
    tone: str
    word: str
    score: str
    base: str
    cap: str
    bites: bool
    lifts: tuple[str, ...]
    latest: date | None
    latest_word: str
    records: int
    shares: tuple[ShareLine, ...]
    prior: str
    prior_weight: str
    left: str
    width: str
    confidence: str
    lifted: tuple[str, ...]
    left_out: tuple[tuple[str, str, int], ...]

    @property
    def explained(self) -> bool:
        """Whether there is anything to tell about the score."""
        return bool(self.shares or self.lifted or self.left_out)


@dataclass(frozen=True)
class RegulatoryPart:
    """Everything the record's panel shows."""

    drawing: Timeline
    wide: Timeline
    sites: tuple[SiteLine, ...]
    read_on: date | None
    caveat: str
    worst: str
    standings: Mapping[int, SiteRegulatory]


def regulatory_part(organization: Organization, sites: Sequence[Site], *, as_of: date) -> RegulatoryPart:
    """The record of sites on a day, public and uploaded records alike."""
    standings = sites_regulatory(organization, sites, as_of=as_of)
    read_on = source_reads(organization).get(RecordKind.INSPECTION)
    lines = tuple(_site_line(standings[site.pk], read_on) for site in sites)
    events = _events(standings.values(), as_of)
    return RegulatoryPart(
        drawing=timeline(events, lanes=LANES, until=as_of),
        wide=timeline(events, lanes=LANES, until=as_of, width=WIDE),
        sites=lines,
        read_on=read_on,
        caveat=_caveat(read_on, any(one.records for one in standings.values())),
        worst=_worst(standings.values()),
        standings=standings,
    )


def past_day(given: str, *, today: date) -> date:
    """The day to look back from, as an address gives it; today for what is no day of the past."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return today
    return day if day.year >= FIRST_YEAR and day < today else today


def no_record(read_on: date | None) -> str:
    """What an empty record means: never "clean"."""
    if read_on is None:
        return "FDA data has not been read yet"
    return f"No record found in FDA data as of {day(read_on)}"


def _caveat(read_on: date | None, any_record: bool) -> str:  # noqa: FBT001 - two words of one sentence
    read = f"FDA data last read on {day(read_on)}." if read_on else "FDA data has not been read yet."
    if any_record and read_on is None:
        read = "FDA data has not been read yet: the records shown were uploaded."
    return (
        f"{read} Official files are published with delay and do not hold every inspection: "
        "no record is not a good record."
    )


def _site_line(found: SiteRegulatory, read_on: date | None) -> SiteLine:
    history, state = found.history, found.state
    latest = history.shares[-1].inspection if history.shares else None
    word = no_record(read_on) if state is RegulatoryState.NO_RECORD else state.label
    return SiteLine(
        site=found.site,
        tone=TONES.get(state, "bad"),
        word=word,
        score="" if history.score is None else f"{history.score:.1f}",
        base="" if history.base is None else f"{history.base:.1f}",
        cap="" if history.cap is None else f"{history.cap.limit}",
        bites=history.cap_bites,
        lifts=tuple(f"{event.statement} {event.would_lift}".strip() for event in history.caps),
        latest=history.latest_on,
        latest_word=latest.classification.value if latest else "",
        records=len(found.records),
        shares=tuple(_share_line(share) for share in reversed(history.shares)),
        prior=f"{history.prior_points:.2f}",
        prior_weight=f"{DEFAULT_RULE.prior_weight:.2f}",
        left="" if history.base is None else f"{history.base:.2f}",
        width="" if history.half_width is None else f"{100 * history.half_width:.1f}",
        confidence="" if history.confidence is None else f"{100 * history.confidence:.0f}",
        lifted=tuple(f"{event.statement} Lifted: {event.lifted_by}." for event in history.lifted),
        left_out=_left_out(history),
    )


def _share_line(share: InspectionShare) -> ShareLine:
    one = share.inspection
    return ShareLine(
        number=one.native_id,
        on=one.ended_on,
        word=one.classification.value,
        areas=", ".join(area for area in one.project_areas if area),
        age=f"{share.age_years:.1f}",
        weight=f"{share.weight:.2f}",
        points=f"{share.points:.2f}",
    )


def _left_out(history: SiteHistory) -> tuple[tuple[str, str, int], ...]:
    """What does not count, by kind of record and reason, with how many records that concerns."""
    counted = Counter((one.record.kind.label, one.reason) for one in history.excluded)
    return tuple((kind, reason, number) for (kind, reason), number in sorted(counted.items()))


def _worst(standings: Iterable[SiteRegulatory]) -> str:
    """One sentence for the top of the page: the worst thing open, else the latest inspection."""
    listed = list(standings)
    caps = [(event.limit, one.site.name, one.state.label) for one in listed for event in one.history.caps]
    if caps:
        _, name, label = min(caps)
        return f"{label} at {name}"
    seen = [(one.history.latest_on, one) for one in listed if one.history.latest_on and one.history.shares]
    if not seen:
        return ""
    on, newest = max(seen, key=lambda pair: (pair[0], pair[1].site.pk))
    ended = newest.history.shares[-1].inspection.classification.value
    return f"latest FDA inspection {ended}, {newest.site.name}, {day(on)}"


def _events(standings: Iterable[SiteRegulatory], as_of: date) -> tuple[Event, ...]:
    found: dict[tuple[int, str, str, date, str], Event] = {}
    for one in standings:
        for record in one.records:
            on = record.happened_on
            if record.kind in NOT_DRAWN or on is None or on > as_of:
                continue
            event = _event(record, one.site.name, on)
            key = (one.site.pk, record.kind.value, record.native_id, on, event.lane)
            known = found.get(key)
            if known is None or _rank(event.shape) > _rank(known.shape):
                found[key] = event
            if record.closed_by(as_of) and record.kind in KIND_SHAPES and record.closed_on is not None:
                closed = Event(
                    record.closed_on,
                    event.lane,
                    Shape.GOOD if record.kind not in EUROPEAN_KINDS else Shape.INFO,
                    "Closed" if record.kind not in EUROPEAN_KINDS else "Withdrawn",
                    f"{record.label} at {one.site.name}: closed",
                )
                found[*key[:2], f"{record.native_id} closed", record.closed_on, event.lane] = closed
    return tuple(found.values())


def _rank(shape: Shape) -> int:
    return (Shape.UNKNOWN, Shape.INFO, Shape.GOOD, Shape.WARN, Shape.BAD).index(shape)


def _event(record: RegulatoryRecord, site: str, on: date) -> Event:
    lane = _lane(record)
    if record.kind is RecordKind.INSPECTION:
        known = record.classification in set(Classification)
        shape = CLASS_SHAPES[Classification(record.classification)] if known else Shape.UNKNOWN
        word = record.classification if known else "Pending"
        said = Classification(record.classification).label.lower() if known else "not yet classified"
        return Event(on, lane, shape, word, f"Inspection at {site}: {said}")
    shape, word = KIND_SHAPES.get(record.kind, (Shape.INFO, record.kind.label))
    if record.kind is RecordKind.RECALL and record.classification:
        word = f"Recall, {record.classification.lower()}"
    detail = f": {record.scope}" if record.scope else ""
    return Event(on, lane, shape, word, f"{record.label} at {site}{detail}"[:300])


def _lane(record: RegulatoryRecord) -> str:
    if record.authority.upper() == FDA:
        return FDA
    return EUROPE if record.kind in EUROPEAN_KINDS else OTHER


@dataclass(frozen=True)
class RecordRow:
    """One official record in words, for the table."""

    on: date | None
    authority: str
    kind: str
    tone: str
    word: str
    site: str
    number: str
    scope: str
    closed_on: date | None
    source: str
    read_on: date | None


def record_rows(part: RegulatoryPart, *, as_of: date, until: date | None = None) -> list[RecordRow]:
    """Every record of the sites, or those up to a day; the latest first, citations with their inspection's day."""
    rows = [
        _record_row(record, one.site.name, as_of)
        for one in part.standings.values()
        for record in one.records
        if until is None or record.happened_on is None or record.happened_on <= until
    ]
    return sorted(rows, key=lambda row: (row.on or date.min, row.kind, row.number), reverse=True)


def _record_row(record: RegulatoryRecord, site: str, as_of: date) -> RecordRow:
    on = record.happened_on
    event = _event(record, site, on or as_of)
    tones = {Shape.GOOD: "good", Shape.WARN: "warn", Shape.BAD: "bad", Shape.UNKNOWN: "unknown"}
    drawn = record.kind not in NOT_DRAWN
    return RecordRow(
        on=on, authority=record.authority, kind=record.kind.label, tone=tones.get(event.shape, "plain") if drawn else "plain",
        word=event.word if drawn else record.cfr or "listed", site=site, number=record.case_number,
        scope=record.scope, closed_on=record.closed_on if record.closed_by(as_of) else None,
        source=record.source, read_on=record.read_on,
    )  # fmt: skip
