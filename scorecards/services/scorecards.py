"""Write scorecards: weights, must-haves, policy, stage, candidates."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards import claims
from scorecards.engine.elicitation import rescaled
from scorecards.engine.exact import EngineError
from scorecards.engine.weights import WeightError, leaf_weights
from scorecards.frameworks import (
    Archetype,
    FrameworkError,
    default_gates,
    load_archetypes,
    load_gates,
    weight_tree,
)
from scorecards.frameworks import Framework as CriteriaSet
from scorecards.frameworks.scales import node_of, scale_digests, sibling_sets
from scorecards.models import Candidate, Framework, Program, Scorecard, ScorecardChoice, ScorecardGate
from scorecards.scoring_defaults import scoring_defaults
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.external_ids import external_ids_of
from scorecards.selectors.visibility import check_visible
from scorecards.services.must_haves import rule_errors
from scorecards.services.weighting import checked_locks, follow, refused, scales_after, under_locks
from scorecards.triggers import lock_organization
from vendors.services.external_ids import set_external_ids
from vendors.services.writing import (
    begin,
    change,
    constraints_in_words,
    insert,
    known_fields,
    living,
    locked,
    own,
)

FIELDS = ("name", "policy", "stage", "as_of")
BLANK_START = "G"
OWN_CODE = re.compile(r"X_[A-Z0-9_]{1,30}", re.ASCII)
POINTS = re.compile(r"-?\d{1,12}(\.\d{1,12})?(/\d{1,12}|[eE]-\d{1,2})?", re.ASCII)


@transaction.atomic
def create_scorecard(
    *, program: Program, framework: Framework, name: str, by: Actor, now: datetime, archetype: str = "",
    weights: Mapping[str, Any] | None = None, gates: Sequence[Mapping[str, Any]] | None = None, policy: str = "", stage: str = "screen",
    as_of: date | None = None, candidates: Iterable[Candidate] | None = None, external_ids: Iterable[Mapping[str, str]] | None = None,
    hide_until_locked: bool = False,
) -> Scorecard:  # fmt: skip
    """Begin a scorecard: an early screen over every vendor, unless told otherwise.

    Weights come from the archetype (blank: the programme's, else equal groups), overridden by `weights` (points by
    criterion code). A blank policy is that of the organisation. Must-haves are copied from the defaults, the archetype and the programme unless `gates` is given.
    With `hide_until_locked` nothing is calculated or shown until somebody locks the weights.
    Raises Invalid naming the criterion of an illegal weight.
    """
    organization = program.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    own(organization, framework)
    living(program, framework)
    if framework.state != Framework.State.PUBLISHED:
        message = "This criteria set is not published yet."
        raise Invalid(message, errors=[FieldError("framework", "not_published", message)])
    lock_organization(organization.pk)
    criteria = criteria_of(framework)
    template = find_archetype(archetype or program.archetype or BLANK_START)
    chosen = list(candidates) if candidates is not None else None
    scorecard = insert(
        Scorecard(
            organization=organization, program=program, framework=framework, name=name, archetype=template.code,
            weights=merged_points(criteria, {c: as_text(p) for c, p in template.points(criteria).items()}, weights or {}),
            slots={group.code: slot for slot, group in enumerate(criteria.groups, start=1)}, policy=policy or scoring_defaults(organization.settings).policy, stage=stage, as_of=as_of,
            weight_scales=scale_digests(criteria), hide_until_locked=hide_until_locked,
            selection=Scorecard.Selection.ALL if chosen is None else Scorecard.Selection.CHOSEN, updated_at=now,
        )
    )  # fmt: skip
    if chosen is not None:
        _choose(scorecard, chosen)
    for position, gate in enumerate(gates if gates is not None else _first_gates(template, program, stage)):
        add_gate(scorecard=scorecard, by=by, now=now, position=position, **gate)
    if external_ids is not None:
        set_external_ids(organization=organization, by=by, ids=external_ids, scorecard_id=scorecard.pk)
    return scorecard


@transaction.atomic
def update_scorecard(
    *, scorecard: Scorecard, expected_version: int | None, by: Actor, now: datetime, weights: Mapping[str, Any] | None = None,
    gates: Sequence[Mapping[str, Any]] | None = None, archetype: str | None = None, candidates: Iterable[Candidate] | str | None = None,
    external_ids: Iterable[Mapping[str, str]] | None = None, locked_weights: Iterable[str] | None = None, **fields: Any,
) -> Scorecard:  # fmt: skip
    """Change a scorecard; PreconditionFailed when somebody else did since.

    `archetype` lays its weights down anew, `weights` changes single points, `locked_weights` names the criteria whose
    share stays while others change, `gates` replaces the must-haves, `candidates` is "all" or the chosen ones.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    known_fields(fields, FIELDS)
    lock_organization(organization.pk)
    current = locked(scorecard, expected_version)
    living(current)
    criteria = criteria_of(current.framework)
    changes, touched = dict(fields), False
    if archetype is not None:
        template = find_archetype(archetype)
        changes |= {
            "archetype": template.code,
            "weights": {c: as_text(p) for c, p in template.points(criteria).items()},
        }
    weighed = set(changes.get("weights", ())) | set(weights or ())
    if weights is not None:
        changes["weights"] = merged_points(criteria, changes.get("weights", current.weights), weights)
    if locked_weights is not None:
        changes["weight_locks"] = checked_locks(criteria, locked_weights)
    if "weights" in changes:
        locks = changes.get("weight_locks", current.weight_locks)
        changes["weights"] = within_its_locks(criteria, current.weights, changes["weights"], locks)
        changes["weight_scales"] = scales_after(current, current.weight_scales, weighed)
    if candidates is not None:
        chosen = None if isinstance(candidates, str) else list(candidates)
        changes["selection"] = Scorecard.Selection.ALL if chosen is None else Scorecard.Selection.CHOSEN
        touched |= _choose(current, chosen or [])
    if gates is not None:
        touched |= _replace_gates(current, gates, by=by, now=now)
    if external_ids is not None:
        before = external_ids_of(organization, scorecard_id=current.pk)
        set_external_ids(organization=organization, by=by, ids=external_ids, scorecard_id=current.pk)
        touched |= before != external_ids_of(organization, scorecard_id=current.pk)
    if (
        not change(current, changes, now=now) and touched
    ):  # what hangs on it is part of what a reader was shown
        current.version += 1
        current.updated_at = now
        current.save(update_fields=["version", "updated_at"])
    if weighed or locked_weights is not None:
        follow(current, touched=weighed, now=now)
    return current


