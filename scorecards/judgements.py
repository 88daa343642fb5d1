"""What people judged on a scorecard, as the rating reads it: ratings that count, and the newest consensus."""

from collections import defaultdict
from collections.abc import Mapping

from django.db import connection

from scorecards.fit.judging import Judgement
from scorecards.models import Scorecard

Judgements = Mapping[int, Mapping[str, Judgement]]

# One statement: ratings that count in their newest revision, then the newest consensus of each cell.
JUDGED = """
SELECT * FROM (
  SELECT DISTINCT ON (r.invitation_id, r.candidate_id, r.leaf) false AS agreed, r.candidate_id, r.leaf, r.level, r.id
  FROM scorecards_rating r JOIN scorecards_invitation i ON i.organization_id = r.organization_id AND i.id = r.invitation_id
  WHERE i.organization_id = %(org)s AND i.scorecard_id = %(scorecard)s AND i.counted_at IS NOT NULL AND i.withdrawn_at IS NULL
  ORDER BY r.invitation_id, r.candidate_id, r.leaf, r.revision DESC
) rated
UNION ALL
SELECT * FROM (
  SELECT DISTINCT ON (c.candidate_id, c.leaf) true, c.candidate_id, c.leaf, c.level, c.id
  FROM scorecards_consensus c WHERE c.organization_id = %(org)s AND c.scorecard_id = %(scorecard)s
  ORDER BY c.candidate_id, c.leaf, c.id DESC
) agreed
ORDER BY 2, 3, 1, 5
"""


def judgements_of(scorecard: Scorecard) -> Judgements:
    """By candidate and criterion. One query, however many people rated."""
    with connection.cursor() as cursor:
        cursor.execute(JUDGED, {"org": scorecard.organization_id, "scorecard": scorecard.pk})
        rows = cursor.fetchall()
    found: dict[int, dict[str, Judgement]] = defaultdict(dict)
    for agreed, candidate, leaf, level, row in rows:
        if level is None:  # an abstention, a rating or a consensus taken back
            continue
        so_far = found[candidate].get(leaf, Judgement((), None, ()))
        found[candidate][leaf] = (
            Judgement(so_far.levels, level, (row,))
            if agreed
            else Judgement((*so_far.levels, level), None, (*so_far.ids, row))
        )
    return dict(found)
