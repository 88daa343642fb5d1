"""One cell of a file of vendors: its text as the value that its column holds, or the reason why not."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from vendors.facts import FACTS
from vendors.imports.countries import country_code
from vendors.imports.errors import TableError
from vendors.imports.fields import ImportField, Kind
from vendors.imports.values import parse_date, parse_number
from vendors.models.constraints import (
    DUNS_PATTERN,
    EMA_LOCATION_PATTERN,
    EMA_ORGANISATION_PATTERN,
    FEI_PATTERN,
)

_NULLS = frozenset({"", "-"})
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})
_PARTS = re.compile(r"[;,\n]")
_PATTERNS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.DUNS: DUNS_PATTERN,
        Kind.EMA_ORGANISATION: EMA_ORGANISATION_PATTERN,
        Kind.EMA_LOCATION: EMA_LOCATION_PATTERN,
    }
)
_TOO_LARGE = Decimal("1e22")
_web_address = URLValidator(schemes=["http", "https"])


class CellProblem(ValueError):
    """A cell that cannot be taken: a code for programs and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def is_blank(text: str) -> bool:
    """Whether a cell says nothing: blank, or the dash that official files write for it."""
    return text.strip() in _NULLS


def read_cell(field: ImportField, text: str) -> Any:
    """The value of a cell that is not blank, in the type of the profile's column. Raises CellProblem."""
    return _READERS[field.kind](field, text.strip())


def _text(field: ImportField, text: str) -> str:
    said = " ".join(text.split())
    if len(said) > field.max_length:
        raise CellProblem("too_long", f"has {len(said)} characters; at most {field.max_length} fit")
    return said


def _words(field: ImportField, text: str) -> str:
    """A text as it stands, with its lines."""
    if len(text) > field.max_length:
        raise CellProblem("too_long", f"has {len(text)} characters; at most {field.max_length} fit")
    return text


def _url(field: ImportField, text: str) -> str:
    said = _text(field, text)
    try:
        _web_address(said)
    except ValidationError:
        raise CellProblem(
            "not_a_url", f"{said[:60]!r} is not a web address with http:// or https://"
        ) from None
    return said


def _number(field: ImportField, text: str) -> Decimal:
    try:
        number = parse_number(text, row=0, column="", largest=_TOO_LARGE)
    except TableError as error:
        raise CellProblem("not_a_number", error.message) from None
    if number is None:
        raise CellProblem("not_a_number", "is blank")
    if field.low is not None and number < Decimal(str(field.low)):
        raise CellProblem("too_small", f"{text} is below {field.low:g}")
    if field.high is not None and number > Decimal(str(field.high)):
        raise CellProblem("too_large", f"{text} is above {field.high:g}")
    return round(number, field.places).normalize() + Decimal(0)


def _whole(field: ImportField, text: str) -> int:
    number = _number(field, text)
    if number != number.to_integral_value():
        raise CellProblem("not_whole", f"{text} is not a whole number")
    return int(number)


def _yes_no(field: ImportField, text: str) -> bool:
    said = text.casefold()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise CellProblem("not_yes_or_no", f"{text[:40]!r} is neither yes nor no")


def _day(field: ImportField, text: str) -> date:
    try:
        day = parse_date(text, row=0, column="")
    except TableError as error:
        raise CellProblem("not_a_date", error.message) from None
    if day is None:
        raise CellProblem("not_a_date", "is blank")
    return day


def _country(field: ImportField, text: str) -> str:
    code = country_code(text)
    if code is None:
        raise CellProblem("unknown_country", f"{text[:60]!r} is not a country (two-letter code or name)")
    return code


def _fei(field: ImportField, text: str) -> str:
    digits = re.sub(r"\.0+$", "", text)
    if len(digits) > 10:
        digits = digits.lstrip("0")  # padding beyond the ten digits an FEI can have
    if not (digits.isascii() and re.fullmatch(FEI_PATTERN, digits) and digits.strip("0")):
        raise CellProblem("not_an_fei", f"{text[:40]!r} is not an FEI number (7 to 10 digits)")
    return digits


