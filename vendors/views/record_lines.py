"""Evidence as pages show it: what it says in words, about whom, how old and how well it is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from vendors import vocabulary as words
from vendors.facts import FACTS
from vendors.models import Capability, Evidence, EvidenceRevision
from vendors.resolution import AgeLimits, age_boundaries
from vendors.value_words import value_words
from vendors.vocabulary import Freshness, SourceKind, SubjectType

AGE_STATES = {
    Freshness.FRESH: ("good", "fresh"),
    Freshness.AGEING: ("warn", "getting old"),
    Freshness.STALE: ("bad", "stale"),
    Freshness.EXPIRED: ("unknown", "expired"),
}


@dataclass(frozen=True)
class RecordLine:
    """One record in words."""

    row: Evidence
    label: str
    question: str
    value: str
    about: str
    scope: str
    source: str
    age_state: str
    age_word: str
    retracted: bool


def record_lines(rows: Iterable[Evidence], *, as_of: date) -> list[RecordLine]:
    """Lines for records whose site and capability were read with them."""
    return [record_line(row, as_of=as_of) for row in rows]


def record_line(row: Evidence, *, as_of: date) -> RecordLine:
    """One line."""
    fact = FACTS.get(row.target)
    state, word = age_of(row, as_of=as_of)
    return RecordLine(
        row=row,
        label=fact.label if fact else row.target,
        question=fact.question if fact else "",
        value=value_words(row.target, row.value, refused=row.refused),
        about=about(row),
        scope=scope_words(row),
        source=source_words(row),
        age_state=state,
        age_word=word,
        retracted=row.retracted_on is not None,
    )


def freshness_of(row: Evidence, *, as_of: date) -> Freshness:
    """How old the record is on a day, by the months of its target."""
    fact = FACTS.get(row.target)
    if row.valid_until is not None and as_of > row.valid_until:
        return Freshness.EXPIRED
    ends = age_boundaries(row.obtained_on, AgeLimits(fact.fresh_months, fact.expire_months)) if fact else None
    if ends is None:
        return Freshness.FRESH
    for age, last in zip((Freshness.FRESH, Freshness.AGEING, Freshness.STALE), ends, strict=True):
        if as_of <= last:
            return age
    return Freshness.EXPIRED


def age_of(row: Evidence, *, as_of: date) -> tuple[str, str]:
    """State and word of a record's age; a retracted one counts no more."""
    if row.retracted_on is not None:
        return "unknown", "retracted"
    return AGE_STATES[freshness_of(row, as_of=as_of)]


def about(row: Evidence | EvidenceRevision) -> str:
    """The subject in words."""
    site = str(row.site.name) if row.site is not None else ""
    if row.capability is not None:
        return f"{capability_name(row.capability)}, {site}"
    if site:
        return site
    kind = SubjectType(row.subject_type)
    return "The vendor" if kind is SubjectType.VENDOR else kind.label


def in_sentence(label: str) -> str:
    """A label within a sentence: "Vial filling" is "vial filling", but "LNP encapsulation" stays."""
    return f"{label[0].lower()}{label[1:]}" if label[1:2].islower() else label


def capability_name(capability: Capability) -> str:
    """Modality and operation in words."""
    modality = words.Modality(capability.modality)
    named = (
        capability.modality_text if modality is words.Modality.OTHER else modality.label.partition(" (")[0]
    )
    return f"{named}, {in_sentence(words.Operation(capability.operation).label)}"


def scope_words(row: Evidence | EvidenceRevision) -> str:
    """Where the record holds, "" for everywhere."""
    parts = []
    if row.modality:
        parts.append(words.Modality(row.modality).label)
    if row.operation:
        parts.append(words.Operation(row.operation).label)
    if row.phase:
        parts.append(words.Phase(row.phase).label)
    if row.market:
        parts.append(row.market)
    if row.program_id:
        parts.append("one programme")
    return "only for " + ", ".join(parts) if parts else ""


def source_words(row: Evidence | EvidenceRevision) -> str:
    """The source as far as it was named."""
    if row.source:
        return row.source
    if row.source_kind in set(SourceKind):
        return SourceKind(row.source_kind).label
    return "Not stated"
