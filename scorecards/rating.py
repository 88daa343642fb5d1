"""Rate candidates and keep their cells: what the recompute does before it adds up.

Cells are kept per scorecard and candidate. They are rated anew when the candidate is dirty, when anything outside it
that the rating depended on has changed (`rating_key`), or when age or validity alone may have changed them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q
from numpy.typing import NDArray

from scorecards import binary_rows, loading
from scorecards.engine.cells import Cells, CellState, packed_type
from scorecards.engine.digest import DIGEST_BYTES, candidate_digest
from scorecards.fit import Cell
from scorecards.fit.gates import GateResult, evaluate
from scorecards.fit.inputs import SupplyLine
from scorecards.fit.judging import replace_judged
from scorecards.frame import Frame, Names
from scorecards.models import GateWaiver
from scorecards.publishing import Listed
from vendors.vocabulary import GateOutcome, Policy

CHUNK = 250  # candidates loaded at once: bounds memory, and no pause between statements gets long

STATE_CODES = {
    "known": CellState.KNOWN,
    "unknown": CellState.UNKNOWN,
    "refused": CellState.REFUSED,
    "not_applicable": CellState.NOT_APPLICABLE,
    "overdue": CellState.OVERDUE,
}


@dataclass(frozen=True)
class Kept:
    """The cells of all candidates of a scorecard, as parallel arrays in the order of their public ids."""

    listed: Listed
    packed: NDArray[np.void]
    facts_digests: NDArray[np.void]
    next_change: date | None


def fresh_cells(frame: Frame, *, dirty: set[int], everything: bool) -> tuple[binary_rows.Rows, list[int]]:
    """The kept cells that still count, and the ids of the candidates that must be rated anew.

    Cells of candidates that left are deleted. One read says who is stale and brings the cells of those who are not.
    """
    rows = _read_cells(frame)
    standing = np.isin(rows["candidate_id"], frame.members.ids)
    if not standing.all():
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM scorecards_resultcells WHERE organization_id = %s AND scorecard_id = %s AND candidate_id = ANY (%s)",
                [
                    frame.scorecard.organization_id,
                    frame.scorecard.pk,
                    rows["candidate_id"][~standing].tolist(),
                ],
            )
    if everything:
        return rows[:0], sorted(frame.members.ids.tolist())
    counts = standing & rows["fresh"] & ~np.isin(rows["candidate_id"], sorted(dirty))
    fresh = rows if counts.all() else rows[counts]
    members = frame.members.ids
    return fresh, np.sort(members[~np.isin(members, fresh["candidate_id"])]).tolist()


def rate_and_keep(frame: Frame, ids: Sequence[int], *, step: Callable[[str], None]) -> int:
    """Rate these candidates and store their cells; returns how many."""
    waivers = waivers_of(frame) if ids else {}
    for start in range(0, len(ids), CHUNK):
        organization = frame.scorecard.organization
        chunk = loading.load_candidates(
            organization, frame.scorecard.program, ids[start : start + CHUNK], as_of=frame.as_of
        )
        _keep(frame, [rate_candidate(frame, loaded, waivers.get(loaded.facts.id, {})) for loaded in chunk])
        step("chunk")
    return len(ids)


@dataclass(frozen=True)
class Waiver:
    """A must-have set aside for a candidate up to and including a day."""

    text: str
    expires_on: date


@dataclass(frozen=True)
class Judged:
    """A must-have's outcome and, where one counts on the as-of day, the waiver."""

    result: GateResult
    waiver: Waiver | None

    @property
    def met(self) -> bool:
        """Passed, or waived."""
        return self.result.outcome is GateOutcome.PASS or self.waiver is not None

    @property
    def failed(self) -> bool:
        """Failed and not waived."""
        return self.result.outcome is GateOutcome.FAIL and self.waiver is None

    @property
    def next_change(self) -> date | None:
        """The first day on which age, validity or the end of the waiver may change it."""
        days = [self.result.next_change, self.waiver.expires_on + timedelta(days=1) if self.waiver else None]
        return min((day for day in days if day), default=None)


@dataclass(frozen=True)
class Rated:
    """One candidate's cells and outcomes, ready to be stored."""

    candidate_id: int
    cells: dict[str, Cell]
    gates: tuple[Judged, ...]
    digest: bytes
    packed: bytes
    detail: dict[str, Any]
    facts: dict[str, Any]


