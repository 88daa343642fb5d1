"""Scored profile columns and the evidence they are projections of: which belongs to which, and how to convert.

A scored column is never written by hand. What a form enters is encoded as the value of a fact; the winning
record is decoded back into the columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Model

from cdmo_eval.core.errors import FieldError, Invalid
from vendors.facts import FACTS
from vendors.models import Capability, ServiceOffering, Site, Vendor
from vendors.vocabulary import ServiceCode

LARGEST_COUNT = 2_147_483_647
"""The largest whole number that a counting column holds."""

_PAIRS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "vendor.ecovadis": (("score", "ecovadis_score"), ("on", "ecovadis_on")),
    "vendor.sbti": (("status", "sbti_status"), ("on", "sbti_on")),
}
_UNIT_COLUMN = {"scale_min": "batch_unit", "scale_max": "batch_unit", "annual_capacity": "rate_unit"}
_KEY_OF_KIND = {
    "rubric": "level",
    "number": "number",
    "yes_no": "yes",
    "choice": "choice",
    "choices": "choices",
    "date": "date",
    "counts": "counts",
    "text": "text",
}
_ALSO_FILLED_BY = {"vendor.ecovadis": ("SUS2",)}
"""Criteria whose own evidence says the same thing as a field."""


@dataclass(frozen=True)
class ScoredColumn:
    """One fact and the model columns it fills."""

    code: str
    columns: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every target whose evidence can fill the columns."""
        return (self.code, *_ALSO_FILLED_BY.get(self.code, ()))

    def encode(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The fact's value out of column values; None when they say nothing."""
        if self.code in _PAIRS:
            value = {
                part: _plain(row[column])
                for part, column in _PAIRS[self.code]
                if row[column] is not None and row[column] != ""
            }
            return value if _PAIRS[self.code][0][0] in value else None
        content = row[self.columns[0]]
        if content is None or content in ("", [], {}):
            return None
        schema = FACTS[self.code].schema
        if schema.kind == "rows":
            return {schema.name: _plain(content)}  # type: ignore[attr-defined]
        value = {_KEY_OF_KIND[schema.kind]: _plain(content)}
        unit = _UNIT_COLUMN.get(self.columns[0])
        if unit is not None and row[unit]:
            value["unit"] = row[unit]
        return value

    def decode(
        self, target: str, value: Mapping[str, Any] | None, obtained_on: date | None
    ) -> dict[str, Any]:
        """Column values out of the winning record's value; blanks without one.

        Raises Invalid for a number that the column cannot hold.
        """
        if value is None:
            return {column: _blank(self.model, column) for column in self.columns if not _is_unit(column)}
        if target != self.code:  # a criterion's bare number stands for the score on the day it was obtained
            value = {"score": value["number"], "on": obtained_on.isoformat() if obtained_on else None}
        if self.code in _PAIRS:
            return {column: _typed(self.model, column, value.get(part)) for part, column in _PAIRS[self.code]}
        schema = FACTS[self.code].schema
        key = schema.name if schema.kind == "rows" else _KEY_OF_KIND[schema.kind]  # type: ignore[attr-defined]
        main = self.columns[0]
        decoded = {main: _typed(self.model, main, value.get(key))}
        if main in _UNIT_COLUMN and value.get("unit"):
            decoded[_UNIT_COLUMN[main]] = value["unit"]
        return decoded

    @property
    def model(self) -> type[Model]:
        """The table of the columns."""
        return _MODELS[self.code.partition(".")[0]]


_MODELS: Mapping[str, type[Model]] = {
    "vendor": Vendor,
    "site": Site,
    "capability": Capability,
    "service": ServiceOffering,
}


def _is_unit(column: str) -> bool:
    return column in {"batch_unit", "rate_unit"}


def _plain(content: Any) -> Any:
    """A column's content as JSON holds it."""
    if isinstance(content, Decimal):
        return int(content) if content == content.to_integral_value() else float(content)
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, Mapping):
        return {key: _plain(part) for key, part in content.items() if part is not None and part != ""}
    if isinstance(content, list | tuple):
        return [_plain(part) for part in content]
    return content


def _blank(model: type[Model], column: str) -> Any:
    """What the column holds when nothing is known."""
    field = model._meta.get_field(column)
    if getattr(field, "null", False):
        return None
    if column == "region":
        return ""
    default = getattr(field, "default", "")
    return default() if callable(default) else default


def _typed(model: type[Model], column: str, content: Any) -> Any:
    """JSON content as the column's Python type, rounded to its decimals."""
    if content is None:
        return _blank(model, column)
    kind = model._meta.get_field(column).get_internal_type()
    if kind == "DecimalField":
        places = model._meta.get_field(column).decimal_places  # type: ignore[union-attr]
        return Decimal(str(content)).quantize(Decimal(1).scaleb(-places))
    if kind == "DateField":
        return date.fromisoformat(content)
    if kind in {"PositiveIntegerField", "PositiveSmallIntegerField"} and content > LARGEST_COUNT:
        raise Invalid(
            "This number is too large.",
            errors=[FieldError("value.number", "too_large", "This number is too large.")],
        )
    return content


def _columns_of(code: str) -> tuple[str, ...]:
    if code in _PAIRS:
        return tuple(column for _, column in _PAIRS[code])
    main = FACTS[code].column
    return (main, _UNIT_COLUMN[main]) if main in _UNIT_COLUMN else (main,)


@cache
def scored_columns(model: type[Model]) -> tuple[ScoredColumn, ...]:
    """The scored columns of vendor, site or capability."""
    prefix = next(name for name, known in _MODELS.items() if known is model)
    return tuple(
        ScoredColumn(code, _columns_of(code))
        for code, fact in FACTS.items()
        if fact.column and code.partition(".")[0] == prefix
    )


@cache
def service_columns(service: str) -> tuple[ScoredColumn, ...]:
    """The scored columns of one service."""
    return tuple(
        ScoredColumn(code, _columns_of(code)) for code in FACTS if code.startswith(f"service.{service}.")
    )


def columns_of_row(row: Model) -> tuple[ScoredColumn, ...]:
    """The scored columns of one row."""
    return service_columns(row.code) if isinstance(row, ServiceOffering) else scored_columns(type(row))


@cache
def scored_names(model: type[Model]) -> frozenset[str]:
    """The names of all scored columns of a model, units left out (they are written beside)."""
    found: Sequence[ScoredColumn] = (
        service_columns(ServiceCode.PREFORM.value) if model is ServiceOffering else scored_columns(model)
    )
    return frozenset(name for column in found for name in column.columns if not _is_unit(name))


@cache
def projected_codes() -> frozenset[str]:
    """Every target whose evidence fills a column."""
    found = [*scored_columns(Vendor), *scored_columns(Site), *scored_columns(Capability)]
    for service in ServiceCode:
        found += service_columns(service.value)
    return frozenset(code for column in found for code in column.codes)
