"""How answers become a value with an interval, and how values of parts, lines and sites are joined.

Inside the rating a value is an integer in units of 1e-12 (`SCALE`), so that sums, means and the mixture of
worst and mean are exact; a cell is rounded once, half to even, to parts per million.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from scorecards.engine.exact import PPM
from scorecards.fit.inputs import FitSettings
from vendors.resolution import Resolved
from vendors.vocabulary import CellState, Freshness, Grade, Policy

SCALE = 10**12
_PER_PPM = SCALE // PPM
_FRESHNESS_RANK = {Freshness.FRESH: 0, Freshness.AGEING: 1, Freshness.STALE: 2, Freshness.EXPIRED: 3}
_STRENGTH_OF_AGE = {Freshness.FRESH: 10, Freshness.AGEING: 9, Freshness.STALE: 8, Freshness.EXPIRED: 0}


def divide(numerator: int, denominator: int) -> int:
    """Integer division rounded half to even; the denominator is positive."""
    quotient, remainder = divmod(numerator, denominator)
    doubled = 2 * remainder
    return quotient + (doubled > denominator or (doubled == denominator and quotient % 2 == 1))


def scaled(share: Fraction) -> int:
    """A share 0 to 1 in units of 1e-12."""
    return divide(share.numerator * SCALE, share.denominator)


def from_ppm(ppm: int) -> int:
    """A value in ppm in units of 1e-12."""
    return ppm * _PER_PPM


def to_ppm(value: int) -> int:
    """A value in units of 1e-12 in ppm, rounded half to even."""
    quotient, remainder = divmod(value, _PER_PPM)
    return quotient if not remainder else divide(value, _PER_PPM)


@dataclass(slots=True)
class Basis:
    """What a value rests on: records, their worst grade and age, and when that may change."""

    grade: Grade
    freshness: Freshness = Freshness.FRESH
    verified: bool = False
    evidence_ids: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    next_change: date | None = None

    @classmethod
    def of(cls, resolved: Resolved) -> "Basis":
        """The basis of one record that counts; ids that are not positive are not evidence."""
        number = resolved.record.id
        return cls(
            resolved.standing.grade,
            resolved.standing.freshness,
            resolved.verified,
            (number,) if number > 0 else (),
            () if number > 0 else ("Terms of the proposal",),
            resolved.standing.next_change,
        )

    def and_(self, other: "Basis") -> "Basis":
        """Both together: the worst grade and age, verified only when both are."""
        return Basis(
            max(self.grade, other.grade),
            max(self.freshness, other.freshness, key=_FRESHNESS_RANK.__getitem__),
            self.verified and other.verified,
            joined(self.evidence_ids, other.evidence_ids),
            joined(self.references, other.references),
            earliest(self.next_change, other.next_change),
        )

    def until_tomorrow(self, as_of: date) -> "Basis":
        """The same for a value that time itself moves: tomorrow's may be another."""
        return replace(self, next_change=as_of + timedelta(days=1))

    @property
    def key(self) -> tuple[object, ...]:
        """Parts of one leaf that rest on the same records share one width."""
        return (self.evidence_ids, self.references, self.grade, self.freshness, self.verified)


@dataclass(slots=True)
class Known:
    """A known answer: its value in units of 1e-12, and what it rests on.

    ``note`` is a limit that people must see ("claimed 5"); ``raw`` is what was entered or counted.
    """

    value: int
    basis: Basis
    raw: Any = None
    clipped: bool = False
    note: str = ""


@dataclass(slots=True)
class Missing:
    """No answer, with the reason in a sentence: unknown, or refused; ``overdue`` is a refusal by silence."""

    reason: str
    refused: bool = False
    overdue: bool = False
    evidence_ids: tuple[int, ...] = ()
    next_change: date | None = None


Answer = Known | Missing


@dataclass(slots=True)
class Reading:
    """A leaf, part, line or site with its interval, all shares and values in units of 1e-12.

    ``known`` is the known share, ``refused`` the share refused; the rest is unknown. ``overdue`` tells that
    what is refused was only not answered by the deadline.
    """

    low: int
    point: int
    high: int
    known: int
    verified: int
    strength: int
    refused: int = 0
    overdue: bool = False
    grade: Grade | None = None
    freshness: Freshness | None = None
    evidence_ids: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    next_change: date | None = None
    raw: Any = None
    reason: str = ""
    clipped: bool = False

    @property
    def counted(self) -> int:
        """The share that counts when unknowns are left out: known and refused."""
        return self.known + self.refused

    @property
    def state(self) -> CellState:
        """Known as soon as a part is known; refused when nothing is known and something was refused."""
        if self.known:
            return CellState.KNOWN
        if self.refused:
            return CellState.OVERDUE if self.overdue else CellState.REFUSED
        return CellState.UNKNOWN


def worst_age(ages: Iterable[Freshness | None]) -> Freshness | None:
    """The oldest of the ages that are given."""
    given = [age for age in ages if age is not None]
    return max(given, key=_FRESHNESS_RANK.__getitem__) if given else None


def earliest(*days: date | None) -> date | None:
    """The earliest of the days that are given."""
    given = [day for day in days if day is not None]
    return min(given) if given else None


