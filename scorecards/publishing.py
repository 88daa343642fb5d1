"""Publish a calculation: current rows, history of what changed, in a few set-based statements.

COPY is refused into tables with row-level security, so the figures go to a temporary table first. What is published
already is read back in the very form in which it would be written, so that what changed is one comparison of bytes; only
that is sent, and only statements that have rows are run.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from scorecards import binary_rows
from scorecards.engine.aggregate import Aggregate
from scorecards.engine.cells import BoolArray, Int64Array
from scorecards.engine.exact import PPM
from scorecards.engine.ranks import STANDINGS, Ranking
from scorecards.models.result import FIGURES


@dataclass(frozen=True)
class Listed:
    """Who stands in the arrays' rows: parallel sequences or arrays, in any order. Names are read only inside a tie."""

    ids: Sequence[int] | Int64Array
    public_ids: Sequence[str] | NDArray[np.bytes_]
    names: Sequence[tuple[str, str]]
    gates_passed: Int64Array
    gates_failed: Int64Array
    gates_open: Int64Array
    facts_digests: Sequence[bytes] | NDArray[np.void]


@dataclass(frozen=True)
class Shifts:
    """Those who stood on the scorecard before and still do: ranks (0 for none) and must-haves failed, then and now."""

    ids: Int64Array
    rank_before: Int64Array
    rank_now: Int64Array
    failed_before: Int64Array
    failed_now: Int64Array


@dataclass(frozen=True)
class Rows:
    """The figures of all candidates as one structured array, each row a row of binary COPY, and whose they are."""

    table: NDArray[np.void]
    public_ids: NDArray[np.bytes_]

    def digest(self) -> str:
        """SHA-256 (hex) of the figures by public id; internal ids do not enter."""
        ordered, told = self.public_ids, figure_bytes(self.table)
        if (ordered[1:] < ordered[:-1]).any():
            order = np.argsort(ordered, kind="stable")
            ordered, told = ordered[order], told[order]
        whole = hashlib.sha256(b"\n".join(ordered.tolist()) + b"\n")
        whole.update(np.ascontiguousarray(told).data)
        return whole.hexdigest()


def listing_order(scores: Aggregate, ranking: Ranking, listed: Listed) -> Int64Array:
    """Row numbers in the order of the table: ranked by rank, then those that fail, then those with too little evidence.

    Inside a tie: coverage, vendor name, label, id.
    """
    keys = (-scores.coverage, -scores.key, ranking.rank, ranking.codes)
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


# FIGURES between the candidate's id and the digest of its cells, the place in the list last: NumPy type, PostgreSQL type.
# "groups" are packed integers.
LAYOUT = {
    "candidate_id": (">i8", "bigint"), "state": (">i2", "smallint"), "rank": (">i4", "integer"), "rank_tied": ("?", "boolean"),
    "best_rank": (">i4", "integer"), "worst_rank": (">i4", "integer"), "score_exact": (">i8", "bigint"),
    "denominator_exact": (">i8", "bigint"), "low_exact": (">i8", "bigint"), "high_exact": (">i8", "bigint"), "coverage": (">i8", "bigint"),
    "verified_coverage": (">i8", "bigint"), "strength": (">i8", "bigint"), "group_points": ("groups", "bytea"),
    "group_weights": ("groups", "bytea"), "group_known": ("groups", "bytea"), "gates_passed": (">i2", "smallint"),
    "gates_failed": (">i2", "smallint"), "gates_open": (">i2", "smallint"), "position": (">i4", "integer"),
}  # fmt: skip
DIGESTED = LAYOUT | {"facts_digest": ("V32", "bytea")}
PRESENT = {"present": (">i8", "bigint")}
# beside them the key of the published row it replaces (0 for none), and whether that makes history
STAGED = DIGESTED | PRESENT | {"told": ("?", "boolean")}
# what must be known of a published row that is replaced in any case
REPLACED = {name: LAYOUT[name] for name in ("candidate_id", "rank", "gates_failed")} | PRESENT


def _layout(columns: Mapping[str, tuple[str, str]], groups: int) -> dict[str, str | np.dtype[np.void]]:
    packed = binary_rows.packed_integers(groups)
    return {name: packed if kind == "groups" else kind for name, (kind, _) in columns.items()}


def figure_bytes(table: NDArray[np.void]) -> NDArray[np.uint8]:
    """The figures alone, as they are written: a row of bytes each, the place in the list at the end."""
    fields: Mapping[str, Any] = table.dtype.fields or {}
    return binary_rows.as_bytes(table)[:, fields["state:bytes"][1] : fields["position"][1] + PLACE_BYTES]


PLACE_BYTES = 4


