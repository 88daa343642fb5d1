"""Charts of a scorecard's result: pure functions from published integers to drawings.

The pieces shared with vendor pages (bars, timeline, map, curve) live in `cdmo_eval.core.figures`; here are the
ones only a scorecard has: the chance of each rank, what moves the leader, a score against one weight.
Scores are ppm (0 to 1,000,000), weights ppb, chances ppm. Nothing here knows a model, the clock or Django.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cdmo_eval.core.figures.bars import WHOLE_PPB, WHOLE_PPM, points
from cdmo_eval.core.figures.coordinates import coordinate
from cdmo_eval.core.figures.palette import colour_of_slot

TORNADO_WIDTH, TORNADO_LABEL, TORNADO_ROW, TORNADO_TOP = 560, 206, 28, 26
LINES_WIDTH, LINES_HEIGHT = 560, 280
LINES_LEFT, LINES_RIGHT, LINES_TOP, LINES_BOTTOM = 34, 164, 20, 30
LEAST_LABEL_GAP = 14
LONGEST_LABEL = 22
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
    """One criterion's pair of bars around the present lead."""

    name: str
    slot: int
    fill: str
    y: str
    label_y: str
    low_x: str
    low_width: str
    high_x: str
    high_width: str
    low_text: str
    high_text: str
    left_text_x: str
    right_text_x: str
    left_text: str
    right_text: str


@dataclass(frozen=True)
class Tornado:
    """Everything `components/tornado.html` draws; `zero_x` is "" when no change of weight costs the lead."""

    view_box: str
    centre_x: str
    zero_x: str
    bottom: str
    bars: tuple[TornadoBar, ...]
    sentence: str


@dataclass(frozen=True)
class ScoreLine:
    """A vendor's score over the weight of one criterion; `role` is lead, second or rest."""

    name: str
    role: str
    path: str
    label_x: str
    label_y: str


@dataclass(frozen=True)
class FlipPoint:
    """The weight at which two vendors change places at the top."""

    x: str
    text: str


@dataclass(frozen=True)
class ScoreLines:
    """Everything `components/score_lines.html` draws."""

    view_box: str
    left: str
    right: str
    top: str
    bottom: str
    axis_y: str
    ticks: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]
    now_x: str
    lines: tuple[ScoreLine, ...]
    flips: tuple[FlipPoint, ...]
    sentence: str


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
    lows = [min(swing.low, swing.high, lead) for swing in ordered]
    highs = [max(swing.low, swing.high, lead) for swing in ordered]
    least, most = min(lows), max(highs)
    span = max(most - least, 1)
    left, right = TORNADO_LABEL + 36, TORNADO_WIDTH - 36

    def place(value: int) -> float:
        return left + (value - least) / span * (right - left)

    centre = place(lead)
    bars = []
    for index, swing in enumerate(ordered):
        y = TORNADO_TOP + TORNADO_ROW * index
        low_x, high_x = place(swing.low), place(swing.high)
        outer_left, outer_right = min(low_x, high_x, centre), max(low_x, high_x, centre)
        first, last = sorted((swing.low, swing.high))
        bars.append(
            TornadoBar(
                name=swing.name,
                slot=swing.slot,
                fill=colour_of_slot(swing.slot),
                y=coordinate(y + 5),
                label_y=coordinate(y + 18),
                low_x=coordinate(min(low_x, centre)),
                low_width=coordinate(abs(centre - low_x)),
                high_x=coordinate(min(high_x, centre)),
                high_width=coordinate(abs(high_x - centre)),
                low_text=_signed_points(swing.low),
                high_text=_signed_points(swing.high),
                left_text_x=coordinate(outer_left - 6),
                right_text_x=coordinate(outer_right + 6),
                left_text=_signed_points(first),
                right_text=_signed_points(last),
            )
        )
    flips = [swing.name for swing in ordered if min(swing.low, swing.high) < 0]
    return Tornado(
        view_box=f"0 0 {TORNADO_WIDTH} {TORNADO_TOP + TORNADO_ROW * len(ordered) + 24}",
        centre_x=coordinate(centre),
        zero_x=coordinate(place(0)) if least < 0 < most else "",
        bottom=coordinate(TORNADO_TOP + TORNADO_ROW * len(ordered)),
        bars=tuple(bars),
        sentence=(
            f"Lead of {leader} as each weight changes. "
            + (f"The lead is lost with {', '.join(flips)}." if flips else "No single weight costs the lead.")
        ),
    )


