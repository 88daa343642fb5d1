"""How far several evaluators agree: Krippendorff's alpha, Kendall's W, intraclass correlations.

Exact fractions throughout, so that the order of raters and of cells cannot matter. A figure that is mathematically
undefined for the given ratings is None, with the reason in a sentence.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from scorecards.engine.exact import EngineError, Number, exact

Ratings = Sequence[Sequence[Number | None]]
"""One row per rater, one column per thing rated; None where a rater gave nothing."""

Table = list[list[Fraction | None]]

GOOD = Fraction(4, 5)
TENTATIVE = Fraction(667, 1000)


class AgreementError(EngineError):
    """Ratings that are no table; `name` says where."""


class Scale(StrEnum):
    """What the distance between two ratings means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Word(StrEnum):
    """What an alpha allows, by Krippendorff's own marks."""

    GOOD = "good"
    TENTATIVE = "tentative"
    LOW = "low"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A figure, or None with the reason why there is none. `raters` and `items` are what it rests on."""

    value: Fraction | None
    raters: int
    items: int
    reason: str = ""

    @property
    def word(self) -> Word:
        """Good from .80, tentative from .667, low below."""
        if self.value is None:
            return Word.UNDEFINED
        if self.value >= GOOD:
            return Word.GOOD
        return Word.TENTATIVE if self.value >= TENTATIVE else Word.LOW


def read_table(ratings: Ratings) -> Table:
    """The ratings as exact fractions. Raises AgreementError for rows of different length and for NaN or infinity."""
    table: Table = []
    for number, row in enumerate(ratings, start=1):
        if len(row) != len(ratings[0]):
            raise AgreementError(f"rater {number}", "must rate the same number of things as the others")
        table.append([None if given is None else exact(given, name=f"rater {number}") for given in row])
    return table


def krippendorff_alpha(ratings: Ratings, scale: Scale = Scale.ORDINAL) -> Agreement:
    """Krippendorff's alpha (Krippendorff 2004, Content Analysis, chapter 11); raters may have gaps.

    1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement. Undefined without a thing that two
    raters rated, and when everybody gave one and the same rating: chance then explains everything. Raises
    AgreementError for ratings that are no table.
    """
    table = read_table(ratings)
    columns = [[given for given in column if given is not None] for column in zip(*table, strict=True)]
    pairable = [column for column in columns if len(column) > 1]
    if not pairable:
        return Agreement(None, len(table), 0, "Nothing was rated by two evaluators.")
    marginals = Counter(given for column in pairable for given in column)
    if len(marginals) == 1:
        reason = "Everybody gave the same rating everywhere: with no variation agreement is undefined."
        return Agreement(None, len(table), len(pairable), reason)
    distance = _distances(scale, marginals)
    total = sum(marginals.values())
    observed = sum(
        (_disagreement(Counter(column), distance) / (len(column) - 1) for column in pairable), Fraction(0)
    )
    expected = _disagreement(marginals, distance) / (total - 1)
    return Agreement(1 - observed / expected, len(table), len(pairable))


Distance = Callable[[Fraction, Fraction], Fraction]


def _disagreement(counts: Mapping[Fraction, int], distance: Distance) -> Fraction:
    """The sum of squared distances over ordered pairs of ratings."""
    rated = sorted(counts.items())
    return sum(
        (
            2 * one_count * other_count * distance(one, other)
            for place, (one, one_count) in enumerate(rated)
            for other, other_count in rated[place + 1 :]
        ),
        Fraction(0),
    )


def _distances(scale: Scale, marginals: Mapping[Fraction, int]) -> Distance:
    """The squared distance of two different ratings, the lower one first."""
    if scale is Scale.NOMINAL:
        return lambda _one, _other: Fraction(1)
    if scale is Scale.INTERVAL:
        return lambda one, other: (one - other) ** 2
    below: dict[Fraction, int] = {}
    passed = 0
    for rating in sorted(marginals):
        below[rating] = passed
        passed += marginals[rating]

    def ordinal(one: Fraction, other: Fraction) -> Fraction:
        up_to_other = below[other] + marginals[other] - below[one]
        return (up_to_other - Fraction(marginals[one] + marginals[other], 2)) ** 2

    return ordinal


def kendall_w(ratings: Ratings) -> Agreement:
    """Kendall's coefficient of concordance W, corrected for ties (Kendall 1948), over what everybody rated.

    1: everybody puts the things in the same order; 0: no common order. Undefined with fewer than two raters or two
    things, and when nobody tells any two things apart. Raises AgreementError for ratings that are no table.
    """
    raters, complete = _complete(read_table(ratings))
    if why := _too_few(raters, complete):
        return Agreement(None, raters, len(complete), why)
    by_rater = list(zip(*complete, strict=True))
    ranked = [_mid_ranks(row) for row in by_rater]
    items = len(complete)
    sums = [sum(ranks, Fraction(0)) for ranks in zip(*ranked, strict=True)]
    mean = Fraction(raters * (items + 1), 2)
    spread = sum(((total - mean) ** 2 for total in sums), Fraction(0))
    ties = sum(count**3 - count for row in by_rater for count in Counter(row).values())
    most = raters**2 * (items**3 - items) - raters * ties
    if most == 0:
        return Agreement(None, raters, items, "Nobody tells any two things apart.")
    return Agreement(12 * spread / most, raters, items)


def _mid_ranks(row: Sequence[Fraction]) -> list[Fraction]:
    """Ranks from 1; equal ratings share the mean of their ranks."""
    ranks: dict[Fraction, Fraction] = {}
    passed = 0
    for rating, count in sorted(Counter(row).items()):
        ranks[rating] = passed + Fraction(count + 1, 2)
        passed += count
    return [ranks[rating] for rating in row]


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Two-way analysis of variance of a complete table of n things by k raters."""

    things: Fraction
    raters: Fraction
    rest: Fraction
    within: Fraction
    n: int
    k: int


