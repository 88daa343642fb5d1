"""Publish a calculation: current rows, history of what changed, in a few set-based statements.

COPY is refused into tables with row-level security, so the figures go to a temporary table first.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection

from scorecards.engine.aggregate import Aggregate
from scorecards.engine.cells import Int64Array
from scorecards.engine.exact import PPM
from scorecards.engine.ranks import Ranking, Standing
from scorecards.models.result import FIGURES

# what makes a history row; the place in the list alone does not
TOLD = tuple(name for name in FIGURES if name != "position")


@dataclass(frozen=True)
class Listed:
    """Who stands in the arrays' rows: parallel sequences, in any order."""

    ids: Sequence[int]
    public_ids: Sequence[str]
    names: Sequence[tuple[str, str]]
    gates_passed: Int64Array
    gates_failed: Int64Array
    gates_open: Int64Array


def listing_order(scores: Aggregate, ranking: Ranking, listed: Listed) -> Int64Array:
    """Row numbers in the order of the table: ranked by rank, then those that fail, then those with too little evidence.

    Inside a tie: coverage, vendor name, label, id.
    """
    alphabetical = {
        key: place for place, key in enumerate(sorted(set(zip(listed.names, listed.public_ids, strict=True))))
    }
    by_name = np.array(
        [alphabetical[key] for key in zip(listed.names, listed.public_ids, strict=True)], dtype=np.int64
    )
    places = {Standing.RANKED: 0, Standing.GATED: 1, Standing.INSUFFICIENT_EVIDENCE: 2}
    standing = np.array([places[s] for s in ranking.standing], dtype=np.int64)
    return np.lexsort((by_name, -scores.coverage, -scores.key, ranking.rank, standing)).astype(np.int64)


def copy_lines(scores: Aggregate, ranking: Ranking, listed: Listed) -> Iterator[tuple[str, str]]:
    """Pairs of (public id, the figures as one line of COPY text), in listing order."""
    order = listing_order(scores, ranking, listed).tolist()
    rank, tied = ranking.rank.tolist(), ranking.tied.tolist()
    best, worst = ranking.best.tolist(), ranking.worst.tolist()
    numerator, denominator = scores.numerator.tolist(), (scores.denominator * PPM).tolist()
    has_score = scores.has_score.tolist()
    low, high = scores.low.tolist(), scores.high.tolist()
    coverage, verified, strength = (
        scores.coverage.tolist(),
        scores.verified.tolist(),
        scores.strength.tolist(),
    )
    points, weights, known = (
        _arrays(a) for a in (scores.group_numerator, scores.group_denominator, scores.group_known)
    )
    passed, failed, still_open = (
        a.tolist() for a in (listed.gates_passed, listed.gates_failed, listed.gates_open)
    )
    for place, i in enumerate(order, start=1):
        ranked = ranking.standing[i] is Standing.RANKED
        fields = (
            str(ranking.standing[i]), place, rank[i] if ranked else r"\N", "t" if tied[i] else "f",
            best[i] if ranked else r"\N", worst[i] if ranked else r"\N", numerator[i] if has_score[i] else r"\N",
            denominator[i], low[i], high[i], coverage[i], verified[i], strength[i], points[i], weights[i], known[i],
            passed[i], failed[i], still_open[i],
        )  # fmt: skip
        yield listed.public_ids[i], f"{listed.ids[i]}\t" + "\t".join(map(str, fields)) + "\n"


def _arrays(table: Int64Array) -> list[str]:
    """Rows of integers as PostgreSQL array texts."""
    return ["{" + ",".join(map(str, row)) + "}" for row in table.tolist()]


def output_digest(lines: Sequence[tuple[str, str]]) -> str:
    """SHA-256 (hex) of the published figures by public id; internal ids do not enter."""
    digest = hashlib.sha256()
    for public_id, line in sorted(lines):
        digest.update(f"{public_id}\t{line.partition(chr(9))[2]}".encode())
    return digest.hexdigest()


