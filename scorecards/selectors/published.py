"""A page of published results in two statements: for the interface, which is asked thousands of times for the same thing.

The pages of a scorecard are read with whole rows, criteria sets and everything around them (`selectors.results`). Programs
walk: the first statement here says what is published and whether it is fresh, the second gives the rows of one page with
their names, must-haves and supply maps, and says again what was published when it read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from cdmo_eval.core.errors import Conflict, NotFound
from cdmo_eval.core.models import Organization
from scorecards.models import Framework
from scorecards.presentation import Lineage
from scorecards.selectors.commercial import offered
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.freshness import Freshness
from scorecards.selectors.visibility import HIDDEN
from vendors.models import Site

# everything freshness depends on, as one text: the same text in both statements is the same moment
STATE = """json_build_array(EXISTS (SELECT FROM scorecards_dirtyrow d WHERE d.scorecard_id = t.scorecard_id), t.last_run_id,
  t.checked_on, t.next_expiry, t.last_run_at, t.output_digest, t.error, t.quarantined_until)::text"""
HEAD = f"""
SELECT s.id, s.public_id::text, s.version, s.as_of, s.framework_id, s.hide_until_locked AND s.weights_locked_at IS NULL, {STATE},
       r.public_id::text, r.number, r.finished_at, r.as_of, r.framework_code, r.framework_version, r.policy, r.stage,
       r.output_digest, r.candidates, (r.criteria -> 'groups')::text,
       (SELECT json_agg(json_build_array(g.code, g.subject))::text FROM scorecards_scorecardgate g
        WHERE g.organization_id = s.organization_id AND g.scorecard_id = s.id AND g.subject <> '')
FROM scorecards_scorecard s
LEFT JOIN scorecards_scorecardstate t ON t.scorecard_id = s.id
LEFT JOIN scorecards_run r ON r.organization_id = s.organization_id AND r.id = t.last_run_id
WHERE s.organization_id = %s AND s.public_id = %s"""
ROWS = f"""
WITH page AS MATERIALIZED (
  SELECT * FROM scorecards_result x WHERE x.organization_id = %(organization)s AND x.scorecard_id = %(scorecard)s AND {{chosen}}
)
SELECT x.id, c.public_id::text, c.label, v.public_id::text, v.name, x.state, x.position, x.rank, x.rank_tied, x.best_rank,
       x.worst_rank, x.score_exact, x.denominator_exact, x.low_exact, x.high_exact, x.coverage, x.verified_coverage, x.strength,
       x.group_points, x.group_weights, x.group_known, x.gates_passed, x.gates_failed, x.gates_open, k.gates::text,
       (k.detail -> 'lines')::text, (k.detail ->> 'assumed')::boolean,
       (SELECT {STATE} FROM scorecards_scorecardstate t WHERE t.scorecard_id = %(scorecard)s)
FROM page x
JOIN scorecards_candidate c ON c.organization_id = x.organization_id AND c.id = x.candidate_id
JOIN vendors_vendor v ON v.organization_id = x.organization_id AND v.id = c.vendor_id
LEFT JOIN scorecards_resultcells k
  ON k.organization_id = x.organization_id AND k.scorecard_id = x.scorecard_id AND k.candidate_id = x.candidate_id
