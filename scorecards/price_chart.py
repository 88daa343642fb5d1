"""The drawing of score against price: a mark for each candidate and the front as a line, across in percent of the width."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cdmo_eval.core.figures.coordinates import coordinate
from scorecards.charts import PLOT_ACROSS, Level, level_range, levels_of
from scorecards.selectors.money import money_text
from scorecards.selectors.price_front import PricedCandidate

HEIGHT = 320
EDGE = 4
"""Percent of the width left free on both sides, so that no mark is cut."""
MOST_MARKS = 100
LEAST_LABEL_GAP = 15
LONGEST_LABEL = 40
PPM = 1_000_000
MIDDLE, BELOW, ABOVE = 50, 16, -10
"""The front rises to the right: names stand below it on the left and above it on the right."""


@dataclass(frozen=True)
class PriceMark:
    """A candidate in the drawing; `role` is "lead" on the front, else "rest". Only the front carries its name."""

    x: str
    y: str
    role: str
    title: str
    label: str
    label_y: str
    anchor: str


@dataclass(frozen=True)
class PriceChart:
    """Everything `components/price_chart.html` draws. `left_out` candidates are only in the table."""

    view_box: str
    height: str
    levels: tuple[Level, ...]
    ticks: tuple[str, ...]
    scale: str
    front: str
    marks: tuple[PriceMark, ...]
    left_out: int
    answer: str

    @property
    def sentence(self) -> str:
        """What the drawing says, for who does not see it."""
        return f"Score against price. {self.answer}"


def price_chart(
    candidates: Sequence[PricedCandidate], front: Sequence[PricedCandidate], currency: str
) -> PriceChart | None:
    """Draw the front and the best of the others, up to 100 in all; None when nobody has a price.

    Prices run from the cheapest to the dearest drawn, scores over the part of 0 to 100 that is needed, which is named.
    """
    rest = [one for one in candidates if not one.on_front][: max(0, MOST_MARKS - len(front))]
    drawn = [*front, *rest]
    amounts = [one.price.amount for one in drawn if one.price.amount is not None]
    if not amounts:
        return None
    low, high = min(amounts), max(amounts)
    least, most = level_range([round(one.score * PPM) for one in drawn])

    def x(amount: Fraction) -> float:
        return EDGE + (float((amount - low) / (high - low)) if high > low else 0.5) * (100 - 2 * EDGE)

    def y(score: Fraction) -> float:
        return float((most - score * PPM) / (most - least)) * HEIGHT

    def mark(one: PricedCandidate, role: str, label: str, label_y: float) -> PriceMark:
        place = x(one.price.amount or Fraction(0))
        anchor = "end" if place > MIDDLE else "start"
        return PriceMark(
            coordinate(place), coordinate(y(one.score)), role, _title(one), label, coordinate(label_y), anchor
        )

    heights = _spread(
        [y(one.score) + (BELOW if x(one.price.amount or low) <= MIDDLE else ABOVE) for one in front]
    )
    marks = [
        mark(one, "lead", _short(one.name), height) for one, height in zip(front, heights, strict=True) if one.price.amount is not None
    ] + [mark(one, "rest", "", 0) for one in rest if one.price.amount is not None]  # fmt: skip
    steps = [
        f"{coordinate(x(one.price.amount) * PLOT_ACROSS / 100)} {coordinate(y(one.score))}"
        for one in front
        if one.price.amount is not None
    ]
    ticks = dict.fromkeys((low, (low + high) / 2, high)) if high > low else {low: None}
    return PriceChart(
        view_box=f"0 0 {PLOT_ACROSS} {HEIGHT}", height=str(HEIGHT), levels=levels_of(least, most, HEIGHT),
        ticks=tuple(money_text(Fraction(round(tick)), currency) for tick in ticks), scale=f"{least // 10_000} to {most // 10_000}",
        front=f"M{'L'.join(steps)}" if len(steps) > 1 else "", marks=tuple(reversed(marks)),
        left_out=sum(not one.on_front for one in candidates) - len(rest),
        answer=f"Nobody is both cheaper and better than {_listed([one.name for one in front])}.",
    )  # fmt: skip


def _title(one: PricedCandidate) -> str:
    return f"{one.name}: {one.score_text} points, {one.price.text}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"


def _spread(heights: Sequence[float]) -> list[float]:
    """Heights of names moved apart, so that no two overlap."""
    placed = [0.0] * len(heights)
    edge = 0.0
    for at in sorted(range(len(heights)), key=lambda at: heights[at]):
        edge = max(edge, heights[at])
        placed[at] = edge
        edge += LEAST_LABEL_GAP
    return placed


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
