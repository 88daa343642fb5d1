"""Repairs that a person chooses for groups of equal errors: how cells are read, replaced, blanked, or rows left out.

A repair says nothing about single rows: it holds for every cell of its field, so the same file with the same repairs
always reads the same.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from enum import StrEnum
from typing import Any

from cdmo_eval.core.errors import FieldError, Invalid
from vendors.imports.fields import ImportField, Kind

MOST_REPAIRS = 200
MOST_VALUES = 1_000
_LONGEST = 2_000
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{1,4})\s*[./\- ]\s*(\d{1,2}|[A-Za-z]{3,9})\.?,?\s*[./\- ]\s*(\d{1,4})", re.ASCII)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?[\d.,'\s\u00a0\u202f]+")


class How(StrEnum):
    """What a repair does."""

    DATES = "dates"
    NUMBERS = "numbers"
    REPLACE = "replace"
    BLANK = "blank"
    SKIP = "skip"
    CREATE = "create"
    KEEP = "keep"


ORDERS = {"dmy": "D/M/Y", "mdy": "M/D/Y", "ymd": "Y/M/D"}
SIGNS = {"comma": "1.234,5", "point": "1,234.5"}
KEPT = {"first": "the first", "last": "the last"}
_OPTIONS: Mapping[str, Mapping[str, str]] = {How.DATES: ORDERS, How.NUMBERS: SIGNS, How.KEEP: KEPT}


@dataclass(frozen=True)
class Repair:
    """One choice: for a field and the code of an error. `option` is the order of dates or the like; `values` are the
    found texts that it is about (of a replacement each with its new text); none: all of them."""

    repair: How
    field: str
    code: str = ""
    option: str = ""
    values: Mapping[str, str] = dataclass_field(default_factory=dict)

    def about(self, value: str) -> bool:
        """Whether it is about a found text."""
        return not self.values or value in self.values


@dataclass(frozen=True)
class Repairs:
    """All choices of one import."""

    chosen: tuple[Repair, ...] = ()

    def text(self, column: ImportField, text: str) -> str:
        """A cell's text as the repairs of its field read it."""
        said = text.strip()
        for one in self.chosen:
            if one.field != column.path:
                continue
            if one.repair is How.REPLACE and said in one.values:
                return one.values[said]
            if one.repair is How.DATES and column.kind is Kind.DAY:
                said = iso_date(said, one.option) or said
            if one.repair is How.NUMBERS and column.kind in {Kind.NUMBER, Kind.WHOLE}:
                said = plain_number(said, one.option) or said
        return said

    def blanks(self, path: str, code: str, value: str) -> bool:
        """Whether a cell with this error counts as blank."""
        return self._holds(How.BLANK, path, code, value)

    def skips(self, path: str, code: str, value: str) -> bool:
        """Whether rows with this error are left out by choice."""
        return self._holds(How.SKIP, path, code, value)

    def creates(self, path: str, value: str) -> bool:
        """Whether something unknown may be made of this name."""
        return any(one.repair is How.CREATE and one.field == path and one.about(value) for one in self.chosen)

    @property
    def kept(self) -> str:
        """Which of several rows about the same thing counts: "first", "last" or "" (that is an error)."""
        return next((one.option for one in self.chosen if one.repair is How.KEEP), "")

    def _holds(self, how: How, path: str, code: str, value: str) -> bool:
        return any(
            one.repair is how and one.field == path and one.code in ("", code) and one.about(value)
            for one in self.chosen
        )


NO_REPAIRS = Repairs()


def read_repairs(given: Any) -> Repairs:
    """The choices out of what a client sent or what an import keeps. Raises Invalid that names each at fault.

    Each is an object {repair, field, code, option, values}; `values` is an object of found text → new text for a
    replacement, and a list of found texts for the others.
    """
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_REPAIRS:
        raise Invalid(
            f"Repairs are a list of at most {MOST_REPAIRS}.",
            errors=[FieldError("repairs", "wrong_format", f"A list of at most {MOST_REPAIRS}.")],
        )
    found: list[Repair] = []
    errors: list[FieldError] = []
    for number, one in enumerate(given):
        try:
            found.append(_read(one))
        except ValueError as error:
            errors.append(FieldError(f"repairs.{number}", "wrong_format", str(error)))
    if errors:
        raise Invalid(errors[0].message, errors=errors)
    return Repairs(tuple(found))