def rate_candidate(frame: Frame, loaded: loading.Loaded, waivers: dict[str, Waiver]) -> Rated:
    view = frame.rater.view(loaded.facts)
    judged = frame.judgements.get(loaded.facts.id, {})
    cells = replace_judged(frame.rater, frame.rater.rate_view(view), judged)
    gates = tuple(
        _judged(frame, result, waivers.get(result.code))
        for result in evaluate(frame.gates, frame.rater, view, cells)
    )
    packed = pack_cells([cells[code] for code in frame.leaves], policy=Policy(frame.scorecard.policy))
    facts = {
        "candidate": loaded.public_id,
        "vendor": loaded.vendor_name,
        "label": loaded.label,
        "supply_map": [_line(line) for line in view.lines],
        "assumed": view.assumed,
        "sites": [view.sites[line.site_id].name for line in view.lines if line.site_id in view.sites],
        "gates": [
            [
                g.result.code,
                g.result.label,
                g.result.outcome.value,
                g.result.reason,
                str(g.waiver.expires_on) if g.waiver else "",
            ]
            for g in gates
        ],
        "evidence": {
            code: [list(cells[code].evidence_ids), str(cells[code].grade or "")]
            for code in frame.leaves
            if cells[code].evidence_ids
        },
    }
    if view.proposal is not None:
        facts["proposal"] = [view.proposal.id, view.proposal.version]
    if judged:
        facts["judged"] = {code: [judgement.source, *judgement.ids] for code, judgement in judged.items()}
    detail = {
        "assumed": view.assumed,
        "lines": [_line(line) for line in view.lines],
        "leaves": {code: _detail(cell) for code, cell in cells.items()},
    }
    return Rated(loaded.facts.id, cells, gates, candidate_digest(facts, packed), packed, detail, facts)


def _judged(frame: Frame, result: GateResult, waiver: Waiver | None) -> Judged:
    counts = (
        waiver is not None
        and result.waivable
        and result.outcome is not GateOutcome.PASS
        and waiver.expires_on >= frame.as_of
    )
    return Judged(result, waiver if counts else None)


