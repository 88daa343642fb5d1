"""Builders of the named constraints of this app: one rule, one name, one sentence for people.

Blank text and null numbers mean "unknown", so every rule on an optional column lets them pass.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import CheckConstraint, F, Func, Q, TextField, Value

FEI_PATTERN = r"^[0-9]{7,10}$"
DUNS_PATTERN = r"^[0-9]{9}$"
EMA_ORGANISATION_PATTERN = r"^ORG-[0-9]{9}$"
EMA_LOCATION_PATTERN = r"^LOC-[0-9]{9}$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"


def rule(name: str, condition: Q, sentence: str) -> CheckConstraint:
    """A constraint whose code is the last words of its name and whose message is `sentence`."""
    message = sentence.replace("%", "%%")  # Django fills in the constraint's name by the % operator
    return CheckConstraint(
        name=name, condition=condition, violation_error_code=name, violation_error_message=message
    )


def one_of(
    name: str, field: str, words: Iterable[str | StrEnum], sentence: str, *, blank: bool = True
) -> CheckConstraint:
    """The column holds one of `words`, or nothing when `blank`."""
    allowed = [str(word) for word in words]
    return rule(name, Q(**{f"{field}__in": ["", *allowed] if blank else allowed}), sentence)


def subset_of(name: str, field: str, words: Iterable[str | StrEnum], sentence: str) -> CheckConstraint:
    """Every entry of the array column is one of `words`."""
    return rule(name, Q(**{f"{field}__contained_by": [str(word) for word in words]}), sentence)


def within(name: str, field: str, low: int, high: int, sentence: str) -> CheckConstraint:
    """The number lies in [low, high], both included, or is unknown."""
    inside = Q(**{f"{field}__gte": low}) & Q(**{f"{field}__lte": high})
    return rule(name, Q(**{f"{field}__isnull": True}) | inside, sentence)


def percent(name: str, field: str, sentence: str) -> CheckConstraint:
    """The percentage lies in 0-100 or is unknown."""
    return within(name, field, 0, 100, sentence)


def not_negative(name: str, field: str, sentence: str) -> CheckConstraint:
    """The number is 0 or more, or unknown."""
    return rule(name, Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0}), sentence)


def matches(name: str, field: str, pattern: str, sentence: str) -> CheckConstraint:
    """The text has the official format, or is blank."""
    return rule(name, Q(**{field: ""}) | Q(**{f"{field}__regex": pattern}), sentence)


def not_blank(name: str, field: str, sentence: str) -> CheckConstraint:
    """The text says something."""
    return rule(name, Q(**{f"{field}__regex": r"\S"}), sentence)


def is_object(name: str, field: str, sentence: str) -> CheckConstraint:
    """The JSON column holds an object (a map), never a list or a bare value."""
    return rule(name, Q(**{f"{field}__contains": {}}), sentence)


def fei_key_follows_fei(name: str) -> CheckConstraint:
    """The matching key is the FEI as given without its leading zeros."""
    stripped = Func(F("fei"), Value("0"), function="ltrim", output_field=TextField())
    return rule(name, Q(fei_key=stripped), "The FEI's matching key is the FEI without its leading zeros.")


def order_of_days(name: str, first: str, then: str, sentence: str) -> CheckConstraint:
    """Two optional dates stand in this order."""
    missing = Q(**{f"{first}__isnull": True}) | Q(**{f"{then}__isnull": True})
    return rule(name, missing | Q(**{f"{then}__gte": F(first)}), sentence)
