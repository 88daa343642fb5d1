"""What the official records say about one site on a day: a score, how sure it is, and why.

Pure: records in, a ``SiteHistory`` out; no database and no clock. Measured on 26,165 FDA drug inspections:
superseded events still matter, so they fade with a half-life; an official action that is still the latest
inspection does not fade with the calendar, so ages count back from the latest inspection and open
enforcement caps the score until the event that lifts it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from vendors.regulatory.ages import add_months, freshness_of, next_freshness_change, years_between
from vendors.regulatory.citations import RepeatObservations, repeat_observations
from vendors.regulatory.enforcement import CapCode, Enforcement, assess, gmp_market
from vendors.regulatory.inspections import Excluded, Inspection, collapse, latest_classified_on
from vendors.regulatory.recalls import RecallStanding, recall_standing
from vendors.regulatory.records import RegulatoryRecord
from vendors.regulatory.rules import DEFAULT_RULE, PPM, RegulatoryRule
from vendors.vocabulary import Freshness, Market, RecordKind

_PPM_PER_POINT = PPM // 100
_CONFIDENCE = {Freshness.FRESH: 1.0, Freshness.AGEING: 0.9, Freshness.STALE: 0.76}
_NO_READS: Mapping[RecordKind, date] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class InspectionShare:
    """How one inspection enters the base score.

    ``points`` is what it takes off 100; with ``SiteHistory.prior_points`` they sum to 100 less the base.
    """

    inspection: Inspection
    age_years: float
    weight: float
    severity: float
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHistory:
    """The regulatory standing of one site as of a day. Scores are points 0-100, cell values ppm of 0-1."""

    as_of: date
    base: float | None
    """The inspection score before caps; None without an inspection that counts, never 100."""
    score: float | None
    """The base, or the lowest open cap when that is lower."""
    half_width: float | None
    """On the 0-1 scale."""
    low: int
    point: int | None
    high: int
    shares: tuple[InspectionShare, ...]
    prior_points: float
    latest_on: date | None
    freshness: Freshness | None
    next_change: date | None
    """The next day on which age alone changes the freshness."""
    pending: bool
    """A published Form 483 is newer than the latest classified inspection."""
    confidence: float | None
    """0-1, beside the score and never in it; None without inspections."""
    enforcement: tuple[Enforcement, ...]
    recalls: RecallStanding
    repeats: RepeatObservations
    latest_gmp: Mapping[Market, RegulatoryRecord]
    """Per market the newest GMP certificate or statement of non-compliance."""
    reads: Mapping[RecordKind, date]
    """When each kind of source was last read for the site, as given or as its records say."""
    excluded: tuple[Excluded, ...]

    def is_open(self, code: CapCode, market: str = "") -> bool:
        """Whether enforcement of a kind is open; ``market`` narrows statements of non-compliance."""
        return any(event.code is code and market in {"", event.market} for event in self.caps)

    @property
    def caps(self) -> tuple[Enforcement, ...]:
        """What is open, lowest cap first."""
        return tuple(event for event in self.enforcement if event.is_open)

    @property
    def lifted(self) -> tuple[Enforcement, ...]:
        """What was open once and is lifted."""
        return tuple(event for event in self.enforcement if not event.is_open)

    @property
    def cap(self) -> Enforcement | None:
        """The lowest open cap, whether or not the base is above it."""
        return self.caps[0] if self.caps else None

    @property
    def cap_bites(self) -> bool:
        """Whether the cap, and not the inspections, decides the score."""
        return self.base is not None and self.cap is not None and self.cap.limit < self.base

    @property
    def cap_limit(self) -> int:
        """The highest value that the open enforcement allows, in ppm."""
        return PPM if self.cap is None else self.cap.limit * _PPM_PER_POINT

    @property
    def inspections(self) -> tuple[Inspection, ...]:
        """The inspections in the score, in order of their end date."""
        return tuple(share.inspection for share in self.shares)


def site_history(
    records: Iterable[RegulatoryRecord],
    *,
    as_of: date,
    reads: Mapping[RecordKind, date] = _NO_READS,
    rule: RegulatoryRule = DEFAULT_RULE,
) -> SiteHistory:
    """The standing of one site from all records matched to it.

    ``records`` may be in any order, of any kind and of several establishment numbers of the same site; those
    after ``as_of`` are not looked at, nor are closures after it. ``reads`` says when each kind of source was
    last read for the site: without it, no recall is not a clean record.

    Base score: with s the severity of each inspection (OAI 1, VAI 0.2, NAI 0), a its age in years before the
    latest one, at most ten, and w = 0.5 ^ (a / 3): 100 x (1 - (sum of w s + 0.5 x 0.15) / (sum of w + 0.5)).
    Half-width: the larger of 0.03 and 0.25 / (1 + sum of w), doubled when the latest inspection is more than
    60 months old.
    """
    known, undated = _known_by(records, as_of)
    all_inspections, left_out = collapse(r for r in known if r.kind is RecordKind.INSPECTION)
    enforcement, outside_enforcement = assess(known, all_inspections, as_of=as_of, rule=rule)
    recalls, outside_recalls = recall_standing(known, as_of=as_of, reads=reads, rule=rule)
    repeats, outside_citations = repeat_observations(known, all_inspections, rule=rule)
    shares, prior_points = _shares(all_inspections, rule)
    latest_on = all_inspections[-1].ended_on if all_inspections else None
    base = None if not shares else max(0.0, 100.0 - prior_points - sum(share.points for share in shares))
    cap = min((event.limit for event in enforcement if event.is_open), default=100)
    score = None if base is None else min(base, float(cap))
    half_width = _half_width(shares, latest_on, as_of, rule)
    low, point, high = _interval(score, half_width, cap)
    months = {"fresh_months": rule.fresh_months, "ageing_months": rule.ageing_months}
    freshness = None if latest_on is None else freshness_of(latest_on, as_of, **months)
    pending = _is_pending(known)
    confidence = None
    if freshness is not None:
        confidence = _CONFIDENCE[freshness] * (rule.pending_factor if pending else 1.0)
    return SiteHistory(
        as_of=as_of,
        base=base,
        score=score,
        half_width=half_width,
        low=low,
        point=point,
        high=high,
        shares=shares,
        prior_points=prior_points,
        latest_on=latest_on,
        freshness=freshness,
        next_change=None if latest_on is None else next_freshness_change(latest_on, as_of, **months),
        pending=pending,
        confidence=confidence,
        enforcement=enforcement,
        recalls=recalls,
        repeats=repeats,
        latest_gmp=_latest_gmp(known),
        reads=_reads(known, reads),
        excluded=(
            *undated,
            *left_out,
            *_outside_window(all_inspections, shares),
            *outside_enforcement,
            *outside_recalls,
            *outside_citations,
        ),
    )


MATTERS = frozenset(
    {
        RecordKind.INSPECTION, RecordKind.FORM_483, RecordKind.WARNING_LETTER, RecordKind.INJUNCTION, RecordKind.SEIZURE,
        RecordKind.COURT_RELEASE, RecordKind.IMPORT_ALERT, RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE,
    }
)  # fmt: skip
"""The kinds of records that something may stand open by, or end by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMatters:
    """The part of a site's history that lists over many sites say: each field as in `SiteHistory`."""

    caps: tuple[Enforcement, ...]
    pending: bool
    latest_on: date | None
    freshness: Freshness | None
    certified: bool
    """Whether the newest GMP document of a market is a certificate."""
    any_record: bool


