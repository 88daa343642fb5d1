"""Lanes of dated events (a regulatory record): a shape and a word for each, years underneath."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cdmo_eval.core.figures.coordinates import coordinate

TIMELINE_WIDTH = 560
WIDE = 1120
"""As wide as a panel on a large screen, so that words keep their size and find room beside each other."""
LEFT = 46
RIGHT = 16
LANE_HEIGHT = 58
TOP = 14
ROW_HEIGHT = 13
ROOM_FOR = 2
"""Rows of words that a lane has room for as it is; each further one makes it higher."""
MOST_ROWS = 4
CHARACTER_WIDTH = 6.3
"""Mean advance of the 11 px label face; generous, so that two labels that would touch are seen as touching."""


class Shape(StrEnum):
    """What an event means, told apart by its outline as well as by its colour."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Event:
    """One record: when, which lane, what it means, a short word for the drawing and the full text for the list."""

    on: date
    lane: str
    shape: Shape
    word: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class PlacedEvent:
    """An event on its lane. Without room for its word, `label_y` is "" and only the list says it."""

    event: Event
    x: str
    path: str
    label_x: str
    label_y: str
    anchor: str


@dataclass(frozen=True)
class Lane:
    """One authority's line."""

    name: str
    y: str
    label_y: str
    events: tuple[PlacedEvent, ...]


@dataclass(frozen=True)
class Year:
    """A grid line at 1 January."""

    label: str
    x: str


@dataclass(frozen=True)
class Timeline:
    """Everything `components/timeline.html` draws; `listed` repeats the events, latest first."""

    view_box: str
    width: int
    left: str
    right: str
    top: str
    bottom: str
    axis_y: str
    years: tuple[Year, ...]
    lanes: tuple[Lane, ...]
    listed: tuple[Event, ...]
    sentence: str

    @property
    def room(self) -> str:
        """The class with the least width at which its words can be read."""
        return "least-1080" if self.width > TIMELINE_WIDTH else "least-520"


def timeline(
    events: Sequence[Event], *, lanes: Sequence[str], until: date, width: int = TIMELINE_WIDTH
) -> Timeline:
    """Place events on their lanes between the year of the first one and the end of `until`'s year.

    Words that would touch are stacked, in up to four rows; the lane grows with them.

    Every lane is drawn, also an empty one: no record is an answer. At least five years are shown.
    Raises ValueError for an event after `until` or on a lane that is not listed.
    """
    for event in events:
        if event.lane not in lanes:
            raise ValueError(f"no lane is called {event.lane}")
        if event.on > until:
            raise ValueError(f"{event.word} on {event.on} lies after {until}")
    first_year = min([event.on.year for event in events] + [until.year - 4])
    start, end = date(first_year, 1, 1), date(until.year + 1, 1, 1)
    edge = width - RIGHT
    placed_lanes: list[Lane] = []
    bottom = float(TOP)
    for name in lanes:
        lane, height = _lane(
            name, bottom, [event for event in events if event.lane == name], (start, end), width
        )
        placed_lanes.append(lane)
        bottom += height
    step = 1 if end.year - first_year <= 12 else 2
    years = tuple(
        Year(str(year), coordinate(_x(date(year, 1, 1), start, end, width)))
        for year in range(first_year, end.year + 1, step)
    )
    return Timeline(
        view_box=f"0 0 {width} {coordinate(bottom + 26)}",
        width=width,
        left=coordinate(LEFT),
        right=coordinate(edge),
        top=coordinate(TOP),
        bottom=coordinate(bottom),
        axis_y=coordinate(bottom + 16),
        years=years,
        lanes=tuple(placed_lanes),
        listed=tuple(sorted(events, key=lambda event: (event.on, event.lane, event.word), reverse=True)),
        sentence=_sentence(events, lanes, first_year, until.year),
    )


def _x(on: date, start: date, end: date, width: int) -> float:
    """Return the position of a day between the two edges."""
    share = (on - start).days / (end - start).days
    return LEFT + share * (width - LEFT - RIGHT)


def _lane(
    name: str, top: float, events: Sequence[Event], span: tuple[date, date], width: int
) -> tuple[Lane, float]:
    """Place one lane's events by date; words take the first row above the line that is still free. And its height."""
    free_from = [0.0] * MOST_ROWS
    found: list[tuple[Event, float, float, int | None]] = []
    for event in sorted(events, key=lambda event: (event.on, event.word)):
        x = _x(event.on, *span, width)
        half = len(event.word) * CHARACTER_WIDTH / 2
        middle = min(max(x, LEFT + half), width - half)
        row = next((row for row, edge in enumerate(free_from) if middle - half >= edge), None)
        if row is not None:
            free_from[row] = middle + half + 6
        found.append((event, x, middle, row))
    rows = 1 + max((row for _, _, _, row in found if row is not None), default=0)
    higher = ROW_HEIGHT * max(0, rows - ROOM_FOR)
    y = top + 42 + higher
    placed = tuple(
        PlacedEvent(
            event=event,
            x=coordinate(x),
            path=_shape_path(event.shape, x, y),
            label_x=coordinate(middle),
            label_y="" if row is None else coordinate(y - 13 - ROW_HEIGHT * row),
            anchor="middle",
        )
        for event, x, middle, row in found
    )
    return Lane(name=name, y=coordinate(y), label_y=coordinate(y + 4), events=placed), LANE_HEIGHT + higher


def _shape_path(shape: Shape, x: float, y: float) -> str:
    """Return the outline around a centre: circle, triangle, square or diamond, all of the same visual size."""
    if shape is Shape.WARN:
        return f"M{coordinate(x)} {coordinate(y - 7)}l7.5 13h-15z"
    if shape is Shape.BAD:
        return f"M{coordinate(x - 6)} {coordinate(y - 6)}h12v12h-12z"
    if shape is Shape.INFO:
        return f"M{coordinate(x)} {coordinate(y - 7)}l7 7l-7 7l-7 -7z"
    return f"M{coordinate(x - 6)} {coordinate(y)}a6 6 0 1 1 12 0a6 6 0 1 1 -12 0z"


def _sentence(events: Sequence[Event], lanes: Sequence[str], first_year: int, last_year: int) -> str:
    """Say how many events each lane holds."""
    counts = ", ".join(f"{lane} {sum(event.lane == lane for event in events)}" for lane in lanes)
    return f"Timeline {first_year} to {last_year}. Records by lane: {counts}. The list below says each one."
