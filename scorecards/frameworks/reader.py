"""Reading a definition (TOML or JSON) key by key, with errors that say where the fault is."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from scorecards.engine.exact import EngineError, exact
from scorecards.frameworks.model import FrameworkError


def to_fraction(raw: object, where: str) -> Fraction:
    """A number, or the text of one ("12.5", "1/3"), as an exact fraction. Raises FrameworkError."""
    try:
        if isinstance(raw, str):
            return Fraction(raw) if "/" in raw else Fraction(Decimal(raw))
        if isinstance(raw, int | float | Decimal | Fraction):
            return exact(raw, name=where)
    except (ValueError, InvalidOperation, OverflowError, ZeroDivisionError, EngineError) as error:
        raise FrameworkError(where, f"{raw!r} is not a number") from error
    raise FrameworkError(where, f"{raw!r} is not a number")


def number_text(number: Fraction) -> int | str:
    """A fraction as JSON without floats: an integer, a decimal text, or "numerator/denominator"."""
    if number.denominator == 1:
        return number.numerator
    scaled, places = number, 0
    while scaled.denominator != 1 and places < 12:
        scaled, places = scaled * 10, places + 1
    if scaled.denominator != 1:
        return f"{number.numerator}/{number.denominator}"
    sign, digits = "-" if number < 0 else "", str(abs(scaled.numerator)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def to_mapping(raw: object, where: str) -> Mapping[str, Any]:
    """The value as a table. Raises FrameworkError for anything else."""
    if not isinstance(raw, Mapping) or not all(isinstance(key, str) for key in raw):
        raise FrameworkError(where, "must be a table")
    return raw


def to_list(raw: object, where: str) -> Sequence[Any]:
    """The value as a list. Raises FrameworkError for anything else."""
    if not isinstance(raw, list | tuple):
        raise FrameworkError(where, "must be a list")
    return raw


class Table:
    """One table of a definition. Every key must be read; `done` refuses what nobody asked for."""

    def __init__(self, raw: object, where: str) -> None:
        self.where = where
        self._raw = dict(to_mapping(raw, where))

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}"

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._raw

    def unread(self) -> tuple[str, ...]:
        """The keys not read yet, in the order written."""
        return tuple(self._raw)

    def take(self, key: str) -> object:
        """The value of a required key, unchecked."""
        if key not in self._raw:
            raise FrameworkError(self.where, f"{key} is missing")
        return self._raw.pop(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Text; required (and not blank) without a default."""
        if default is not None and key not in self._raw:
            return default
        raw = self.take(key)
        if not isinstance(raw, str) or (default is None and not raw.strip()):
            raise FrameworkError(self._at(key), "must be text")
        return raw

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        raw = self._raw.pop(key, default)
        if not isinstance(raw, bool):
            raise FrameworkError(self._at(key), "must be true or false")
        return raw

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number, 0 or more."""
        raw = self.take(key) if default is None else self._raw.pop(key, default)
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
            raise FrameworkError(self._at(key), "must be a whole number, 0 or more")
        return raw

    def months(self, key: str) -> int | None:
        """A whole number of months, or None when the key is absent or null."""
        if self._raw.get(key) is None:
            self._raw.pop(key, None)
            return None
        return self.integer(key)

    def number(self, key: str) -> Fraction:
        """A number as an exact fraction."""
        return to_fraction(self.take(key), self._at(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        items = to_list(self._raw.pop(key, ()), self._at(key))
        if not all(isinstance(item, str) for item in items):
            raise FrameworkError(self._at(key), "must be a list of texts")
        return tuple(items)

    def list_of(self, key: str, *, required: bool = False) -> Sequence[Any]:
        """A list of anything; empty when absent unless required."""
        return to_list(self.take(key) if required else self._raw.pop(key, ()), self._at(key))

    def tables(self, key: str, *, required: bool = False) -> list["Table"]:
        """A list of tables."""
        items = self.list_of(key, required=required)
        return [Table(item, f"{self._at(key)}[{i}]") for i, item in enumerate(items)]

    def weights(self, key: str) -> tuple[tuple[str, Fraction], ...]:
        """A table of numbers, in the order written; empty when absent."""
        raw = to_mapping(self._raw.pop(key, {}), self._at(key))
        return tuple((code, to_fraction(number, f"{self._at(key)}.{code}")) for code, number in raw.items())

    def pairs(self, key: str, *, required: bool = False) -> tuple[tuple[str, Fraction], ...]:
        """A list of [name, number]."""
        pairs = []
        for i, item in enumerate(self.list_of(key, required=required)):
            where = f"{self._at(key)}[{i}]"
            pair = to_list(item, where)
            if len(pair) != 2 or not isinstance(pair[0], str):
                raise FrameworkError(where, "must be [name, number]")
            pairs.append((pair[0], to_fraction(pair[1], where)))
        return tuple(pairs)

    def done(self) -> None:
        """Refuse keys that nobody read: a misspelt key must not be silently without effect."""
        if self._raw:
            raise FrameworkError(self.where, f"unknown key {', '.join(sorted(self._raw))}")
