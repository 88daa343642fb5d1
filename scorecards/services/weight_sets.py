"""Named weights of the people who have a say: begin, set by a method, rename, archive, put in force."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, PermissionDenied
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.engine.elicitation import Elicited, Method, elicit
from scorecards.engine.weights import WeightError
from scorecards.frameworks.scales import node_of, scale_digests, sibling_sets
from scorecards.models import Scorecard, WeightSet
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.weighting import aligned, scales_of
from scorecards.services.scorecards import as_text, find_archetype, merged_points, within_its_locks
from scorecards.services.weighting import checked_locks, method_of, refused
from scorecards.triggers import lock_organization
from vendors.services.writing import begin, change, insert, living, locked

CURRENT, EQUAL = "current", "equal"
EQUAL_GROUPS = "G"
DECIMALS = 12
MOST_SETS = 50


@transaction.atomic
def create_weight_set(
    *,
    scorecard: Scorecard,
    name: str,
    by: Actor,
    now: datetime,
    start: str = CURRENT,
) -> WeightSet:
    """Begin a weight set from the scorecard's present weights ("current"), equal groups ("equal") or an archetype's code.

    It belongs to who makes it. Raises Invalid for an unknown start or a name that
    is taken, and Conflict for more than fifty sets on one scorecard.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.RATE)
    living(scorecard)
    standing = WeightSet.objects.for_organization(organization).active().filter(scorecard=scorecard)
    if standing.count() >= MOST_SETS:
        raise Conflict(
            f"A scorecard has at most {MOST_SETS} weight sets. Archive one first.", code="too_many"
        )
    criteria = criteria_of(scorecard.framework)
    fields: dict[str, Any]
    if start == CURRENT:
        fields = {
            "points": scorecard.weights,
            "scales": scorecard.weight_scales,
            "locks": scorecard.weight_locks,
        }
    else:
        template = find_archetype(EQUAL_GROUPS if start == EQUAL else start)
        points = {code: as_text(number) for code, number in template.points(criteria).items()}
        fields = {"points": points, "scales": scale_digests(criteria)}
    row = WeightSet(
        organization=organization, scorecard=scorecard, name=name.strip(), owner=by.user, updated_at=now, **fields
    )  # fmt: skip
    return insert(row)


@transaction.atomic
def update_weight_set(
    *, weight_set: WeightSet, expected_version: int | None, by: Actor, now: datetime, name: str | None = None,
    points: Mapping[str, Any] | None = None, inputs: Mapping[str, Mapping[str, Any]] | None = None,
    locked_weights: Iterable[str] | None = None, confirmed: Iterable[str] | None = None,
) -> WeightSet:  # fmt: skip
    """Change a weight set; when it is in force, the scorecard's weights change with it.

    `points` sets single criteria directly; `inputs` sets the siblings below a group ("" for the groups themselves) by a
    method and keeps what was entered; `locked_weights` are those whose share stays; `confirmed` are criteria whose weight
    still stands although their scale has changed. Raises Invalid naming the criterion at fault.
    """
    lock_organization(weight_set.organization_id)
    current, scorecard = _begun(weight_set, expected_version, by)
    criteria = criteria_of(scorecard.framework)
    kept, weighed = dict(current.inputs), set(points or ())
    changes: dict[str, Any] = {}
    before = aligned(criteria, current.points)
    after = dict(before)
    for node, given in (inputs or {}).items():
        found = elicited(scorecard, node, given)
        shares = {code: in_percent(share) for code, share in found.shares.items()}
        after |= {code: str(share) for code, share in shares.items()}
        weighed |= set(shares)
        if found.inputs["method"] == Method.POINTS:
            kept.pop(node, None)
        else:
            kept[node] = dict(found.inputs)
    if points:
        node_above = node_of(criteria)
        kept = {
            node: given for node, given in kept.items() if node not in {node_above.get(code) for code in points}
        }  # fmt: skip
    if locked_weights is not None:
        changes["locks"] = checked_locks(criteria, locked_weights)
    if weighed:
        merged = merged_points(criteria, after, points or {})
        locks = changes.get("locks", current.locks)
        changes |= {
            "points": within_its_locks(criteria, before, merged, locks), "inputs": kept, "method": method_of(kept),
        }  # fmt: skip
    stands = weighed | set(checked_locks(criteria, confirmed or ()))
    if stands:
        today = scales_of(scorecard)
        changes["scales"] = current.scales | {code: today[code] for code in stands}
    if name is not None:
        changes["name"] = name.strip()
    if change(current, changes, now=now) and current.in_force:
        _apply(current, scorecard, now)
    return current


