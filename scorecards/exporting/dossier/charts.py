"""Drawings of a dossier as SVG: a figure has its numbers printed beside it, and prints without colour too."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cdmo_eval.core.figures.coordinates import coordinate
from cdmo_eval.core.figures.palette import colour_of_slot
from scorecards.engine.exact import EXACT_ONE
from scorecards.exporting.dossier.frozen import Standing

INK, MUTED, LINE, ACCENT, PAPER = "#171c26", "#666e7d", "#dcd8ce", "#0b5d57", "#f7f5f0"
WIDTH = 680
RAMP = ("#ffffff", "#e6eef7", "#c7dbef", "#93bbe0", "#5590c9", "#22639f")
STEPS = (5_000, 150_000, 300_000, 450_000, 700_000)
LONGEST = 34


def text(x: float, y: float, said: str, *, size: float = 10, fill: str = INK, anchor: str = "start", weight: int = 400) -> str:  # fmt: skip
    """A label."""
    return (
        f'<text x="{coordinate(x)}" y="{coordinate(y)}" font-family="Evidence Sans" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}" text-anchor="{anchor}">{escape(said)}</text>'
    )


def rect(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "") -> str:
    """A box."""
    edge = f' stroke="{stroke}" stroke-width="0.7"' if stroke else ""
    return (
        f'<rect x="{coordinate(x)}" y="{coordinate(y)}" width="{coordinate(max(width, 0))}" height="{coordinate(height)}" '
        f'fill="{fill}"{edge}/>'
    )


def rule(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, width: float = 0.7) -> str:
    """A line."""
    return (
        f'<line x1="{coordinate(x1)}" y1="{coordinate(y1)}" x2="{coordinate(x2)}" y2="{coordinate(y2)}" stroke="{stroke}" '
        f'stroke-width="{width}"/>'
    )


def drawn(height: float, parts: Sequence[str]) -> str:
    """The whole drawing."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {coordinate(height)}">{"".join(parts)}</svg>'


def short(name: str) -> str:
    """A name that fits beside a bar."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def ranking_bars(standings: Sequence[Standing], groups: Sequence[tuple[str, str, int]]) -> str:
    """Scores as stacked contributions of the groups (code, name, slot), the interval in a lane of its own below."""
    left, right, row = 190, 60, 26
    span = WIDTH - left - right
    legend = -(-len(groups) // 4)
    top = 16 * legend + 26
    parts = []
    for number, (code, name, slot) in enumerate(groups):
        x, y = (number % 4) * (WIDTH / 4), 10 + 16 * (number // 4)
        parts += [
            rect(x, y - 8, 9, 9, colour_of_slot(slot)),
            text(x + 13, y, f"{code} {short(name)[:26]}", size=8.6, fill=MUTED),
        ]
    bottom = top + row * len(standings)
    for share in range(0, 101, 20):
        x = left + span * share / 100
        parts += [
            rule(x, top - 4, x, bottom),
            text(x, top - 8, str(share), size=8.4, fill=MUTED, anchor="middle"),
        ]
    for number, one in enumerate(standings):
        parts += _bar(one, groups, left, top + row * number, span)
    return drawn(bottom + 6, parts)


def _bar(
    one: Standing, groups: Sequence[tuple[str, str, int]], left: float, y: float, span: float
) -> list[str]:
    parts = [
        text(0, y + 13, one.rank_label, size=10.5, weight=600),
        text(26, y + 13, short(one.name), size=9.6),
        text(left + span + 8, y + 13, one.score or "unknown", size=10, weight=600),
    ]
    x = float(left)
    for points, (_, _, slot) in zip(one.contributions, groups, strict=False):
        width = span * points / one.denominator if one.denominator else 0.0
        if width > 0:
            parts.append(rect(x, y + 3, max(width - 0.8, 0.4), 12, colour_of_slot(slot)))
        x += width
    low, high = (left + span * exact / EXACT_ONE for exact in (one.low_exact, one.high_exact))
    return [
        *parts,
        rule(low, y + 19.5, high, y + 19.5, INK, 1),
        rule(low, y + 17, low, y + 22, INK, 1),
        rule(high, y + 17, high, y + 22, INK, 1),
    ]


def funnel(steps: Sequence[tuple[str, int]]) -> str:
    """How many are left after each step."""
    left, row = 190, 27
    most = max((count for _, count in steps), default=1) or 1
    parts = []
    for number, (title, count) in enumerate(steps):
        y = row * number + 4
        width = (WIDTH - left - 60) * count / most
        parts += [
            text(0, y + 14, title, size=10), rect(left, y + 3, max(width, 1.5), 15, ACCENT),
            text(left + max(width, 1.5) + 8, y + 15, str(count), size=10.5, weight=600),
        ]  # fmt: skip
    return drawn(row * len(steps) + 6, parts)


def weight_bars(groups: Sequence[tuple[str, str, int, int, str]]) -> str:
    """The weight (ppb, and as text) of each group (code, name, slot)."""
    left, row = 220, 20
    most = max((ppb for _, _, _, ppb, _ in groups), default=1) or 1
    parts = []
    for number, (code, name, slot, ppb, shown) in enumerate(groups):
        y = row * number + 2
        width = (WIDTH - left - 70) * ppb / most
        parts += [
            text(0, y + 12, code, size=9.6, weight=600), text(34, y + 12, short(name), size=9.6),
            rect(left, y + 3, max(width, 0.8), 11, colour_of_slot(slot)), text(left + width + 7, y + 12, f"{shown} %", size=9.6),
        ]  # fmt: skip
    return drawn(row * len(groups) + 4, parts)


def chances(rows: Sequence[tuple[str, int, int]]) -> str:
    """The chance (ppm) of first place and of the first three, vendor by vendor, shaded and printed."""
    left, row, box = 220, 24, 120
    parts = [
        text(left + box / 2, 12, "first", size=9, fill=MUTED, anchor="middle"),
        text(left + box * 1.5, 12, "among the first three", size=9, fill=MUTED, anchor="middle"),
    ]
    for number, (name, first, top3) in enumerate(rows):
        y = 18 + row * number
        parts.append(text(0, y + 15, short(name), size=9.8))
        for at, chance in enumerate((first, top3)):
            shade = sum(chance >= step for step in STEPS)
            ink = "#ffffff" if shade >= 4 else INK
            x = left + box * at
            parts.append(rect(x, y, box - 2, row - 3, RAMP[shade], stroke=LINE))
            parts.append(
                text(
                    x + box / 2, y + 15, f"{(chance + 5_000) // 10_000} %", size=10, fill=ink, anchor="middle"
                )
            )
    return drawn(20 + row * len(rows), parts)