@transaction.atomic
def set_weight(
    *, scorecard: Scorecard, code: str, percent: Any, expected_version: int | None, by: Actor, now: datetime
) -> Scorecard:
    """Give one group or criterion a percentage of its siblings; the unlocked ones share the rest in proportion.

    Raises Invalid naming the criterion: unknown, locked, negative, not finite, or above 100 with what is locked.
    """
    begin(scorecard.organization, by, Permission.EDIT_SCORECARDS)
    criteria = criteria_of(scorecard.framework)
    nodes = node_of(criteria)
    if code not in nodes:
        raise refused(WeightError(code[:40], "is not a criterion of this criteria set"))
    siblings = sibling_sets(criteria)[nodes[code]]
    try:
        after = rescaled(
            {each: Fraction(scorecard.weights[each]) for each in siblings}, {code: percent}, locked=scorecard.weight_locks
        )  # fmt: skip
    except WeightError as error:
        raise refused(error) from error
    version = scorecard.version if expected_version is None else expected_version
    return update_scorecard(scorecard=scorecard, expected_version=version, by=by, now=now, weights=after)


def within_its_locks(
    criteria: CriteriaSet, before: Mapping[str, str], after: Mapping[str, str], locks: Iterable[str]
) -> dict[str, str]:
    """Points after a change, locks kept. Raises Invalid naming a locked criterion that was changed."""
    try:
        return under_locks(criteria, before, after, set(locks))
    except WeightError as error:
        raise refused(error) from error


