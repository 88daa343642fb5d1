"""The regulatory value of a vendor over the sites of its supply map.

A corporate average hides a bad site: 70 % of the worst site and 30 % of the mean, and never above the lowest
cap of those sites.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vendors.regulatory.history import SiteHistory

_WORST_SHARE = Fraction(7, 10)


@dataclass(frozen=True, slots=True)
class RolledUp:
    """A value over several sites, in ppm; ``point`` is None when nothing is known."""

    low: int
    point: int | None
    high: int
    sites: int
    known_sites: int


def roll_up(sites: Sequence[SiteHistory], *, unknown_point: int | None = None) -> RolledUp:
    """Join the distinct sites of the primary lines (the critical path).

    A site without inspections spans everything up to its cap. In the point it stands as ``unknown_point``
    (ppm: what the missing-data policy gives an unknown value, up to the cap), or is left out when that is
    None. The ends of the interval are joined like the point. Raises ValueError for no sites at all.
    """
    if not sites:
        raise ValueError("a regulatory value needs at least one site")
    limit = min(site.cap_limit for site in sites)
    points = [
        min(value, site.cap_limit)
        for site in sites
        if (value := unknown_point if site.point is None else site.point) is not None
    ]
    return RolledUp(
        low=min(limit, worst_and_mean([site.low for site in sites])),
        point=min(limit, worst_and_mean(points)) if points else None,
        high=min(limit, worst_and_mean([site.high for site in sites])),
        sites=len(sites),
        known_sites=sum(site.point is not None for site in sites),
    )


def worst_and_mean(values: Sequence[int]) -> int:
    """70 % of the lowest and 30 % of the mean, rounded half to even."""
    mean = Fraction(sum(values), len(values))
    return round(_WORST_SHARE * min(values) + (1 - _WORST_SHARE) * mean)