def pack_cells(cells: Sequence[Cell], *, policy: Policy) -> bytes:
    """One candidate's cells in leaf order as the engine stores them. Raises CellError for a cell that contradicts itself.

    Where only what is known counts, a leaf weighs its known share and what was refused of it beside that: it is known to
    count 0 (the point says so already), and refusing must not make a leaf lighter.
    """

    def row(values: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array([values], dtype=np.int64)

    states = np.array([[STATE_CODES[cell.state.value] for cell in cells]], dtype=np.uint8)
    table = Cells(
        low=row([c.low for c in cells]), point=row([c.point for c in cells]), high=row([c.high for c in cells]),
        known=row([c.known for c in cells]), verified=row([c.verified for c in cells]), strength=row([c.strength for c in cells]), state=states,
        refused=row([c.refused if c.known else 0 for c in cells]) if policy is Policy.KNOWN_ONLY else None,
    )  # fmt: skip
    return table.packed()[0]


def _line(line: SupplyLine) -> list[Any]:
    return [
        line.seq,
        line.operation,
        line.phase,
        line.site_id,
        line.capability_id,
        line.delivery.value,
        line.partner_vendor_id,
        line.role.value,
    ]


def _detail(cell: Cell) -> dict[str, Any]:
    """What people want to know of a cell beside its numbers; blanks are left out."""
    shown: dict[str, Any] = {
        "raw": cell.raw, "unit": cell.unit, "reason": cell.reason, "grade": cell.grade.value if cell.grade else "",
        "freshness": cell.freshness.value if cell.freshness else "", "evidence": list(cell.evidence_ids), "references": list(cell.references),
        "clipped": cell.clipped, "assumed": cell.assumed,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value not in ("", [], None, False)}


def waivers_of(frame: Frame) -> dict[int, dict[str, Waiver]]:
    """Approved waivers by candidate and must-have; the one that lasts longest counts."""
    found: dict[int, dict[str, Waiver]] = {}
    rows = (
        GateWaiver.objects.for_organization(frame.scorecard.organization)
        .filter(gate__scorecard=frame.scorecard, approved_at__isnull=False, revoked_at__isnull=True)
        .filter(Q(gate__archived_at__isnull=True) | Q(gate__code__in=frame.past_gates))
        .order_by("expires_on", "id")
    )
    for candidate, code, text, until in rows.values_list("candidate_id", "gate__code", "text", "expires_on"):
        found.setdefault(candidate, {})[code] = Waiver(text=text, expires_on=until)
    return found


COLUMNS = (
    "candidate_id", "packed", "detail", "gates", "gates_passed", "gates_failed", "gates_open", "facts_digest", "next_change",
)  # fmt: skip


def _keep(frame: Frame, rated: Sequence[Rated]) -> None:
    """Store a chunk of cells: COPY to a temporary table, then one statement."""
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.rated")
        cursor.execute(
            f"CREATE TEMP TABLE rated ON COMMIT DROP AS SELECT {columns}, NULL::jsonb AS facts FROM scorecards_resultcells WITH NO DATA"
        )
        with cursor.copy(f"COPY pg_temp.rated ({columns}, facts) FROM STDIN") as copy:
            for one in rated:
                copy.write_row(_stored(one))
        updates = ", ".join(
            f"{name} = excluded.{name}" for name in (*COLUMNS[1:], "rating_key", "rated_as_of")
        )
        cursor.execute(
            f"""INSERT INTO scorecards_resultcells (organization_id, scorecard_id, rating_key, rated_as_of, {columns})
                SELECT %s, %s, %s, %s, {columns} FROM pg_temp.rated
                ON CONFLICT (organization_id, scorecard_id, candidate_id) DO UPDATE SET {updates}""",
            [frame.scorecard.organization_id, frame.scorecard.pk, frame.rating_key, frame.as_of],
        )
        cursor.execute(
            """INSERT INTO scorecards_cellsversion (organization_id, scorecard_id, candidate_id, facts_digest, packed, facts)
               SELECT %s, %s, candidate_id, facts_digest, packed, facts FROM pg_temp.rated
               ON CONFLICT (organization_id, scorecard_id, candidate_id, facts_digest) DO NOTHING""",
            [frame.scorecard.organization_id, frame.scorecard.pk],
        )


def stored_gates(one: Rated) -> list[dict[str, Any]]:
    """The outcomes of a candidate's must-haves as they are kept."""
    return [
        {
            "gate": g.result.code, "label": g.result.label, "outcome": g.result.outcome.value, "reason": g.result.reason,
            "references": list(g.result.references), "evidence": list(g.result.evidence_ids), "waived_until": str(g.waiver.expires_on) if g.waiver else "",
        }
        for g in one.gates
    ]  # fmt: skip


def _stored(one: Rated) -> tuple[Any, ...]:
    gates = stored_gates(one)
    passed = sum(g.met for g in one.gates)
    failing = sum(g.failed for g in one.gates)
    days = [cell.next_change for cell in one.cells.values()] + [gate.next_change for gate in one.gates]
    changes = [day for day in days if day]
    return (
        one.candidate_id, one.packed, json.dumps(one.detail, default=str), json.dumps(gates, default=str), passed, failing,
        len(one.gates) - passed - failing, one.digest, min(changes) if changes else None, json.dumps(one.facts),
    )  # fmt: skip


def kept_cells(frame: Frame, fresh: binary_rows.Rows, rated: Sequence[int]) -> Kept:
    """The cells of everybody, with what listing and digest need: those read before and those rated since."""
    rows = np.concatenate([fresh, _read_cells(frame, rated)]) if rated else fresh
    members = frame.members
    places = np.argsort(members.rows_of(rows["candidate_id"]))
    in_order = bool((places[1:] > places[:-1]).all())  # as they mostly are: nothing this large need be copied
    order = slice(None) if in_order else places
    passed, failed, still_open = (
        rows[name][order].astype(np.int64) for name in ("gates_passed", "gates_failed", "gates_open")
    )
    digests = rows["facts_digest"][order]
    return Kept(
        Listed(
            ids=members.ids, public_ids=members.public_ids, names=Names(members),
            gates_passed=passed, gates_failed=failed, gates_open=still_open, facts_digests=digests,
        ),
        rows["packed"][order],
        digests,
        binary_rows.earliest_day(rows["next_change"]),
    )  # fmt: skip


def _read_cells(frame: Frame, ids: Sequence[int] | None = None) -> binary_rows.Rows:
    """Kept cells, of some candidates or of all; those that no longer count come blank: they may have another width."""
    cells = packed_type(len(frame.leaves), refused=frame.scorecard.policy == Policy.KNOWN_ONLY)
    layout: binary_rows.Layout = {
        "candidate_id": ">i8", "fresh": "?", "packed": cells, "facts_digest": f"V{DIGEST_BYTES}", "gates_passed": ">i2",
        "gates_failed": ">i2", "gates_open": ">i2", "next_change": ">i4",
    }  # fmt: skip
    key = {
        "org": frame.scorecard.organization_id, "scorecard": frame.scorecard.pk, "key": frame.rating_key, "as_of": frame.as_of, "blank": bytes(cells.itemsize),
        "ids": None if ids is None else list(ids),
    }  # fmt: skip
    return binary_rows.read_rows(
        KEPT if ids is None else f"{KEPT} AND candidate_id = ANY (%(ids)s)", key, layout
    )


KEPT = """
SELECT candidate_id, fresh, CASE WHEN fresh THEN packed ELSE %(blank)s END, facts_digest, gates_passed, gates_failed, gates_open,
       coalesce(next_change, 'infinity')
FROM (SELECT *, rating_key = %(key)s AND rated_as_of <= %(as_of)s AND coalesce(next_change > %(as_of)s, true) AS fresh
      FROM scorecards_resultcells WHERE organization_id = %(org)s AND scorecard_id = %(scorecard)s) cells
WHERE true"""