ORDER BY x.position, x.id"""
PLACES = "x.position BETWEEN %(first)s AND %(last)s"
CHOSEN = "x.id = ANY(%(ids)s)"


@dataclass(frozen=True)
class Head:
    """What is published of one scorecard. `lineage` is None before the first calculation; `gates` are (code, subject)."""

    id: int
    version: int
    as_of: date | None
    framework_id: int
    state: str
    freshness: Freshness
    lineage: Lineage | None
    candidates: int
    groups: tuple[tuple[str, int], ...]
    gates: tuple[tuple[str, str], ...]

    @property
    def run_id(self) -> str:
        """The public id of the published calculation, or ""."""
        return self.lineage.run_id if self.lineage else ""


@dataclass(frozen=True)
class PublishedRow:
    """One row as stored; packed columns are bytes, `sites` are (public id, name)."""

    candidate_id: str
    label: str
    vendor_id: str
    vendor: str
    state: str
    position: int
    rank: int | None
    rank_tied: bool
    best_rank: int | None
    worst_rank: int | None
    score_exact: int | None
    denominator_exact: int
    low_exact: int
    high_exact: int
    coverage: int
    verified_coverage: int
    strength: int
    group_points: bytes
    group_weights: bytes
    group_known: bytes
    gates_passed: int
    gates_failed: int
    gates_open: int
    gates: Sequence[dict[str, Any]]
    sites: Sequence[tuple[str, str]]
    assumed: bool


def published_head(organization: Organization, scorecard_id: UUID | str, *, now: datetime) -> Head:
    """What is published of a scorecard, in one statement.

    Raises NotFound for another organisation's, and Conflict "scores_hidden" while it waits for its weights to be locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(HEAD, [organization.pk, str(scorecard_id)])
        found = cursor.fetchone()
    if found is None:
        raise NotFound("There is no such thing here.")
    pk, public_id, version, as_of, framework_id, hidden, state, run_id, *run, candidates, groups, gates = (
        found
    )
    if hidden:
        raise Conflict(HIDDEN, code="scores_hidden")
    freshness = _freshness(state, as_of, now=now)
    told: tuple[Any, ...] = (public_id, run_id, *run, freshness.fresh)
    lineage = Lineage(*told) if run_id else None
    return Head(
        pk, version, as_of, framework_id, state or "", freshness, lineage, candidates or 0,
        tuple((group["code"], int(group["weight_ppb"])) for group in orjson.loads(groups or "[]")),
        tuple((code, subject) for code, subject in orjson.loads(gates or "[]")),
    )  # fmt: skip


def _freshness(state: str | None, fixed: date | None, *, now: datetime) -> Freshness:
    """As `selectors.freshness.freshness_of`, from the text of the state."""
    dirty, run_id, checked, expiry, run_at, digest, error, until = orjson.loads(
        state or "[true" + ",null" * 7 + "]"
    )
    current = (fixed or now.date()).isoformat()
    in_time = fixed is not None or expiry is None or now.date().isoformat() < expiry
    return Freshness(
        fresh=run_id is not None and not dirty and checked == current and in_time,
        last_run_at=datetime.fromisoformat(run_at) if run_at else None, last_run_id=run_id, digest=digest or "",
        error=error or "", quarantined_until=datetime.fromisoformat(until) if until else None,
    )  # fmt: skip


def page_of_places(
    organization: Organization, head: Head, places: Sequence[int]
) -> list[PublishedRow] | None:
    """The rows in some consecutive places of the list; None when they are not of the calculation of `head`."""
    if not places:
        return []
    return _rows(organization, head, PLACES, {"first": places[0], "last": places[-1]})


def page_of_rows(organization: Organization, head: Head, ids: Sequence[int]) -> list[PublishedRow] | None:
    """Chosen rows in the given order; None when they are not of the calculation of `head`."""
    if not ids:
        return []
    return _rows(organization, head, CHOSEN, {"ids": list(ids)})


def _rows(
    organization: Organization, head: Head, chosen: str, bounds: dict[str, Any]
) -> list[PublishedRow] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            ROWS.format(chosen=chosen), {"organization": organization.pk, "scorecard": head.id, **bounds}
        )
        found = cursor.fetchall()
    if any(row[-1] != head.state for row in found):
        return None
    ids = bounds.get("ids")
    if ids is not None:
        by_id = {row[0]: row for row in found}
        found = [by_id[pk] for pk in ids if pk in by_id]
    lines = [orjson.loads(row[25]) if row[25] else () for row in found]
    names = _site_names(organization, {line[3] for used in lines for line in used if line[3] is not None})
    rows = []
    for row, used in zip(found, lines, strict=True):
        sites = dict.fromkeys(line[3] for line in used)
        columns: tuple[Any, ...] = (
            *row[1:24], orjson.loads(row[24]) if row[24] else (), [names[site] for site in sites if site in names],
            row[26] is not False,
        )  # fmt: skip
        rows.append(PublishedRow(*columns))
    return rows


def _site_names(organization: Organization, wanted: set[int]) -> dict[int, tuple[str, str]]:
    if not wanted:
        return {}
    rows = Site.objects.for_organization(organization).filter(pk__in=wanted)
    return {pk: (str(public_id), name) for pk, public_id, name in rows.values_list("pk", "public_id", "name")}


def withheld_gates(organization: Organization, head: Head) -> frozenset[str]:
    """Must-haves whose reasons come from offers, for readers who may not read these."""
    if not head.gates:
        return frozenset()
    rows = Framework.objects.for_organization(organization).defer("definition")
    return offered(head.gates, criteria_of(rows.get(pk=head.framework_id)))