@transaction.atomic
def archive_scorecard(
    *, scorecard: Scorecard, expected_version: int | None, by: Actor, now: datetime
) -> Scorecard:
    """Put a scorecard away; its runs and history stay."""
    begin(scorecard.organization, by, Permission.EDIT_SCORECARDS)
    lock_organization(scorecard.organization_id)
    current = locked(scorecard, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def add_gate(
    *, scorecard: Scorecard, by: Actor, now: datetime, code: str = "", subject: str = "", operator: str = "", value: Any = None,
    label: str = "", waivable: bool | None = None, position: int = 0, origin: str = ScorecardGate.Origin.SCORECARD,
) -> ScorecardGate:  # fmt: skip
    """Add a must-have: a named one by `code`, or an own one comparing a leaf or field with a value."""
    begin(scorecard.organization, by, Permission.EDIT_SCORECARDS)
    living(scorecard)
    if code and not code.startswith("X_"):
        known = {gate.code: gate for gate in load_gates()}
        if code not in known:
            message = f"There is no must-have {code}. Known: {', '.join(known)}."
            raise Invalid(message, errors=[FieldError("gates.code", "unknown", message)])
        label, waivable = label or known[code].label, known[code].waivable
    else:
        code = code or _own_code(scorecard)
        _check_rule(scorecard, code, subject=subject, operator=operator, value=value)
    return insert(
        ScorecardGate(
            organization=scorecard.organization, scorecard=scorecard, code=code, subject=subject, operator=operator, value=value,
            label=label or f"{subject} {operator} {value}", waivable=bool(waivable), position=position, origin=origin, updated_at=now,
        )
    )  # fmt: skip


@transaction.atomic
def archive_gate(*, gate: ScorecardGate, by: Actor, now: datetime) -> ScorecardGate:
    """Take a must-have off a scorecard."""
    begin(gate.organization, by, Permission.EDIT_SCORECARDS)
    current = locked(gate, None)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


def ask_recompute(*, scorecard: Scorecard, by: Actor) -> None:
    """The button "Calculate now": forgets failed attempts and marks the scorecard as dirty by touching it."""
    begin(scorecard.organization, by, Permission.RECOMPUTE)
    living(scorecard)
    check_visible(scorecard)
    claims.forgive(scorecard.pk)
    Scorecard.objects.filter(pk=scorecard.pk).update(updated_at=scorecard.updated_at)
    wakeup.after_commit(scorecard.organization_id)


def find_archetype(code: str) -> Archetype:
    """The template of that code. Raises Invalid with the known ones."""
    known = {archetype.code: archetype for archetype in load_archetypes()}
    if code not in known:
        message = f"There is no archetype {code}. Known: {', '.join(known)}."
        raise Invalid(message, errors=[FieldError("archetype", "unknown", message)])
    return known[code]


def as_text(points: Any) -> str:
    """Points as kept on a scorecard: a decimal, or a fraction where no decimal is exact. "10.1" stays "10.1".

    Raises EngineError for what is no finite number.
    """
    if isinstance(points, Fraction):
        return str(points)
    if isinstance(points, bool) or not isinstance(points, int | float | Decimal | str):
        raise EngineError("weights", "must be a number")
    text = str(points).strip()
    if not POINTS.fullmatch(text):  # also keeps out "1e999999999", which takes for ever to write out
        raise EngineError(
            "weights", f"{text[:40]!r} is not a number of at most 12 digits before and behind the point"
        )
    try:
        return str(Fraction(text))
    except ZeroDivisionError:
        raise EngineError("weights", f"{text!r} is not a number") from None


def merged_points(
    criteria: CriteriaSet, present: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, str]:
    """The points after a change. Raises Invalid that names every criterion with an illegal or unknown weight."""
    errors, points = [], dict(present)
    for code, number in given.items():
        try:
            points[code] = as_text(number)
        except EngineError as error:
            errors.append(FieldError(f"weights.{code}", "not_a_number", f"{code}: {error.message}."))
    if not errors:
        try:
            leaf_weights(weight_tree(criteria, {code: Fraction(text) for code, text in points.items()}))
        except (WeightError, FrameworkError) as error:
            errors.append(
                FieldError(f"weights.{error.name}", "illegal_weight", f"{error.name}: {error.message}.")
            )
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)
    return points


