"""Shapes of the values that evidence carries, each able to check a value that came from outside.

A value is a JSON object. A key that is left out means "unknown", never zero; a key that the shape does not
know is refused, so that a misspelt key cannot pass for an unanswered question. The shapes are pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

MAX_NUMBER = 10**21
"""Largest magnitude accepted for a number: above any batch in vector genomes, far below float overflow."""
MAX_TEXT = 2_000


class FactValueError(ValueError):
    """A value does not have the shape of its fact; names the field and says why in a sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ValueSchema(Protocol):
    """What every shape offers."""

    @property
    def kind(self) -> str:
        """Name of the shape, for forms, templates of questionnaires and the API document."""

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the value has this shape."""


def _is_number(value: Any) -> bool:
    # NaN fails the comparison and infinity lies outside the bound, so neither needs a test of its own.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _require_keys(
    field: str, value: Any, *, allowed: frozenset[str], needed: frozenset[str]
) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FactValueError(field, "The value must be an object.")
    for key in value:
        if key not in allowed:
            raise FactValueError(f"{field}.{key}", "This key is not part of the value.")
    for key in sorted(needed):
        if key not in value:
            raise FactValueError(f"{field}.{key}", "This key is missing.")
    return value


def _check_date(field: str, value: Any) -> None:
    if not isinstance(value, str):
        raise FactValueError(field, "A date is written as YYYY-MM-DD.")
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        raise FactValueError(field, "A date is written as YYYY-MM-DD.") from None
    if parsed.isoformat() != value:
        raise FactValueError(field, "A date is written as YYYY-MM-DD.")


def _check_text(field: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise FactValueError(field, f"The text must have 1 to {MAX_TEXT} characters.")


def _check_number(field: str, value: Any, *, low: float | None, high: float | None, integer: bool) -> None:
    if not _is_number(value):
        raise FactValueError(field, "This must be a number.")
    if integer and not isinstance(value, int):
        raise FactValueError(field, "This must be a whole number.")
    if low is not None and value < low:
        raise FactValueError(field, f"This must be at least {low:g}.")
    if high is not None and value > high:
        raise FactValueError(field, f"This must be at most {high:g}.")


@dataclass(frozen=True, slots=True)
class Rubric:
    """{"level": n}: a level of a rubric described in words."""

    low: int = 0
    high: int = 5
    kind: str = "rubric"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the level is a whole number in range."""
        keys = frozenset({"level"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        _check_number(f"{field}.level", record["level"], low=self.low, high=self.high, integer=True)


@dataclass(frozen=True, slots=True)
class Rate:
    """{"successes": s, "attempts": n}: a share counted out, s at most n."""

    kind: str = "rate"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless both are counts and successes do not exceed attempts."""
        keys = frozenset({"successes", "attempts"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        for key in ("successes", "attempts"):
            _check_number(f"{field}.{key}", record[key], low=0, high=None, integer=True)
        if record["successes"] > record["attempts"]:
            raise FactValueError(f"{field}.successes", "There cannot be more successes than attempts.")


@dataclass(frozen=True, slots=True)
class Flags:
    """{"flags": {code: 0|0.5|1}}: a share of things asked; a code left out is unknown."""

    options: tuple[str, ...]
    kind: str = "flags"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless every code is known and every value is 0, 0.5 or 1."""
        keys = frozenset({"flags"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        check_flag_map(f"{field}.flags", record["flags"], self.options)


def check_flag_map(field: str, flags: Any, options: tuple[str, ...]) -> None:
    """Raise FactValueError unless ``flags`` maps known codes to 0, 0.5 or 1."""
    if not isinstance(flags, Mapping):
        raise FactValueError(field, "The flags must be an object of code and value.")
    for code, met in flags.items():
        if code not in options:
            raise FactValueError(f"{field}.{code}", "This code is not asked here.")
        if isinstance(met, bool) or met not in (0, 0.5, 1):
            raise FactValueError(f"{field}.{code}", "The value must be 0, 0.5 or 1.")


@dataclass(frozen=True, slots=True)
class Number:
    """{"number": x, "unit"?}: a number; with ``units`` given, the unit is required and one of them."""

    low: float | None = 0
    high: float | None = None
    integer: bool = False
    units: tuple[str, ...] = ()
    kind: str = "number"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the number is in range and its unit is known."""
        needed = frozenset({"number", "unit"}) if self.units else frozenset({"number"})
        record = _require_keys(field, value, allowed=frozenset({"number", "unit"}), needed=needed)
        _check_number(f"{field}.number", record["number"], low=self.low, high=self.high, integer=self.integer)
        if self.units and record["unit"] not in self.units:
            raise FactValueError(f"{field}.unit", f"The unit must be one of {', '.join(self.units)}.")
        if not self.units and "unit" in record:
            _check_text(f"{field}.unit", record["unit"])


@dataclass(frozen=True, slots=True)
class Money:
    """{"amount": x, "currency": "EUR"}: an amount in a currency of three letters."""

    kind: str = "money"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the amount is not negative and the currency is a three-letter code."""
        keys = frozenset({"amount", "currency"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        _check_number(f"{field}.amount", record["amount"], low=0, high=None, integer=False)
        check_currency(f"{field}.currency", record["currency"])


def check_currency(field: str, code: Any) -> None:
    """Raise FactValueError unless the code is three capital letters."""
    if not (
        isinstance(code, str) and len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
    ):
        raise FactValueError(field, "A currency is three capital letters, such as EUR.")


@dataclass(frozen=True, slots=True)
class YesNo:
    """{"yes": true|false}."""

    kind: str = "yes_no"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the answer is true or false."""
        keys = frozenset({"yes"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        if not isinstance(record["yes"], bool):
            raise FactValueError(f"{field}.yes", "This must be true or false.")


@dataclass(frozen=True, slots=True)
class Choice:
    """{"choice": code}: one code of a closed list."""

    options: tuple[str, ...]
    kind: str = "choice"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the code is one of the options."""
        keys = frozenset({"choice"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        if record["choice"] not in self.options:
            raise FactValueError(f"{field}.choice", "This is not one of the choices.")


@dataclass(frozen=True, slots=True)
class Choices:
    """{"choices": [code, ...]}: several codes; ``options`` empty accepts any short text."""

    options: tuple[str, ...] = ()
    kind: str = "choices"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless every entry is known and none stands twice."""
        keys = frozenset({"choices"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        chosen = record["choices"]
        if not isinstance(chosen, list):
            raise FactValueError(f"{field}.choices", "This must be a list.")
        for index, code in enumerate(chosen):
            place = f"{field}.choices.{index}"
            if self.options:
                if code not in self.options:
                    raise FactValueError(place, "This is not one of the choices.")
            else:
                _check_text(place, code)
        if len(set(chosen)) != len(chosen):
            raise FactValueError(f"{field}.choices", "A choice stands twice.")


@dataclass(frozen=True, slots=True)
class Text:
    """{"text": words}."""

    kind: str = "text"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the text has a sensible length."""
        keys = frozenset({"text"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        _check_text(f"{field}.text", record["text"])


@dataclass(frozen=True, slots=True)
class Day:
    """{"date": "2026-01-31"}."""

    kind: str = "date"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the date is an ISO 8601 calendar date."""
        keys = frozenset({"date"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        _check_date(f"{field}.date", record["date"])


@dataclass(frozen=True, slots=True)
class Counts:
    """{"counts": {code: n}}: whole numbers by code; a code left out is a count of zero."""

    options: tuple[str, ...]
    kind: str = "counts"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless every code is known and every count is a whole number."""
        keys = frozenset({"counts"})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        counts = record["counts"]
        if not isinstance(counts, Mapping):
            raise FactValueError(f"{field}.counts", "The counts must be an object of code and number.")
        for code, count in counts.items():
            if code not in self.options:
                raise FactValueError(f"{field}.counts.{code}", "This code is not counted here.")
            _check_number(f"{field}.counts.{code}", count, low=0, high=1_000_000, integer=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of a Record: how it is checked, and whether it may be left out (unknown)."""

    name: str
    kind: str  # "number", "count", "yes_no", "choice", "date", "flags" or "text"
    low: float | None = 0
    high: float | None = None
    options: tuple[str, ...] = ()
    needed: bool = False

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the part's value has the part's kind."""
        if self.kind in {"number", "count"}:
            _check_number(field, value, low=self.low, high=self.high, integer=self.kind == "count")
        elif self.kind == "yes_no":
            if not isinstance(value, bool):
                raise FactValueError(field, "This must be true or false.")
        elif self.kind == "choice":
            if value not in self.options:
                raise FactValueError(field, "This is not one of the choices.")
        elif self.kind == "date":
            _check_date(field, value)
        elif self.kind == "flags":
            check_flag_map(field, value, self.options)
        else:
            _check_text(field, value)


@dataclass(frozen=True, slots=True)
class Record:
    """An object of named parts; at least one must be present."""

    parts: tuple[Part, ...]
    kind: str = "record"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless every part given is known and well formed."""
        record = _require_keys(
            field,
            value,
            allowed=frozenset(part.name for part in self.parts),
            needed=frozenset(part.name for part in self.parts if part.needed),
        )
        if not record:
            raise FactValueError(field, "At least one part must be given.")
        for part in self.parts:
            if part.name in record:
                part.check(f"{field}.{part.name}", record[part.name])


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings of an audit; what was closed cannot exceed what was found."""

    kind: str = "findings"
    parts: tuple[Part, ...] = (
        Part("critical", "count", needed=True),
        Part("major", "count", needed=True),
        Part("minor", "count", needed=True),
        Part("closed_major", "count"),
        Part("closed_minor", "count"),
        Part("audit_days", "number"),
        Part("audit_scope", "text"),
    )

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless the counts agree with each other."""
        Record(self.parts).check(field, value)
        for severity in ("major", "minor"):
            if value.get(f"closed_{severity}", 0) > value[severity]:
                raise FactValueError(f"{field}.closed_{severity}", "More findings are closed than were made.")


@dataclass(frozen=True, slots=True)
class Rows:
    """{name: [row, ...]}: a list of records."""

    name: str
    parts: tuple[Part, ...]
    kind: str = "rows"

    def check(self, field: str, value: Any) -> None:
        """Raise FactValueError unless every row is well formed; the row's position is part of the field."""
        keys = frozenset({self.name})
        record = _require_keys(field, value, allowed=keys, needed=keys)
        rows = record[self.name]
        if not isinstance(rows, list):
            raise FactValueError(f"{field}.{self.name}", "This must be a list.")
        schema = Record(self.parts)
        for index, row in enumerate(rows):
            schema.check(f"{field}.{self.name}.{index}", row)
