"""Sites on the world map: Equal Earth projection, a crop around the points, numbers that do not collide."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cdmo_eval.core.figures.coordinates import coordinate

WORLD_WIDTH = 960
WORLD_HEIGHT = 440
NORTH_EDGE = 1.31
"""Projected y of the map's upper edge (just above the northernmost land)."""

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2
_HALF_WIDTH = math.pi / (_M * _A1)
_SCALE = WORLD_WIDTH / (2 * _HALF_WIDTH)

SMALLEST_CROP = 300
"""A narrower view would show less than a continent, and the 110m coast would look coarse."""
MARGIN_SHARE = 0.16
RADIUS_SHARE = 0.0195
"""Marker radius as a share of the view's width: 11 px on a panel 560 px wide, whatever the crop."""


@dataclass(frozen=True)
class Place:
    """A site to be shown: what the list beside the map calls it, where it is (degrees), what the marker says."""

    label: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Marker:
    """A numbered point; `moved` markers stand beside their place and a leader line ties them to it."""

    number: int
    label: str
    x: str
    y: str
    text_y: str
    anchor_x: str
    anchor_y: str
    moved: bool


@dataclass(frozen=True)
class SiteMap:
    """Everything `components/site_map.html` draws."""

    view_box: str
    radius: str
    dot_radius: str
    font_size: str
    stroke: str
    markers: tuple[Marker, ...]
    sentence: str


def equal_earth(latitude: float, longitude: float) -> tuple[float, float]:
    """Project degrees to the x, y of world.svg (960 x 440, y downwards).

    Equal Earth (Šavrič, Patterson, Jenny 2018). Raises ValueError outside -90..90 and -180..180.
    """
    if not -90 <= latitude <= 90:
        raise ValueError(f"latitude must be between -90 and 90, got {latitude}")
    if not -180 <= longitude <= 180:
        raise ValueError(f"longitude must be between -180 and 180, got {longitude}")
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    squared = theta * theta
    sixth = squared**3
    x = math.radians(longitude) * math.cos(theta)
    x /= _M * (_A1 + 3 * _A2 * squared + sixth * (7 * _A3 + 9 * _A4 * squared))
    y = theta * (_A1 + _A2 * squared + sixth * (_A3 + _A4 * squared))
    return WORLD_WIDTH / 2 + x * _SCALE, (NORTH_EDGE - y) * _SCALE


def site_map(places: Iterable[Place]) -> SiteMap:
    """Number the places in the given order and fit the view to them.

    The crop keeps the map's proportions and never goes below a continent; markers that would overlap are set
    beside their place. No place gives the whole world without markers.
    """
    listed = tuple(places)
    points = [equal_earth(place.latitude, place.longitude) for place in listed]
    left, top, width = _crop(points)
    radius = width * RADIUS_SHARE
    font_size = radius * 1.35
    markers: list[Marker] = []
    taken: list[tuple[float, float]] = []
    for number, (place, point) in enumerate(zip(listed, points, strict=True), start=1):
        x, y = _free_spot(point, taken, radius)
        taken.append((x, y))
        markers.append(
            Marker(
                number=number,
                label=place.label,
                x=coordinate(x),
                y=coordinate(y),
                text_y=coordinate(y + font_size * 0.36),
                anchor_x=coordinate(point[0]),
                anchor_y=coordinate(point[1]),
                moved=(x, y) != point,
            )
        )
    height = width * WORLD_HEIGHT / WORLD_WIDTH
    return SiteMap(
        view_box=" ".join(coordinate(value) for value in (left, top, width, height)),
        radius=coordinate(radius),
        dot_radius=coordinate(radius * 0.3),
        font_size=coordinate(font_size),
        stroke=coordinate(max(0.2, radius * 0.16)),
        markers=tuple(markers),
        sentence=_sentence(listed),
    )


def _crop(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return left, top and width of the smallest view with a margin around the points, inside the world."""
    if not points:
        return 0.0, 0.0, float(WORLD_WIDTH)
    xs = [x for x, _ in points]
    ys = [y for _, y in points]
    aspect = WORLD_WIDTH / WORLD_HEIGHT
    span = max(max(xs) - min(xs), (max(ys) - min(ys)) * aspect)
    width = min(float(WORLD_WIDTH), max(float(SMALLEST_CROP), span * (1 + 2 * MARGIN_SHARE)))
    height = width / aspect
    left = (min(xs) + max(xs) - width) / 2
    top = (min(ys) + max(ys) - height) / 2
    return min(max(0.0, left), WORLD_WIDTH - width), min(max(0.0, top), WORLD_HEIGHT - height), width


def _free_spot(
    point: tuple[float, float], taken: Sequence[tuple[float, float]], radius: float
) -> tuple[float, float]:
    """Return the point itself, or the spot on one of two rings around it that is farthest from earlier markers."""
    apart = 2.1 * radius

    def nearest(spot: tuple[float, float]) -> float:
        return min((math.dist(spot, other) for other in taken), default=math.inf)

    if nearest(point) >= apart:
        return point
    for ring in (2.3, 4.6):
        turns = [math.radians(45 * step) for step in range(8)]
        spots = [
            (point[0] + ring * radius * math.cos(turn), point[1] + ring * radius * math.sin(turn))
            for turn in turns
        ]
        best = max(spots, key=nearest)
        if nearest(best) >= apart:
            return best
    return point


def _sentence(places: Sequence[Place]) -> str:
    """Say in words what the map shows, for people who do not see it."""
    if not places:
        return "World map without a site: no location is known."
    names = "; ".join(f"{number} {place.label}" for number, place in enumerate(places, start=1))
    return f"{len(places)} {'site' if len(places) == 1 else 'sites'} on a world map: {names}."
