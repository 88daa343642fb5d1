"""Charts of a scorecard's result: pure functions from published integers to drawings.

The pieces shared with vendor pages (bars, timeline, map, curve) live in `cdmo_eval.core.figures`; here are the
ones only a scorecard has: the chance of each rank, what moves the leader, a score against one weight.
Scores are ppm (0 to 1,000,000), weights ppb, chances ppm. Nothing here knows a model, the clock or Django.

Across, places are shares of the width ("12.5" is 12.5 %) and paths lie in a box of `PLOT_ACROSS` units that is stretched
to the width, so that a drawing fills its place while its text and its lines keep their size.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cdmo_eval.core.figures.bars import WHOLE_PPB, WHOLE_PPM, points
from cdmo_eval.core.figures.coordinates import coordinate
from cdmo_eval.core.figures.palette import colour_of_slot

PLOT_ACROSS = 1000
LINES_HEIGHT = 280
LABEL_TOP = 10
"""The highest line of text that is not cut off at the upper edge."""
LEAST_LABEL_GAP = 16
LONGEST_LABEL = 44
WEIGHT_ENDS = (40, 60, 80, 100)
"""Where the axis of a weight may end, in percent."""
TEN, LEAST_RANGE = 100_000, 200_000
MINUS = "\N{MINUS SIGN}"
HEAT_STEPS_PPM = (5_000, 150_000, 300_000, 450_000, 700_000)
"""A chance below the first step prints nothing (it would round to 0 %); each step is one shade of the ramp."""


@dataclass(frozen=True)
class HeatCell:
    """One chance: the printed percentage ("" below half a percent) and the shade h0 to h5."""

    text: str
    shade: int


@dataclass(frozen=True)
class HeatRow:
    """A vendor's chances, rank by rank."""

    name: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class RankHeatMap:
    """Everything `components/rank_heat_map.html` prints."""

    ranks: tuple[int, ...]
    rows: tuple[HeatRow, ...]
    cases: int


@dataclass(frozen=True)
class Swing:
    """How far one criterion's weight moves the leader's lead: the lead in ppm with the weight low and high."""

    code: str
    name: str
    slot: int
    low: int
    high: int


@dataclass(frozen=True)
class TornadoBar:
    """One criterion's pair of bars around the present lead, in percent of the width, and the leads at both ends."""

    name: str
    slot: int
    fill: str
    low_x: str
    low_width: str
    high_x: str
    high_width: str
    low_text: str
    high_text: str
    loses: bool


@dataclass(frozen=True)
class Tornado:
    """Everything `components/tornado.html` draws; `zero_x` is "" when no change of weight costs the lead."""

    centre_x: str
    zero_x: str
    lead: str
    bars: tuple[TornadoBar, ...]
    sentence: str


@dataclass(frozen=True)
class Level:
    """A horizontal line of a plot: its height in pixels and what it stands for."""

    y: str
    text: str


@dataclass(frozen=True)
class ScoreLine:
    """A vendor's score over the weight of one criterion; `role` is lead, second or rest. `short` fits beside the drawing."""

    name: str
    short: str
    role: str
    path: str
    label_y: str


@dataclass(frozen=True)
class FlipPoint:
    """The weight at which two vendors change places at the top; `anchor` keeps its text inside."""

    x: str
    text: str
    anchor: str


@dataclass(frozen=True)
class ScoreLines:
    """Everything `components/score_lines.html` draws; `scale` names the part of 0 to 100 that is shown."""

    height: str
    view_box: str
    ticks: tuple[tuple[str, str], ...]
    levels: tuple[Level, ...]
    now: FlipPoint
    lines: tuple[ScoreLine, ...]
    flips: tuple[FlipPoint, ...]
    scale: str
    sentence: str

    @property
    def said_names(self) -> str:
        """Which line is whose, for a screen too narrow for names beside the drawing."""
        by_role = {line.role: line.name for line in self.lines}
        rest = sorted(
            (line for line in self.lines if line.role == "rest"), key=lambda line: float(line.label_y)
        )
        told = [
            f"{word}: {by_role[role]}."
            for role, word in (("lead", "Solid"), ("second", "Dashed"))
            if role in by_role
        ]
        if rest:
            told.append(f"Grey, from the top at the right: {', '.join(line.name for line in rest)}.")
        return " ".join(told)


