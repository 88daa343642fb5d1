"""Is an own must-have one that can be decided? Checked when it is written, not when a calculation stumbles over it."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cdmo_eval.core.errors import FieldError
from scorecards.services.proposal_terms import FLAGS
from vendors.facts import FACTS
from vendors.facts.schema import Choices, Day, FactValueError, Number, Rubric, YesNo
from vendors.vocabulary import GateOperator, MustHaveTerm

ORDERED = frozenset({GateOperator.AT_LEAST, GateOperator.AT_MOST, GateOperator.GREATER, GateOperator.LESS})
PROPOSAL = "proposal."
DEMANDABLE = frozenset({*MustHaveTerm, *FLAGS, "weeks_to_milestone"})
"""What a must-have may ask of a proposal."""
LONGEST_LIST = 100


def rule_errors(
    subject: str, operator: str, value: Any, *, criteria: Collection[str], where: str
) -> Iterator[FieldError]:
    """What is wrong with a comparison. `criteria` are the codes of the criteria set, `where` the field that holds it."""
    prefix = f"{where}." if where else ""
    if subject not in criteria and subject not in FACTS and not _is_term(subject):
        message = f"{subject or 'Nothing'} is neither a criterion nor a field. Name a criterion, such as DIG3, or a field, such as site.single_use_pct or proposal.serialisation."
        yield FieldError(f"{prefix}subject", "unknown", message)
        return
    if operator not in list(GateOperator):
        message = f"The operator is one of {', '.join(GateOperator)}."
        yield FieldError(f"{prefix}operator", "unknown", message)
        return
    problem = _value_problem(subject, GateOperator(operator), value, is_criterion=subject in criteria)
    if problem:
        yield FieldError(f"{prefix}value", "does_not_compare", problem)


def _is_term(subject: str) -> bool:
    return subject.startswith(PROPOSAL) and subject.removeprefix(PROPOSAL) in DEMANDABLE


def _value_problem(subject: str, operator: GateOperator, value: Any, *, is_criterion: bool) -> str:
    """Why this value cannot stand on the right of the operator; "" when it can."""
    if value is None:
        return "Say which value is needed."
    if operator is GateOperator.IN:
        good = isinstance(value, list) and 0 < len(value) <= LONGEST_LIST and all(map(_is_plain, value))
        return "" if good else f"Give a list of 1 to {LONGEST_LIST} values."
    schema = FACTS[subject].schema if subject in FACTS else None
    if operator is GateOperator.CONTAINS:
        if is_criterion or (schema is not None and not isinstance(schema, Choices)):
            return f"{subject} is not a list, so nothing can be contained in it."
        return "" if isinstance(value, str) else "Give the one entry that is needed."
    if operator in ORDERED:
        return _order_problem(subject, schema, value, is_criterion=is_criterion)
    if is_criterion and not _is_number(value):
        return "Compare a criterion with a number: its level, or its points from 0 to 100."
    return "" if _is_plain(value) or _is_quantity(value) else "Give a number, a word, yes or no, or a date."


def _order_problem(subject: str, schema: Any, value: Any, *, is_criterion: bool) -> str:
    if is_criterion:
        return (
            ""
            if _is_number(value)
            else "Compare a criterion with a number: its level, or its points from 0 to 100."
        )
    if isinstance(schema, Day):
        return "" if _is_day(value) else "Give a date such as 2027-01-31."
    if isinstance(schema, Number | Rubric):
        return "" if _is_number(value) or _is_quantity(value) else "Give a number, or a number with its unit."
    if schema is None:  # a term of the proposal
        return "" if _is_number(value) else "Give a number."
    kind = "a yes or no" if isinstance(schema, YesNo) else "no number"
    return f"{subject} is {kind}, so it is not more or less than anything."


def _is_day(value: Any) -> bool:
    try:
        Day().check("value", {"date": value})
    except FactValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | str) or _is_number(value)


def _is_quantity(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"number", "unit"}
        and _is_number(value["number"])
        and isinstance(value["unit"], str)
    )
