"""The terms of an offer: which there are, and what can be said of each."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from cdmo_eval.core.errors import FieldError
from vendors.vocabulary import Code, GovernanceTerm, MustHaveTerm, SharingTerm, TransparencyTerm

TERMS: Mapping[str, type[Code]] = MappingProxyType(
    {"RSK2": GovernanceTerm, "RSK3": TransparencyTerm, "RSK5": SharingTerm}
)
"""The flags of an offer by the criterion they answer."""
FLAGS: Mapping[str, Code] = MappingProxyType({term.value: term for terms in TERMS.values() for term in terms})
GRADES_OF_FLAG = {0: "No", 0.5: "Partly", 1: "Yes"}
LONGEST_WORDS, LARGEST_AMOUNT = 200, Decimal(10) ** 14


class TermKind(StrEnum):
    """What a term that a programme may demand is said in."""

    YES_NO = "yes_no"
    WORDS = "words"
    AMOUNT = "amount"


MUST_HAVE_TERMS: Mapping[MustHaveTerm, TermKind] = MappingProxyType(
    {
        MustHaveTerm.IP_OWNER: TermKind.WORDS,
        MustHaveTerm.BACKGROUND_ROYALTY: TermKind.YES_NO,
        MustHaveTerm.TECH_TRANSFER_OUT: TermKind.YES_NO,
        MustHaveTerm.EHS_PSCI_AUDIT: TermKind.YES_NO,
        MustHaveTerm.INSURANCE_AMOUNT: TermKind.AMOUNT,
        MustHaveTerm.SUBCONTRACTORS_DISCLOSED: TermKind.YES_NO,
        MustHaveTerm.SERIALISATION: TermKind.YES_NO,
    }
)
"""Terms that a programme may demand as must-haves ("proposal.serialisation")."""


def clean_terms(terms: Any) -> tuple[dict[str, int | float], list[FieldError]]:
    """Flags as they are kept (a flag left out or null is not stated), and what is wrong with them."""
    if not isinstance(terms, Mapping):
        return {}, [FieldError("terms", "not_a_map", "Terms are a map of code to 0, 0.5 or 1.")]
    kept: dict[str, int | float] = {}
    errors = []
    for code, given in terms.items():
        if given is None:
            continue
        if code not in FLAGS:
            errors.append(FieldError(f"terms.{code}", "unknown", "This term is not in the list of terms."))
        elif not _is_number(given) or given not in GRADES_OF_FLAG:
            errors.append(FieldError(f"terms.{code}", "out_of_range", "A term is 0, 0.5 or 1."))
        else:
            kept[code] = 0.5 if given == Decimal("0.5") else int(given)
    return kept, errors


def clean_must_have_terms(terms: Any) -> tuple[dict[str, Any], list[FieldError]]:
    """Terms a programme may demand as they are kept (blank or null is not stated), and what is wrong with them."""
    if not isinstance(terms, Mapping):
        return {}, [FieldError("must_have_terms", "not_a_map", "These terms are a map of code to value.")]
    kept: dict[str, Any] = {}
    errors = []
    for code, given in terms.items():
        if given is None or given == "":
            continue
        if code not in list(MustHaveTerm):
            errors.append(
                FieldError(f"must_have_terms.{code}", "unknown", "This term is not in the list of terms.")
            )
            continue
        problems = list(_problem(MUST_HAVE_TERMS[MustHaveTerm(code)], given))
        errors += [FieldError(f"must_have_terms.{code}", "invalid", problem) for problem in problems]
        if not problems:
            kept[code] = _plain(given)
    return kept, errors


def _problem(kind: TermKind, given: Any) -> Iterator[str]:
    if kind is TermKind.YES_NO and not isinstance(given, bool):
        yield "Say yes or no."
    if kind is TermKind.WORDS and not (isinstance(given, str) and len(given) <= LONGEST_WORDS):
        yield f"Say it in at most {LONGEST_WORDS} characters."
    if kind is TermKind.AMOUNT and not (_is_number(given) and 0 <= given <= LARGEST_AMOUNT):
        yield "Give an amount, 0 or more, in the currency of the proposal."


def _is_number(given: Any) -> bool:
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        return False
    try:
        return Decimal(str(given)).is_finite()
    except InvalidOperation:
        return False


def _plain(given: Any) -> Any:
    """A number as JSON keeps it: a whole one stays whole."""
    if isinstance(given, bool) or not isinstance(given, float | Decimal):
        return given
    return int(given) if Decimal(str(given)) == int(given) else float(given)