def open_matters(
    records: Iterable[RegulatoryRecord],
    *,
    as_of: date,
    any_record: bool,
    rule: RegulatoryRule = DEFAULT_RULE,
) -> OpenMatters:
    """What is open at a site, from its records of the kinds in `MATTERS`; `any_record`: whether it has any of any kind."""
    known, _ = _known_by(records, as_of)
    inspections, _ = collapse(record for record in known if record.kind is RecordKind.INSPECTION)
    enforcement, _ = assess(known, inspections, as_of=as_of, rule=rule)
    newest = _latest_gmp(known).values()
    return matters_of_days(
        as_of=as_of,
        any_record=any_record,
        latest_on=inspections[-1].ended_on if inspections else None,
        pending=_is_pending(known),
        certified=any(record.kind is RecordKind.GMP_CERTIFICATE for record in newest),
        caps=tuple(event for event in enforcement if event.is_open),
        rule=rule,
    )


def latest_gmp(records: Iterable[RegulatoryRecord], *, as_of: date) -> Mapping[Market, RegulatoryRecord]:
    """The newest certificate or statement of non-compliance per market by a day; what is withdrawn since is still named."""
    return _latest_gmp(_known_by(records, as_of)[0])


def matters_of_days(
    *,
    as_of: date,
    any_record: bool,
    latest_on: date | None = None,
    pending: bool = False,
    certified: bool = False,
    caps: tuple[Enforcement, ...] = (),
    rule: RegulatoryRule = DEFAULT_RULE,
) -> OpenMatters:
    """The same from days that are known already."""
    months = {"fresh_months": rule.fresh_months, "ageing_months": rule.ageing_months}
    freshness = None if latest_on is None else freshness_of(latest_on, as_of, **months)
    return OpenMatters(
        caps=caps, pending=pending, latest_on=latest_on, freshness=freshness, certified=certified, any_record=any_record,
    )  # fmt: skip