def publish(
    lines: Sequence[tuple[str, str]], *, organization_id: int, scorecard_id: int, run_id: int
) -> None:
    """Write history rows for what changed, then the current rows, and take away those of candidates that left.

    Runs inside the caller's transaction and organisation scope. Rows that stay the same are not touched at all: an upsert
    would lock, and so rewrite, every one of them.
    """
    key = {"org": organization_id, "scorecard": scorecard_id, "run": run_id}
    columns = ", ".join(FIGURES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM scorecards_result WHERE {OURS}", key)
        before = cursor.fetchone()[0]
        cursor.execute("DROP TABLE IF EXISTS pg_temp.published")
        cursor.execute(
            f"CREATE TEMP TABLE published ON COMMIT DROP AS SELECT candidate_id, {columns} FROM scorecards_result WITH NO DATA"
        )
        with cursor.copy(f"COPY pg_temp.published (candidate_id, {columns}) FROM STDIN") as copy:
            copy.write("".join(line for _, line in lines))
        cursor.execute("ANALYZE pg_temp.published")
        cursor.execute(_history_of_changes(), key)
        changed = 0
        if before:
            cursor.execute(_update_of_changes(), key)
            cursor.execute(
                f"SELECT count(*) FROM scorecards_result r JOIN pg_temp.published p USING (candidate_id) WHERE {OURS}",
                key,
            )
            changed = cursor.fetchone()[0]
            if changed < before:
                cursor.execute(_history_of_leavers(), key)
                cursor.execute(f"DELETE FROM scorecards_result r WHERE {OURS} AND {GONE}", key)
        if changed < len(lines):
            cursor.execute(
                f"""INSERT INTO scorecards_result (organization_id, scorecard_id, candidate_id, run_id, {columns})
                    SELECT %(org)s, %(scorecard)s, p.candidate_id, %(run)s, {_of("p")} FROM pg_temp.published p
                    WHERE NOT EXISTS (SELECT 1 FROM scorecards_result r WHERE {OURS} AND r.candidate_id = p.candidate_id)""",
                key,
            )


OURS = "organization_id = %(org)s AND scorecard_id = %(scorecard)s"
GONE = "NOT EXISTS (SELECT 1 FROM pg_temp.published p WHERE p.candidate_id = r.candidate_id)"


def _of(alias: str, names: Sequence[str] = FIGURES) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


def _differ(names: Sequence[str]) -> str:
    return f"({_of('p', names)}) IS DISTINCT FROM ({_of('r', names)})"


def _history_of_changes() -> str:
    return f"""
      INSERT INTO scorecards_resulthistory
        (organization_id, scorecard_id, candidate_id, run_id, removed, facts_digest, {", ".join(FIGURES)})
      SELECT %(org)s, %(scorecard)s, p.candidate_id, %(run)s, false, c.facts_digest, {_of("p")}
      FROM pg_temp.published p
      JOIN (SELECT candidate_id, facts_digest FROM scorecards_resultcells WHERE {OURS}) c USING (candidate_id)
      LEFT JOIN (SELECT * FROM scorecards_result WHERE {OURS}) r USING (candidate_id)
      WHERE r.id IS NULL OR {_differ(TOLD)}"""


def _history_of_leavers() -> str:
    return f"""
      INSERT INTO scorecards_resulthistory (organization_id, scorecard_id, candidate_id, run_id, removed, {", ".join(FIGURES)})
      SELECT %(org)s, %(scorecard)s, r.candidate_id, %(run)s, true, {_of("r")} FROM scorecards_result r WHERE {OURS} AND {GONE}"""


def _update_of_changes() -> str:
    return f"""
      UPDATE scorecards_result r SET run_id = %(run)s, {", ".join(f"{name} = p.{name}" for name in FIGURES)}
      FROM pg_temp.published p WHERE {OURS} AND p.candidate_id = r.candidate_id AND {_differ(FIGURES)}"""
