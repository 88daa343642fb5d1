"""Classified inspections: which rows count, collapsed to one per inspection.

The official file has one row per inspection and project area, so that one inspection of two areas would
otherwise count twice. The worst class stands for the inspection; the areas are kept, because an official
action in one area is only lifted by a better inspection of the same area.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from vendors.regulatory.records import RegulatoryRecord, same_words
from vendors.regulatory.rules import DROPPED_PROJECT_AREAS, KEPT_PRODUCT_TYPES
from vendors.vocabulary import Classification, RecordKind

FDA = "FDA"
_ORDER = {Classification.NAI: 0, Classification.VAI: 1, Classification.OAI: 2}


@dataclass(frozen=True, slots=True)
class Inspection:
    """One FDA inspection of one establishment: its worst class over the rows that count."""

    fei: str
    native_id: str
    ended_on: date
    classification: Classification
    records: tuple[RegulatoryRecord, ...]

    @property
    def project_areas(self) -> tuple[str, ...]:
        """Every project area covered, in alphabetical order."""
        return tuple(sorted({record.project_area for record in self.records}))

    @property
    def official_action_areas(self) -> tuple[str, ...]:
        """The project areas classified OAI, in alphabetical order; empty for a better inspection."""
        return tuple(sorted({r.project_area for r in self.records if r.classification == Classification.OAI}))

    @property
    def product_areas(self) -> frozenset[str]:
        """The product types covered, in their compared form."""
        return frozenset(same_words(record.product_area) for record in self.records)

    def covers(self, project_area: str, product_areas: frozenset[str]) -> bool:
        """Whether the inspection looked at a project area.

        An area that the other record does not name is taken as covered when a product type agrees.
        """
        if not project_area.strip():
            return not product_areas or bool(product_areas & self.product_areas)
        return same_words(project_area) in {same_words(area) for area in self.project_areas}


@dataclass(frozen=True, slots=True)
class Excluded:
    """A record that does not count, with the reason for people."""

    record: RegulatoryRecord
    reason: str


def classification_of(record: RegulatoryRecord) -> Classification | None:
    """NAI, VAI or OAI, or None when the file gives no usable class."""
    try:
        return Classification(record.classification)
    except ValueError:
        return None


def why_excluded(record: RegulatoryRecord) -> str:
    """The reason why an inspection row is outside the score, or "" when it counts."""
    if record.authority != FDA:
        return f"inspected by {record.authority or 'an unnamed authority'}, not by FDA"
    if same_words(record.product_area) not in KEPT_PRODUCT_TYPES:
        return f"product type {record.product_area or 'not stated'}"
    if same_words(record.project_area) in DROPPED_PROJECT_AREAS:
        return f"project area {record.project_area} says nothing about manufacturing"
    if classification_of(record) is None:
        return f"classification {record.classification or 'not stated'}"
    return ""


def collapse(records: Iterable[RegulatoryRecord]) -> tuple[tuple[Inspection, ...], tuple[Excluded, ...]]:
    """Keep the inspection rows that count and make one inspection of each (FEI, inspection id).

    ``records`` are dated inspection rows. Returns the inspections in order of their end date, then the rows
    left out. Rows without an inspection id are one inspection when establishment and day agree. When rows of
    one inspection carry different days the latest is its end.
    """
    groups: dict[tuple[str, str, date | None], list[RegulatoryRecord]] = {}
    excluded: list[Excluded] = []
    for record in records:
        reason = why_excluded(record)
        if reason:
            excluded.append(Excluded(record, reason))
            continue
        day = None if record.native_id else record.event_on
        groups.setdefault((record.fei, record.native_id, day), []).append(record)
    inspections = [_inspection(rows) for rows in groups.values()]
    inspections.sort(key=lambda one: (one.ended_on, one.fei, one.native_id))
    return tuple(inspections), tuple(excluded)


def _inspection(rows: Sequence[RegulatoryRecord]) -> Inspection:
    """One inspection from its rows, independent of their order."""
    ordered = tuple(sorted(rows, key=lambda r: (r.project_area, r.product_area, r.classification)))
    return Inspection(
        fei=ordered[0].fei,
        native_id=ordered[0].native_id,
        ended_on=max(record.event_on for record in ordered if record.event_on is not None),
        classification=max((Classification(r.classification) for r in ordered), key=_ORDER.__getitem__),
        records=ordered,
    )


def latest_classified_on(records: Iterable[RegulatoryRecord]) -> date | None:
    """The end of the latest classified FDA inspection of any kind, also of those outside the score.

    A published Form 483 is pending only while nothing classified is as new; an inspection of an area that
    does not count still settles it.
    """
    return max(
        (
            record.event_on
            for record in records
            if record.kind is RecordKind.INSPECTION
            and record.authority == FDA
            and record.event_on is not None
            and classification_of(record) is not None
        ),
        default=None,
    )