def figures(scores: Aggregate, ranking: Ranking, listed: Listed) -> Rows:
    """Lay the figures out. A rank of 0 and a score of -1 stand for null, and are turned into it by the database."""
    n, groups = scores.group_numerator.shape
    table = binary_rows.blank_rows(n, _layout(DIGESTED, groups))
    ranked = ranking.codes == 0
    position = np.empty(n, dtype=np.int64)
    position[listing_order(scores, ranking, listed)] = np.arange(1, n + 1)
    columns = {
        "candidate_id": np.asarray(listed.ids, dtype=np.int64), "state": ranking.codes, "position": position,
        "rank": np.where(ranked, ranking.rank, 0), "rank_tied": ranking.tied, "best_rank": np.where(ranked, ranking.best, 0),
        "worst_rank": np.where(ranked, ranking.worst, 0), "score_exact": np.where(scores.has_score, scores.numerator, -1),
        "denominator_exact": scores.denominator * PPM, "low_exact": scores.low, "high_exact": scores.high, "coverage": scores.coverage,
        "verified_coverage": scores.verified, "strength": scores.strength, "gates_passed": listed.gates_passed,
        "gates_failed": listed.gates_failed, "gates_open": listed.gates_open,
        "facts_digest": np.asarray(listed.facts_digests, dtype="V32"),
    }  # fmt: skip
    for name, values in columns.items():
        table[name] = values
    table["group_points"], table["group_weights"] = scores.group_numerator, scores.group_denominator
    table["group_known"] = scores.group_known
    return Rows(table, np.asarray(listed.public_ids, dtype=np.bytes_))


def publish(
    rows: Rows, *, organization_id: int, scorecard_id: int, run_id: int, anew: bool = False
) -> Shifts:
    """Write history rows for what changed, then the current rows, and take away those of candidates that left.

    `anew`: every row is told of, also where its figures are those that are published.
    Runs inside the caller's transaction and organisation scope. Rows that stay the same are not touched at all: an upsert
    would lock, and so rewrite, every one of them.
    """
    key = {"org": organization_id, "scorecard": scorecard_id, "run": run_id}
    changed, gone, shifts = _changes(rows, key, anew=anew)
    with connection.cursor() as cursor:
        # may be lost in a crash of the server, together with the deletion of the dirty rows, which then ask for it again;
        # right after a bulk load the planner thinks a scorecard has one row, and would loop over thousands
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true), set_config('enable_nestloop', 'off', true)"
        )
        if gone:
            cursor.execute(LEAVERS, key | {"gone": gone})
        if not changed.size:
            return shifts
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        columns = ", ".join(f"{name} {kind}" for name, (_, kind) in STAGED.items())
        cursor.execute(f"CREATE TEMP TABLE staged ({columns}) ON COMMIT DROP")
        binary_rows.write_rows("pg_temp.staged", changed, tuple(STAGED))
        if changed["told"].any():
            cursor.execute(REMEMBER, key)
        if changed["present"].any():
            cursor.execute(UPDATE, key)
        if not changed["present"].all():
            cursor.execute(INSERT, key)
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return shifts


def _changes(rows: Rows, key: Mapping[str, int], *, anew: bool) -> tuple[NDArray[np.void], list[int], Shifts]:
    """The rows that differ from what is published, as they are staged, the candidates that left, and who moved.

    The place in the list alone makes no history.
    """
    groups = rows.table.dtype["group_points"].shape[0]
    packed = binary_rows.packed_integers(groups)
    all_differ = anew or _all_differ(rows.table, key)
    columns, query = (REPLACED, REPLACEABLE) if all_differ else (LAYOUT | PRESENT, CURRENT)
    current = binary_rows.read_rows(
        query, {**key, "width": packed.itemsize, "none": bytes(packed.itemsize)}, _layout(columns, groups)
    )
    ids, standing = current["candidate_id"].astype(np.int64), rows.table["candidate_id"].astype(np.int64)
    place = np.searchsorted(ids, standing)
    known = np.append(ids, -1)[place] == standing
    moved, told = np.ones(len(standing), dtype=np.bool_), np.ones(len(standing), dtype=np.bool_)
    if not all_differ:
        differs = figure_bytes(rows.table)[known] != figure_bytes(current)[place[known]]
        moved[known] = differs[:, -PLACE_BYTES:].any(axis=1)
        told[known] = differs[:, :-PLACE_BYTES].any(axis=1)
    present = np.zeros(len(standing), dtype=np.int64)
    present[known] = current["present"][place[known]]
    sent = told | moved
    gone: list[int] = ids[~np.isin(ids, standing)].tolist()
    before = (current[name][place[known]] for name in ("rank", "gates_failed"))
    now = (rows.table[name][known] for name in ("rank", "gates_failed"))
    (rank_before, failed_before), (rank_now, failed_now) = before, now
    shifts = Shifts(standing[known], rank_before, rank_now, failed_before, failed_now)
    return _staged(rows.table, sent, groups, present, told), gone, shifts


