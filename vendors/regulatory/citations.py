"""Repeat observations: which regulations were cited again at a later inspection."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vendors.regulatory.ages import add_months
from vendors.regulatory.inspections import Excluded, Inspection
from vendors.regulatory.records import RegulatoryRecord, same_words
from vendors.regulatory.rules import DROPPED_PROJECT_AREAS, KEPT_PRODUCT_TYPES, PPM, RegulatoryRule
from vendors.vocabulary import RecordKind

_CFR = re.compile(r"(?:21\s*cfr\s*)?(?:part\s*)?(\d{1,4}\.\d{1,4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RepeatObservations:
    """Sections cited and cited again; ``value`` in ppm is None with fewer than two cited inspections."""

    value: int | None
    inspections: tuple[str, ...]
    sections: tuple[str, ...]
    repeated: tuple[str, ...]


def cfr_section(reference: str) -> str:
    """The section of a citation, without its paragraphs: "21 CFR 211.22(d)" is "211.22".

    A reference to a law instead of a regulation is kept as written, in its compared form.
    """
    match = _CFR.match(reference.strip())
    return match[1] if match else same_words(reference)


def repeat_observations(
    records: Sequence[RegulatoryRecord], inspections: Sequence[Inspection], *, rule: RegulatoryRule
) -> tuple[RepeatObservations, tuple[Excluded, ...]]:
    """100 x (1 - sections cited at two or more inspections / all sections cited).

    The window is the five years up to the latest inspection with citations: like the inspection score, the
    figure does not improve by waiting. A citation counts when its inspection counts, or, where that
    inspection is not among the records, by its own product type and project area.
    """
    counted = {(one.fei, one.native_id) for one in inspections}
    excluded: list[Excluded] = []
    cited: list[RegulatoryRecord] = []
    for record in records:
        if record.kind is not RecordKind.CITATION:
            continue
        reason = _why_excluded(record, counted)
        if reason:
            excluded.append(Excluded(record, reason))
        else:
            cited.append(record)
    latest = max((day for record in cited if (day := record.event_on) is not None), default=None)
    inspections_of: dict[str, set[str]] = {}
    numbers = {r.event_on: r.case_number for r in sorted(cited, key=lambda r: r.native_id) if r.case_number}
    if latest is not None:
        start = add_months(latest, -12 * rule.citation_years)
        for record in cited:
            if record.event_on is not None and record.event_on >= start:
                # the yearly tables give no number: such a row is of the numbered inspection of its day
                key = record.case_number or numbers.get(record.event_on) or record.event_on.isoformat()
                inspections_of.setdefault(cfr_section(record.cfr), set()).add(key)
    ids = tuple(sorted(set().union(*inspections_of.values())))
    repeated = tuple(sorted(section for section, where in inspections_of.items() if len(where) > 1))
    value = None
    if len(ids) > 1:
        value = round((len(inspections_of) - len(repeated)) * PPM / len(inspections_of))
    return RepeatObservations(value, ids, tuple(sorted(inspections_of)), repeated), tuple(excluded)


def _why_excluded(record: RegulatoryRecord, counted: set[tuple[str, str]]) -> str:
    """The reason why a citation is left out, or ""."""
    if not record.cfr.strip():
        return "no regulation is named"
    if (record.fei, record.native_id) in counted:
        return ""
    if same_words(record.product_area) not in KEPT_PRODUCT_TYPES:
        return f"product type {record.product_area or 'not stated'}"
    if same_words(record.project_area) in DROPPED_PROJECT_AREAS:
        return f"project area {record.project_area} says nothing about manufacturing"
    return ""
