"""Is what is published still true? Read in the same statement as the score."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from scorecards.models import DirtyRow, Scorecard, ScorecardState


@dataclass(frozen=True)
class Freshness:
    """How a scorecard's published figures stand. `fresh` is the rule; the rest says what to tell people."""

    fresh: bool
    last_run_at: datetime | None
    last_run_id: int | None
    digest: str
    error: str
    quarantined_until: datetime | None

    @property
    def state(self) -> str:
        """ "fresh", "recomputing", "failed" (set aside for a while) or "never" computed."""
        if self.fresh:
            return "fresh"
        if self.error:
            return "failed"
        return "recomputing" if self.last_run_at else "never"


def with_freshness(rows: QuerySet[Any], *, scorecard: str = "scorecard") -> QuerySet[Any]:
    """Add what `freshness_of` needs to every row, in the rows' own statement. `scorecard` is the path to it ("" if it is the row)."""
    key = OuterRef(f"{scorecard}_id" if scorecard else "pk")
    state = ScorecardState.objects.filter(pk=key)
    prefix = f"{scorecard}__" if scorecard else ""
    columns = (
        "checked_on",
        "next_expiry",
        "last_run_at",
        "last_run_id",
        "output_digest",
        "error",
        "quarantined_until",
    )
    found: dict[str, Any] = {f"state_{column}": Subquery(state.values(column)[:1]) for column in columns}
    annotated: QuerySet[Any] = rows.annotate(
        dirty=Exists(DirtyRow.objects.filter(scorecard_id=key)), as_of_fixed=F(f"{prefix}as_of"), **found
    )
    return annotated


def freshness_of(row: Any, *, now: datetime) -> Freshness:
    """Fresh: nothing is dirty, the last check was for today (or the fixed date), and no boundary of age has passed."""
    checked, expiry, fixed = row.state_checked_on, row.state_next_expiry, row.as_of_fixed
    current: date = fixed or now.date()
    in_time = fixed is not None or expiry is None or now.date() < expiry
    return Freshness(
        fresh=bool(row.state_last_run_id) and not row.dirty and checked == current and in_time,
        last_run_at=row.state_last_run_at,
        last_run_id=row.state_last_run_id,
        digest=row.state_output_digest or "",
        error=row.state_error or "",
        quarantined_until=row.state_quarantined_until,
    )


def scorecard_freshness(scorecard: Scorecard, *, now: datetime) -> Freshness:
    """The freshness of one scorecard."""
    rows = Scorecard.objects.for_organization(scorecard.organization).filter(pk=scorecard.pk)
    return freshness_of(with_freshness(rows, scorecard="").get(), now=now)
