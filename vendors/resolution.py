"""Which record counts, how old it is, and how good it still is: one rule for every criterion and must-have.

Pure: the as-of date is passed in. Ages are counted in calendar months from the day a record was obtained
(for an official record: from the day its source was read).

* Age: fresh up to F months, ageing up to X, stale up to one and a half X, then expired, which is unknown.
  A stale record counts one grade lower; a stale estimate is unknown. An earlier end of validity expires a
  record on the day after it.
* Among the records of a target that fit the place, verified stands before claimed, then the narrower subject,
  then the more specific scope, then the better effective grade, then the newer one, then the higher id.
"""

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Any

from vendors.vocabulary import ClaimType, Freshness, Grade, SubjectType

CONTRADICTION_PPM = 200_000
"""Two live records contradict each other when their values differ by more than this (20 points)."""
LIST_READ_DAYS = 31
"""A list of restricted parties or import alerts that was not read for longer says nothing."""

_NARROWNESS: Mapping[SubjectType, int] = {
    SubjectType.PROPOSAL: 4,
    SubjectType.CANDIDATE: 3,
    SubjectType.CAPABILITY: 2,
    SubjectType.SITE: 1,
    SubjectType.VENDOR: 0,
}
_GRADES: tuple[Grade, ...] = tuple(Grade)
_GRADE_RANK: Mapping[Grade, int] = {grade: rank for rank, grade in enumerate(_GRADES)}
_HALF_MONTH_DAYS = 15


@dataclass(frozen=True, slots=True)
class EvidenceFact:
    """One live piece of evidence: what about, where, what it says, and how good it is.

    The ids of the subject's ancestors may be filled in too; only the id of the subject's own type is read,
    except that a vendor-level record is found by ``vendor_id``. ``value`` is None when ``refused``.
    """

    id: int
    target: str
    subject_type: SubjectType
    value: Mapping[str, Any] | None
    obtained_on: date
    vendor_id: int | None = None
    site_id: int | None = None
    capability_id: int | None = None
    candidate_id: int | None = None
    proposal_id: int | None = None
    modality: str = ""
    operation: str = ""
    phase: str = ""
    market: str = ""
    program_id: int | None = None
    refused: bool = False
    claim_type: ClaimType = ClaimType.CLAIMED
    grade: Grade = Grade.D
    valid_until: date | None = None
    reviewed: bool = False

    @property
    def verified(self) -> bool:
        """Whether somebody other than its author checked it."""
        return self.claim_type is ClaimType.VERIFIED and self.reviewed

    @property
    def scope_parts(self) -> int:
        """How many parts of the scope are set."""
        return (
            bool(self.modality)
            + bool(self.operation)
            + bool(self.phase)
            + bool(self.market)
            + (self.program_id is not None)
        )

    @property
    def subject_id(self) -> int | None:
        """Id of the subject, of the subject's own type."""
        return {
            SubjectType.VENDOR: self.vendor_id,
            SubjectType.SITE: self.site_id,
            SubjectType.CAPABILITY: self.capability_id,
            SubjectType.CANDIDATE: self.candidate_id,
            SubjectType.PROPOSAL: self.proposal_id,
        }[self.subject_type]


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """Months up to which a record is fresh, and up to which it is ageing; None means it does not age."""

    fresh_months: int | None
    expire_months: int | None


