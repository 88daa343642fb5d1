"""What must-haves not asked for yet would do: judged in memory, nothing is stored."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from scorecards.consistency import Recalculation
from scorecards.fit.gates.model import GateSpec
from scorecards.frame import frame_of
from scorecards.frameworks import load_gates
from scorecards.models import Scorecard
from scorecards.selectors.building import NAMED, Outcomes
from scorecards.selectors.visibility import check_visible

MOST_JUDGED = 60
"""Candidates whom must-haves not asked for yet are judged on while somebody waits."""


def every_outcome(scorecard: Scorecard, *, today: date) -> Mapping[str, Outcomes] | None:
    """What every named must-have would do, also those not asked for: judged anew in memory. None when there are too many vendors.

    Raises Conflict while scores are hidden. `alone` counts against the must-haves that are asked for now.
    """
    check_visible(scorecard)
    frame = frame_of(scorecard, as_of=scorecard.as_of or today)
    if len(frame.members) > MOST_JUDGED:
        return None
    asked = frozenset(gate.code for gate in frame.gates)
    others = tuple(
        GateSpec(gate.code, gate.label, waivable=gate.waivable)
        for gate in load_gates()
        if gate.code not in asked
    )
    again = Recalculation(replace(frame, gates=(*frame.gates, *others)))
    found: dict[str, Outcomes] = {}
    for spec in (*frame.gates, *others):
        met, failing, alone = 0, [], 0
        for one in again.rated:
            judged = next(gate for gate in one.gates if gate.result.code == spec.code)
            met += bool(judged.met)
            if judged.failed:
                failing.append(again.name(one.candidate_id))
                alone += not any(gate.failed for gate in one.gates if gate.result.code in asked - {spec.code})
        failing.sort()
        unknown = len(again.rated) - met - len(failing)
        found[spec.code] = Outcomes(met, len(failing), unknown, alone, tuple(failing[:NAMED]))
    return found
