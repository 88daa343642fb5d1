"""How a criterion's measured value becomes points: curves, levels and numbers, as pages show them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdmo_eval.core.figures.curves import ValueCurve, value_curve
from scorecards.frameworks.editing import numbers_of
from scorecards.frameworks.reader import to_fraction

CURVES = {
    "piecewise": (("points", "measured value"),),
    "rate": (("scale", "measured value"),),
    "discounted": (("scale", "measured value"),),
    "fit": (("above", "need ÷ largest"), ("below", "smallest ÷ need")),
}


@dataclass
class Scale:
    """A criterion's way from a measurement to points."""

    curves: list[tuple[str, ValueCurve]] = field(default_factory=list)
    levels: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)


def scale_of(leaf: Mapping[str, Any]) -> Scale:
    """The usual scale of a criterion's definition, then those for special cases."""
    scale = Scale()
    value = leaf["value"]
    if value["kind"] == "rubric":
        scale.levels = list(zip(leaf["rubric"], (str(points) for points in value["levels"]), strict=False))
    for label, each in _values(leaf):
        scale.curves += _curves(each, label, leaf["unit"])
        scale.numbers += [
            (_words(number.label), number.text)
            for number in numbers_of(each, label=label)
            if not number.is_points and not (scale.levels and "levels" in number.path)
        ]
    return scale


def curve_text(points: str, unit: str = "") -> ValueCurve | None:
    """The curve of points as typed, "x: y" a line; None where they are not a rising line of points."""
    pairs = [line.partition(":") for line in points.splitlines() if line.strip()]
    return _drawn([[x, y] for x, _, y in pairs], unit)


def _values(leaf: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "", leaf["value"]
    for variant in leaf["variants"]:
        yield f"When {variant['condition'].replace('_', ' ').lower()}", variant["value"]


def _curves(value: Mapping[str, Any], label: str, unit: str) -> Iterator[tuple[str, ValueCurve]]:
    before = f"{label}: " if label else ""
    for key, words in CURVES.get(value["kind"], ()):
        curve = _drawn(value[key], "" if unit == "ratio" or value["kind"] == "fit" else unit)
        if curve is not None:
            yield _words(before + f"points by {words}"), curve
    if value["kind"] == "linear":
        ends = sorted(
            ([value["worst"], 0], [value["best"], 100]), key=lambda end: to_fraction(end[0], "value")
        )
        curve = _drawn(ends, unit)
        if curve is not None:
            yield _words(before + "points by measured value"), curve
    for part in value.get("parts", ()):
        yield from _curves(part["value"], before + part["name"].replace("_", " "), "")


def _drawn(points: Any, unit: str) -> ValueCurve | None:
    try:
        numbers = [(float(to_fraction(x, "value")), float(to_fraction(y, "value"))) for x, y in points]
        return value_curve(numbers, unit=unit)
    except (ArithmeticError, ValueError):
        return None


def _words(text: str) -> str:
    return text[:1].upper() + text[1:]
