"""What stands out of a vendor's evidence before any programme is looked at: strong, weak, and what to ask.

A statement is valued on its own scale (`natural_value`): a level of five, a share, yes or no. Whether that matters, and
how much, is for a criteria set to say.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from vendors.facts import FACTS, Fact
from vendors.models import Evidence
from vendors.resolution import AgeLimits, EvidenceFact, Place, Resolved, resolve
from vendors.selectors.evidence import evidence_fact, natural_value
from vendors.vocabulary import Freshness

STRONG, WEAK = 800_000, 400_000
"""In ppm of the statement's own scale: from here on it is a strength, up to here a gap."""
SHOWN = 5
DIRECTED = frozenset({"rubric", "rate", "flags"})
"""Shapes of which more is better whatever the programme: a share or a yes may be good for one and bad for another."""
_GRAVEST = ("unknown", "expired", "claimed", "stale")


@dataclass(frozen=True)
class Finding:
    """A statement that counts, and its value in ppm of its own scale."""

    record: Evidence
    fact: Fact
    value: int
    verified: bool


@dataclass(frozen=True)
class Question:
    """Something to ask the vendor, and why: "unknown", "expired", "claimed" or "stale"."""

    fact: Fact
    why: str
    on: date | None = None


@dataclass(frozen=True)
class Findings:
    """The first few of each kind, and how many questions there are in all."""

    strengths: tuple[Finding, ...]
    gaps: tuple[Finding, ...]
    questions: tuple[Question, ...]
    open_questions: int


def findings(records: Iterable[Evidence], *, as_of: date) -> Findings:
    """Read the ledger of one vendor (live records, in any order): no query."""
    rows: dict[int, Evidence] = {}
    by_target: dict[str, list[EvidenceFact]] = defaultdict(list)
    for row in records:
        if row.candidate_id is None and row.proposal_id is None:
            rows[row.pk] = row
    superseded = {row.supersedes_id for row in rows.values() if row.supersedes_id is not None}
    for row in rows.values():
        if row.pk not in superseded and row.target in FACTS:
            by_target[row.target].append(evidence_fact(row))
    known: list[Finding] = []
    questions: list[Question] = []
    for fact in FACTS.values():
        if fact.schema.kind != "rubric" and fact.code not in by_target:
            continue
        here = by_target.get(fact.code, [])
        found = resolve(here, _anywhere(here), limits=_limits(fact), as_of=as_of)
        question = _question(fact, found, here)
        if question is not None:
            questions.append(question)
        value = natural_value(found.record) if found is not None else None
        if found is not None and value is not None and fact.schema.kind in DIRECTED:
            known.append(Finding(rows[found.record.id], fact, value, found.verified))
    strong = sorted(
        (one for one in known if one.value >= STRONG and one.verified),
        key=lambda one: (-one.value, one.fact.code),
    )
    weak = sorted((one for one in known if one.value <= WEAK), key=lambda one: (one.value, one.fact.code))
    questions.sort(key=lambda one: (_GRAVEST.index(one.why), one.fact.schema.kind != "rubric", one.fact.code))
    return Findings(_distinct(strong), _distinct(weak), tuple(questions[:SHOWN]), len(questions))


def _distinct(listed: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first few, each label once: two facts may be called alike."""
    by_label: dict[str, Finding] = {}
    for one in listed:
        by_label.setdefault(one.fact.label, one)
    return tuple(by_label.values())[:SHOWN]


def _limits(fact: Fact) -> AgeLimits:
    return AgeLimits(fact.fresh_months, fact.expire_months)


def _anywhere(records: Iterable[EvidenceFact]) -> Place:
    """Every subject that the records speak of."""
    listed = list(records)
    return Place(
        vendor_ids=frozenset(one.vendor_id for one in listed if one.vendor_id is not None),
        site_ids=frozenset(one.site_id for one in listed if one.site_id is not None),
        capability_ids=frozenset(one.capability_id for one in listed if one.capability_id is not None),
    )


def _question(fact: Fact, found: Resolved | None, records: Iterable[EvidenceFact]) -> Question | None:
    latest = max((one.obtained_on for one in records), default=None)
    if found is None:
        return Question(fact, "expired" if latest else "unknown", latest)
    if found.record.refused:
        return Question(fact, "unknown", found.record.obtained_on)
    if not found.verified:
        return Question(fact, "claimed", found.record.obtained_on)
    if found.standing.freshness is Freshness.STALE:
        return Question(fact, "stale", found.record.obtained_on)
    return None
