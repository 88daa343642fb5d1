"""Rules that hold whenever weights are written: locks, the scales they were set on, and the weight set in force."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.engine.elicitation import Method, within_locks
from scorecards.engine.exact import EngineError
from scorecards.frameworks import Framework as CriteriaSet
from scorecards.frameworks.scales import GROUPS, node_of, sibling_sets
from scorecards.models import Scorecard, WeightSet
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.weighting import scales_of
from vendors.services.writing import begin, change, living, locked


def refused(*found: EngineError, where: str = "weights") -> Invalid:
    """Weights that cannot be used, each criterion named at its field."""
    errors = [
        FieldError(f"{where}.{error.name}", "illegal_weight", f"{error.name}: {error.message}.")
        for error in found
    ]
    return Invalid("; ".join(error.message for error in errors), errors=errors)


def checked_locks(criteria: CriteriaSet, codes: Iterable[str]) -> list[str]:
    """Locked criteria in the order of the tree. Raises Invalid naming what is none."""
    wanted, known = set(codes), node_of(criteria)
    if unknown := sorted(wanted - set(known)):
        errors = [
            FieldError("locked", "unknown", f"{code[:40]}: is not a criterion of this criteria set.") for code in unknown
        ]  # fmt: skip
        raise Invalid("; ".join(error.message for error in errors), errors=errors)
    return [code for code in known if code in wanted]


def under_locks(
    criteria: CriteriaSet, before: Mapping[str, str], after: Mapping[str, str], locks: Collection[str]
) -> dict[str, str]:
    """The points after a change, with what is locked keeping its share of its siblings.

    Raises WeightError naming a locked criterion that was changed itself.
    """
    kept = dict(after)
    for codes in sibling_sets(criteria).values():
        if not set(codes) & set(locks) or all(after[code] == before[code] for code in codes):
            continue
        old = {code: Fraction(before[code]) for code in codes}
        shares = within_locks(old, {code: Fraction(after[code]) for code in codes}, locks)
        kept |= {code: str(share) for code, share in shares.items()}
    return kept


def scales_after(scorecard: Scorecard, present: Mapping[str, str], set_now: Iterable[str]) -> dict[str, str]:
    """The scales on which each weight was set, once some were set on today's."""
    today = scales_of(scorecard)
    return {**present, **{code: today[code] for code in set_now if code in today}}


def follow(scorecard: Scorecard, *, touched: Iterable[str], now: datetime) -> None:
    """The weight set in force has the scorecard's points; what was entered directly no longer has a method's inputs."""
    rows = WeightSet.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, in_force=True
    )
    row = rows.select_for_update(no_key=True).first()
    if row is None:
        return
    node = node_of(criteria_of(scorecard.framework))
    typed = {node[code] for code in touched}
    inputs = {name: kept for name, kept in row.inputs.items() if name not in typed}
    change(
        row,
        {
            "points": scorecard.weights, "scales": scorecard.weight_scales, "locks": scorecard.weight_locks, "inputs": inputs,
            "method": method_of(inputs),
        },
        now=now,
    )  # fmt: skip


def method_of(inputs: Mapping[str, Mapping[str, Any]]) -> str:
    """The method by which the groups were weighed."""
    return str(inputs.get(GROUPS, {}).get("method", Method.POINTS.value))


@transaction.atomic
def confirm_weights(
    *, scorecard: Scorecard, codes: Sequence[str], expected_version: int | None, by: Actor, now: datetime
) -> Scorecard:
    """Say that weights still stand although the scales they were set on have changed; none named: all of them."""
    begin(scorecard.organization, by, Permission.EDIT_SCORECARDS)
    current = locked(scorecard, expected_version)
    living(current)
    criteria = criteria_of(current.framework)
    wanted = checked_locks(criteria, codes) if codes else list(node_of(criteria))
    scales = scales_after(current, current.weight_scales, wanted)
    if change(current, {"weight_scales": scales}, now=now):
        follow(current, touched=(), now=now)
    return current
