"""Who is practically equal to the leader: said in words, never merged into ranks."""

from collections.abc import Sequence

from scorecards.engine.exact import PPM
from scorecards.presentation import Figures


def practically_equal(rows: Sequence[Figures], band: int) -> tuple[str, ...]:
    """Names of ranked candidates behind the leader whose exact score lies within `band` (ppm of the scale) of the leader's.

    Compared as exact fractions. Nobody when the leader is not among the rows.
    """
    ranked = [row for row in rows if row.rank is not None and row.score_exact is not None]
    leader = next((row for row in ranked if row.rank == 1), None)
    if leader is None:
        return ()
    return tuple(
        _name(row)
        for row in ranked
        if row.rank != 1 and _behind(leader, row) <= band * leader.denominator_exact * row.denominator_exact
    )


def _behind(leader: Figures, row: Figures) -> int:
    """(leader's score - this one's), in ppm times both denominators."""
    ahead = (leader.score_exact or 0) * row.denominator_exact - (
        row.score_exact or 0
    ) * leader.denominator_exact
    return ahead * PPM


def _name(row: Figures) -> str:
    return f"{row.vendor} ({row.label})" if row.label else row.vendor
