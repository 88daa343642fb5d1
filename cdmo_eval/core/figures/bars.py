"""Score bars: one row of parts on a scale of 0 to 100, with the interval in a lane of its own underneath.

Two layouts share one scale. *Stacked*: parts follow each other, the bar's length is the score. *Split*: every
part starts where its weight starts, so the empty rest of each slot is the value lost there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cdmo_eval.core.figures.coordinates import coordinate
from cdmo_eval.core.figures.palette import colour_of_slot

BAR_WIDTH = 1000
"""Width of the drawing in user units; one unit is a tenth of a point."""
WHOLE_PPB = 1_000_000_000
WHOLE_PPM = 1_000_000


class Layout(StrEnum):
    """How the parts of a bar stand beside each other."""

    STACKED = "stacked"
    SPLIT = "split"


@dataclass(frozen=True)
class Part:
    """What one criterion gives to a score, in ppb of the whole scale.

    `weight` is the most it could give. `known` rests on evidence; `assumed` is what the unknown-data policy adds
    for open questions (drawn hatched); `unknown` is the share of the weight that is not answered. The known and
    the assumed part together never exceed the weight, nor does the unknown share.
    """

    code: str
    name: str
    slot: int
    weight: int
    known: int
    assumed: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        """Refuse amounts that cannot be drawn truthfully."""
        if min(self.weight, self.known, self.assumed, self.unknown) < 0:
            raise ValueError(f"{self.code}: an amount below zero cannot be drawn")
        if self.known + self.assumed > self.weight or self.unknown > self.weight:
            raise ValueError(f"{self.code}: a part cannot exceed its weight")

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known about this criterion."""
        return self.weight > 0 and self.unknown == self.weight


@dataclass(frozen=True)
class Segment:
    """One part placed on the bar. Widths of "0" are left out by the template, not drawn."""

    code: str
    name: str
    slot: int
    fill: str
    slot_x: str
    slot_width: str
    slot_is_unknown: bool
    x: str
    width: str
    assumed_x: str
    assumed_width: str


@dataclass(frozen=True)
class Whisker:
    """The interval: a line from low to high with end caps and a tick at the point."""

    low_x: str
    point_x: str
    high_x: str
    path: str


@dataclass(frozen=True)
class ScoreBar:
    """Everything `components/score_bar.html` draws. Without an interval, `whisker` is None."""

    layout: Layout
    segments: tuple[Segment, ...]
    whisker: Whisker | None
    sentence: str


@dataclass(frozen=True)
class RulerMark:
    """One criterion's stretch of the weight ruler."""

    code: str
    name: str
    slot: int
    fill: str
    x: str
    width: str


@dataclass(frozen=True)
class WeightRuler:
    """The weights on the same scale as the bars below it, and the grid at 0, 25, 50, 75 and 100."""

    marks: tuple[RulerMark, ...]
    grid: tuple[str, ...]
    sentence: str


def points(amount: int, whole: int) -> str:
    """Return `amount` of `whole` as points out of 100 with one decimal, halves up: 754_321 ppm is "75.4"."""
    tenths = (amount * 1000 * 2 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"


def in_drawing_order(parts: Sequence[Part], baseline: str | None) -> tuple[Part, ...]:
    """Return the parts by palette slot, with the criterion `baseline` moved to the front.

    The order is the same for every row, so that one criterion can be followed down the page.
    """
    return tuple(sorted(parts, key=lambda part: (part.code != baseline, part.slot)))


def score_bar(
    subject: str,
    parts: Sequence[Part],
    *,
    layout: Layout = Layout.STACKED,
    baseline: str | None = None,
    score: int | None = None,
    interval: tuple[int, int] | None = None,
) -> ScoreBar:
    """Place the parts of one candidate's score; `score` and `interval` (low, high) are in ppm.

    The whisker belongs to the stacked layout only: in the split one the bar's end is not the score.
    """
    segments: list[Segment] = []
    weight_before = 0
    given_before = 0
    for part in in_drawing_order(parts, baseline):
        start = given_before if layout is Layout.STACKED else weight_before
        segments.append(
            Segment(
                code=part.code,
                name=part.name,
                slot=part.slot,
                fill=colour_of_slot(part.slot),
                slot_x=_x(weight_before),
                slot_width=_x(part.weight) if layout is Layout.SPLIT else "0",
                slot_is_unknown=part.is_unknown,
                x=_x(start),
                width=_x(part.known),
                assumed_x=_x(start + part.known),
                assumed_width=_x(part.assumed),
            )
        )
        weight_before += part.weight
        given_before += part.known + part.assumed
    whisker = None
    if layout is Layout.STACKED and score is not None and interval is not None:
        whisker = interval_whisker(interval[0], score, interval[1], top=18, bottom=24)
    return ScoreBar(
        layout=layout,
        segments=tuple(segments),
        whisker=whisker,
        sentence=_bar_sentence(subject, in_drawing_order(parts, baseline), score, interval),
    )


def weight_ruler(parts: Sequence[Part], *, baseline: str | None = None) -> WeightRuler:
    """Place the weights of the criteria on the scale of the bars, in the same order as the bars."""
    marks: list[RulerMark] = []
    before = 0
    ordered = in_drawing_order(parts, baseline)
    for part in ordered:
        marks.append(
            RulerMark(part.code, part.name, part.slot, colour_of_slot(part.slot), _x(before), _x(part.weight))
        )
        before += part.weight
    listed = "; ".join(f"{part.name} {points(part.weight, WHOLE_PPB)}" for part in ordered)
    return WeightRuler(
        marks=tuple(marks),
        grid=tuple(coordinate(BAR_WIDTH * step / 4) for step in range(5)),
        sentence=f"Weights out of 100: {listed}.",
    )


def interval_whisker(low: int, point: int, high: int, *, top: int = 1, bottom: int = 11) -> Whisker:
    """Draw an interval of ppm values between two heights. Raises ValueError unless low <= point <= high."""
    if not 0 <= low <= point <= high <= WHOLE_PPM:
        raise ValueError(f"an interval needs 0 <= low <= point <= high, got {low}, {point}, {high}")
    low_x, point_x, high_x = (coordinate(value * BAR_WIDTH / WHOLE_PPM) for value in (low, point, high))
    middle = coordinate((top + bottom) / 2)
    path = (
        f"M{low_x} {middle}H{high_x}M{low_x} {top}V{bottom}M{high_x} {top}V{bottom}"
        f"M{point_x} {top - 2}V{bottom + 1}"
    )
    return Whisker(low_x=low_x, point_x=point_x, high_x=high_x, path=path)


def _x(ppb: int) -> str:
    """Return ppb of the whole scale as a coordinate on the bar."""
    return coordinate(ppb * BAR_WIDTH / WHOLE_PPB)


def _bar_sentence(
    subject: str, parts: Sequence[Part], score: int | None, interval: tuple[int, int] | None
) -> str:
    """Say the whole bar in words: the text alternative of the drawing."""
    if score is None:
        head = f"{subject}: score unknown."
    elif interval is None:
        head = f"{subject}: score {points(score, WHOLE_PPM)}."
    else:
        low, high = (points(value, WHOLE_PPM) for value in interval)
        head = f"{subject}: score {points(score, WHOLE_PPM)}, interval {low} to {high}."
    said = [
        f"{part.name} unknown, weight {points(part.weight, WHOLE_PPB)}"
        if part.is_unknown
        else f"{part.name} {points(part.known + part.assumed, WHOLE_PPB)} of {points(part.weight, WHOLE_PPB)}"
        for part in parts
        if part.weight
    ]
    return f"{head} {'; '.join(said)}." if said else head
