"""Charts of comparisons: values side by side, a difference built up group by group, scores over time.

Pure functions from published integers (ppm) to drawings, as in `scorecards.charts`. Every scale runs from 0 to 100:
a chart that begins at its smallest value makes small differences look large and hides what is worth nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cdmo_eval.core.figures.bars import WHOLE_PPM
from cdmo_eval.core.figures.coordinates import coordinate

DUMBBELL_WIDTH, DUMBBELL_HEIGHT, DUMBBELL_EDGE, MARK = 220, 24, 9, 5
STEP_WIDTH, STEP_HEIGHT = 260, 20
HISTORY_WIDTH, HISTORY_HEIGHT = 640, 260
HISTORY_LEFT, HISTORY_RIGHT, HISTORY_TOP, HISTORY_BOTTOM = 34, 18, 14, 26
SHAPES = ("circle", "square", "diamond", "ring", "box")
"""What tells candidates apart beside their order: never colour alone."""


@dataclass(frozen=True)
class Mark:
    """One candidate's value on a line; `points` draw the shapes with corners."""

    shape: str
    x: str
    y: str
    points: str


@dataclass(frozen=True)
class Dumbbell:
    """Everything `components/dumbbell.html` draws; without `marks` nothing is known of anybody."""

    view_box: str
    middle: str
    ticks: tuple[str, ...]
    from_x: str
    to_x: str
    marks: tuple[Mark, ...]
    sentence: str


