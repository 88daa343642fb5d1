"""The value of a fact out of one cell of text, in the shape that the fact has; written as its template explains.

number "2000" (with a unit beside it) · level "3" · share "8/10" · yes_no "yes" · choice and choices "CDMO", "PH1; PH2" ·
date "2026-05-20" · flags "ip_owner=1; audit=0.5" · counts "PH1=4" · money "1200.50 EUR" · record "months=4; cost_pct=10" ·
rows "EUROPE:C2_8:2025-01-31". A cell that starts with a brace is the value itself as JSON.
"""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vendors.facts import FACTS, Fact, FactValueError, validate_value
from vendors.facts.schema import Part
from vendors.imports.cells import CellProblem, read_cell
from vendors.imports.fields import ImportField, Kind
from vendors.services.columns import ScoredColumn

_LONGEST = 4_000
_RATE = re.compile(r"(\d{1,9})\s*(?:/|of)\s*(\d{1,9})", re.ASCII)
_MONEY = re.compile(r"(\S+)\s+([A-Za-z]{3})", re.ASCII)
_FLAGS = {"no": 0, "in part": 0.5, "yes": 1, "partly": 0.5}


def read_fact_value(code: str, text: str, unit: str = "") -> dict[str, Any]:
    """The value that a cell states of a fact. Raises CellProblem: invalid_value or the cell's own code."""
    fact = FACTS[code]
    if len(text) > _LONGEST:
        raise CellProblem("too_long", f"has {len(text)} characters; at most {_LONGEST} fit")
    if text.lstrip().startswith("{"):
        value = _json(text)
    else:
        value = _READERS[fact.schema.kind](fact, fact.schema, text.strip())
        if unit and fact.schema.kind == "number":
            value["unit"] = unit
    try:
        validate_value(code, value)
    except FactValueError as error:
        part = error.field.removeprefix("value").lstrip(".")
        raise CellProblem("invalid_value", f"{part}: {error.message}" if part else error.message) from None
    return value


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise CellProblem("invalid_value", "is not well-formed JSON") from None
    if not isinstance(value, dict):
        raise CellProblem("invalid_value", "is not a JSON object")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _field(kind: Kind, options: tuple[str, ...] = ()) -> ImportField:
    return ImportField(path="evidence.value", meaning="", kind=kind, options=options)


def _number(text: str) -> int | float:
    number = read_cell(_field(Kind.NUMBER), text)
    return int(number) if number == number.to_integral_value() else float(number)


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in re.split(r"[;\n]", text):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not (equals and name.strip() and value.strip()):
            raise CellProblem("wrong_format", f"{part.strip()[:40]!r} is not of the form name=value")
        found.append((name.strip(), value.strip()))
    return found


def _rate(fact: Fact, schema: Any, text: str) -> dict[str, Any]:
    found = _RATE.fullmatch(text)
    if found is None:
        raise CellProblem("wrong_format", f"{text[:40]!r} is not a share such as 8/10")
    return {"successes": int(found[1]), "attempts": int(found[2])}


def _flag(text: str) -> float:
    said = _FLAGS.get(text.casefold())
    if said is None:
        number = _number(text)
        said = int(number) if number == int(number) else number
    return said


def _flags(fact: Fact, schema: Any, text: str) -> dict[str, Any]:
    return {"flags": {name: _flag(value) for name, value in _pairs(text)}}


def _counts(fact: Fact, schema: Any, text: str) -> dict[str, Any]:
    return {"counts": read_cell(_field(Kind.COUNTS, schema.options), text)}


def _money(fact: Fact, schema: Any, text: str) -> dict[str, Any]:
    found = _MONEY.fullmatch(text)
    if found is None:
        raise CellProblem("wrong_format", f"{text[:40]!r} is not an amount such as 1200.50 EUR")
    return {"amount": _number(found[1]), "currency": found[2].upper()}


def _record(fact: Fact, schema: Any, text: str) -> dict[str, Any]:
    parts: Mapping[str, Part] = {part.name: part for part in schema.parts}
    flags = [part for part in schema.parts if part.kind == "flags"]
    value: dict[str, Any] = {}
    for name, said in _pairs(text):
        part = parts.get(name)
        if part is not None:
            value[name] = _part(part, said)
        elif flags and name in flags[0].options:
            value.setdefault(flags[0].name, {})[name] = _flag(said)
        else:
            raise CellProblem(
                "wrong_format", f"{name[:40]!r} is not a part of {fact.label}: {', '.join(parts)}"
            )
    return value


def _part(part: Part, text: str) -> Any:
    if part.kind in {"number", "count"}:
        return _number(text)
    if part.kind == "yes_no":
        return read_cell(_field(Kind.YES_NO), text)
    if part.kind == "choice":
        return read_cell(_field(Kind.CHOICE, part.options), text)
    if part.kind == "date":
        return read_cell(_field(Kind.DAY), text).isoformat()
    return text


def _rows(fact: Fact, schema: Any, text: str) -> dict[str, Any]:
    scored = ScoredColumn(fact.code, ())
    field = ImportField(path="evidence.value", meaning="", kind=Kind.ROWS, fact=scored)
    return {schema.name: read_cell(field, text)}


_READERS: Mapping[str, Callable[[Fact, Any, str], dict[str, Any]]] = MappingProxyType(
    {
        "rubric": lambda _fact, _schema, text: {"level": read_cell(_field(Kind.WHOLE), text)},
        "number": lambda _fact, _schema, text: {"number": _number(text)},
        "yes_no": lambda _fact, _schema, text: {"yes": read_cell(_field(Kind.YES_NO), text)},
        "choice": lambda _fact, schema, text: {
            "choice": read_cell(_field(Kind.CHOICE, schema.options), text)
        },
        "choices": lambda _fact, schema, text: {
            "choices": read_cell(_field(Kind.CHOICES if schema.options else Kind.TEXTS, schema.options), text)
        },
        "text": lambda _fact, _schema, text: {"text": text},
        "date": lambda _fact, _schema, text: {"date": read_cell(_field(Kind.DAY), text).isoformat()},
        "rate": _rate,
        "flags": _flags,
        "counts": _counts,
        "money": _money,
        "record": _record,
        "findings": _record,
        "rows": _rows,
    }
)
