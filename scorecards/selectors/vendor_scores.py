"""One vendor in all programmes: where it stands on every scorecard that judges it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery

from cdmo_eval.core.models import Organization
from scorecards.engine.display import percent_text
from scorecards.models import Result, Scorecard
from scorecards.selectors.freshness import Freshness, freshness_of, with_freshness
from vendors.models import Vendor


@dataclass(frozen=True)
class VendorScore:
    """One candidate of the vendor on one scorecard. `of` is how many are ranked there."""

    result: Result
    scorecard: Scorecard
    freshness: Freshness
    of: int
    score: str | None
    low: str
    high: str
    coverage: str
    verified_coverage: str

    @property
    def rank_label(self) -> str:
        """ "2", "=1" for a tie, "–" without a rank."""
        if self.result.rank is None:
            return "–"
        return f"={self.result.rank}" if self.result.rank_tied else str(self.result.rank)


def vendor_scores(organization: Organization, vendor: Vendor, *, now: datetime) -> list[VendorScore]:
    """The published figures of a vendor's candidates, by programme and scorecard: one statement.

    Scorecards put away are left out, and those whose scores wait for their weights.
    """
    results = Result.objects.for_organization(organization)
    ranked = (
        results.filter(scorecard_id=OuterRef("scorecard_id"), state=Result.State.RANKED)
        .order_by()
        .values("scorecard_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        with_freshness(results.filter(candidate__vendor=vendor, scorecard__archived_at__isnull=True))
        .filter(Q(scorecard__hide_until_locked=False) | Q(scorecard__weights_locked_at__isnull=False))
        .annotate(of=Subquery(ranked))
        .select_related("scorecard__program", "candidate")
        .order_by("scorecard__program__name", "scorecard__name", "position", "id")
    )
    return [_shown(row, now) for row in rows]


def _shown(row: Result, now: datetime) -> VendorScore:
    of: int = row.of or 0  # type: ignore[attr-defined]
    return VendorScore(
        result=row, scorecard=row.scorecard, freshness=freshness_of(row, now=now), of=of,
        score=None if row.score_exact is None else percent_text(row.score_exact, row.denominator_exact),
        low=percent_text(row.low_exact), high=percent_text(row.high_exact), coverage=percent_text(row.coverage),
        verified_coverage=percent_text(row.verified_coverage),
    )  # fmt: skip