def _read(one: Any) -> Repair:
    if not isinstance(one, Mapping):
        raise ValueError("A repair is an object.")  # noqa: TRY004 - one kind of error for all that is wrong
    unknown = sorted(set(one) - {"repair", "field", "code", "option", "values"})
    if unknown:
        raise ValueError(f"Unknown part of a repair: {unknown[0]}.")
    texts = {name: one.get(name, "") for name in ("repair", "field", "code", "option")}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > 200 or "\0" in text:
            raise ValueError(f"{name} is a short text.")
    if texts["repair"] not in set(How):
        raise ValueError(f"repair is one of {', '.join(How)}.")
    how = How(texts["repair"])
    options = _OPTIONS.get(how, {})
    if options and texts["option"] not in options:
        raise ValueError(f"option is one of {', '.join(options)} for {how}.")
    if not texts["field"] and how not in {How.KEEP, How.SKIP}:
        raise ValueError("field is needed.")
    values = _values(one.get("values", {}), how)
    if how is How.REPLACE and not values:
        raise ValueError("values is an object of found text and new text.")
    return Repair(how, texts["field"], texts["code"], texts["option"], values)


def _values(given: Any, how: How) -> dict[str, str]:
    if isinstance(given, Mapping) and how is How.REPLACE:
        pairs = dict(given)
    elif (
        isinstance(given, list | tuple) and how is not How.REPLACE and all(isinstance(v, str) for v in given)
    ):
        pairs = dict.fromkeys(given, "")
    elif not given:
        pairs = {}
    elif isinstance(given, Mapping) and not any(given.values()):
        pairs = dict(given)  # as `stored` keeps it
    else:
        raise ValueError(
            "values is an object of found text and new text for a replacement, else a list of found texts."
        )
    if len(pairs) > MOST_VALUES:
        raise ValueError(f"values has at most {MOST_VALUES} entries.")
    for name, text in pairs.items():
        if (
            not isinstance(text, str)
            or len(text) > _LONGEST
            or "\0" in text
            or len(name) > _LONGEST
            or "\0" in name
        ):
            raise ValueError(f"values holds texts of at most {_LONGEST} characters.")
    return {name.strip(): text.strip() for name, text in pairs.items()}


def stored(repairs: Iterable[Repair]) -> list[dict[str, Any]]:
    """The choices as an import keeps them and as REST shows them."""
    return [
        {
            "repair": one.repair.value,
            "field": one.field,
            "code": one.code,
            "option": one.option,
            "values": dict(one.values) if one.repair is How.REPLACE else list(one.values),
        }
        for one in repairs
    ]


def iso_date(text: str, order: str) -> str:
    """A date written in another order as YYYY-MM-DD; "" when it cannot be read so.

    Two digits of a year are of 1970-2069. Months may be written as English words.
    """
    if spelled := _MONTH_FIRST.fullmatch(text.strip()):
        month, day, year = spelled.groups()
        return _day(year, month, day)
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return ""
    parts = dict(zip(order, found.groups(), strict=True))
    return _day(parts["y"], parts["m"], parts["d"])


def _day(year: str, month: str, day: str) -> str:
    if not year.isdigit() or not day.isdigit() or len(year) not in (2, 4) or len(day) > 2:
        return ""
    number = int(month) if month.isdigit() else _month(month)
    whole = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 70 else 2000)
    try:
        return date(whole, number, int(day)).isoformat()
    except ValueError:
        return ""


def _month(name: str) -> int:
    start = name[:3].casefold()
    return MONTHS.index(start) + 1 if start in MONTHS else 0


def plain_number(text: str, sign: str) -> str:
    """A number with separators as digits and a decimal point; "" when it cannot be read so."""
    if not _NUMBER.fullmatch(text):
        return ""
    digits = re.sub(r"[\s'\u00a0\u202f]", "", text)
    thousands, point = (".", ",") if sign == "comma" else (",", ".")
    whole, _, rest = digits.partition(point)
    groups = whole.lstrip("+-").split(thousands)
    if point in rest or thousands in rest or (len(groups) > 1 and any(len(g) != 3 for g in groups[1:])):
        return ""
    plain = whole.replace(thousands, "") + (f".{rest}" if rest else "")
    return plain if re.fullmatch(r"[+-]?\d+(\.\d+)?", plain) else ""
