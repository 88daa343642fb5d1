"""Publish a calculation: current rows, history of what changed, in a few set-based statements.

COPY is refused into tables with row-level security, so the figures go to a temporary table first: as PostgreSQL's binary
COPY format, laid out by NumPy in one piece, since every field of a row has a fixed width.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from scorecards.engine.aggregate import Aggregate
from scorecards.engine.cells import BoolArray, Int64Array
from scorecards.engine.exact import PPM
from scorecards.engine.ranks import Ranking, Standing
from scorecards.models.result import FIGURES

# what makes a history row; the place in the list alone does not
TOLD = tuple(name for name in FIGURES if name != "position")
STANDINGS = (Standing.RANKED, Standing.GATED, Standing.INSUFFICIENT_EVIDENCE)
INT8_OID = 20
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"


@dataclass(frozen=True)
class Listed:
    """Who stands in the arrays' rows: parallel sequences, in any order."""

    ids: Sequence[int]
    public_ids: Sequence[str]
    names: Sequence[tuple[str, str]]
    gates_passed: Int64Array
    gates_failed: Int64Array
    gates_open: Int64Array
    facts_digests: Sequence[bytes]


@dataclass(frozen=True)
class Rows:
    """The figures of all candidates as one structured array, each row a row of binary COPY, and whose they are."""

    table: NDArray[np.void]
    public_ids: Sequence[str]

    def copy_data(self) -> bytes:
        """The whole COPY stream."""
        return SIGNATURE + self.table.tobytes() + TRAILER

    def digest(self) -> str:
        """SHA-256 (hex) of the figures by public id; internal ids do not enter."""
        order = sorted(range(len(self.public_ids)), key=self.public_ids.__getitem__)
        outside = self.table[order].copy()
        outside["candidate_id"], outside["facts_digest"] = 0, b""
        names = "\n".join(self.public_ids[i] for i in order)
        return hashlib.sha256(names.encode() + b"\n" + outside.tobytes()).hexdigest()


def listing_order(scores: Aggregate, ranking: Ranking, listed: Listed) -> Int64Array:
    """Row numbers in the order of the table: ranked by rank, then those that fail, then those with too little evidence.

    Inside a tie: coverage, vendor name, label, id.
    """
    keys = (-scores.coverage, -scores.key, ranking.rank, _standing(ranking))
    order = np.lexsort(keys)
    if not _has_twins(keys, order):  # names only matter inside a tie, and sorting them is what costs
        return order.astype(np.int64)
    everybody = sorted(range(len(listed.ids)), key=lambda i: (listed.names[i], listed.public_ids[i]))
    by_name = np.empty(len(everybody), dtype=np.int64)
    by_name[everybody] = np.arange(len(everybody))
    return np.lexsort((by_name, *keys)).astype(np.int64)


def _has_twins(keys: Sequence[NDArray[np.generic]], order: NDArray[np.intp]) -> bool:
    same: BoolArray = np.ones(max(len(order) - 1, 0), dtype=np.bool_)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    return bool(same.any())


def _standing(ranking: Ranking) -> Int64Array:
    code = {standing: number for number, standing in enumerate(STANDINGS)}
    return np.array([code[standing] for standing in ranking.standing], dtype=np.int64)


# The fields of a row: FIGURES between candidate_id and the digest of the cells. NumPy type, PostgreSQL type. "groups" is an int8 array.
LAYOUT = {
    "candidate_id": (">i8", "bigint"), "state": (">i2", "smallint"), "position": (">i4", "integer"), "rank": (">i4", "integer"),
    "rank_tied": ("?", "boolean"), "best_rank": (">i4", "integer"), "worst_rank": (">i4", "integer"), "score_exact": (">i8", "bigint"),
    "denominator_exact": (">i8", "bigint"), "low_exact": (">i8", "bigint"), "high_exact": (">i8", "bigint"), "coverage": (">i8", "bigint"),
    "verified_coverage": (">i8", "bigint"), "strength": (">i8", "bigint"), "group_points": ("groups", "bigint[]"),
    "group_weights": ("groups", "bigint[]"), "group_known": ("groups", "bigint[]"), "gates_passed": (">i2", "smallint"),
    "gates_failed": (">i2", "smallint"), "gates_open": (">i2", "smallint"), "facts_digest": ("V32", "bytea"),
}  # fmt: skip


def figures(scores: Aggregate, ranking: Ranking, listed: Listed) -> Rows:
    """Lay the figures out. A rank of 0 and a score of -1 stand for null, and are turned into it by the database."""
    n, groups = scores.group_numerator.shape
    table = np.zeros(n, dtype=_row_type(groups))
    table["fields"] = len(LAYOUT)
    for name, (kind, _) in LAYOUT.items():
        table[f"{name}:bytes"] = table.dtype[name].itemsize if kind != "groups" else 20 + 12 * groups
    for name in ("group_points", "group_weights", "group_known"):
        for part, number in (("dimensions", 1), ("element", INT8_OID), ("length", groups), ("first", 1)):
            table[name][part] = number
        table[name]["items"]["bytes"] = 8
    ranked = _standing(ranking) == 0
    position = np.empty(n, dtype=np.int64)
    position[listing_order(scores, ranking, listed)] = np.arange(1, n + 1)
    columns = {
        "candidate_id": np.array(listed.ids, dtype=np.int64), "state": _standing(ranking), "position": position,
        "rank": np.where(ranked, ranking.rank, 0), "rank_tied": ranking.tied, "best_rank": np.where(ranked, ranking.best, 0),
        "worst_rank": np.where(ranked, ranking.worst, 0), "score_exact": np.where(scores.has_score, scores.numerator, -1),
        "denominator_exact": scores.denominator * PPM, "low_exact": scores.low, "high_exact": scores.high, "coverage": scores.coverage,
        "verified_coverage": scores.verified, "strength": scores.strength, "gates_passed": listed.gates_passed,
        "gates_failed": listed.gates_failed, "gates_open": listed.gates_open,
        "facts_digest": np.frombuffer(b"".join(listed.facts_digests), dtype="V32"),
    }  # fmt: skip
    for name, values in columns.items():
        table[name] = values
    table["group_points"]["items"]["value"] = scores.group_numerator
    table["group_weights"]["items"]["value"] = scores.group_denominator
    table["group_known"]["items"]["value"] = scores.group_known
    return Rows(table, listed.public_ids)


