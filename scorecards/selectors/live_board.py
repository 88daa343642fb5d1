"""What a browser needs to add a ranking up anew while a weight is moved: the published cells, in ppm.

Only for readers who may read offers: an exact value of a cost criterion would give a price away. The others, and
scorecards with more candidates than a browser should hold, ask for a what-if when the weight is let go.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.db.models import Max

from cdmo_eval.core.policies import Actor
from scorecards.engine.aggregate import Stage
from scorecards.engine.cells import NUMBERS, MissingPolicy
from scorecards.engine.weights import leaf_weights
from scorecards.frameworks import weight_tree
from scorecards.models import Result, Scorecard
from scorecards.scoring_defaults import thresholds_of_run
from scorecards.selectors.board import Board, current_board
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.results import last_run

MOST_LIVE = 500
"""Candidates that a browser adds up by itself."""


def may_move_live(scorecard: Scorecard, actor: Actor, *, candidates: int) -> bool:
    """Whether this reader's browser adds up by itself, or asks."""
    return Curtain.lifts_for(actor) and candidates <= MOST_LIVE and not scorecard.scores_hidden


def live_version(scorecard: Scorecard) -> str:
    """What the cells, and the names beside them, depend on: two statements."""
    run = last_run(scorecard)
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    named = rows.aggregate(
        vendor=Max("candidate__vendor__updated_at"), candidate=Max("candidate__updated_at")
    )
    times = [value.isoformat() if value else "" for value in named.values()]
    return "-".join([str(run.public_id) if run else "", str(scorecard.version), *times])


def live_board(scorecard: Scorecard) -> dict[str, Any]:
    """Cells, weights and names of everybody on the published calculation. Raises Conflict before the first."""
    board = current_board(scorecard)
    criteria = board.run.criteria
    points = {code: Fraction(text) for code, text in criteria["points"].items()}
    shares = leaf_weights(
        weight_tree(board.framework, points), not_applicable=list(board.not_applicable)
    ).local
    columns = [at for at, code in enumerate(board.codes) if shares[code]]
    thresholds = thresholds_of_run(criteria, Stage(board.run.stage))
    names = {group.code: group.name for group in board.framework.groups}
    groups = [group["code"] for group in criteria["groups"]]
    return {
        "run": str(board.run.public_id), "number": board.run.number, "policy": str(board.run.policy),
        "thresholds": {"coverage": thresholds.coverage, "verified": thresholds.verified},
        "groups": [
            {"code": code, "name": names.get(code, code), "slot": scorecard.slots.get(code, at), "points": str(points[code])}
            for at, code in enumerate(groups, start=1)
        ],
        "leaves": [
            {"code": board.codes[at], "group": board.groups[at], "share": str(shares[board.codes[at]])} for at in columns
        ],
        "locked": _locked(scorecard, groups),
        "candidates": _candidates(board, columns),
    }  # fmt: skip


def _locked(scorecard: Scorecard, groups: Sequence[str]) -> dict[str, str]:
    """The groups whose share stays when weights are saved, in percent of all, exact."""
    present = {code: Fraction(scorecard.weights[code]) for code in groups}
    whole = sum(present.values(), Fraction(0))
    return {code: str(present[code] * 100 / whole) for code in groups if code in scorecard.weight_locks}


def _candidates(board: Board, columns: Sequence[int]) -> list[dict[str, Any]]:
    """One entry per candidate in the published order; `order` breaks what is left of a tie: name, label, id."""
    by_name = sorted(board.standings, key=lambda one: ((one.vendor, one.label), one.public_id))
    order = {standing.public_id: at for at, standing in enumerate(by_name)}
    told = (*NUMBERS, "weighed") if board.policy is MissingPolicy.KNOWN_ONLY else NUMBERS
    tables = {name: getattr(board.cells, name)[:, columns].tolist() for name in told}
    zero, gated = board.cells.counts_zero[:, columns].astype(int).tolist(), board.gated.tolist()
    ranks = board.ranking(board.scores()).rank.tolist()
    return [
        {
            "id": standing.public_id, "name": standing.name, "rank": ranks[row], "gated": gated[row],
            "order": order[standing.public_id], "zero": zero[row], **{name: table[row] for name, table in tables.items()},
        }
        for row, standing in enumerate(board.standings)
    ]  # fmt: skip
