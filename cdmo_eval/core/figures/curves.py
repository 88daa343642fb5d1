"""The small curve that shows how a raw value becomes a value of 0 to 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cdmo_eval.core.figures.coordinates import coordinate

CURVE_WIDTH = 240
CURVE_HEIGHT = 120
LEFT, RIGHT, TOP, BOTTOM = 30, 8, 10, 24


@dataclass(frozen=True)
class CurvePoint:
    """A breakpoint as drawn, with its numbers as text."""

    x: str
    y: str
    raw: str
    value: str


@dataclass(frozen=True)
class ValueCurve:
    """Everything `components/value_curve.html` draws; `here` marks the value of one candidate, or is None."""

    view_box: str
    path: str
    points: tuple[CurvePoint, ...]
    here: CurvePoint | None
    unit: str
    left: str
    right: str
    top: str
    bottom: str
    first_raw: str
    last_raw: str
    sentence: str


def value_curve(
    breakpoints: Sequence[tuple[float, float]], *, unit: str = "", here: float | None = None
) -> ValueCurve:
    """Draw a piecewise linear value function, clamped outside its breakpoints (raw, value 0 to 100).

    Raises ValueError for fewer than two breakpoints, raw values that do not rise, or values outside 0 to 100.
    """
    raws = [raw for raw, _ in breakpoints]
    if len(raws) < 2 or any(later <= earlier for earlier, later in pairwise(raws)):
        raise ValueError("a value function needs at least two breakpoints with rising raw values")
    if any(not 0 <= value <= 100 for _, value in breakpoints):
        raise ValueError("a value lies between 0 and 100")
    placed = tuple(_point(raw, value, raws[0], raws[-1]) for raw, value in breakpoints)
    marked = None
    if here is not None:
        marked = _point(min(max(here, raws[0]), raws[-1]), _value_at(breakpoints, here), raws[0], raws[-1])
    said = ", ".join(f"{point.raw} gives {point.value}" for point in placed)
    return ValueCurve(
        view_box=f"0 0 {CURVE_WIDTH} {CURVE_HEIGHT}",
        path="M" + "L".join(f"{point.x} {point.y}" for point in placed),
        points=placed,
        here=marked,
        unit=unit,
        left=coordinate(LEFT),
        right=coordinate(CURVE_WIDTH - RIGHT),
        top=coordinate(TOP),
        bottom=coordinate(CURVE_HEIGHT - BOTTOM),
        first_raw=placed[0].raw,
        last_raw=placed[-1].raw,
        sentence=f"Value by {unit or 'raw value'}: {said}; in between in proportion.",
    )


def _value_at(breakpoints: Sequence[tuple[float, float]], raw: float) -> float:
    """Return the value at `raw`, clamped to the first and last breakpoint."""
    if raw <= breakpoints[0][0]:
        return breakpoints[0][1]
    for (x0, y0), (x1, y1) in pairwise(breakpoints):
        if raw <= x1:
            return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)
    return breakpoints[-1][1]


def _point(raw: float, value: float, first: float, last: float) -> CurvePoint:
    """Place one (raw, value) pair in the drawing."""
    x = LEFT + (raw - first) / (last - first) * (CURVE_WIDTH - LEFT - RIGHT)
    y = CURVE_HEIGHT - BOTTOM - value / 100 * (CURVE_HEIGHT - TOP - BOTTOM)
    return CurvePoint(x=coordinate(x), y=coordinate(y), raw=f"{raw:g}", value=f"{value:g}")