def _row_type(groups: int) -> np.dtype[np.void]:
    """A row of binary COPY: the number of fields, then for each its length in bytes and its bytes, big-endian."""
    item = np.dtype([("bytes", ">i4"), ("value", ">i8")])
    array = np.dtype(
        [
            ("dimensions", ">i4"),
            ("flags", ">i4"),
            ("element", ">i4"),
            ("length", ">i4"),
            ("first", ">i4"),
            ("items", item, (groups,)),
        ]
    )
    fields: list[tuple[str, str | np.dtype[np.void]]] = [("fields", ">i2")]
    for name, (kind, _) in LAYOUT.items():
        fields += [(f"{name}:bytes", ">i4"), (name, array if kind == "groups" else kind)]
    return np.dtype(fields)


def publish(rows: Rows, *, organization_id: int, scorecard_id: int, run_id: int) -> None:
    """Write history rows for what changed, then the current rows, and take away those of candidates that left.

    Runs inside the caller's transaction and organisation scope. Rows that stay the same are not touched at all: an upsert
    would lock, and so rewrite, every one of them.
    """
    key = {"org": organization_id, "scorecard": scorecard_id, "run": run_id}
    with connection.cursor() as cursor:
        # may be lost in a crash of the server, together with the deletion of the dirty rows, which then ask for it again
        cursor.execute("SET LOCAL synchronous_commit TO OFF")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        columns = ", ".join(f"{name} {kind}" for name, (_, kind) in LAYOUT.items())
        cursor.execute(f"CREATE TEMP TABLE staged ({columns}) ON COMMIT DROP")
        with cursor.copy(f"COPY pg_temp.staged ({', '.join(LAYOUT)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(rows.copy_data())
        cursor.execute("ANALYZE pg_temp.staged (candidate_id)")
        cursor.execute(LEAVERS, key)
        cursor.execute(CHANGES, key)


def _of(alias: str, names: Sequence[str] = FIGURES) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


def _differ(names: Sequence[str]) -> str:
    return f"({_of('p', names)}) IS DISTINCT FROM ({_of('r', names)})"


COLUMNS = ", ".join(FIGURES)
OURS = "organization_id = %(org)s AND scorecard_id = %(scorecard)s"
MEANINGS = {
    "state": "CASE state "
    + " ".join(f"WHEN {code} THEN '{word}'" for code, word in enumerate(STANDINGS))
    + " END AS state",
    "rank": "NULLIF(rank, 0) AS rank",
    "best_rank": "NULLIF(best_rank, 0) AS best_rank",
    "worst_rank": "NULLIF(worst_rank, 0) AS worst_rank",
    "score_exact": "NULLIF(score_exact, -1) AS score_exact",
}
PUBLISHED = f"(SELECT {', '.join(MEANINGS.get(name, name) for name in LAYOUT)} FROM pg_temp.staged)"
HISTORY = f"""
  INSERT INTO scorecards_resulthistory (organization_id, scorecard_id, candidate_id, run_id, removed, facts_digest, {COLUMNS})"""
LEAVERS = f"""
WITH gone AS (
  DELETE FROM scorecards_result r
  WHERE {OURS} AND NOT EXISTS (SELECT 1 FROM pg_temp.staged p WHERE p.candidate_id = r.candidate_id) RETURNING r.*
)
{HISTORY} SELECT organization_id, scorecard_id, candidate_id, %(run)s, true, NULL, {COLUMNS} FROM gone"""
# one comparison serves all three writes
CHANGES = f"""
WITH changed AS MATERIALIZED (
  SELECT p.*, r.id AS present, r.id IS NULL OR {_differ(TOLD)} AS told
  FROM {PUBLISHED} p LEFT JOIN (SELECT * FROM scorecards_result WHERE {OURS}) r USING (candidate_id)
  WHERE r.id IS NULL OR {_differ(FIGURES)}
), remembered AS (
  {HISTORY} SELECT %(org)s, %(scorecard)s, candidate_id, %(run)s, false, facts_digest, {COLUMNS} FROM changed WHERE told
), updated AS (
  UPDATE scorecards_result r SET run_id = %(run)s, {", ".join(f"{name} = c.{name}" for name in FIGURES)}
  FROM changed c WHERE r.id = c.present
)
INSERT INTO scorecards_result (organization_id, scorecard_id, candidate_id, run_id, {COLUMNS})
SELECT %(org)s, %(scorecard)s, candidate_id, %(run)s, {COLUMNS} FROM changed WHERE present IS NULL"""