def joined(*parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The parts one after the other, each thing once, in order of first appearance."""
    given = [part for part in parts if part]
    if not given:
        return ()
    return given[0] if len(given) == 1 else tuple(dict.fromkeys(item for part in given for item in part))


@dataclass(frozen=True, slots=True)
class Rules:
    """The missing-data policy and the settings, ready for arithmetic."""

    policy: Policy
    settings: FitSettings

    @property
    def unknown_point(self) -> int:
        """What an unknown part stands for in the point, where it stands for anything."""
        return SCALE // 2 if self.policy is Policy.NEUTRAL else 0

    def width(self, basis: Basis) -> int:
        """Half-width of a value: by grade, wider when ageing."""
        ageing = self.settings.ageing_width if basis.freshness is Freshness.AGEING else 0
        return from_ppm(self.settings.half_widths[basis.grade] + ageing)

    def strength(self, basis: Basis) -> int:
        """Evidence strength by effective grade and age."""
        return from_ppm(self.settings.strengths[basis.grade]) * _STRENGTH_OF_AGE[basis.freshness] // 10

    def ends(self, value: int, mass: int, basis: Basis) -> tuple[int, int, int]:
        """Low, point and high of a value known with a mass, all times the mass.

        Grades A to C reach to both sides and the point stays; D and E reach only downward, and the point is
        the middle of that interval (its low end in the worst case). ``value`` is already times the mass.
        """
        width = self.width(basis) * mass
        low = max(0, value - width)
        if basis.grade <= Grade.C:
            return low, value, min(SCALE * mass, value + width)
        return low, (low if self.policy is Policy.CONSERVATIVE else (low + value) // 2), value


def _strongest_reason(missing: Sequence[Missing]) -> str:
    return " ".join(dict.fromkeys(part.reason for part in missing if part.reason))


def reading(parts: Sequence[tuple[int, Answer]], rules: Rules, *, raw: Any = None) -> Reading:
    """One reading from weighted parts: the known ones with their widths, the unknown ones spanning 0 to 100.

    Weights are positive integers. Parts that rest on the same records share one width, so that a record with
    several flags is as wide as any other record, while a part added from another record does not widen the
    rest. Raises ValueError when there is no part.
    """
    total = sum(weight for weight, _ in parts)
    if total <= 0:
        raise ValueError("a reading needs at least one part with a weight")
    if len(parts) == 1:
        only = parts[0][1]
        return _single(only, rules, raw) if isinstance(only, Known) else _nothing(only, rules, raw)
    groups: dict[tuple[object, ...], list[tuple[int, Known]]] = {}
    missing: list[Missing] = []
    refused = 0
    for weight, answer in parts:
        if isinstance(answer, Known):
            groups.setdefault(answer.basis.key, []).append((weight, answer))
        else:
            missing.append(answer)
            refused += weight if answer.refused else 0
    low = point = high = known = verified = strength = 0
    for group in groups.values():
        basis = group[0][1].basis
        mass = sum(weight for weight, _ in group)
        value = sum(weight * answer.value for weight, answer in group)
        group_low, group_point, group_high = rules.ends(value, mass, basis)
        low, point, high = low + group_low, point + group_point, high + group_high
        known += mass
        verified += mass if basis.verified else 0
        strength += mass * rules.strength(basis)
    answers = [answer for group in groups.values() for _, answer in group]
    basis_all = _worst([answer.basis for answer in answers])
    unknown = total - known - refused
    high += SCALE * (unknown + refused)
    if rules.policy is Policy.KNOWN_ONLY:
        point = divide(point, known + refused) if known + refused else 0
    else:
        point = divide(point + rules.unknown_point * unknown, total)
    return Reading(
        low=divide(low, total),
        point=point,
        high=divide(high, total),
        known=divide(known * SCALE, total),
        verified=divide(verified * SCALE, total),
        strength=divide(strength, total),
        refused=divide(refused * SCALE, total),
        overdue=all(part.overdue for part in missing if part.refused),
        grade=None if basis_all is None else basis_all.grade,
        freshness=None if basis_all is None else basis_all.freshness,
        evidence_ids=joined(
            *(a.basis.evidence_ids for a in answers), *(part.evidence_ids for part in missing)
        ),
        references=joined(*(answer.basis.references for answer in answers)),
        next_change=earliest(
            *(answer.basis.next_change for answer in answers), *(part.next_change for part in missing)
        ),
        raw=raw,
        reason=" ".join(
            dict.fromkeys([*(answer.note for answer in answers if answer.note), _strongest_reason(missing)])
        ).strip(),
        clipped=any(answer.clipped for answer in answers),
    )


def _single(answer: Known, rules: Rules, raw: Any) -> Reading:
    basis = answer.basis
    low, point, high = rules.ends(answer.value, 1, basis)
    return Reading(
        low=low,
        point=point,
        high=high,
        known=SCALE,
        verified=SCALE if basis.verified else 0,
        strength=rules.strength(basis),
        grade=basis.grade,
        freshness=basis.freshness,
        evidence_ids=basis.evidence_ids,
        references=basis.references,
        next_change=basis.next_change,
        raw=answer.raw if raw is None else raw,
        reason=answer.note,
        clipped=answer.clipped,
    )


def _nothing(answer: Missing, rules: Rules, raw: Any) -> Reading:
    return Reading(
        low=0,
        point=0 if answer.refused else rules.unknown_point,
        high=SCALE,
        known=0,
        verified=0,
        strength=0,
        refused=SCALE if answer.refused else 0,
        overdue=answer.overdue,
        evidence_ids=answer.evidence_ids,
        next_change=answer.next_change,
        raw=raw,
        reason=answer.reason,
    )


def one(answer: Answer, rules: Rules) -> Reading:
    """The reading of a single answer."""
    return reading(((1, answer),), rules, raw=answer.raw if isinstance(answer, Known) else None)


def _worst(bases: Sequence[Basis]) -> Basis | None:
    if not bases:
        return None
    return Basis(
        max(basis.grade for basis in bases),
        max((basis.freshness for basis in bases), key=_FRESHNESS_RANK.__getitem__),
    )