def _patterned(field: ImportField, text: str) -> str:
    said = text.upper()
    if not (said.isascii() and re.fullmatch(_PATTERNS[field.kind], said)):
        raise CellProblem("wrong_format", f"{text[:40]!r} is not of the form {field.kind.label}")
    return said


def _plain(text: str) -> str:
    """The form in which codes and labels are compared: "In-house" is in_house."""
    return re.sub(r"[^a-z0-9]+", "", text.casefold())


def _choice(field: ImportField, text: str) -> str:
    wanted = _plain(text)
    if text in field.options:
        return text
    for code in field.options:
        if wanted and wanted in (_plain(code), _plain(field.labels.get(code, ""))):
            return code
    country = country_code(text)
    if country in field.options:  # markets: any country is one
        return str(country)
    shown = ", ".join(field.options[:25])
    more = " …" if len(field.options) > 25 else ""
    raise CellProblem("unknown_choice", f"{text[:40]!r} is not one of {shown}{more}")


def _several(text: str) -> list[str]:
    """The parts of a cell, each once, in their order."""
    return list(dict.fromkeys(" ".join(part.split()) for part in _PARTS.split(text) if part.strip()))


def _choices(field: ImportField, text: str) -> list[str]:
    return list(dict.fromkeys(_choice(field, part) for part in _several(text)))


def _texts(field: ImportField, text: str) -> list[str]:
    return [_text(field, part) for part in _several(text)]


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in _several(text):
        name, equals, value = part.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise CellProblem("wrong_format", f"{part[:40]!r} is not of the form name=value")
        found.append((name.strip(), value.strip()))
    return found


def _ids(field: ImportField, text: str) -> dict[str, str]:
    return {_text(field, name): _text(field, value) for name, value in _pairs(text)}


def _counts(field: ImportField, text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, value in _pairs(text):
        if not (value.isascii() and value.isdigit() and len(value) <= 6):
            raise CellProblem("not_a_count", f"{value[:40]!r} is not a count")
        counts[_choice(field, name)] = int(value)
    return counts


def _rows(field: ImportField, text: str) -> list[dict[str, Any]]:
    """Entries such as EUROPE:C2_8:2025-01-31; the last part may itself hold colons."""
    assert field.fact is not None  # noqa: S101 - only facts are lists of rows
    schema: Any = FACTS[field.fact.code].schema
    entries = []
    for given in re.split(r"[;\n]", text):
        if not given.strip():
            continue
        cells = [cell.strip() for cell in given.split(":", len(schema.parts) - 1)]
        entry: dict[str, Any] = {}
        for part, cell in zip(schema.parts, cells, strict=False):
            if is_blank(cell):
                continue
            if part.kind == "date":
                entry[part.name] = _day(field, cell).isoformat()
            elif part.kind == "choice":
                options = ImportField(path=field.path, meaning="", kind=Kind.CHOICE, options=part.options)
                entry[part.name] = _choice(options, cell)
            else:
                entry[part.name] = _text(field, cell)
        entries.append(entry)
    return entries


_READERS: Mapping[Kind, Callable[[ImportField, str], Any]] = MappingProxyType(
    {
        Kind.TEXT: _text,
        Kind.WORDS: _words,
        Kind.URL: _url,
        Kind.WHOLE: _whole,
        Kind.NUMBER: _number,
        Kind.YES_NO: _yes_no,
        Kind.CHOICE: _choice,
        Kind.CHOICES: _choices,
        Kind.TEXTS: _texts,
        Kind.COUNTRY: _country,
        Kind.DAY: _day,
        Kind.FEI: _fei,
        Kind.DUNS: _patterned,
        Kind.EMA_ORGANISATION: _patterned,
        Kind.EMA_LOCATION: _patterned,
        Kind.IDS: _ids,
        Kind.COUNTS: _counts,
        Kind.ROWS: _rows,
    }
)


def shown(value: Any) -> str:
    """A value as the preview prints it; "" for what is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}={part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(
            ":".join(str(part) for part in item.values()) if isinstance(item, Mapping) else str(item)
            for item in value
        )
    return str(value)
