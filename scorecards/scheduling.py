"""Which scorecards need a recompute, and asking for it by task name."""

from datetime import datetime, timedelta

from django.db import connection

from cdmo_eval.core import wakeup

PATIENCE_SECONDS = 60.0  # a change that waits longer means that no worker and no reconciler is at work

DUE = """
SELECT s.scorecard_id, s.organization_id FROM (
  SELECT scorecard_id, organization_id, min(at) AS since FROM scorecards_dirtyrow GROUP BY 1, 2
  UNION ALL
  SELECT t.scorecard_id, t.organization_id, t.last_run_at AS since FROM scorecards_scorecardstate t
  WHERE t.follows_today AND (t.checked_on IS DISTINCT FROM %(today)s OR t.next_expiry <= %(today)s)
) s
LEFT JOIN scorecards_scorecardstate q ON q.scorecard_id = s.scorecard_id
WHERE (%(organization)s::bigint IS NULL OR s.organization_id = %(organization)s)
  AND (q.quarantined_until IS NULL OR q.quarantined_until <= %(now)s
       OR EXISTS (SELECT 1 FROM scorecards_dirtyrow d WHERE d.scorecard_id = s.scorecard_id AND d.id > q.attempted_up_to))
GROUP BY 1, 2
HAVING coalesce(min(s.since), '-infinity') <= %(before)s
ORDER BY min(s.since) NULLS FIRST, 1
"""


def due_scorecards(
    *, now: datetime, older_than: timedelta = timedelta(0), organization_id: int | None = None
) -> list[int]:
    """Scorecards that are not fresh for longer than `older_than` and not set aside, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            DUE,
            {"today": now.date(), "now": now, "before": now - older_than, "organization": organization_id},
        )
        return [scorecard for scorecard, _ in cursor.fetchall()]


def oldest_dirty_seconds(now: datetime) -> float:
    """Age of the oldest dirty row in seconds, 0 without any: the health of the workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM %s - min(at)) FROM scorecards_dirtyrow", [now])
        seconds = cursor.fetchone()[0]
    return max(0.0, float(seconds or 0))


def ask_again(organization_id: int) -> None:
    """Ask for the rest in another task, so that each stays short."""
    wakeup.publish(wakeup.RECOMPUTE_TASK, organization_id=organization_id)