def dumbbell(names: Sequence[str], values: Sequence[int | None]) -> Dumbbell:
    """Draw values (ppm, None unknown) of up to five candidates on one line from 0 to 100.

    Unknown is never drawn: the sentence names it. Raises ValueError for more candidates than shapes.
    """
    if len(names) != len(values) or len(values) > len(SHAPES):
        raise ValueError(
            f"a line shows at most {len(SHAPES)} candidates, each with its value, got {len(values)}"
        )
    middle = DUMBBELL_HEIGHT / 2
    known = [value for value in values if value is not None]
    told = [
        f"{name} {'unknown' if value is None else _points(value)}"
        for name, value in zip(names, values, strict=True)
    ]
    return Dumbbell(
        view_box=f"0 0 {DUMBBELL_WIDTH} {DUMBBELL_HEIGHT}",
        middle=coordinate(middle),
        ticks=tuple(coordinate(_along(share * WHOLE_PPM // 4)) for share in range(5)),
        from_x=coordinate(_along(min(known, default=0))),
        to_x=coordinate(_along(max(known, default=0))),
        marks=tuple(
            _mark(shape, _along(value), middle)
            for shape, value in zip(SHAPES, values, strict=False)
            if value is not None
        ),
        sentence=f"From 0 to 100: {', '.join(told)}.",
    )


def _along(value: int) -> float:
    return DUMBBELL_EDGE + value / WHOLE_PPM * (DUMBBELL_WIDTH - 2 * DUMBBELL_EDGE)


def _mark(shape: str, x: float, y: float) -> Mark:
    corners = {
        "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
        "square": ((-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)),
        "box": ((-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)),
    }.get(shape, ())
    points = " ".join(f"{coordinate(x + dx * MARK)},{coordinate(y + dy * MARK)}" for dx, dy in corners)
    return Mark(shape, coordinate(x), coordinate(y), points)


@dataclass(frozen=True)
class WaterfallStep:
    """One bar from where the bars before it ended; `direction` is up or down."""

    view_box: str
    x: str
    width: str
    from_x: str
    to_x: str
    direction: str


def waterfall_steps(start: Fraction, amounts: Sequence[Fraction]) -> tuple[WaterfallStep, ...]:
    """Draw amounts (shares of the scale) one after the other from a score to another, on a scale from 0 to 100."""
    steps = []
    at = start
    for amount in amounts:
        left, right = sorted((_across(at), _across(at + amount)))
        steps.append(
            WaterfallStep(
                view_box=f"0 0 {STEP_WIDTH} {STEP_HEIGHT}",
                x=coordinate(left),
                width=coordinate(max(right - left, 1.0)),
                from_x=coordinate(_across(at)),
                to_x=coordinate(_across(at + amount)),
                direction="up" if amount >= 0 else "down",
            )
        )
        at += amount
    return tuple(steps)


def _across(share: Fraction) -> float:
    """A share of the scale on the bar; running sums may leave 0 to 100 on the way and are drawn at the edge."""
    return float(min(max(share, Fraction(0)), Fraction(1))) * (STEP_WIDTH - 2) + 1


@dataclass(frozen=True)
class HistoryLine:
    """One candidate's score over time: `role` is lead or second; dots are (x, y, sentence)."""

    name: str
    role: str
    path: str
    dots: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class HistoryChart:
    """Everything `components/history_chart.html` draws."""

    view_box: str
    left: str
    right: str
    bottom: str
    axis_y: str
    levels: tuple[tuple[str, str], ...]
    ends: tuple[tuple[str, str, str], ...]
    lines: tuple[HistoryLine, ...]
    sentence: str


def history_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int | None]]]) -> HistoryChart:
    """Draw scores (ppm, None where there was none) over calculations, evenly spaced, oldest first, from 0 to 100.

    `labels` name the calculations. A line breaks where there was no score.
    """
    right, bottom = HISTORY_WIDTH - HISTORY_RIGHT, HISTORY_HEIGHT - HISTORY_BOTTOM
    lines = tuple(
        HistoryLine(
            name=name,
            role=role,
            path=_path(values),
            dots=tuple(
                (
                    coordinate(_time_x(at, len(values))),
                    coordinate(_score_y(value)),
                    f"{name}, {label}: {_points(value)}",
                )
                for at, (label, value) in enumerate(zip(labels, values, strict=True))
                if value is not None
            ),
        )
        for role, (name, values) in zip(("lead", "second"), series, strict=False)
    )
    told = [
        f"{name} from {_ends(values)}"
        for name, values in series
        if any(value is not None for value in values)
    ]
    return HistoryChart(
        view_box=f"0 0 {HISTORY_WIDTH} {HISTORY_HEIGHT}",
        left=coordinate(HISTORY_LEFT),
        right=coordinate(right),
        bottom=coordinate(bottom),
        axis_y=coordinate(bottom + 18),
        levels=tuple(
            (coordinate(_score_y(level * WHOLE_PPM // 100)), str(level)) for level in range(0, 101, 25)
        ),
        ends=((coordinate(HISTORY_LEFT), "start", labels[0]), (coordinate(right), "end", labels[-1]))
        if len(labels) > 1
        else (),
        lines=lines,
        sentence=f"Scores over {len(labels)} calculations: {'; '.join(told) or 'none yet'}.",
    )


def _path(values: Sequence[int | None]) -> str:
    parts, drawing = [], False
    for at, value in enumerate(values):
        if value is not None:
            parts.append(
                f"{'L' if drawing else 'M'}{coordinate(_time_x(at, len(values)))} {coordinate(_score_y(value))}"
            )
        drawing = value is not None
    return "".join(parts)


def _ends(values: Sequence[int | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{_points(known[0])} to {_points(known[-1])}"


def _time_x(at: int, count: int) -> float:
    width = HISTORY_WIDTH - HISTORY_LEFT - HISTORY_RIGHT
    return HISTORY_LEFT + (width * at / (count - 1) if count > 1 else width / 2)


def _score_y(value: int) -> float:
    return HISTORY_TOP + (1 - value / WHOLE_PPM) * (HISTORY_HEIGHT - HISTORY_BOTTOM - HISTORY_TOP)


def _points(value: int) -> str:
    """A value out of 100 with one decimal, halves to even."""
    tenths = round(Fraction(value, 1000))
    return f"{tenths // 10}.{tenths % 10}"