def _first_gates(template: Archetype, program: Program, stage: str) -> list[dict[str, Any]]:
    gates: list[dict[str, Any]] = []
    for gate in default_gates(load_gates(), stage=stage, archetype=template):
        named = gate.code in template.gates
        gates.append(
            {
                "code": gate.code,
                "origin": ScorecardGate.Origin.ARCHETYPE if named else ScorecardGate.Origin.DEFAULT,
            }
        )
    for number, rule in enumerate(program.must_haves, start=1):
        gates.append({"code": f"X_P{number}", **rule, "origin": ScorecardGate.Origin.PROGRAM})
    return gates


def _replace_gates(
    scorecard: Scorecard, gates: Sequence[Mapping[str, Any]], *, by: Actor, now: datetime
) -> bool:
    """Make these the must-haves, in this order; True when anything differs.

    An own must-have that asks for something else now is a new one: waivers of the old rule do not carry over.
    """
    rows = ScorecardGate.objects.for_organization(scorecard.organization).active().filter(scorecard=scorecard)
    present = {gate.code: gate for gate in rows.order_by("position", "id")}
    kept = {
        str(gate["code"]): position
        for position, gate in enumerate(gates)
        if gate.get("code") in present and _is_same(present[gate["code"]], gate)
    }
    touched = False
    for code, row in present.items():
        if code not in kept:
            archive_gate(gate=row, by=by, now=now)
            touched = True
        elif row.position != kept[code]:
            touched |= change(row, {"position": kept[code]}, now=now)
    for position, gate in enumerate(gates):
        if kept.get(str(gate.get("code", ""))) != position:
            add_gate(scorecard=scorecard, by=by, now=now, position=position, **gate)
            touched = True
    return touched


def _is_same(row: ScorecardGate, gate: Mapping[str, Any]) -> bool:
    """Whether a must-have asks for what the row asks for; what is left out is as it was."""
    names = ("subject", "operator", "value", "label") if row.code.startswith("X_") else ("label",)
    same_waiver = not row.code.startswith("X_") or gate.get("waivable") in (None, row.waivable)
    return same_waiver and all(gate.get(name) in (None, "", getattr(row, name)) for name in names)


def _check_rule(scorecard: Scorecard, code: str, *, subject: str, operator: str, value: Any) -> None:
    """Refuse a comparison that no calculation could decide."""
    criteria = {leaf.code for leaf in criteria_of(scorecard.framework).leaves}
    errors = list(rule_errors(subject, operator, value, criteria=criteria, where="gates"))
    if not OWN_CODE.fullmatch(code):
        errors.append(
            FieldError("gates.code", "unknown", f"{code}: an own must-have is named X_ and a number or word.")
        )
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)


def _own_code(scorecard: Scorecard) -> str:
    used = (
        ScorecardGate.objects.for_organization(scorecard.organization)
        .filter(scorecard=scorecard, code__startswith="X_")
        .count()
    )
    return f"X_{used + 1}"


def _choose(scorecard: Scorecard, candidates: Sequence[Candidate]) -> bool:
    """Make these the chosen candidates; True when they were others before."""
    wrong = [
        c
        for c in candidates
        if c.program_id != scorecard.program_id or c.organization_id != scorecard.organization_id
    ]
    living(*candidates)
    if wrong:
        message = f"{wrong[0]} does not stand in the programme of this scorecard."
        raise Invalid(message, errors=[FieldError("candidates", "other_program", message)])
    choices = ScorecardChoice.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    removed, _ = choices.exclude(candidate__in=candidates).delete()
    kept = set(choices.values_list("candidate_id", flat=True))
    with constraints_in_words():
        ScorecardChoice.objects.bulk_create(
            [
                ScorecardChoice(organization=scorecard.organization, scorecard=scorecard, candidate=c)
                for c in candidates
                if c.pk not in kept
            ]
        )
    return bool(removed) or len(kept) < len({c.pk for c in candidates})
