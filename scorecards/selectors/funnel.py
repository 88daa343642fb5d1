"""From the longlist to the choice: how many are left after each step, and who went out at it, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from scorecards.engine.aggregate import Stage
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.models import Candidate, Result, ResultCells, Run, Shortlist, ShortlistItem
from scorecards.scoring_defaults import thresholds_of_run
from scorecards.selectors.commercial import hidden_must_haves
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.shortlists import item_rows
from scorecards.snapshots.decision import Excluded, Named, Step, VendorName
from vendors.vocabulary import GateOutcome

TITLES = {
    "longlist": "On the scorecard",
    "must_haves": "No must-have failed",
    "evidence": "Enough evidence for the stage",
    "shortlist": "On the shortlist",
    "kept": "Kept",
    "chosen": "Chosen",
}


def vendor_name(candidate: Candidate) -> VendorName:
    """The vendor of a candidate, as it is called now."""
    return {"id": str(candidate.vendor.public_id), "name": candidate.vendor.name}


def named(candidate: Candidate) -> Named:
    """A candidate, as it is called now."""
    return {
        "candidate": str(candidate.public_id),
        "vendor": vendor_name(candidate),
        "name": str(candidate),
    }


def funnel_of(
    shortlist: Shortlist, run: Run | None, items: Sequence[ShortlistItem] | None = None, *, commercial: bool
) -> list[Step]:
    """The steps of a shortlist by the published calculation; five statements, however many candidates.

    Who is on the shortlist goes out by its decision only: people may keep in view what the scorecard rules out. Without
    `commercial` nothing is said of what comes from proposals.
    """
    scorecard, organization = shortlist.scorecard, shortlist.organization
    listed = list(item_rows(shortlist)) if items is None else list(items)
    on_list = {item.candidate_id for item in listed}
    standing = Candidate.objects.for_organization(organization).standing()
    everybody = list(
        standing.filter(program_id=scorecard.program_id)
        .select_related("vendor")
        .order_by("vendor__name", "label", "id")
    )
    judged = set(
        Candidate.objects.for_organization(organization).on_scorecard(scorecard).values_list("pk", flat=True)
    )
    results: dict[int, Result] = {}
    if run is not None:
        rows = Result.objects.for_organization(organization).filter(scorecard=scorecard)
        results = {row.candidate_id: row for row in rows.order_by("position", "id")}
    out: dict[str, list[tuple[int, Excluded]]] = {step: [] for step in TITLES}
    gates = _gates(
        shortlist,
        [pk for pk, row in results.items() if row.state == Result.State.GATED],
        commercial=commercial,
    )
    limits = _limits(run)
    for candidate in everybody:
        if candidate.pk in on_list:
            continue
        step, reason = _why_out(candidate, results.get(candidate.pk), judged, gates, limits)
        place = results[candidate.pk].position if candidate.pk in results else 10**9
        out[step].append((place, _excluded(candidate, reason)))
    chosen = {shortlist.primary_id, shortlist.backup_id}
    for item in listed:
        if item.decision != ShortlistItem.Decision.KEEP:
            word = "Dropped" if item.decision == ShortlistItem.Decision.DROP else "On hold"
            reason = f"{word}: {item.reason}" if item.reason else f"{word}."
            out["kept"].append((item.position, _excluded(item.candidate, reason)))
        elif item.candidate_id not in chosen:
            reason = f"Kept, not chosen: {item.reason}" if item.reason else "Kept, not chosen."
            out["chosen"].append((item.position, _excluded(item.candidate, reason)))
    total = len({candidate.pk for candidate in everybody} | on_list)
    steps: list[Step] = []
    for step, title in TITLES.items():
        excluded = [row for _, row in sorted(out[step], key=lambda pair: (pair[0], pair[1]["name"]))]
        total -= len(excluded)
        steps.append({"step": step, "title": title, "count": total, "excluded": excluded})
    return steps


def _why_out(
    candidate: Candidate, result: Result | None, judged: set[int], gates: Mapping[int, str], limits: str
) -> tuple[str, str]:
    if candidate.pk not in judged:
        return "longlist", "Not among the vendors chosen for this scorecard."
    if result is None:
        return "evidence", "Not calculated yet."
    if result.state == Result.State.GATED:
        return "must_haves", gates.get(candidate.pk, "Fails a must-have.")
    if result.state == Result.State.INSUFFICIENT:
        return (
            "evidence",
            f"Answered {percent_text(result.coverage)}%, verified {percent_text(result.verified_coverage)}%{limits}.",
        )
    tied = "=" if result.rank_tied else ""
    return "shortlist", f"Not chosen for the shortlist; ranked {tied}{result.rank}."


def _gates(shortlist: Shortlist, candidates: Sequence[int], *, commercial: bool) -> dict[int, str]:
    """What each candidate without a rank failed, or at award left open."""
    scorecard = shortlist.scorecard
    hidden = hidden_must_haves(scorecard, criteria_of(scorecard.framework), commercial=commercial)
    rows = ResultCells.objects.for_organization(shortlist.organization).filter(
        scorecard_id=shortlist.scorecard_id, candidate_id__in=candidates
    )
    return {pk: gate_words(gates, hidden) for pk, gates in rows.values_list("candidate_id", "gates")}


def gate_words(gates: Sequence[Mapping[str, Any]], hidden: frozenset[str]) -> str:
    """The must-haves that are not met, in a sentence: those that failed, else those that are open."""
    unmet = [gate for gate in gates if gate["outcome"] != GateOutcome.PASS and not gate.get("waived_until")]
    failed = [gate for gate in unmet if gate["outcome"] == GateOutcome.FAIL] or unmet
    return (
        " ".join(
            f"{gate['label']}: {gate['outcome']}, {'commercial' if gate['gate'] in hidden else gate['reason']}"
            for gate in failed
        )
        or "Fails a must-have."
    )


def _limits(run: Run | None) -> str:
    if run is None:
        return ""
    limits = thresholds_of_run(run.criteria, Stage(run.stage))
    asked = [f"{percent_text(limits.coverage, PPM, decimals=0)}% answered"] if limits.coverage else []
    asked += [f"{percent_text(limits.verified, PPM, decimals=0)}% verified"] if limits.verified else []
    return f"; the stage asks for {' and '.join(asked)}" if asked else ""


def _excluded(candidate: Candidate, reason: str) -> Excluded:
    return {
        "candidate": str(candidate.public_id), "vendor": vendor_name(candidate), "name": str(candidate), "reason": reason,
    }  # fmt: skip
