"""Tell what a publication changed: that it happened, who changed places, who newly fails a must-have.

One statement writes the events of a publication, however many candidates moved; their names are read for the first few
only, and not at all when nobody moved. In the transaction that publishes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Prefetch

from cdmo_eval.core.events import EventType, Happening, emit_all, named
from scorecards.engine.cells import Int64Array
from scorecards.models import Candidate, ResultCells, Run, Scorecard
from scorecards.publishing import Shifts
from vendors.models import Vendor

NAMED_AT_MOST = 50


def announce_publication(scorecard: Scorecard, run: Run, shifts: Shifts, *, now: datetime) -> None:
    """Write the events of one publication. The first one of a scorecard tells of no moves: there was nothing before."""
    moved = np.flatnonzero(shifts.rank_before != shifts.rank_now)
    failing = np.flatnonzero(shifts.failed_now > shifts.failed_before)
    moved = moved[np.argsort(_best(shifts, moved), kind="stable")]
    first_moved, first_failing = moved[:NAMED_AT_MOST], failing[:NAMED_AT_MOST]
    candidates = _candidates(scorecard, shifts.ids[np.concatenate([first_moved, first_failing])])
    gates = _failed(scorecard, shifts.ids[first_failing])
    head = {
        "scorecard": named(scorecard),
        "run": str(run.public_id),
        "run_number": run.number,
        "as_of": run.as_of,
    }
    told: list[tuple[EventType, dict[str, Any]]] = [
        (EventType.SCORECARD_RECOMPUTED, {"candidates": run.candidates, "ranked": run.ranked})
    ]
    if moved.size:
        moves = [
            {
                **candidates[int(shifts.ids[row])],
                "rank_before": int(shifts.rank_before[row]) or None,
                "rank_now": int(shifts.rank_now[row]) or None,
            }
            for row in first_moved
        ]
        leads = bool((_first(shifts.rank_before[moved]) | _first(shifts.rank_now[moved])).any())
        told.append(
            (
                EventType.SCORECARD_RANK_CHANGED,
                {"count": int(moved.size), "leader_changed": leads, "moves": moves},
            )
        )
    if failing.size:
        failures = [
            {**candidates[key], "gates": gates.get(key, [])} for key in shifts.ids[first_failing].tolist()
        ]
        told.append((EventType.GATE_FAILED, {"count": int(failing.size), "failures": failures}))
    emit_all(
        organization_id=scorecard.organization_id,
        happenings=[
            Happening(type_, scorecard.public_id, "scorecard", {**head, **_alone(data), **data})
            for type_, data in told
        ],
        now=now,
    )


def _best(shifts: Shifts, rows: Int64Array) -> Int64Array:
    """The better of both ranks of these rows, those without any last."""
    both = np.stack([shifts.rank_before[rows], shifts.rank_now[rows]]).astype(np.int64)
    best: Int64Array = np.where(both > 0, both, np.iinfo(np.int64).max).min(axis=0)
    return best


def _first(ranks: Any) -> Any:
    return ranks == 1


def _alone(data: Mapping[str, Any]) -> dict[str, Any]:
    """Where one candidate alone is concerned, the event names its vendor (and the must-have) at the top."""
    rows = data.get("moves") or data.get("failures") or []
    if len(rows) != 1:
        return {}
    gates = rows[0].get("gates") or []
    gate = {"gate": {"id": gates[0]["code"], "name": gates[0]["label"]}} if len(gates) == 1 else {}
    return {"vendor": rows[0]["vendor"], **gate}


def _candidates(scorecard: Scorecard, ids: Int64Array) -> dict[int, dict[str, Any]]:
    """How events name candidates: two reads of just the names, which the planner cannot join badly."""
    if not ids.size:
        return {}
    organization = scorecard.organization
    vendors = Vendor.objects.for_organization(organization).only("public_id", "name")
    rows = Candidate.objects.for_organization(organization).filter(pk__in=set(ids.tolist()))
    rows = rows.only("public_id", "label", "vendor_id").prefetch_related(Prefetch("vendor", vendors))
    return {row.pk: {"candidate": named(row), "vendor": named(row.vendor)} for row in rows}


def _failed(scorecard: Scorecard, ids: Int64Array) -> dict[int, list[dict[str, str]]]:
    """The must-haves that candidates fail, by candidate: code and name, never the reason."""
    if not ids.size:
        return {}
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=ids.tolist()
    )
    return {
        candidate: [
            {"code": gate["gate"], "label": gate["label"]} for gate in gates if gate["outcome"] == "fail"
        ]
        for candidate, gates in rows.values_list("candidate_id", "gates")
    }
