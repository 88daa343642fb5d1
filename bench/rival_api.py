"""The rival of bench/api.py: `results/` as somebody writes it by hand, with psycopg and the fastest JSON writer there is.

A WSGI application of its own under the same web server, on the same database, as the same role. It checks the token,
sets the organisation for row-level security, and gives the same rows with the same keys and digits, for this one
scorecard's page alone: no filters, no shapes, no conditional answers, no limits, no walk that notices a new calculation.
"""

import hashlib
import hmac
import os
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg

PEPPER = os.environ.get(
    "CDMO_TOKEN_PEPPER", "only-for-development-and-tests-0123456789abcdefghijklmnop"
).encode()
ONE = 10**15
_local = threading.local()

SCORECARD = """
SELECT s.id, s.public_id::text, r.id, r.public_id::text, r.number, r.finished_at, r.as_of::text, r.framework_code,
       r.framework_version, r.policy, r.stage, r.output_digest, r.criteria,
       NOT EXISTS (SELECT 1 FROM scorecards_dirtyrow d WHERE d.scorecard_id = s.id)
         AND t.checked_on = coalesce(s.as_of, (now() AT TIME ZONE 'UTC')::date)
         AND (s.as_of IS NOT NULL OR t.next_expiry IS NULL OR (now() AT TIME ZONE 'UTC')::date < t.next_expiry),
       (SELECT count(*) FROM scorecards_result x WHERE x.scorecard_id = s.id)
FROM scorecards_scorecard s JOIN scorecards_scorecardstate t ON t.scorecard_id = s.id JOIN scorecards_run r ON r.id = t.last_run_id
WHERE s.public_id = %s"""
ROWS = """
WITH page AS MATERIALIZED (SELECT * FROM scorecards_result WHERE scorecard_id = %s ORDER BY position, id LIMIT %s OFFSET %s)
SELECT c.public_id::text, c.label, v.public_id::text, v.name, x.state, x.position, x.rank, x.rank_tied, x.best_rank, x.worst_rank,
       x.score_exact, x.denominator_exact, x.low_exact, x.high_exact, x.coverage, x.verified_coverage, x.strength, x.group_points,
       x.group_weights, x.group_known, x.gates_passed, x.gates_failed, x.gates_open, k.gates, k.detail
FROM page x JOIN scorecards_candidate c ON c.id = x.candidate_id JOIN vendors_vendor v ON v.id = c.vendor_id
LEFT JOIN scorecards_resultcells k ON k.scorecard_id = x.scorecard_id AND k.candidate_id = x.candidate_id AND k.organization_id = x.organization_id
ORDER BY x.position, x.id"""
SITES = "SELECT id, public_id::text, name FROM vendors_site WHERE id = ANY(%s)"
TOKEN = "SELECT digest, organization_id FROM core_apitoken WHERE key_id = %s AND revoked_at IS NULL AND expires_at > now()"  # noqa: S105
SCOPE = "SELECT set_config('cdmo.organization_id', %s, true)"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`/SCORECARD?page=N&page_size=M`."""
    asked = parse_qs(environ["QUERY_STRING"])
    page, size = int(asked.get("page", ["1"])[0]), int(asked.get("page_size", ["50"])[0])
    status, body = answer(environ.get("HTTP_AUTHORIZATION", ""), environ["PATH_INFO"].strip("/"), page, size)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def answer(authorization: str, scorecard: str, page: int, size: int) -> tuple[str, bytes]:
    """Status and body."""
    _, key_id, secret = authorization.removeprefix("Bearer ").split("_", 2)
    with connection().transaction(), connection().cursor() as cursor:
        cursor.execute(TOKEN, [key_id])
        token = cursor.fetchone()
        digest = hmac.new(PEPPER, secret.encode(), hashlib.sha256).hexdigest()
        if token is None or not hmac.compare_digest(token[0], digest):
            return "401 Unauthorized", b"{}"
        cursor.execute(SCOPE, [str(token[1])])
        cursor.execute(SCORECARD, [scorecard])
        found = cursor.fetchone()
        if found is None:
            return "404 Not Found", b"{}"
        cursor.execute(ROWS, [found[0], size, (page - 1) * size])
        rows = cursor.fetchall()
        wanted = {line[3] for row in rows for line in (row[24] or {}).get("lines", ()) if line[3] is not None}
        names: dict[int, Any] = {}
        if wanted:
            cursor.execute(SITES, [list(wanted)])
            names = {pk: {"id": public_id, "name": name} for pk, public_id, name in cursor.fetchall()}
    lineage = {
        "scorecard_id": found[1], "run_id": found[3], "run_number": found[4], "computed_at": found[5].isoformat().replace("+00:00", "Z"),
        "as_of": found[6], "framework": found[7], "framework_version": found[8], "policy": found[9], "stage": found[10],
        "digest": found[11], "fresh": found[13],
    }  # fmt: skip
    groups = [(group["code"], int(group["weight_ppb"])) for group in found[12]["groups"]]
    last = page * size >= found[14]
    body = {
        "count": found[14], "next": None if last else f"/{scorecard}?page={page + 1}&page_size={size}",
        "previous": None if page == 1 else f"/{scorecard}?page={page - 1}&page_size={size}",
        "results": [shown(row, lineage, groups, names) for row in rows],
    }  # fmt: skip
    return "200 OK", orjson.dumps(body)


def shown(
    row: Any, lineage: dict[str, Any], groups: list[tuple[str, int]], names: dict[int, Any]
) -> dict[str, Any]:
    """One row."""
    points, rests, known = (struct.unpack(f">{len(column) // 8}q", column) for column in row[17:20])
    detail, whole = row[24] or {}, row[11]
    sites = dict.fromkeys(line[3] for line in detail.get("lines", ()) if line[3] is not None)
    return {
        **lineage, "vendor": {"id": row[2], "name": row[3]},
        "candidate": {"id": row[0], "label": row[1], "sites": [names[s] for s in sites if s in names], "assumed": detail.get("assumed", True)},
        "state": row[4], "rank": row[6], "rank_tied": row[7], "denominator_exact": str(whole), "eligible": row[4] == "ranked",
        "score": None if row[10] is None else share(row[10], whole), "low": share(row[12]), "high": share(row[13]),
        "coverage": share(row[14]), "verified_coverage": share(row[15]), "score_exact": None if row[10] is None else str(row[10]),
        "best_rank": row[8], "worst_rank": row[9], "position": row[5], "confidence": share(row[16]), "low_exact": str(row[12]),
        "high_exact": str(row[13]),
        "gates": [
            {
                "gate": gate["gate"], "label": gate["label"], "outcome": gate["outcome"], "reason": gate["reason"],
                "waived_until": gate.get("waived_until") or None, "references": gate.get("references", []),
            }
            for gate in row[23] or ()
        ],
        "gates_passed": row[20], "gates_failed": row[21], "gates_open": row[22],
        "groups": {
            code: {
                "score": share(points[n], rests[n] * 10**6) if rests[n] else None, "weight": share(ppb, 10**9),
                "contribution": share(points[n], whole) if whole else 0.0, "coverage": share(known[n], ppb * 10**6) if ppb else 0.0,
                "contribution_exact": str(points[n]), "weight_ppb": ppb,
            }
            for n, (code, ppb) in enumerate(groups)
        },
    }  # fmt: skip


def share(part: int, whole: int = ONE) -> float:
    """In percent with two decimals; halves that a float does not hit may differ in the last digit."""
    return round(part / whole * 100, 2)


def connection() -> psycopg.Connection[Any]:
    """One a thread, for good."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    found: psycopg.Connection[Any] = _local.connection
    return found