def score_lines(
    criterion: str, now: int, ends: Mapping[str, tuple[int, int]], *, leading: Sequence[str]
) -> ScoreLines:
    """Draw each vendor's score while one criterion's weight goes from 0 to 100 %, the others in proportion.

    A score is a straight line in that weight, so `ends` gives it (ppm) at 0 and at 100 %. `now` is the present
    weight (ppb); `leading` names the two vendors drawn in ink. Flip points are where first place changes hands.
    """
    bottom = LINES_HEIGHT - LINES_BOTTOM
    right = LINES_WIDTH - LINES_RIGHT
    roles = dict(zip(leading, ("lead", "second"), strict=False))
    label_ys = _spread([(name, _score_y(end)) for name, (_, end) in ends.items()])
    lines = tuple(
        ScoreLine(
            name=name,
            role=roles.get(name, "rest"),
            path=(
                f"M{coordinate(LINES_LEFT)} {coordinate(_score_y(start))}"
                f"L{coordinate(right)} {coordinate(_score_y(end))}"
            ),
            label_x=coordinate(right + 8),
            label_y=coordinate(label_ys[name] + 4),
        )
        for name, (start, end) in sorted(ends.items(), key=lambda item: roles.get(item[0], "") != "")
    )
    found = first_place_changes(ends)
    flips = tuple(
        FlipPoint(coordinate(_weight_x(weight)), f"{points(weight, WHOLE_PPB)} %") for weight, _, _ in found
    )
    said = "; ".join(
        f"at {points(weight, WHOLE_PPB)} % {after} passes {before}" for weight, before, after in found
    )
    return ScoreLines(
        view_box=f"0 0 {LINES_WIDTH} {LINES_HEIGHT}",
        left=coordinate(LINES_LEFT),
        right=coordinate(right),
        top=coordinate(LINES_TOP),
        bottom=coordinate(bottom),
        axis_y=coordinate(bottom + 18),
        ticks=tuple(
            (coordinate(_weight_x(share * WHOLE_PPB // 100)), str(share)) for share in range(0, 101, 20)
        ),
        levels=tuple(
            (coordinate(_score_y(level * WHOLE_PPM // 100)), str(level)) for level in range(0, 101, 25)
        ),
        now_x=coordinate(_weight_x(now)),
        lines=lines,
        flips=flips,
        sentence=f"Score by weight of {criterion}. First place "
        + (f"changes: {said}." if said else "does not change."),
    )


def score_curves(
    criterion: str, now: int, curves: Mapping[str, Sequence[int | None]], flips: Sequence[tuple[int, str]], *, leading: Sequence[str], sentence: str
) -> ScoreLines:  # fmt: skip
    """Draw scores over one criterion's weight where they need not be straight and first place was decided elsewhere.

    Each curve has the score (ppm, None: no score there) at evenly spaced weights from 0 to 100 %; `flips` are (weight in
    ppb, its words). Otherwise as `score_lines`.
    """
    right = LINES_WIDTH - LINES_RIGHT
    roles = dict(zip(leading, ("lead", "second"), strict=False))
    ends = {
        name: next((score for score in reversed(curve) if score is not None), 0)
        for name, curve in curves.items()
    }
    label_ys = _within(_spread([(name, _score_y(end)) for name, end in ends.items()]))
    lines = tuple(
        ScoreLine(
            _label(name),
            roles.get(name, "rest"),
            _curve_path(curve),
            coordinate(right + 8),
            coordinate(label_ys[name] + 4),
        )
        for name, curve in sorted(curves.items(), key=lambda item: roles.get(item[0], "") != "")
    )
    blank = score_lines(criterion, now, {}, leading=())
    marks = tuple(FlipPoint(coordinate(_weight_x(weight)), text) for weight, text in flips)
    return replace(blank, lines=lines, flips=marks, sentence=sentence)


def _label(name: str) -> str:
    """A name that fits beside the drawing."""
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"


def _within(placed: Mapping[str, float]) -> dict[str, float]:
    """Labels that were moved apart downwards, moved up again from the lower edge where they ran over it."""
    kept: dict[str, float] = {}
    edge = float(LINES_HEIGHT - LINES_BOTTOM)
    for name, y in sorted(placed.items(), key=lambda label: -label[1]):
        kept[name] = min(y, edge)
        edge = kept[name] - LEAST_LABEL_GAP
    return kept


def _curve_path(curve: Sequence[int | None]) -> str:
    path, pen = [], "M"
    for place, score in enumerate(curve):
        if score is None:
            pen = "M"
            continue
        x = _weight_x(place * WHOLE_PPB // max(len(curve) - 1, 1))
        path.append(f"{pen}{coordinate(x)} {coordinate(_score_y(score))}")
        pen = "L"
    return "".join(path)


def first_place_changes(ends: Mapping[str, tuple[int, int]]) -> tuple[tuple[int, str, str], ...]:
    """Return (weight in ppb, vendor before, vendor after) for each change of first place between 0 and 100 %.

    Walks along the upper envelope of the lines in exact integers; ties go to the vendor named first.
    """
    if not ends:
        return ()
    leader = max(ends, key=lambda name: ends[name])
    weight = 0
    changes: list[tuple[int, str, str]] = []
    while True:
        start, end = ends[leader]
        crossings = []
        for order, (name, (other_start, other_end)) in enumerate(ends.items()):
            gain = (other_end - other_start) - (end - start)
            if gain <= 0:
                continue
            at = (start - other_start) * WHOLE_PPB // gain
            if weight <= at <= WHOLE_PPB:
                crossings.append((at, -gain, order, name))
        if not crossings:
            return tuple(changes)
        weight, _, _, follower = min(crossings)
        changes.append((weight, leader, follower))
        leader = follower


def _heat_cell(chance: int) -> HeatCell:
    """Print a chance in whole percent and choose its shade."""
    shade = sum(chance >= step for step in HEAT_STEPS_PPM)
    return HeatCell("" if shade == 0 else str((chance + 5_000) // 10_000), shade)


def _signed_points(lead: int) -> str:
    """Return a lead in points with its sign, using the real minus sign."""
    return ("+" if lead >= 0 else MINUS) + points(abs(lead), WHOLE_PPM)


def _score_y(score: int) -> float:
    """Return the height of a score."""
    return LINES_TOP + (1 - score / WHOLE_PPM) * (LINES_HEIGHT - LINES_BOTTOM - LINES_TOP)


def _weight_x(weight: int) -> float:
    """Return the place of a weight."""
    return LINES_LEFT + weight / WHOLE_PPB * (LINES_WIDTH - LINES_RIGHT - LINES_LEFT)


def _spread(labels: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Move end labels apart downwards, so that no two overlap; the order on the page is kept."""
    placed: dict[str, float] = {}
    edge = float(LINES_TOP)
    for name, y in sorted(labels, key=lambda label: label[1]):
        edge = max(edge, y)
        placed[name] = edge
        edge += LEAST_LABEL_GAP
    return placed
