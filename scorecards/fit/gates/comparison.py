"""Must-haves that compare a criterion or a field with a value.

A rubric criterion is compared by its level (a claimed 4 or 5 counts as 3), every other criterion by its points
(0 to 100). A field of a site must hold at every primary site; a field of a capability at every primary line
that states it; a field of a service, of the vendor or of the proposal for the offer as a whole.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scorecards.engine.exact import exact
from scorecards.engine.value_functions import Ordinal
from scorecards.fit.context import CLAIM_LIMIT, LeafContext
from scorecards.fit.gates.model import (
    Case,
    Finding,
    GateError,
    GateSpec,
    because,
    failed,
    look_up,
    passed,
    unknown,
    worst,
)
from scorecards.fit.needs import to_unit
from scorecards.fit.rater import Cell
from vendors.facts import FACTS
from vendors.facts.schema import Rubric
from vendors.resolution import Place, Resolved
from vendors.vocabulary import CellState, GateOperator, Grade

_PPM_PER_POINT = 10_000
_ORDERED: Mapping[GateOperator, Callable[[Any, Any], bool]] = {
    GateOperator.AT_LEAST: operator.ge,
    GateOperator.AT_MOST: operator.le,
    GateOperator.GREATER: operator.gt,
    GateOperator.LESS: operator.lt,
}


def compare(case: Case, spec: GateSpec) -> Finding:
    """The outcome of a comparison. Raises GateError for a target, operator or value that make no sense."""
    if spec.operator is None:
        raise GateError(spec.code, "a comparison needs an operator")
    if spec.target in case.rater.contexts:
        return _criterion(case, spec)
    prefix = spec.target.partition(".")[0]
    if prefix == "proposal":
        return _of_proposal(case, spec)
    if spec.target not in FACTS:
        raise GateError(spec.code, f"{spec.target} is neither a criterion nor a field")
    if prefix == "site":
        return worst(
            (_at_site(case, spec, use.place, use.label, use.site is None) for use in case.view.site_uses),
            unknown("No primary site is known."),
        )
    if prefix == "capability":
        return _on_lines(case, spec)
    return _of_record(
        case, spec, look_up(case, spec.target, case.view.vendor_place, FACTS[spec.target].label)
    )


def _at_site(case: Case, spec: GateSpec, place: Place, label: str, missing: bool) -> Finding:  # noqa: FBT001
    if missing:
        return unknown(f"{label}.")
    what = f"{label}: {FACTS[spec.target].label}"
    return _of_record(case, spec, look_up(case, spec.target, place, what), label)


def _on_lines(case: Case, spec: GateSpec) -> Finding:
    stated: list[Finding] = []
    silent: list[Finding] = []
    for line in case.view.primary_lines:
        capability = case.view.capability_of(line)
        if capability is None:
            continue
        label = case.view.sites[capability.site_id].name
        what = f"{label}: {FACTS[spec.target].label}"
        found = look_up(case, spec.target, case.view.capability_place(capability), what)
        (stated if isinstance(found, Resolved) else silent).append(_of_record(case, spec, found, label))
    return worst(stated or silent, unknown(f"{FACTS[spec.target].label}: no capability is known."))


def _of_record(case: Case, spec: GateSpec, found: Resolved | Finding, label: str = "") -> Finding:
    if isinstance(found, Finding):
        return found
    given = plain(found.record.value or {})
    wanted = spec.value
    if isinstance(wanted, Mapping) and "unit" in wanted:
        raw = found.record.value or {}
        converted = to_unit(case.rater.program, raw["number"], raw.get("unit", ""), wanted["unit"])
        if converted is None:
            return unknown(f"{raw.get('unit', '')} does not convert to {wanted['unit']}.")
        given, wanted = converted, wanted["number"]
    met = holds(spec, given, wanted)
    where = f"{label}: " if label else ""
    text = f"{where}{FACTS[spec.target].label} is {_words(given)}, {_demand(spec)} {_words(wanted)} needed."
    return because(found, met=met, reason=text)


def plain(value: Mapping[str, Any]) -> Any:
    """The one thing a value says: its number, level, answer, choice or list."""
    for key in (
        "number",
        "level",
        "yes",
        "choice",
        "choices",
        "text",
        "date",
        "score",
        "status",
        "flags",
        "counts",
    ):
        if key in value:
            return value[key]
    return value


def holds(spec: GateSpec, given: Any, wanted: Any) -> bool:
    """Whether a comparison holds. Raises GateError when the two cannot be compared."""
    used = spec.operator
    if used is GateOperator.IN:
        return isinstance(wanted, list | tuple) and given in wanted
    if used is GateOperator.CONTAINS:
        if not isinstance(given, list | tuple | str | Mapping):
            raise GateError(spec.code, f"{spec.target} is not a list")
        return wanted in given
    if used in {GateOperator.EQUAL, GateOperator.NOT_EQUAL}:
        equal = bool(_comparable(given) == _comparable(wanted))
        return equal is (used is GateOperator.EQUAL)
    one, other = _comparable(given), _comparable(wanted)
    if used is None or type(one) is not type(other) or not isinstance(one, Fraction | date):
        raise GateError(spec.code, f"{spec.target} cannot be ordered against {wanted!r}")
    return _ORDERED[used](one, other)


def _comparable(value: Any) -> Any:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return exact(value, name="value")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _words(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def _demand(spec: GateSpec) -> str:
    return "" if spec.operator is None else spec.operator.label


def _criterion(case: Case, spec: GateSpec) -> Finding:
    context = case.rater.contexts[spec.target]
    cell = case.cells[spec.target]
    if cell.state is CellState.NOT_APPLICABLE:
        return passed(f"{context.leaf.name} does not apply: {cell.reason}")
    if cell.level is not None:
        return _judged(spec, context, cell.level, cell)
    if isinstance(context.function, Ordinal) and spec.target != "GEO4":
        return worst(_levels(case, spec, context), unknown(f"{context.leaf.name}: no site is known."))
    return _points(spec, context, cell)


def _levels(case: Case, spec: GateSpec, context: LeafContext) -> Iterable[Finding]:
    read = (spec.target, *context.leaf.fields)
    targets = tuple(code for code in read if code in FACTS and isinstance(FACTS[code].schema, Rubric))

    def found_at(place: Place, what: str) -> Resolved | Finding:
        answer = case.view.answer(targets, place, context.limits, what)
        return (
            answer if isinstance(answer, Resolved) else unknown(answer.reason, next_change=answer.next_change)
        )

    if context.leaf.aggregation.value in {"V", "P"}:
        yield _level(spec, context, found_at(case.view.vendor_place, context.leaf.name), "")
        return
    for use in case.view.site_uses:
        if use.site is None:
            yield unknown(f"{use.label}.")
        else:
            found = found_at(use.place, f"{use.label}: {context.leaf.name}")
            yield _level(spec, context, found, f"{use.label}: ")


def _level(spec: GateSpec, context: LeafContext, found: Resolved | Finding, where: str) -> Finding:
    if isinstance(found, Finding):
        return found
    level = (found.record.value or {})["level"]
    counted = level if found.standing.grade <= Grade.C else min(level, CLAIM_LIMIT)
    claimed = f" (claimed {level})" if counted != level else ""
    text = f"{where}{context.leaf.name} is level {counted}{claimed}, {_demand(spec)} {spec.value} needed."
    return because(found, met=holds(spec, counted, spec.value), reason=text)


def _judged(spec: GateSpec, context: LeafContext, level: Fraction, cell: Cell) -> Finding:
    """What people judged on this scorecard stands in the place of every site's evidence."""
    text = f"{context.leaf.name} is level {_words(level)}, {_demand(spec)} {spec.value} needed. {cell.reason}"
    outcome = passed if holds(spec, level, spec.value) else failed
    return outcome(text, references=cell.references)


