"""Pairs of a first choice and a backup: two good scores count for less when one event can take both away.

    pair = s·primary + (1 − s)·backup − what is certainly shared − ½ · what may be shared

with s the share of the first choice. Shared are a country, an owner and a sub-supplier, each with its points. Where it is
not known whether something is shared, half its points count, and the interval goes from "shared" to "not shared": not
knowing is never taken for independence. Exact: fractions of whole numbers, rounded only for display.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from scorecards.engine.exact import EXACT_ONE, PPM, EngineError


class Shared(StrEnum):
    """What one event can take away from both."""

    COUNTRY = "country"
    OWNER = "owner"
    SUPPLIER = "supplier"


@dataclass(frozen=True)
class PairSettings:
    """Share of the first choice and points off for what is shared, all ppm (of the pair, and of the value scale)."""

    primary_share: int = 700_000
    country: int = 100_000
    owner: int = 300_000
    supplier: int = 150_000

    def __post_init__(self) -> None:
        """Raise EngineError for a share or points outside 0 to 1."""
        for name in ("primary_share", *Shared):
            if not 0 <= getattr(self, name) <= PPM:
                raise EngineError(name, "must lie between 0 and 100 %")

    def points(self, shared: Shared) -> int:
        """What sharing costs, ppm."""
        return int(getattr(self, shared.value))

    def document(self) -> dict[str, int]:
        """As plain values."""
        return {name: getattr(self, name) for name in ("primary_share", *(shared.value for shared in Shared))}


@dataclass(frozen=True)
class Tie:
    """What a candidate depends on, of one kind: keys to compare with names for people; `known` whether that is all."""

    names: Mapping[str, str]
    known: bool
    why: str = ""


@dataclass(frozen=True)
class PairMember:
    """A candidate that may be chosen: score as numerator over denominator, ends of its interval over 1e15, and its ties."""

    id: str
    name: str
    score: Fraction
    low: Fraction
    high: Fraction
    ties: Mapping[Shared, Tie]

    def document(self) -> dict[str, Any]:
        """As plain values, from which `member_of` makes it again."""
        return {
            "id": self.id, "name": self.name, "score": [self.score.numerator, self.score.denominator],
            "low": [self.low.numerator, self.low.denominator], "high": [self.high.numerator, self.high.denominator],
            "ties": {
                shared.value: {"names": dict(tie.names), "known": tie.known, "why": tie.why} for shared, tie in self.ties.items()
            },
        }  # fmt: skip


@dataclass(frozen=True)
class Overlap:
    """Points off, ppm, and why; not `certain` where it is not known, and then half of them count."""

    shared: Shared
    points: int
    certain: bool
    reason: str

    @property
    def counted(self) -> Fraction:
        """What the score loses."""
        return Fraction(self.points, PPM) if self.certain else Fraction(self.points, 2 * PPM)


@dataclass(frozen=True)
class Pair:
    """A first choice and a backup. Fractions of the value scale; `rank` by score, equal scores share one."""

    primary: PairMember
    backup: PairMember
    base: Fraction
    score: Fraction
    low: Fraction
    high: Fraction
    overlaps: tuple[Overlap, ...]
    rank: int = 0


def overlap(one: PairMember, other: PairMember, shared: Shared, points: int) -> Overlap | None:
    """What two candidates share of one kind; None when it is known that they share nothing, or when it costs nothing."""
    if points == 0:
        return None
    ours, theirs = one.ties[shared], other.ties[shared]
    both = sorted({ours.names[key] for key in ours.names if key in theirs.names})
    if both:
        return Overlap(shared, points, certain=True, reason=f"{_WORDS[shared][0]}: {', '.join(both)}")
    unknown = [tie.why for tie in (ours, theirs) if not tie.known]
    if not unknown:
        return None
    return Overlap(shared, points, certain=False, reason=f"{_WORDS[shared][1]}: {'; '.join(unknown)}")


_WORDS = {
    Shared.COUNTRY: ("Same country", "Perhaps the same country"),
    Shared.OWNER: ("Same owner", "Perhaps the same owner"),
    Shared.SUPPLIER: ("Same sub-supplier", "Perhaps the same sub-supplier"),
}


def pair_of(primary: PairMember, backup: PairMember, settings: PairSettings) -> Pair:
    """One pair, without its rank."""
    share = Fraction(settings.primary_share, PPM)

    def joined(first: Fraction, second: Fraction) -> Fraction:
        return share * first + (1 - share) * second

    found = [overlap(primary, backup, shared, settings.points(shared)) for shared in Shared]
    overlaps = tuple(one for one in found if one is not None)
    certain = sum((Fraction(one.points, PPM) for one in overlaps if one.certain), Fraction(0))
    possible = sum((Fraction(one.points, PPM) for one in overlaps if not one.certain), Fraction(0))
    base = joined(primary.score, backup.score)
    return Pair(
        primary, backup, base, base - certain - possible / 2, joined(primary.low, backup.low) - certain - possible,
        joined(primary.high, backup.high) - certain, overlaps,
    )  # fmt: skip


def rank_pairs(members: Sequence[PairMember], settings: PairSettings) -> list[Pair]:
    """Every ordered pair of different candidates, the best first; n · (n − 1) of them.

    Equal scores share a rank (1, 1, 3) and stand in the order of their lower ends, then of names and ids.
    """
    pairs = list(_pairs(members, settings))
    pairs.sort(
        key=lambda pair: (-pair.score, -pair.low, pair.primary.name, pair.backup.name, pair.primary.id, pair.backup.id)
    )  # fmt: skip
    ranked: list[Pair] = []
    for place, pair in enumerate(pairs, start=1):
        tied = bool(ranked) and ranked[-1].score == pair.score
        rank = ranked[-1].rank if tied else place
        ranked.append(
            Pair(pair.primary, pair.backup, pair.base, pair.score, pair.low, pair.high, pair.overlaps, rank)
        )
    return ranked


def _pairs(members: Sequence[PairMember], settings: PairSettings) -> Iterator[Pair]:
    for primary in members:
        for backup in members:
            if primary.id != backup.id:
                yield pair_of(primary, backup, settings)


def settings_of(document: Mapping[str, Any]) -> PairSettings:
    """Settings from plain values; what is left out is the default. Raises EngineError."""
    try:
        return PairSettings(**{str(name): int(value) for name, value in document.items()})
    except (TypeError, ValueError) as error:
        raise EngineError("pairs", "settings of pairs are a share and points") from error


def member_of(document: Mapping[str, Any]) -> PairMember:
    """A candidate from plain values. Raises KeyError, TypeError, ValueError or ZeroDivisionError for another shape."""
    ties = {
        shared: Tie(dict(document["ties"][shared.value]["names"]), bool(document["ties"][shared.value]["known"]), str(document["ties"][shared.value]["why"]))
        for shared in Shared
    }  # fmt: skip
    return PairMember(
        str(document["id"]), str(document["name"]), Fraction(*document["score"]), Fraction(*document["low"]), Fraction(*document["high"]), ties
    )  # fmt: skip


def exact_score(numerator: int, denominator: int) -> Fraction:
    """A published score (units of 1e-15 over its denominator) as a fraction of the value scale."""
    return Fraction(numerator, denominator)


def exact_end(units: int) -> Fraction:
    """An end of an interval as a fraction of the value scale."""
    return Fraction(units, EXACT_ONE)