def _all_differ(table: NDArray[np.void], key: Mapping[str, int]) -> bool:
    """Whether no published row can stay: none has the groups' weights that every row has now.

    So it is after new weights, where comparing figures would be work for nothing. Where only what is known counts,
    each row has weights of its own, and one cannot tell beforehand.
    """
    weights = np.ascontiguousarray(table["group_weights"])  # as they are stored: big-endian
    if not len(weights) or (weights != weights[0]).any():
        return False
    with connection.cursor() as cursor:
        cursor.execute(SAME_WEIGHTS, {**key, "weights": weights[0].tobytes()})
        return not cursor.fetchone()[0]


def _staged(
    table: NDArray[np.void], sent: BoolArray, groups: int, present: Int64Array, told: BoolArray
) -> NDArray[np.void]:
    """The rows to send with what else is staged beside them: copied as bytes, since their fields begin alike."""
    staged = binary_rows.blank_rows(int(sent.sum()), _layout(STAGED, groups))
    binary_rows.as_bytes(staged)[:, : table.dtype.itemsize] = binary_rows.as_bytes(table)[sent]
    staged["fields"], staged["present"], staged["told"] = len(STAGED), present[sent], told[sent]
    return staged


COLUMNS = ", ".join(FIGURES)
OURS = "organization_id = %(org)s AND scorecard_id = %(scorecard)s"
CODES = {standing.value: code for code, standing in enumerate(STANDINGS)}
WRITTEN = {  # from the staged form to the stored one
    "state": "CASE state " + " ".join(f"WHEN {code} THEN '{word}'" for word, code in CODES.items()) + " END",
    "rank": "NULLIF(rank, 0)", "best_rank": "NULLIF(best_rank, 0)", "worst_rank": "NULLIF(worst_rank, 0)", "score_exact": "NULLIF(score_exact, -1)",
}  # fmt: skip
READ = {  # and back; groups of another criteria set count as none
    "state": "(CASE state " + " ".join(f"WHEN '{word}' THEN {code}" for word, code in CODES.items()) + " END)::smallint",
    "rank": "coalesce(rank, 0)", "best_rank": "coalesce(best_rank, 0)", "worst_rank": "coalesce(worst_rank, 0)", "score_exact": "coalesce(score_exact, -1)",
} | {
    name: f"CASE octet_length({name}) WHEN %(width)s THEN {name} ELSE %(none)s END"
    for name, (kind, _) in LAYOUT.items() if kind == "groups"
}  # fmt: skip
SAME_WEIGHTS = f"SELECT EXISTS (SELECT FROM scorecards_result WHERE {OURS} AND group_weights = %(weights)s)"
REPLACEABLE = f"SELECT {', '.join(READ.get(name, name) for name in REPLACED if name not in PRESENT)}, id FROM scorecards_result WHERE {OURS} ORDER BY candidate_id"
CURRENT = f"SELECT {', '.join(READ.get(name, name) for name in LAYOUT)}, id FROM scorecards_result WHERE {OURS} ORDER BY candidate_id"
VALUES = ", ".join(WRITTEN.get(name, name) for name in FIGURES)
HISTORY = f"INSERT INTO scorecards_resulthistory (organization_id, scorecard_id, candidate_id, run_id, removed, facts_digest, {COLUMNS})"
LEAVERS = f"""
WITH gone AS (DELETE FROM scorecards_result WHERE {OURS} AND candidate_id = ANY (%(gone)s) RETURNING *)
{HISTORY} SELECT organization_id, scorecard_id, candidate_id, %(run)s, true, NULL, {COLUMNS} FROM gone"""
REMEMBER = f"""
{HISTORY} SELECT %(org)s, %(scorecard)s, candidate_id, %(run)s, false, facts_digest, {VALUES} FROM pg_temp.staged WHERE told"""
UPDATE = f"""
UPDATE scorecards_result r SET run_id = %(run)s, {", ".join(f"{name} = s.{name}" for name in FIGURES)}
FROM (SELECT present, {", ".join(f"{WRITTEN.get(name, name)} AS {name}" for name in FIGURES)} FROM pg_temp.staged WHERE present > 0) s
WHERE r.{OURS.replace("AND ", "AND r.")} AND r.id = s.present"""
INSERT = f"""
INSERT INTO scorecards_result (organization_id, scorecard_id, candidate_id, run_id, {COLUMNS})
SELECT %(org)s, %(scorecard)s, candidate_id, %(run)s, {VALUES} FROM pg_temp.staged WHERE present = 0"""