NO_AGE = AgeLimits(None, None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a record is worth on a date: its age, the grade after ageing, and the next day this may change."""

    freshness: Freshness
    grade: Grade
    next_change: date | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The record that counts and what it is worth."""

    record: EvidenceFact
    standing: Standing

    @property
    def verified(self) -> bool:
        """Whether it counts as verified: checked, and still of grade A to C."""
        return self.record.verified and self.standing.grade <= Grade.C


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is looked for: the subjects that may speak, and the scope they must fit.

    An empty scope set accepts any scope of that part. A record without a scope part always fits that part.
    """

    vendor_ids: frozenset[int] = frozenset()
    site_ids: frozenset[int] = frozenset()
    capability_ids: frozenset[int] = frozenset()
    candidate_id: int | None = None
    proposal_id: int | None = None
    modalities: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    program_id: int | None = None


@lru_cache(maxsize=65_536)
def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier), or the last day of that month when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@lru_cache(maxsize=65_536)
def age_boundaries(obtained_on: date, limits: AgeLimits) -> tuple[date, date, date] | None:
    """Last day of being fresh, ageing and stale; None for a record that does not age.

    Half a month, where one and a half times the limit is not whole, is fifteen days.
    """
    if limits.fresh_months is None or limits.expire_months is None:
        return None
    whole, half = divmod(limits.expire_months * 3, 2)
    stale_until = add_months(obtained_on, whole) + timedelta(days=_HALF_MONTH_DAYS * half)
    return (
        add_months(obtained_on, limits.fresh_months),
        add_months(obtained_on, limits.expire_months),
        stale_until,
    )


def one_grade_lower(grade: Grade) -> Grade | None:
    """The next worse grade; None below E."""
    rank = _GRADE_RANK[grade] + 1
    return _GRADES[rank] if rank < len(_GRADES) else None


def worse_grade(one: Grade, other: Grade) -> Grade:
    """The worse of two grades."""
    return max(one, other)


@lru_cache(maxsize=65_536)
def standing(
    *, grade: Grade, obtained_on: date, valid_until: date | None, limits: AgeLimits, as_of: date
) -> Standing | None:
    """What a record is worth on a date; None when it is expired, past its validity, or a stale estimate.

    A date of obtaining after the as-of date counts as age 0; whether such a record may be used at all is the
    caller's question (evidence: no; the read date of an official list: yes).
    """
    if valid_until is not None and as_of > valid_until:
        return None
    boundaries = age_boundaries(obtained_on, limits)
    if boundaries is None:
        changes = None if valid_until is None or valid_until == date.max else valid_until + timedelta(days=1)
        return Standing(Freshness.FRESH, grade, changes)
    ages = zip((Freshness.FRESH, Freshness.AGEING, Freshness.STALE), boundaries, strict=True)
    reached = next((pair for pair in ages if as_of <= pair[1]), None)
    if reached is None:
        return None
    freshness, last_day = reached
    effective = one_grade_lower(grade) if freshness is Freshness.STALE else grade
    if effective is None:
        return None
    changes = last_day if valid_until is None else min(last_day, valid_until)
    return Standing(freshness, effective, None if changes == date.max else changes + timedelta(days=1))


def fits(record: EvidenceFact, place: Place) -> bool:
    """Whether the record speaks about this place: subject one of the place's, scope equal or any."""
    return _subject_fits(record, place) and _scope_fits(record, place)


def _subject_fits(record: EvidenceFact, place: Place) -> bool:
    subject = record.subject_type
    if subject is SubjectType.SITE:
        return record.site_id in place.site_ids
    if subject is SubjectType.VENDOR:
        return record.vendor_id in place.vendor_ids
    if subject is SubjectType.CAPABILITY:
        return record.capability_id in place.capability_ids
    if subject is SubjectType.CANDIDATE:
        return record.candidate_id is not None and record.candidate_id == place.candidate_id
    return record.proposal_id is not None and record.proposal_id == place.proposal_id


def _scope_fits(record: EvidenceFact, place: Place) -> bool:
    if record.modality and place.modalities and record.modality not in place.modalities:
        return False
    if record.operation and place.operations and record.operation not in place.operations:
        return False
    if record.phase and place.phases and record.phase not in place.phases:
        return False
    if record.market and place.markets and record.market not in place.markets:
        return False
    return record.program_id is None or record.program_id == place.program_id


def _precedence(record: EvidenceFact, worth: Standing) -> tuple[bool, int, int, int, date, int]:
    return (
        record.verified,
        _NARROWNESS[record.subject_type],
        record.scope_parts,
        -_GRADE_RANK[worth.grade],
        record.obtained_on,
        record.id,
    )


def resolve(
    records: Iterable[EvidenceFact], place: Place, *, limits: AgeLimits, as_of: date
) -> Resolved | None:
    """The record that counts at a place as of a date, or None when nothing live speaks about it.

    ``records`` are the unretracted, unsuperseded records of one target, in any order.
    """
    best: Resolved | None = None
    best_key: tuple[bool, int, int, int, date, int] | None = None
    for record in records:
        if record.obtained_on > as_of or not fits(record, place):
            continue
        worth = standing(
            grade=record.grade,
            obtained_on=record.obtained_on,
            valid_until=record.valid_until,
            limits=limits,
            as_of=as_of,
        )
        if worth is None:
            continue
        key = _precedence(record, worth)
        if best_key is None or key > best_key:
            best, best_key = Resolved(record, worth), key
    return best


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two live records of the same target, subject and scope that cannot both be right.

    ``first_id`` is the lower id. ``difference`` is in ppm of the value scale; ``flags`` are the codes claimed
    as met and verified as not met.
    """

    target: str
    first_id: int
    second_id: int
    difference: int
    flags: tuple[str, ...] = ()


def contradictions(
    records: Sequence[EvidenceFact],
    *,
    limits: AgeLimits,
    as_of: date,
    value_of: Callable[[EvidenceFact], int | None],
) -> tuple[Contradiction, ...]:
    """The contradictions among the records of one target, ordered by record ids.

    Compared are a claimed with a verified record, and two verified records, of the same subject and scope.
    ``value_of`` gives a record's value in ppm, a claim's before any limit on claimed levels, or None when the
    record alone has no value.
    """
    live = [
        record
        for record in sorted(records, key=lambda record: record.id)
        if not record.refused
        and record.obtained_on <= as_of
        and standing(
            grade=record.grade,
            obtained_on=record.obtained_on,
            valid_until=record.valid_until,
            limits=limits,
            as_of=as_of,
        )
        is not None
    ]
    found = (
        _contradiction(one, other, value_of)
        for one, other in combinations(live, 2)
        if (one.verified or other.verified) and _same_place(one, other)
    )
    return tuple(contradiction for contradiction in found if contradiction is not None)


def _same_place(one: EvidenceFact, other: EvidenceFact) -> bool:
    return (
        one.target == other.target
        and one.subject_type is other.subject_type
        and one.subject_id == other.subject_id
        and (one.modality, one.operation, one.phase, one.market, one.program_id)
        == (other.modality, other.operation, other.phase, other.market, other.program_id)
    )


def _contradiction(
    one: EvidenceFact, other: EvidenceFact, value_of: Callable[[EvidenceFact], int | None]
) -> Contradiction | None:
    first, second = value_of(one), value_of(other)
    difference = abs(first - second) if first is not None and second is not None else 0
    flags: tuple[str, ...] = ()
    if one.verified != other.verified:
        claim, check = (other, one) if one.verified else (one, other)
        flags = _flags_refuted(claim, check)
    if difference <= CONTRADICTION_PPM and not flags:
        return None
    return Contradiction(one.target, one.id, other.id, difference, flags)


def _flags_refuted(claim: EvidenceFact, check: EvidenceFact) -> tuple[str, ...]:
    claimed = (claim.value or {}).get("flags", {})
    checked = (check.value or {}).get("flags", {})
    return tuple(sorted(code for code, met in claimed.items() if met == 1 and checked.get(code) == 0))
