"""Does the regulatory score say anything about the next inspection? Measured without looking ahead.

Pure: records in, figures out. For every inspection with an earlier one at the same establishment, the score is worked
out from what had happened by the day before it, with the very function that pages and scorecards use, and compared with
how that inspection was classified.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

from vendors.regulatory.history import site_history
from vendors.regulatory.inspections import classification_of
from vendors.regulatory.records import RegulatoryRecord, same_words
from vendors.regulatory.rules import DEFAULT_RULE, RegulatoryRule
from vendors.vocabulary import Classification, RecordKind

BAND_EDGES = (0, 20, 40, 60, 75, 85, 92, 100)
SMALL = 50
"""Below so many inspections a band's rate says little, and is left out of the check that rates fall."""
_NOT_OFFICIAL = "NOT_OAI"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The score of an establishment on the eve of an inspection, and whether that became OAI."""

    fei: str
    on: date
    score: float
    official_action: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Forecasts of scores from `low` up to, not including, `high`; the last band includes 100."""

    low: int
    high: int
    inspections: int
    official_actions: int

    @property
    def rate(self) -> float | None:
        """The share of OAI, None without inspections."""
        return self.official_actions / self.inspections if self.inspections else None


@dataclass(frozen=True, slots=True)
class Period:
    """Forecasts of inspections that ended from `first` to `last` (years)."""

    first: int
    last: int
    inspections: int
    official_actions: int
    auc: float | None
    bands: tuple[Band, ...]

    @property
    def monotone(self) -> bool:
        """Whether the rate of OAI never rises with the score, over the bands of at least 50 inspections."""
        rates = [band.rate for band in self.bands if band.rate is not None and band.inspections >= SMALL]
        return all(worse >= better for worse, better in pairwise(rates))


def forecasts(
    records: Iterable[RegulatoryRecord], *, project_area: str = "", rule: RegulatoryRule = DEFAULT_RULE
) -> list[Forecast]:
    """One forecast per inspection whose outcome is known and whose establishment has a score on its eve.

    `project_area` keeps only inspections of that area ("" keeps all); other records stay as they are. An inspection
    of which only NOT_OAI is known is an outcome and no history. The score is that with caps. In order of
    establishment and day.
    """
    area = same_words(project_area)
    by_fei: dict[str, list[RegulatoryRecord]] = defaultdict(list)
    for record in records:
        if record.kind is not RecordKind.INSPECTION or not area or same_words(record.project_area) == area:
            by_fei[record.fei].append(record)
    return [forecast for fei in sorted(by_fei) for forecast in _of_establishment(fei, by_fei[fei], rule)]


def _of_establishment(
    fei: str, records: Sequence[RegulatoryRecord], rule: RegulatoryRule
) -> Iterator[Forecast]:
    inspections = sorted(
        (r for r in records if r.kind is RecordKind.INSPECTION and r.event_on is not None),
        key=lambda r: (str(r.event_on), r.native_id),
    )
    for (_, _), rows in groupby(inspections, key=lambda r: (r.event_on, r.native_id)):
        together = list(rows)
        ended_on, outcome = together[0].event_on, _became_official(together)
        if ended_on is None or outcome is None:
            continue
        eve = ended_on - timedelta(days=1)
        score = site_history(records, as_of=eve, rule=rule).score
        if score is not None:
            yield Forecast(fei, ended_on, score, outcome)


def _became_official(rows: Sequence[RegulatoryRecord]) -> bool | None:
    """Whether any row of an inspection is OAI; None when that cannot be told."""
    classes = [classification_of(row) for row in rows]
    if Classification.OAI in classes:
        return True
    known = all(
        found is not None or _NOT_OFFICIAL in row.raw.values()
        for found, row in zip(classes, rows, strict=True)
    )
    return False if known else None


def period(found: Sequence[Forecast], *, first: int, last: int) -> Period:
    """The figures over the inspections that ended in these years, both included."""
    chosen = [one for one in found if first <= one.on.year <= last]
    return Period(
        first,
        last,
        len(chosen),
        sum(one.official_action for one in chosen),
        area_under_curve(chosen),
        tuple(_band(chosen, low, high) for low, high in pairwise(BAND_EDGES)),
    )


def _band(found: Sequence[Forecast], low: int, high: int) -> Band:
    last = high == BAND_EDGES[-1]
    inside = [one for one in found if low <= one.score and (one.score < high or last)]
    return Band(low, high, len(inside), sum(one.official_action for one in inside))


def area_under_curve(found: Sequence[Forecast]) -> float | None:
    """How often, of one inspection that became OAI and one that did not, the former had the lower score.

    Ties count half (Mann and Whitney 1947; Hanley and McNeil 1982): 0.5 is chance, 1 is perfect. None when either
    kind is missing.
    """
    official = sum(one.official_action for one in found)
    other = len(found) - official
    if not official or not other:
        return None
    wins, above = 0.0, 0  # from the best score down: how many others were seen with a higher score
    for _, tied in groupby(sorted(found, key=lambda one: -one.score), key=lambda one: one.score):
        group = list(tied)
        worse = sum(one.official_action for one in group)
        better = len(group) - worse
        wins += worse * (above + better / 2)
        above += better
    return wins / (official * other)
