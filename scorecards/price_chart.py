"""The drawing of score against price: a mark for each candidate and the front as a line, in viewBox units."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cdmo_eval.core.figures.coordinates import coordinate
from scorecards.selectors.money import money_text
from scorecards.selectors.price_front import PricedCandidate

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 44, 150, 16, 40
MOST_MARKS = 100
LEAST_LABEL_GAP = 14
LONGEST_LABEL = 20


@dataclass(frozen=True)
class PriceMark:
    """A candidate in the drawing; `role` is "lead" on the front, else "rest". Only the front carries its name."""

    x: str
    y: str
    role: str
    title: str
    label: str
    label_y: str


@dataclass(frozen=True)
class PriceChart:
    """Everything `components/price_chart.html` draws. `left_out` candidates are only in the table."""

    view_box: str
    left: str
    right: str
    bottom: str
    axis_y: str
    levels: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[str, str], ...]
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

    Prices run from the cheapest to the dearest drawn, scores from 0 to 100.
    """
    rest = [one for one in candidates if not one.on_front][: max(0, MOST_MARKS - len(front))]
    drawn = [*front, *rest]
    amounts = [one.price.amount for one in drawn if one.price.amount is not None]
    if not amounts:
        return None
    low, high = min(amounts), max(amounts)

    def x(amount: Fraction) -> float:
        return LEFT + (float((amount - low) / (high - low)) if high > low else 0.5) * (WIDTH - RIGHT - LEFT)

    heights = _spread([_y(one.score) for one in front])
    marks = [
        PriceMark(coordinate(x(amount)), coordinate(_y(one.score)), "lead", _title(one), _short(one.name), coordinate(height + 4))
        for one, height in zip(front, heights, strict=True)
        if (amount := one.price.amount) is not None
    ] + [
        PriceMark(coordinate(x(amount)), coordinate(_y(one.score)), "rest", _title(one), "", "")
        for one in rest
        if (amount := one.price.amount) is not None
    ]  # fmt: skip
    steps = [f"{mark.x} {mark.y}" for mark in marks if mark.role == "lead"]
    ticks = dict.fromkeys((low, (low + high) / 2, high)) if high > low else {low: None}
    return PriceChart(
        view_box=f"0 0 {WIDTH} {HEIGHT}", left=coordinate(LEFT), right=coordinate(WIDTH - RIGHT), bottom=coordinate(HEIGHT - BOTTOM),
        axis_y=coordinate(HEIGHT - BOTTOM + 18),
        levels=tuple((coordinate(_y(Fraction(level, 100))), str(level)) for level in range(0, 101, 25)),
        ticks=tuple((coordinate(x(Fraction(tick))), money_text(Fraction(round(tick)), currency)) for tick in ticks),
        front=f"M{'L'.join(steps)}" if len(steps) > 1 else "", marks=tuple(reversed(marks)),
        left_out=sum(not one.on_front for one in candidates) - len(rest),
        answer=f"Nobody is both cheaper and better than {_listed([one.name for one in front])}.",
    )  # fmt: skip


def _y(score: Fraction) -> float:
    return TOP + (1 - float(score)) * (HEIGHT - BOTTOM - TOP)


def _title(one: PricedCandidate) -> str:
    return f"{one.name}: {one.score_text} points, {one.price.text}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"


def _spread(heights: Sequence[float]) -> list[float]:
    """Heights of names moved apart, so that no two overlap."""
    placed = [0.0] * len(heights)
    edge = float(TOP)
    for at in sorted(range(len(heights)), key=lambda at: heights[at]):
        edge = max(edge, heights[at])
        placed[at] = edge
        edge += LEAST_LABEL_GAP
    return placed


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
