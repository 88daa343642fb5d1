"""How well a fact is known: grade, claim and age, drawn by a fixed dice so that every load is the same."""

import calendar
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from vendors.facts import Fact
from vendors.resolution import add_months
from vendors.services import Provenance
from vendors.vocabulary import ClaimType, Confidentiality, Freshness, Grade, SourceKind

T = TypeVar("T")
SCALE = 1_000_000


@dataclass(frozen=True)
class Proof:
    """One way of knowing: grade and age of a record. Grades A to C are verified, D and E claimed."""

    grade: Grade
    age: Freshness


def _proofs(text: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(share), what) for share, _, what in (part.partition(" ") for part in text.split(", ")))


PROFILES = {
    "audited": _proofs(
        "34 B fresh, 24 C fresh, 8 B ageing, 8 C ageing, 4 B stale, 14 D fresh, 2 E fresh, 2 C expired, 4 nothing"
    ),
    "documented": _proofs(
        "8 B fresh, 30 C fresh, 8 C ageing, 4 C stale, 30 D fresh, 5 D ageing, 4 E fresh, 2 D expired, 8 nothing, 1 refused"
    ),
    "claimed": _proofs(
        "6 C fresh, 52 D fresh, 10 D ageing, 4 D stale, 10 E fresh, 3 D expired, 13 nothing, 2 refused"
    ),
    "old": _proofs(
        "10 B stale, 20 C stale, 14 C ageing, 12 D ageing, 14 D stale, 8 C expired, 10 D fresh, 12 nothing"
    ),
    "sparse": _proofs("4 C fresh, 26 D fresh, 8 E fresh, 4 D stale, 50 nothing, 8 refused"),
    "silent": _proofs("6 D fresh, 4 E fresh, 80 nothing, 10 refused"),
}
"""How well a vendor is known: parts of a hundred by grade and age, "nothing" being a gap."""


def dice(*parts: object) -> int:
    """A number from 0 to 999 999 that depends on nothing but the parts: the same on every machine."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % SCALE


def pick(options: Sequence[T], *parts: object) -> T:
    """One of the options."""
    return options[dice(*parts) * len(options) // SCALE]


def drawn(profile: str, *parts: object) -> Proof | str:
    """How one fact is known under a profile: a proof, "nothing" or "refused"."""
    shares = PROFILES[profile]
    left = dice("proof", *parts) * sum(share for share, _ in shares) // SCALE
    for share, what in shares:
        left -= share
        if left < 0:
            grade, _, age = what.partition(" ")
            return Proof(Grade(grade), Freshness(age)) if age else what
    raise AssertionError(profile)


def obtained(fact: Fact, age: Freshness, today: date, *parts: object) -> date:
    """A day on which a record of this fact was obtained so that it has the age today, and keeps it for a while."""
    fresh, expire = fact.fresh_months, fact.expire_months
    spread = dice("day", *parts)
    if age is Freshness.FRESH:
        span = max(1, fresh * 18)  # days: three fifths of the fresh time
        return today - timedelta(days=1 + spread * span // SCALE)
    if age is Freshness.AGEING:
        return add_months(today, -fresh) - timedelta(days=3 + (expire - fresh) * 15 * spread // SCALE)
    if age is Freshness.STALE:
        return add_months(today, -expire) - timedelta(days=3 + expire * 7 * spread // SCALE)
    return add_months(today, -2 * expire) - timedelta(days=10)


_SOURCES = {
    Grade.A: (SourceKind.OFFICIAL_RECORD, "Public register (invented for the demo)"),
    Grade.B: (SourceKind.AUDIT_REPORT, "Audit report (invented for the demo)"),
    Grade.C: (SourceKind.DOCUMENT, "Controlled document, reviewed (invented for the demo)"),
    Grade.D: (SourceKind.QUESTIONNAIRE, "Vendor questionnaire (invented for the demo)"),
    Grade.E: (SourceKind.ESTIMATE, "Our own estimate (invented for the demo)"),
}


def provenance(proof: Proof, on: date, today: date, *, reviewer: str, commercial: bool = False) -> Provenance:
    """Source, claim and dates of a record known in this way."""
    kind, source = _SOURCES[proof.grade]
    verified = proof.grade <= Grade.C
    confidentiality = Confidentiality.PUBLIC
    if commercial:
        confidentiality = Confidentiality.COMMERCIAL
    elif proof.grade is Grade.B:
        confidentiality = Confidentiality.CDA
    return Provenance(
        claim_type=(ClaimType.VERIFIED if verified else ClaimType.CLAIMED).value,
        grade=proof.grade.value,
        reviewed_by=reviewer if verified else "",
        reviewed_on=min(today, on + timedelta(days=9)) if verified else None,
        obtained_on=on,
        source_kind=kind.value,
        source=source,
        note="Fictional demo data.",
        confidentiality=confidentiality.value,
    )


def years_before(today: date, years: float) -> date:
    """A day so many years back, to the day."""
    whole = add_months(today, -int(years * 12))
    rest = int((years * 12 % 1) * calendar.monthrange(whole.year, whole.month)[1])
    return whole - timedelta(days=rest)
