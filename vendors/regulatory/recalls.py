"""Recalls by an establishment: a penalty that fades, counted once per event and only for quality causes.

Weak evidence about a contract manufacturer: the establishment in the file is the recalling firm, usually
the sponsor. Hence never stronger than an estimate, and without a reading of the source nothing is known.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vendors.regulatory.ages import years_between
from vendors.regulatory.inspections import Excluded
from vendors.regulatory.records import RegulatoryRecord, same_words
from vendors.regulatory.rules import PPM, RegulatoryRule
from vendors.vocabulary import Grade, RecordKind

RECALL_GRADE = Grade.E
"""The grade whose width the interval takes."""
RECALL_STRENGTH_LIMIT = 400_000
"""The most that a recall score may count as evidence strength, in parts per million."""

_OWNERS_CAUSE = re.compile(r"(?:mis)?label|mark(?:et)?ed without|unapproved|not approved")
_QUALITY_CAUSE = re.compile(
    r"steril|microbial|bacteri|fung|mold|endotoxin"
    r"|\b(?:c?gmp|gcmp)\b|manufacturing practice|processing control"
    r"|fail|out[- ]of[- ]specification|\boos\b|potent|dissolution|impurit|degrad|stability|monograph"
    r"|content uniformity|crystalli|discolor"
    r"|contamina|foreign|particulate|nitrosamine"
)
_CLAUSES = re.compile(r"[;\n]+")


@dataclass(frozen=True, slots=True)
class RecallEvent:
    """One recall event and the points that it still takes off."""

    event_id: str
    classified_on: date
    classification: str
    points: float
    records: tuple[RegulatoryRecord, ...]


@dataclass(frozen=True, slots=True)
class RecallStanding:
    """The recall score of a site: points 0-100 and ppm, or None when no source was read."""

    score: float | None
    value: int | None
    events: tuple[RecallEvent, ...]
    read_on: date | None


def is_quality_cause(reason: str) -> bool:
    """Whether a reason for recall is about how the product was made.

    Sterility, deviations from good manufacturing practice, results out of specification and contamination
    are; labelling and marketing without approval are the owner's. A reason of several clauses counts when
    one of them does.
    """
    return any(
        bool(_QUALITY_CAUSE.search(clause)) and not _OWNERS_CAUSE.match(clause)
        for clause in (same_words(part) for part in _CLAUSES.split(reason))
    )


def recall_standing(
    records: Sequence[RegulatoryRecord],
    *,
    as_of: date,
    reads: Mapping[RecordKind, date],
    rule: RegulatoryRule,
) -> tuple[RecallStanding, tuple[Excluded, ...]]:
    """Score 100 less the sum of points per event, halved every two years since its date, never below 0.

    ``records`` happened on or before ``as_of``; those of other kinds are passed over. The source counts as
    read when ``reads`` says so or a recall is among the records.
    """
    recalls = [record for record in records if record.kind is RecordKind.RECALL]
    read_on = max(
        (day for day in (reads.get(RecordKind.RECALL), *(r.read_on for r in recalls)) if day is not None),
        default=None,
    )
    if not recalls and read_on is None:
        return RecallStanding(None, None, (), None), ()
    excluded: list[Excluded] = []
    by_event: dict[str, list[RegulatoryRecord]] = {}
    for record in recalls:
        if not is_quality_cause(record.scope):
            reason = record.scope.strip() or "no reason given"
            excluded.append(Excluded(record, f"not a quality cause: {reason}"))
        elif same_words(record.classification) not in rule.recall_points:
            excluded.append(Excluded(record, f"recall class {record.classification or 'not stated'}"))
        else:
            key = record.native_id or f"dated {record.happened_on}"
            by_event.setdefault(key, []).append(record)
    events = tuple(_event(key, by_event[key], as_of, rule) for key in sorted(by_event))
    score = max(0.0, 100.0 - sum(event.points for event in events))
    return RecallStanding(score, round(score * PPM / 100), events, read_on), tuple(excluded)


def _event(event_id: str, rows: Sequence[RegulatoryRecord], as_of: date, rule: RegulatoryRule) -> RecallEvent:
    """One event of several product rows: its worst class and its latest date."""
    worst = max(rows, key=lambda r: (rule.recall_points[same_words(r.classification)], r.classification))
    day = max(day for record in rows if (day := record.happened_on) is not None)
    age = max(0.0, years_between(day, as_of))
    points = rule.recall_points[same_words(worst.classification)] * 0.5 ** (age / rule.recall_half_life_years)
    return RecallEvent(event_id, day, worst.classification, points, tuple(rows))
