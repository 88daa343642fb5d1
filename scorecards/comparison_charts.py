"""Charts of comparisons: values side by side, a difference built up group by group, an overview, scores over time.

Pure functions from published integers (ppm) to drawings, as in `scorecards.charts`. Values run from 0 to 100: a chart that
begins at its smallest value makes small differences look large and hides what is worth nothing. A difference is drawn on
a scale of its own that always shows its zero. Across, places are shares of the width ("12.5" is 12.5 %), so that a
drawing fills its place while its text keeps its size.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cdmo_eval.core.figures.bars import WHOLE_PPM
from cdmo_eval.core.figures.coordinates import coordinate
from scorecards.charts import PLOT_ACROSS, Level, level_range, levels_of

SHAPES = ("circle", "square", "diamond", "ring", "box")
"""What tells candidates apart beside their order: never colour alone."""
DUMBBELL_MIDDLE, NEAR_PPM, STACKED = 14, 16_000, 5.0
RADAR_SIZE, RADAR_RADIUS = 340, 132
MOST_AXES, MOST_ON_RADAR, FEWEST_AXES = 8, 3, 3
HISTORY_HEIGHT = 260


@dataclass(frozen=True)
class Mark:
    """One candidate's value on a line: its shape, how far along (percent of the width), its height in pixels."""

    shape: str
    x: str
    y: str
    place: int


@dataclass(frozen=True)
class Dumbbell:
    """Everything `components/dumbbell.html` draws; without `marks` nothing is known of anybody."""

    from_x: str
    to_x: str
    marks: tuple[Mark, ...]
    sentence: str


def dumbbell(names: Sequence[str], values: Sequence[int | None]) -> Dumbbell:
    """Draw values (ppm, None unknown) of up to five candidates on one line from 0 to 100.

    Marks that would cover one another stand above one another. Unknown is never drawn: the sentence names it. Raises
    ValueError for more candidates than shapes.
    """
    if len(names) != len(values) or len(values) > len(SHAPES):
        raise ValueError(
            f"a line shows at most {len(SHAPES)} candidates, each with its value, got {len(values)}"
        )
    known = [value for value in values if value is not None]
    told = [
        f"{name} {'unknown' if value is None else _points(value)}"
        for name, value in zip(names, values, strict=True)
    ]
    heights = _heights(values)
    return Dumbbell(
        from_x=_percent(min(known, default=0)),
        to_x=_percent(max(known, default=0)),
        marks=tuple(
            Mark(SHAPES[place], _percent(value), coordinate(heights[place]), place)
            for place, value in enumerate(values)
            if value is not None
        ),
        sentence=f"From 0 to 100: {', '.join(told)}.",
    )


def _heights(values: Sequence[int | None]) -> list[float]:
    """The height of each mark: the middle, or one of a stack where values are nearly the same."""
    heights = [float(DUMBBELL_MIDDLE)] * len(values)
    known = sorted((value, place) for place, value in enumerate(values) if value is not None)
    stack: list[int] = []
    for at, (value, place) in enumerate(known):
        stack.append(place)
        last = at + 1 == len(known) or known[at + 1][0] - value > NEAR_PPM
        if last:
            for number, each in enumerate(sorted(stack)):
                heights[each] = DUMBBELL_MIDDLE + (number - (len(stack) - 1) / 2) * STACKED
            stack = []
    return heights


def _percent(value: int) -> str:
    return coordinate(value / WHOLE_PPM * 100)


@dataclass(frozen=True)
class WaterfallStep:
    """One bar from where the bars before it ended, in percent of the width; `direction` is up or down."""

    x: str
    width: str
    from_x: str
    to_x: str
    direction: str


@dataclass(frozen=True)
class WaterfallChart:
    """A difference built up from zero: where zero and the whole difference stand, and a bar for each amount."""

    zero_x: str
    end_x: str
    steps: tuple[WaterfallStep, ...]


def running_sums(amounts: Sequence[Fraction]) -> list[Fraction]:
    """Nothing, then the sum after each amount."""
    return list(itertools.accumulate(amounts, initial=Fraction(0)))


def waterfall_chart(amounts: Sequence[Fraction], *, reach: Fraction | None = None) -> WaterfallChart:
    """Draw amounts (shares of the scale) one after the other, from no difference to the whole of it.

    The scale always shows zero. It runs from the least to the largest running sum, or with `reach` from as much below
    zero to as much above it, so that several charts can be read side by side.
    """
    sums = running_sums(amounts)
    least, most = (min(sums), max(sums)) if reach is None else (-reach, reach)
    span = (most - least) or Fraction(1)

    def across(share: Fraction) -> float:
        return float((share - least) / span) * 100

    steps = []
    for at, amount in enumerate(amounts):
        left, right = sorted((across(sums[at]), across(sums[at + 1])))
        steps.append(
            WaterfallStep(
                x=coordinate(left), width=coordinate(max(right - left, 0.4)), from_x=coordinate(across(sums[at])),
                to_x=coordinate(across(sums[at + 1])), direction="up" if amount >= 0 else "down",
            )
        )  # fmt: skip
    return WaterfallChart(coordinate(across(Fraction(0))), coordinate(across(sums[-1])), tuple(steps))


@dataclass(frozen=True)
class RadarAxis:
    """One axis, numbered as in the table beside; `text_x` and `text_y` are for its number."""

    number: int
    x: str
    y: str
    text_x: str
    text_y: str