def rank_heat_map(chances: Mapping[str, Sequence[int]], *, cases: int) -> RankHeatMap:
    """Shade the chance (ppm) of each rank for each vendor, in the order given.

    Raises ValueError when the rows differ in length.
    """
    lengths = {len(row) for row in chances.values()}
    if len(lengths) > 1:
        raise ValueError(f"every vendor needs a chance for every rank, got {sorted(lengths)}")
    rows = tuple(HeatRow(name, tuple(_heat_cell(chance) for chance in row)) for name, row in chances.items())
    return RankHeatMap(ranks=tuple(range(1, max(lengths, default=0) + 1)), rows=rows, cases=cases)


def tornado(leader: str, lead: int, swings: Sequence[Swing]) -> Tornado:
    """Draw how each weight moves the lead over the runner-up, widest first; amounts in ppm.

    The line at zero is where the leader loses first place. Raises ValueError without a swing.
    """
    if not swings:
        raise ValueError("a tornado needs at least one criterion")
    ordered = sorted(swings, key=lambda swing: (-abs(swing.high - swing.low), swing.slot))
    least = min(lead, *(min(swing.low, swing.high) for swing in ordered))
    most = max(lead, *(max(swing.low, swing.high) for swing in ordered))
    span = max(most - least, 1)

    def place(value: int) -> float:
        return (value - least) / span * 100

    centre = place(lead)
    bars = []
    for swing in ordered:
        low_x, high_x = place(swing.low), place(swing.high)
        bars.append(
            TornadoBar(
                name=swing.name,
                slot=swing.slot,
                fill=colour_of_slot(swing.slot),
                low_x=coordinate(min(low_x, centre)),
                low_width=coordinate(abs(centre - low_x)),
                high_x=coordinate(min(high_x, centre)),
                high_width=coordinate(abs(high_x - centre)),
                low_text=_signed_points(swing.low),
                high_text=_signed_points(swing.high),
                loses=min(swing.low, swing.high) < 0,
            )
        )
    flips = [bar.name for bar in bars if bar.loses]
    return Tornado(
        centre_x=coordinate(centre),
        zero_x=coordinate(place(0)) if least < 0 < most else "",
        lead=_signed_points(lead),
        bars=tuple(bars),
        sentence=(
            f"Lead of {leader} as each weight changes. "
            + (f"The lead is lost with {', '.join(flips)}." if flips else "No single weight costs the lead.")
        ),
    )


def score_lines(
    criterion: str, now: int, curves: Mapping[str, Sequence[int | None]], flips: Sequence[tuple[int, str]], *,
    leading: Sequence[str], sentence: str, upto: int = WHOLE_PPB,
) -> ScoreLines:  # fmt: skip
    """Draw each vendor's score while one criterion's weight goes from nothing to `upto` (ppb), the others in proportion.

    Each curve has the score (ppm, None: no score there) at evenly spaced weights; `flips` are (weight in ppb, its words)
    where first place changes hands; `now` is the present weight; `leading` names the two vendors drawn in ink. The scale
    of scores is the part of 0 to 100 that is needed, in whole tens, and is named.
    """
    roles = dict(zip(leading, ("lead", "second"), strict=False))
    low, high = level_range([score for curve in curves.values() for score in curve if score is not None])

    def y(score: int) -> float:
        return (high - score) / (high - low) * LINES_HEIGHT

    ends = {
        name: next((score for score in reversed(curve) if score is not None), low)
        for name, curve in curves.items()
    }
    label_ys = _within(_spread([(name, y(end)) for name, end in ends.items()]))
    lines = tuple(
        ScoreLine(name, _label(name), roles.get(name, "rest"), _curve_path(curve, y), coordinate(max(label_ys[name] + 4, LABEL_TOP)))
        for name, curve in sorted(curves.items(), key=lambda item: roles.get(item[0], "") != "")
    )  # fmt: skip
    last = upto * 100 // WHOLE_PPB
    return ScoreLines(
        height=str(LINES_HEIGHT),
        view_box=f"0 0 {PLOT_ACROSS} {LINES_HEIGHT}",
        ticks=tuple((coordinate(share * 100 / last), str(share)) for share in range(0, last + 1, 10 if last <= 60 else 20)),
        levels=levels_of(low, high, LINES_HEIGHT),
        now=_flip_point(now, f"now {points(now, WHOLE_PPB)}%", upto),
        lines=lines,
        flips=tuple(_flip_point(weight, text, upto) for weight, text in flips),
        scale=f"{low // 10_000} to {high // 10_000}",
        sentence=sentence,
    )  # fmt: skip