@transaction.atomic
def archive_weight_set(
    *, weight_set: WeightSet, expected_version: int | None, by: Actor, now: datetime
) -> WeightSet:
    """Put a weight set away. Raises Conflict for the one in force."""
    current, _ = _begun(weight_set, expected_version, by)
    if current.in_force:
        raise Conflict(
            "The weight set in force cannot be archived. Put another one in force first.", code="in_force"
        )
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def put_in_force(
    *, weight_set: WeightSet, expected_version: int | None, by: Actor, now: datetime
) -> WeightSet:
    """Calculate the scorecard by these weights and locks from now on. Only who may edit scorecards."""
    organization = weight_set.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    lock_organization(organization.pk)
    current, scorecard = _begun(weight_set, expected_version, by)
    others = WeightSet.objects.for_organization(organization).filter(scorecard=scorecard, in_force=True)
    for other in others.exclude(pk=current.pk).select_for_update(no_key=True):
        change(other, {"in_force": False}, now=now)
    points = aligned(criteria_of(scorecard.framework), current.points)
    change(current, {"in_force": True, "points": points}, now=now)
    _apply(current, scorecard, now)
    return current


def set_in_force(scorecard: Scorecard, *, name: str, by: Actor, now: datetime) -> WeightSet:
    """The weight set in force; without one, a new one of this name from the present weights."""
    begin(scorecard.organization, by, Permission.EDIT_SCORECARDS)
    rows = WeightSet.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    row: WeightSet | None = (
        rows.filter(in_force=True).select_related("scorecard__framework", "organization").first()
    )
    if row is not None:
        return row
    with transaction.atomic():
        taken = set(rows.active().values_list("name", flat=True))
        free = next(
            each for n in range(1, MOST_SETS + 2) if (each := name if n == 1 else f"{name} {n}") not in taken
        )
        row = create_weight_set(scorecard=scorecard, name=free, by=by, now=now)
        return put_in_force(weight_set=row, expected_version=None, by=by, now=now)


def elicited(scorecard: Scorecard, node: str, inputs: Mapping[str, Any]) -> Elicited:
    """What a method makes of its inputs for the siblings below a group ("" for the groups).

    Raises Invalid naming the group, criterion or pair at fault.
    """
    sets = sibling_sets(criteria_of(scorecard.framework))
    if node not in sets:
        message = f"{node[:40]}: is not a group of this criteria set."
        raise Invalid(message, errors=[FieldError("inputs", "unknown", message)])
    try:
        return elicit(sets[node], inputs)
    except WeightError as error:
        raise refused(error, where="inputs") from error


def in_percent(share: Fraction) -> Fraction:
    """A share in percent, exact where twelve decimals or a short fraction say it exactly."""
    percent = share * 100
    if percent.denominator <= 10**6:
        return percent
    return Fraction(round(percent * 10**DECIMALS), 10**DECIMALS)


def may_edit(by: Actor, row: WeightSet) -> bool:
    """Its owner while it is not in force, and whoever edits scorecards."""
    if allows(by, Permission.EDIT_SCORECARDS):
        return True
    owns = by.user is not None and row.owner_id == by.user.pk
    return owns and not row.in_force and allows(by, Permission.RATE)


def _begun(row: WeightSet, expected_version: int | None, by: Actor) -> tuple[WeightSet, Scorecard]:
    begin(row.organization, by, Permission.RATE)
    scorecards = Scorecard.objects.for_organization(row.organization).select_related(
        "framework", "organization"
    )
    scorecard = scorecards.get(pk=row.scorecard_id)
    check_may_edit(by, row)
    current = locked(row, expected_version)
    check_may_edit(by, current)  # it may have been put in force meanwhile
    living(current, scorecard)
    return current, scorecard


def check_may_edit(by: Actor, row: WeightSet) -> None:
    """Raise PermissionDenied unless `may_edit`."""
    if not may_edit(by, row):
        message = "Only its owner or a manager changes a weight set, and only a manager the one in force."
        raise PermissionDenied(message)


def _apply(row: WeightSet, scorecard: Scorecard, now: datetime) -> None:
    """The scorecard has the weights and locks of the set in force."""
    current = locked(scorecard, None)
    values = {"weights": row.points, "weight_scales": row.scales, "weight_locks": row.locks}
    change(current, values, now=now)
