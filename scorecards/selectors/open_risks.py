"""What is still open about the candidates of a decision: must-haves, caps, contradictions, stale and unknown answers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from scorecards.engine.cells import Cells, CellState
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB
from scorecards.models import Candidate, ResultCells, Run, Scorecard
from scorecards.selectors.commercial import hidden_must_haves
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.dashboard import open_contradictions
from scorecards.snapshots.decision import Risk
from vendors.models import SiteStanding
from vendors.vocabulary import Freshness, GateOutcome

KINDS = ("must_have", "cap", "contradiction", "stale", "unknown")
AGED = {Freshness.STALE.value: "stale", Freshness.EXPIRED.value: "expired"}
OPEN = {
    CellState.UNKNOWN: "unknown",
    CellState.REFUSED: "refused",
    CellState.OVERDUE: "not answered in time",
}
MOST_OF_A_KIND = 40
"""Of one kind and candidate; the heaviest criteria come first."""


def open_risks(
    scorecard: Scorecard, run: Run, candidates: Sequence[Candidate], *, as_of: date, commercial: bool
) -> list[Risk]:
    """The open risks of some candidates by the published calculation, in the order of `KINDS`: six statements.

    Without `commercial` nothing is said of what comes from proposals beyond that it is open.
    """
    if not candidates:
        return []
    by_id = {candidate.pk: candidate for candidate in candidates}
    kept = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=by_id
    )
    rows = sorted(kept.defer("facts_digest"), key=lambda row: list(by_id).index(row.candidate_id))
    hidden = hidden_must_haves(scorecard, criteria_of(scorecard.framework), commercial=commercial)
    found = [risk for row in rows for risk in _must_haves(by_id[row.candidate_id], row.gates, hidden)]
    found += _caps(scorecard, by_id, rows)
    found += _contradictions(scorecard, by_id, as_of=as_of, commercial=commercial)
    for kind in ("stale", "unknown"):
        found += [
            risk for row in rows for risk in _leaves(scorecard, run, by_id[row.candidate_id], row, kind)
        ]
    return found


def _risk(kind: str, candidate: Candidate, subject: str, text: str) -> Risk:
    return {
        "kind": kind, "candidate": str(candidate.public_id), "name": str(candidate), "subject": subject, "text": text,
    }  # fmt: skip


def _must_haves(
    candidate: Candidate, gates: Sequence[Mapping[str, Any]], hidden: frozenset[str]
) -> Iterator[Risk]:
    words = {
        GateOutcome.FAIL.value: "failed",
        GateOutcome.UNKNOWN.value: "unknown",
        GateOutcome.CONDITIONAL.value: "conditional",
    }
    for gate in gates:
        if gate["outcome"] == GateOutcome.PASS:
            continue
        said = words.get(gate["outcome"], gate["outcome"])
        reason = "commercial" if gate["gate"] in hidden else gate["reason"]
        waived = f"; waived until {gate['waived_until']}" if gate.get("waived_until") else ""
        yield _risk("must_have", candidate, gate["label"], f"{said}: {reason}{waived}")


def _caps(
    scorecard: Scorecard, by_id: Mapping[int, Candidate], rows: Sequence[ResultCells]
) -> Iterator[Risk]:
    """Sites in the supply maps whose standing with the authorities caps their score."""
    sites = {line[3] for row in rows for line in row.detail.get("lines", ()) if line[3] is not None}
    capped = {
        standing.site_id: standing
        for standing in SiteStanding.objects.for_organization(scorecard.organization)
        .filter(site_id__in=sites, cap__isnull=False)
        .select_related("site")
        .order_by("id")
    }
    for row in rows:
        for site in dict.fromkeys(line[3] for line in row.detail.get("lines", ()) if line[3] in capped):
            standing = capped[site]
            state = str(standing.state).replace("_", " ")
            yield _risk(
                "cap", by_id[row.candidate_id], standing.site.name,
                f"regulatory score capped at {standing.cap} ({state})",
            )  # fmt: skip


def _contradictions(
    scorecard: Scorecard, by_id: Mapping[int, Candidate], *, as_of: date, commercial: bool
) -> Iterator[Risk]:
    vendors = {candidate.vendor_id for candidate in by_id.values()}
    lines = open_contradictions(
        scorecard.organization, as_of=as_of, commercial=commercial, vendors=sorted(vendors)
    )
    for candidate in by_id.values():
        for about in dict.fromkeys(line.about for line in lines if line.vendor.pk == candidate.vendor_id):
            yield _risk("contradiction", candidate, about, "claimed and verified records disagree")


def _leaves(scorecard: Scorecard, run: Run, candidate: Candidate, row: ResultCells, kind: str) -> list[Risk]:
    """Criteria with weight whose records are too old, or that are not answered, the heaviest first."""
    names = {leaf.code: leaf.name for leaf in criteria_of(scorecard.framework).leaves}
    codes = [code for group in run.criteria["groups"] for code in group["leaves"]]
    table = Cells.unpacked([bytes(row.packed)], leaves=len(codes))
    details = row.detail.get("leaves", {})
    found = []
    for column, code in enumerate(codes):
        weight = run.criteria["leaves"][code]["weight_ppb"]
        state = CellState(int(table.state[0, column]))
        age = AGED.get(details.get(code, {}).get("freshness", ""), "")
        said = OPEN.get(state, "") if kind == "unknown" else (age if state not in OPEN else "")
        if weight and said:
            text = f"{said}, weighs {percent_text(weight, PPB)}%"
            found.append((weight, _risk(kind, candidate, f"{code} {names.get(code, code)}", text)))
    found.sort(key=lambda pair: -pair[0])
    return [risk for _, risk in found[:MOST_OF_A_KIND]]