def weight_axis_end(now: int, flips: Sequence[int]) -> int:
    """Where the axis of a weight ends (ppb): far enough for every flip and half as much again as now."""
    need = max([now * 3 // 2, *flips], default=0)
    share = next((end for end in WEIGHT_ENDS if end * WHOLE_PPB // 100 >= need), WEIGHT_ENDS[-1])
    return share * WHOLE_PPB // 100


def level_range(scores: Sequence[int]) -> tuple[int, int]:
    """The whole tens (ppm) that hold all scores, at least twenty points wide; everything without scores."""
    if not scores:
        return 0, WHOLE_PPM
    low, high = min(scores) // TEN * TEN, -(-max(scores) // TEN) * TEN
    while high - low < LEAST_RANGE:
        low, high = max(low - TEN, 0), min(high + TEN, WHOLE_PPM)
    return low, high


def levels_of(low: int, high: int, height: int) -> tuple[Level, ...]:
    """A line for every ten points between two levels, for every twenty where that is many; heights from the top."""
    step = TEN if high - low <= 6 * TEN else 2 * TEN
    first = -(-low // step) * step
    return tuple(
        Level(coordinate((high - level) / (high - low) * height), str(level // 10_000))
        for level in range(first, high + 1, step)
    )


def _flip_point(weight: int, text: str, upto: int) -> FlipPoint:
    share = weight / upto * 100
    anchor = "start" if share < 8 else "end" if share > 92 else "middle"
    return FlipPoint(coordinate(share), text, anchor)


def _label(name: str) -> str:
    """A name that fits beside the drawing."""
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"


def _within(placed: Mapping[str, float]) -> dict[str, float]:
    """Labels that were moved apart downwards, moved up again from the lower edge where they ran over it."""
    kept: dict[str, float] = {}
    edge = float(LINES_HEIGHT)
    for name, y in sorted(placed.items(), key=lambda label: -label[1]):
        kept[name] = min(y, edge)
        edge = kept[name] - LEAST_LABEL_GAP
    return kept


def _curve_path(curve: Sequence[int | None], height_of: Callable[[int], float]) -> str:
    path, pen = [], "M"
    for place, score in enumerate(curve):
        if score is None:
            pen = "M"
            continue
        x = place / max(len(curve) - 1, 1) * PLOT_ACROSS
        path.append(f"{pen}{coordinate(x)} {coordinate(height_of(score))}")
        pen = "L"
    return "".join(path)


def _heat_cell(chance: int) -> HeatCell:
    """Print a chance in whole percent and choose its shade."""
    shade = sum(chance >= step for step in HEAT_STEPS_PPM)
    return HeatCell("" if shade == 0 else str((chance + 5_000) // 10_000), shade)


def _signed_points(lead: int) -> str:
    """Return a lead in points with its sign, using the real minus sign."""
    return ("+" if lead >= 0 else MINUS) + points(abs(lead), WHOLE_PPM)


def _spread(labels: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Move end labels apart downwards, so that no two overlap; the order on the page is kept."""
    placed: dict[str, float] = {}
    edge = 0.0
    for name, y in sorted(labels, key=lambda label: label[1]):
        edge = max(edge, y)
        placed[name] = edge
        edge += LEAST_LABEL_GAP
    return placed