def mean_squares(complete: Sequence[Sequence[Fraction]]) -> MeanSquares:
    """Mean squares of a complete table (one row per thing, at least two rows and columns)."""
    n, k = len(complete), len(complete[0])
    grand = sum((sum(row, Fraction(0)) for row in complete), Fraction(0)) / (n * k)
    total = sum(((given - grand) ** 2 for row in complete for given in row), Fraction(0))
    between = k * sum(((sum(row, Fraction(0)) / k - grand) ** 2 for row in complete), Fraction(0))
    judges = n * sum(
        ((sum(row, Fraction(0)) / n - grand) ** 2 for row in zip(*complete, strict=True)), Fraction(0)
    )
    return MeanSquares(
        between / (n - 1), judges / (k - 1), (total - between - judges) / ((n - 1) * (k - 1)),
        (total - between) / (n * (k - 1)), n, k,
    )  # fmt: skip


class Icc(StrEnum):
    """The six intraclass correlations of Shrout & Fleiss 1979: model, then one rater or the mean of k."""

    ONE_1 = "1,1"
    TWO_1 = "2,1"
    THREE_1 = "3,1"
    ONE_K = "1,k"
    TWO_K = "2,k"
    THREE_K = "3,k"


def intraclass_correlation(ratings: Ratings, form: Icc = Icc.TWO_K) -> Agreement:
    """An intraclass correlation over what everybody rated; by default ICC(2,k).

    ICC(2,k) says how far the mean of these raters would be that of other raters of their kind. Undefined with fewer
    than two raters or two things, and without any variation. Raises AgreementError for ratings that are no table.
    """
    raters, complete = _complete(read_table(ratings))
    if why := _too_few(raters, complete):
        return Agreement(None, raters, len(complete), why)
    squares = mean_squares(complete)
    above, below = _icc(squares, form)
    if below == 0:
        reason = "The ratings do not vary in a way that tells things and evaluators apart."
        return Agreement(None, raters, len(complete), reason)
    return Agreement(above / below, raters, len(complete))


def _icc(squares: MeanSquares, form: Icc) -> tuple[Fraction, Fraction]:
    things, raters, rest, within = squares.things, squares.raters, squares.rest, squares.within
    n, k = squares.n, squares.k
    return {
        Icc.ONE_1: (things - within, things + (k - 1) * within),
        Icc.TWO_1: (things - rest, things + (k - 1) * rest + k * (raters - rest) / n),
        Icc.THREE_1: (things - rest, things + (k - 1) * rest),
        Icc.ONE_K: (things - within, things),
        Icc.TWO_K: (things - rest, things + (raters - rest) / n),
        Icc.THREE_K: (things - rest, things),
    }[form]


def _complete(table: Table) -> tuple[int, list[list[Fraction]]]:
    """How many raters there are, and the things that all of them rated, one row per thing."""
    columns = zip(*table, strict=True)
    return len(table), [
        [given for given in column if given is not None] for column in columns if None not in column
    ]


def _too_few(raters: int, complete: Sequence[Sequence[Fraction]]) -> str:
    if raters < 2:
        return "It takes two evaluators."
    return "" if len(complete) > 1 else "It takes two things that everybody rated."
