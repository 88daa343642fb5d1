"""How the values of lines and sites become one: the worst, the best, or 70 % of the worst and 30 % of the mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scorecards.fit.reading import SCALE, Reading, Rules, divide, earliest, joined, to_ppm, worst_age
from vendors.vocabulary import Policy


@dataclass(slots=True)
class Line:
    """The reading of one site or line, how many primary lines it stands for, and what it is called."""

    reading: Reading
    label: str
    weight: int = 1


def worst_and_mean(lines: Sequence[Line], rules: Rules) -> Reading:
    """70 % of the worst and 30 % of the mean over the distinct sites."""
    return _join(lines, rules, _seventy_thirty)


def minimum(lines: Sequence[Line], rules: Rules) -> Reading:
    """The worst line."""
    return _join(lines, rules, min)


def maximum(lines: Sequence[Line], rules: Rules) -> Reading:
    """The best line."""
    return _join(lines, rules, max)


def _seventy_thirty(values: Sequence[int]) -> int:
    count = len(values)
    return divide(7 * count * min(values) + 3 * sum(values), 10 * count)


def _join(lines: Sequence[Line], rules: Rules, formula: Any) -> Reading:
    """Apply a rising formula to the lows, the points and the highs of the lines.

    Known, verified and strength are means over the primary lines. Where only what is known counts, lines of
    which nothing is known are left out of the point. Raises ValueError when there is no line.
    """
    if not lines:
        raise ValueError("there is no line to join")
    if len(lines) == 1:
        return lines[0].reading
    readings = [line.reading for line in lines]
    if all(r.high == SCALE and not r.low and not r.counted for r in readings):
        return _all_unknown(lines, readings, rules)
    points = [r.point for r in readings if rules.policy is not Policy.KNOWN_ONLY or r.counted]
    total = sum(line.weight for line in lines)

    def mean(shares: Iterable[int]) -> int:
        return divide(sum(line.weight * s for line, s in zip(lines, shares, strict=True)), total)

    return Reading(
        low=formula([r.low for r in readings]),
        point=formula(points) if points else 0,
        high=formula([r.high for r in readings]),
        known=mean(r.known for r in readings),
        verified=mean(r.verified for r in readings),
        strength=mean(r.strength for r in readings),
        refused=mean(r.refused for r in readings),
        overdue=all(r.overdue for r in readings if r.refused),
        grade=max((r.grade for r in readings if r.grade is not None), default=None),
        freshness=worst_age(r.freshness for r in readings),
        evidence_ids=joined(*(r.evidence_ids for r in readings)),
        references=joined(*(r.references for r in readings)),
        next_change=earliest(*(r.next_change for r in readings)),
        raw=[
            {"line": line.label, "value": to_ppm(r.point), "known": to_ppm(r.known), "raw": r.raw}
            for line, r in zip(lines, readings, strict=True)
        ],
        reason=_reasons(lines),
        clipped=any(r.clipped for r in readings),
    )


def _all_unknown(lines: Sequence[Line], readings: Sequence[Reading], rules: Rules) -> Reading:
    """Lines of which nothing is known give the same whatever joins them."""
    return Reading(
        low=0,
        point=rules.unknown_point,
        high=SCALE,
        known=0,
        verified=0,
        strength=0,
        evidence_ids=joined(*(r.evidence_ids for r in readings)),
        next_change=earliest(*(r.next_change for r in readings)),
        reason=_reasons(lines),
    )


def _reasons(lines: Sequence[Line]) -> str:
    """The reasons of the lines, lines with the same reason named together."""
    by_reason: dict[str, list[str]] = {}
    for line in lines:
        if line.reading.reason:
            by_reason.setdefault(line.reading.reason, []).append(line.label)
    return " ".join(f"{', '.join(labels)}: {reason}" for reason, labels in by_reason.items())


def limited(value: Reading, ceiling: int) -> Reading:
    """A reading that cannot rise above a ceiling, at any of its ends."""
    return replace(
        value, low=min(value.low, ceiling), point=min(value.point, ceiling), high=min(value.high, ceiling)
    )
