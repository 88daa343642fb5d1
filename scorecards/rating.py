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
import psycopg
from django.db import connection

from scorecards import loading
from scorecards.engine.cells import Cells, CellState
from scorecards.engine.digest import candidate_digest
from scorecards.fit import Cell
from scorecards.fit.gates import GateResult, evaluate
from scorecards.fit.inputs import SupplyLine
from scorecards.frame import Frame
from scorecards.models import GateWaiver
from scorecards.publishing import Listed
from vendors.vocabulary import GateOutcome

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
    """The cells of all candidates of a scorecard, as parallel sequences."""

    listed: Listed
    packed: Sequence[bytes]
    next_change: date | None


def stale_candidates(frame: Frame, *, dirty: set[int], everything: bool) -> list[int]:
    """Which candidates must be rated anew, by id; cells of candidates that left are deleted."""
    standing = set(frame.members)
    key: dict[str, Any] = {
        "org": frame.scorecard.organization_id,
        "scorecard": frame.scorecard.pk,
        "key": frame.rating_key,
        "as_of": frame.as_of,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(array_agg(candidate_id), '{}'),
                      coalesce(array_agg(candidate_id) FILTER (WHERE rating_key <> %(key)s OR rated_as_of > %(as_of)s OR next_change <= %(as_of)s), '{}')
               FROM scorecards_resultcells WHERE organization_id = %(org)s AND scorecard_id = %(scorecard)s""",
            key,
        )
        kept, stale = (set(ids) for ids in cursor.fetchone())
        if gone := kept - standing:
            cursor.execute(
                "DELETE FROM scorecards_resultcells WHERE organization_id = %(org)s AND scorecard_id = %(scorecard)s AND candidate_id = ANY (%(gone)s)",
                key | {"gone": list(gone)},
            )
    return sorted(standing if everything else (standing - kept) | (standing & (stale | dirty)))


def rate_and_keep(frame: Frame, ids: Sequence[int], *, step: Callable[[str], None]) -> int:
    """Rate these candidates and store their cells; returns how many."""
    waivers = waivers_of(frame)
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


def rate_candidate(frame: Frame, loaded: loading.Loaded, waivers: dict[str, Waiver]) -> Rated:
    view = frame.rater.view(loaded.facts)
    cells = frame.rater.rate_view(view)
    gates = tuple(
        _judged(frame, result, waivers.get(result.code))
        for result in evaluate(frame.gates, frame.rater, view, cells)
    )
    packed = pack_cells([cells[code] for code in frame.leaves])
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
    detail = {
        "assumed": view.assumed,
        "lines": [_line(line) for line in view.lines],
        "leaves": {code: _detail(cell) for code, cell in cells.items()},
    }
    return Rated(loaded.facts.id, cells, gates, candidate_digest(facts, packed), packed, detail)


def _judged(frame: Frame, result: GateResult, waiver: Waiver | None) -> Judged:
    counts = (
        waiver is not None
        and result.waivable
        and result.outcome is not GateOutcome.PASS
        and waiver.expires_on >= frame.as_of
    )
    return Judged(result, waiver if counts else None)


def pack_cells(cells: Sequence[Cell]) -> bytes:
    """One candidate's cells in leaf order as the engine stores them. Raises CellError for a cell that contradicts itself."""

    def row(values: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array([values], dtype=np.int64)

    states = np.array([[STATE_CODES[cell.state.value] for cell in cells]], dtype=np.uint8)
    table = Cells(
        low=row([c.low for c in cells]), point=row([c.point for c in cells]), high=row([c.high for c in cells]),
        known=row([c.known for c in cells]), verified=row([c.verified for c in cells]), strength=row([c.strength for c in cells]), state=states,
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
        .filter(
            gate__scorecard=frame.scorecard,
            gate__archived_at__isnull=True,
            approved_at__isnull=False,
            revoked_at__isnull=True,
        )
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
            f"CREATE TEMP TABLE rated ON COMMIT DROP AS SELECT {columns} FROM scorecards_resultcells WITH NO DATA"
        )
        with cursor.copy(f"COPY pg_temp.rated ({columns}) FROM STDIN") as copy:
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
            """INSERT INTO scorecards_cellsversion (organization_id, scorecard_id, candidate_id, facts_digest, packed)
               SELECT %s, %s, candidate_id, facts_digest, packed FROM pg_temp.rated
               ON CONFLICT (organization_id, scorecard_id, candidate_id, facts_digest) DO NOTHING""",
            [frame.scorecard.organization_id, frame.scorecard.pk],
        )


def _stored(one: Rated) -> tuple[Any, ...]:
    gates = [
        {
            "gate": g.result.code, "label": g.result.label, "outcome": g.result.outcome.value, "reason": g.result.reason,
            "references": list(g.result.references), "evidence": list(g.result.evidence_ids), "waived_until": str(g.waiver.expires_on) if g.waiver else "",
        }
        for g in one.gates
    ]  # fmt: skip
    passed = sum(g.met for g in one.gates)
    failing = sum(g.failed for g in one.gates)
    days = [cell.next_change for cell in one.cells.values()] + [gate.next_change for gate in one.gates]
    changes = [day for day in days if day]
    return (
        one.candidate_id, one.packed, json.dumps(one.detail, default=str), json.dumps(gates, default=str), passed, failing,
        len(one.gates) - passed - failing, one.digest, min(changes) if changes else None,
    )  # fmt: skip


def raw_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """The psycopg connection under Django's, inside whose transaction the caller already is."""
    raw: psycopg.Connection[tuple[Any, ...]] | None = connection.connection
    if raw is None:
        raise RuntimeError("needs an open transaction")
    return raw


def kept_cells(frame: Frame) -> Kept:
    """All kept cells of the scorecard with what listing and digest need, in one plain read."""
    organization, scorecard = frame.scorecard.organization, frame.scorecard
    # binary: packed cells arrive as they are, not as hexadecimal text, which Django's own cursor cannot ask for
    with psycopg.Cursor(raw_connection()) as cursor:
        cursor.execute(
            """SELECT candidate_id, packed, facts_digest, gates_passed, gates_failed, gates_open, next_change FROM scorecards_resultcells
               WHERE organization_id = %s AND scorecard_id = %s ORDER BY candidate_id""",
            [organization.pk, scorecard.pk],
            binary=True,
        )
        rows = cursor.fetchall()
    counts = np.array([row[3:6] for row in rows], dtype=np.int64).reshape(-1, 3)
    who = [frame.members[row[0]] for row in rows]
    listed = Listed(
        ids=[row[0] for row in rows], public_ids=[member.public_id for member in who], names=[(member.vendor, member.label) for member in who],
        gates_passed=counts[:, 0], gates_failed=counts[:, 1], gates_open=counts[:, 2], facts_digests=[row[2] for row in rows],
    )  # fmt: skip
    return Kept(
        listed,
        [row[1] for row in rows],
        min((row[6] for row in rows if row[6]), default=None),
    )