def _points(spec: GateSpec, context: LeafContext, cell: Cell) -> Finding:
    """Points of a criterion: a known one by its figure, a partly known one only when its interval decides."""
    rest = {"evidence_ids": cell.evidence_ids, "references": cell.references, "next_change": cell.next_change}
    ends = (cell.point,) if cell.known == 1_000_000 else (cell.low, cell.high)
    outcomes = {holds(spec, Fraction(end, _PPM_PER_POINT), spec.value) for end in ends}
    shown = " to ".join(f"{end / _PPM_PER_POINT:.2f}" for end in ends)
    text = f"{context.leaf.name} is {shown} points, {_demand(spec)} {spec.value} needed."
    if len(outcomes) > 1 or not cell.known:
        return unknown(f"{text} {cell.reason}".strip(), **rest)
    return passed(text, **rest) if outcomes == {True} else failed(text, **rest)


def _of_proposal(case: Case, spec: GateSpec) -> Finding:
    name = spec.target.partition(".")[2]
    proposal = case.view.proposal
    if proposal is None:
        return unknown("No proposal has been received.")
    if proposal.valid_until is not None and proposal.valid_until < case.as_of:
        return unknown(f"The proposal was valid until {proposal.valid_until.isoformat()}.")
    if name in proposal.must_have_terms:
        given: Any = proposal.must_have_terms[name]
    elif name in proposal.terms:
        given = proposal.terms[name]
    elif name == "weeks_to_milestone":
        given = proposal.weeks_to_milestone
    else:
        given = None
    if given is None or given == "":
        return unknown(f"Proposal version {proposal.version} does not state {name}.")
    met = holds(spec, given, spec.value)
    text = f"Proposal version {proposal.version}: {name} is {_words(given)}, {_demand(spec)} {_words(spec.value)} needed."
    expires = None if proposal.valid_until is None else proposal.valid_until + timedelta(days=1)
    return passed(text, next_change=expires) if met else failed(text, next_change=expires)
