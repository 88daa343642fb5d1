"""Whose weights: two people's own weight sets beside the agreed ones, and a lock set before anybody saw a score."""

from typing import Any

from cdmo_eval.core.roles import Role
from scorecards.demo.dealings import Desk
from scorecards.models import Scorecard
from scorecards.services.preregistration import hide_scores, lock_weights
from scorecards.services.weight_sets import create_weight_set, set_in_force, update_weight_set

WEIGHED = "MT-204 launch shortlist"
AGREED = "Agreed weights"
KEPT = ("REG",)
# Quality compares five groups in pairs (with one judgement that does not fit), the evaluator puts them in an order.
QUALITY: dict[str, Any] = {
    "method": "pairwise",
    "judgements": [
        ["MOD", "SCL", "1/2"], ["MOD", "REG", "1/5"], ["MOD", "QUA", "1/4"], ["MOD", "COM", "4"], ["SCL", "REG", "1/3"],
        ["SCL", "QUA", "1/3"], ["SCL", "COM", "5"], ["REG", "QUA", "1"], ["REG", "COM", "7"], ["QUA", "COM", "2"],
    ],
}  # fmt: skip
SUPPLY: dict[str, Any] = {
    "method": "order",
    "order": [["SCL"], ["MOD", "COM"], ["FLX"], ["SVC"], ["REG", "QUA"], ["GEO"]],
}
SETS = ((Role.QUALITY, "Quality", QUALITY), (Role.EVALUATOR, "Supply and technology", SUPPLY))


def write_weights(desk: Desk) -> None:
    """The sets, a locked weight, and the lock; before the first calculation, so that the lock proves something."""
    rows = Scorecard.objects.for_organization(desk.organization).select_related("organization", "framework")
    scorecard = rows.get(name=WEIGHED)
    agreed = set_in_force(scorecard, name=AGREED, by=desk.manager, now=desk.now)
    update_weight_set(
        weight_set=agreed, expected_version=None, by=desk.manager, now=desk.now, locked_weights=KEPT
    )
    for role, name, entered in SETS:
        by = desk.actors[role]
        row = create_weight_set(scorecard=scorecard, name=name, by=by, now=desk.now)
        update_weight_set(
            weight_set=row,
            expected_version=None,
            by=by,
            now=desk.now,
            inputs={"": entered},
            locked_weights=(),
        )
    hide_scores(scorecard=scorecard, expected_version=None, by=desk.manager, now=desk.now)
    lock_weights(scorecard=scorecard, expected_version=None, by=desk.manager, now=desk.now)