def _known_by(
    records: Iterable[RegulatoryRecord], as_of: date
) -> tuple[list[RegulatoryRecord], list[Excluded]]:
    """The records that had happened by a day, in a fixed order and with comparable establishment numbers."""
    known: list[RegulatoryRecord] = []
    undated: list[Excluded] = []
    for given in records:
        record = replace(given, fei=given.fei.lstrip("0")) if given.fei.startswith("0") else given
        if record.happened_on is None:
            undated.append(Excluded(record, "no date"))
        elif record.happened_on <= as_of:
            known.append(record)
    known.sort(key=_fixed_order)
    undated.sort(key=lambda one: _fixed_order(one.record))
    return known, undated


def _fixed_order(record: RegulatoryRecord) -> tuple[str, ...]:
    """An order that does not depend on how the records were given."""
    return (
        record.kind,
        str(record.happened_on),
        *(str(part) for part in record.natural_key),
        record.classification,
        record.cfr,
        record.scope,
        str(record.closed_on),
        record.record_id,
    )


def _shares(
    inspections: tuple[Inspection, ...], rule: RegulatoryRule
) -> tuple[tuple[InspectionShare, ...], float]:
    """Weight and points of each inspection within the window, and the points of the prior."""
    if not inspections:
        return (), 0.0
    latest = inspections[-1].ended_on
    weighed = [
        (one, age, 0.5 ** (age / rule.half_life_years), rule.severity[one.classification])
        for one in inspections
        if (age := years_between(one.ended_on, latest)) <= rule.window_years
    ]
    total = sum(weight for _, _, weight, _ in weighed) + rule.prior_weight
    shares = tuple(
        InspectionShare(one, age, weight, severity, 100.0 * weight * severity / total)
        for one, age, weight, severity in weighed
    )
    return shares, 100.0 * rule.prior_weight * rule.prior_severity / total


def _outside_window(
    inspections: tuple[Inspection, ...], shares: tuple[InspectionShare, ...]
) -> tuple[Excluded, ...]:
    """The records of inspections too long before the latest one."""
    weighed = {id(share.inspection) for share in shares}
    return tuple(
        Excluded(record, "more than ten years before the latest inspection")
        for one in inspections
        if id(one) not in weighed
        for record in one.records
    )


def _half_width(
    shares: tuple[InspectionShare, ...], latest_on: date | None, as_of: date, rule: RegulatoryRule
) -> float | None:
    """The half-width of the score on the 0-1 scale; None without inspections."""
    if latest_on is None:
        return None
    weight = sum(share.weight for share in shares)
    width = max(rule.narrowest_half_width, rule.half_width_of_no_weight / (1.0 + weight))
    return width * 2.0 if as_of > add_months(latest_on, rule.ageing_months) else width


def _interval(score: float | None, half_width: float | None, cap: int) -> tuple[int, int | None, int]:
    """Low, point and high in ppm: two-sided, clipped, the high end never above a cap.

    Without inspections anything up to the cap is possible and there is no point.
    """
    limit = cap * _PPM_PER_POINT
    if score is None or half_width is None:
        return 0, None, limit
    point = round(score * _PPM_PER_POINT)
    width = round(half_width * PPM)
    return max(0, point - width), point, min(limit, point + width)


def _is_pending(known: list[RegulatoryRecord]) -> bool:
    """Whether a Form 483 is newer than everything that is classified.

    Only the form's own date counts: forms are published years later.
    """
    newest = max(
        (day for r in known if r.kind is RecordKind.FORM_483 and (day := r.event_on) is not None),
        default=None,
    )
    if newest is None:
        return False
    classified = latest_classified_on(known)
    return classified is None or newest > classified


def _reads(known: list[RegulatoryRecord], given: Mapping[RecordKind, date]) -> Mapping[RecordKind, date]:
    """The latest reading per kind of source."""
    latest = dict(given)
    for record in known:
        if record.read_on is not None:
            latest[record.kind] = max(record.read_on, latest.get(record.kind, record.read_on))
    return MappingProxyType(latest)


def _latest_gmp(known: list[RegulatoryRecord]) -> Mapping[Market, RegulatoryRecord]:
    """The newest GMP document per market; on one day a refusal stands before a certificate."""
    newest: dict[Market, RegulatoryRecord] = {}
    documents = (RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE)
    for record in sorted(
        (r for r in known if r.kind in documents),
        key=lambda r: (str(r.happened_on), r.kind is RecordKind.GMP_NONCOMPLIANCE),
    ):
        newest[gmp_market(record.authority)] = record
    return MappingProxyType(newest)
