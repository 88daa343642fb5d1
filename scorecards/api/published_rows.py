"""Published rows as JSON without a detour over texts: the same keys and digits as `shapes.result_json`, which a test compares."""

import struct
from collections.abc import Sequence
from typing import Any

import orjson

from scorecards.api.shapes import digits, lineage_json
from scorecards.engine.display import percent_number
from scorecards.engine.exact import EXACT_ONE, PPB, PPM
from scorecards.models import Result
from scorecards.presentation import Lineage
from scorecards.selectors.commercial import WITHHELD
from scorecards.selectors.published import Head, PublishedRow

RANKED = Result.State.RANKED.value
SEPARATORS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"))


def rows_json(head: Head, rows: Sequence[PublishedRow], withheld: frozenset[str]) -> list[dict[str, Any]]:
    """The rows of a page; reasons of the must-haves in `withheld` are not told."""
    if head.lineage is None:
        return []
    lineage = plain_lineage(head.lineage)
    groups = [(code, ppb, percent_number(ppb, PPB), ppb * PPM) for code, ppb in head.groups]
    unpack = struct.Struct(f">{len(groups)}q").unpack
    return [row_json(row, lineage, groups, unpack, withheld) for row in rows]


def plain_lineage(lineage: Lineage) -> dict[str, Any]:
    """With dates as the texts that the interface writes everywhere."""
    at = lineage.computed_at.isoformat().replace("+00:00", "Z")
    return {**lineage_json(lineage), "computed_at": at, "as_of": lineage.as_of.isoformat()}


def row_json(
    row: PublishedRow, lineage: dict[str, Any], groups: Any, unpack: Any, withheld: frozenset[str]
) -> dict[str, Any]:
    """One candidate's row. `groups` are code, weight in ppb, weight in percent, and weight in units of 1e-15."""
    whole, score, share = row.denominator_exact, row.score_exact, percent_number
    points, rests_on, known = unpack(row.group_points), unpack(row.group_weights), unpack(row.group_known)
    return {
        **lineage,
        "vendor": {"id": row.vendor_id, "name": row.vendor},
        "candidate": {
            "id": row.candidate_id, "label": row.label,
            "sites": [{"id": public_id, "name": name} for public_id, name in row.sites], "assumed": row.assumed,
        },
        "state": row.state, "rank": row.rank, "rank_tied": row.rank_tied, "denominator_exact": str(whole),
        "eligible": row.state == RANKED, "score": None if score is None else share(score, whole),
        "low": share(row.low_exact, EXACT_ONE), "high": share(row.high_exact, EXACT_ONE),
        "coverage": share(row.coverage, EXACT_ONE), "verified_coverage": share(row.verified_coverage, EXACT_ONE),
        "score_exact": digits(score), "best_rank": row.best_rank, "worst_rank": row.worst_rank,
        "position": row.position, "confidence": share(row.strength, EXACT_ONE),
        "low_exact": str(row.low_exact), "high_exact": str(row.high_exact),
        "gates": [gate_json(gate, gate["gate"] in withheld) for gate in row.gates],
        "gates_passed": row.gates_passed, "gates_failed": row.gates_failed, "gates_open": row.gates_open,
        "groups": {
            code: {
                "score": share(point, rest * PPM) if rest else None, "weight": weight,
                "contribution": share(point, whole) if whole else 0.0,
                "coverage": share(part, units) if units else 0.0, "contribution_exact": str(point), "weight_ppb": ppb,
            }
            for (code, ppb, weight, units), point, rest, part in zip(groups, points, rests_on, known, strict=True)
        },
    }  # fmt: skip


def gate_json(gate: dict[str, Any], withheld: bool) -> dict[str, Any]:  # noqa: FBT001 - of the row above
    """A stored outcome."""
    return {
        "gate": gate["gate"], "label": gate["label"], "outcome": gate["outcome"],
        "reason": WITHHELD if withheld else gate["reason"], "waived_until": gate.get("waived_until") or None,
        "references": [] if withheld else gate.get("references", []),
    }  # fmt: skip


def rendered(body: Any) -> bytes:
    """As the interface's own renderer writes it, with the two line separators that JavaScript does not take escaped."""
    text = orjson.dumps(body)
    for separator, escaped in SEPARATORS:
        text = text.replace(separator, escaped)
    return text