@dataclass(frozen=True)
class RadarLine:
    """One candidate: lines between neighbouring values that are known, and its marks as (x, y)."""

    name: str
    shape: str
    place: int
    path: str
    marks: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Radar:
    """Everything `components/radar.html` draws: an overview, never the figure to read off."""

    size: str
    centre: str
    rings: tuple[str, ...]
    axes: tuple[RadarAxis, ...]
    lines: tuple[RadarLine, ...]
    sentence: str


def radar(axes: Sequence[str], candidates: Sequence[tuple[str, Sequence[int | None]]]) -> Radar:
    """Draw values (ppm, None unknown) of up to three candidates on three to eight axes from 0 in the middle to 100.

    Raises ValueError for more, and for fewer axes than make a figure.
    """
    if not (FEWEST_AXES <= len(axes) <= MOST_AXES) or len(candidates) > MOST_ON_RADAR:
        raise ValueError(
            f"an overview has {FEWEST_AXES} to {MOST_AXES} criteria and at most {MOST_ON_RADAR} candidates"
        )
    centre = RADAR_SIZE / 2

    def at(axis: int, share: float) -> tuple[float, float]:
        turn = 2 * math.pi * axis / len(axes)
        return centre + RADAR_RADIUS * share * math.sin(turn), centre - RADAR_RADIUS * share * math.cos(turn)

    def pair(axis: int, share: float) -> tuple[str, str]:
        x, y = at(axis, share)
        return coordinate(x), coordinate(y)

    lines = []
    for place, (name, values) in enumerate(candidates):
        path = ""
        for axis, value in enumerate(values):
            after = (axis + 1) % len(values)
            following = values[after]
            if value is not None and following is not None:
                start, end = pair(axis, value / WHOLE_PPM), pair(after, following / WHOLE_PPM)
                path += f"M{start[0]} {start[1]}L{end[0]} {end[1]}"
        marks = tuple(pair(axis, value / WHOLE_PPM) for axis, value in enumerate(values) if value is not None)
        lines.append(RadarLine(name, SHAPES[place], place, path, marks))
    told = [
        f"{name}: "
        + ", ".join(
            f"{axis} {'unknown' if value is None else _points(value)}"
            for axis, value in zip(axes, values, strict=True)
        )
        for name, values in candidates
    ]
    return Radar(
        size=str(RADAR_SIZE),
        centre=coordinate(centre),
        rings=tuple(coordinate(RADAR_RADIUS * share / 4) for share in range(1, 5)),
        axes=tuple(
            RadarAxis(
                axis + 1,
                *pair(axis, 1),
                coordinate(at(axis, 1.13)[0]),
                coordinate(at(axis, 1.13)[1] + 4),
            )
            for axis in range(len(axes))
        ),
        lines=tuple(lines),
        sentence=f"Overview from 0 in the middle to 100. {'; '.join(told)}.",
    )


@dataclass(frozen=True)
class HistoryLine:
    """One candidate's score over time: `role` is lead or second; dots are (x, y, sentence), x in percent."""

    name: str
    role: str
    path: str
    dots: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class HistoryChart:
    """Everything `components/history_chart.html` draws; `first` and `last` name the ends of the time."""

    height: str
    view_box: str
    levels: tuple[Level, ...]
    first: str
    last: str
    lines: tuple[HistoryLine, ...]
    scale: str
    sentence: str


def history_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int | None]]]) -> HistoryChart:
    """Draw scores (ppm, None where there was none) over calculations, evenly spaced, oldest first.

    `labels` name the calculations. A line breaks where there was no score. The scale is the part of 0 to 100 that is
    needed, in whole tens, and is named.
    """
    known = [value for _, values in series for value in values if value is not None]
    low, high = level_range(known)

    def y(value: int) -> float:
        return (high - value) / (high - low) * HISTORY_HEIGHT

    def path(values: Sequence[int | None]) -> str:
        parts, drawing = [], False
        for at, value in enumerate(values):
            if value is not None:
                x = coordinate(_share(at, len(values)) * PLOT_ACROSS)
                parts.append(f"{'L' if drawing else 'M'}{x} {coordinate(y(value))}")
            drawing = value is not None
        return "".join(parts)

    lines = tuple(
        HistoryLine(
            name=name,
            role=role,
            path=path(values),
            dots=tuple(
                (
                    coordinate(_share(at, len(values)) * 100),
                    coordinate(y(value)),
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
        height=str(HISTORY_HEIGHT),
        view_box=f"0 0 {PLOT_ACROSS} {HISTORY_HEIGHT}",
        levels=levels_of(low, high, HISTORY_HEIGHT),
        first=labels[0] if labels else "",
        last=labels[-1] if len(labels) > 1 else "",
        lines=lines,
        scale=f"{low // 10_000} to {high // 10_000}",
        sentence=f"Scores over {len(labels)} calculations: {'; '.join(told) or 'none yet'}.",
    )


def _ends(values: Sequence[int | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{_points(known[0])} to {_points(known[-1])}"


def _share(at: int, count: int) -> float:
    return at / (count - 1) if count > 1 else 0.5


def _points(value: int) -> str:
    """A value out of 100 with one decimal, halves to even."""
    tenths = round(Fraction(value, 1000))
    return f"{tenths // 10}.{tenths % 10}"
