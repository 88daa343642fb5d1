"""Cells of official files: dates as FDA writes them, establishment numbers, yes and no."""

import re
from datetime import date

from vendors.regulatory.formats.base import CellError, Values
from vendors.regulatory.identifiers import IdentifierError, normalise_fei

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: 0?0:00(?::00)?)?", re.ASCII)
_FIRST_YEAR = 1900
_LAST_YEAR = 2100


def parse_iso_or_us_date(text: str) -> date:
    """A day from YYYY-MM-DD or MM/DD/YYYY, also with a midnight that a spreadsheet added.

    Raises ValueError for anything else and for years outside 1900-2100.
    """
    stripped = text.strip()
    if match := _ISO.fullmatch(stripped):
        year, month, day = (int(part) for part in match.groups())
    elif match := _US.fullmatch(stripped):
        month, day, year = (int(part) for part in match.groups())
    else:
        raise ValueError(f"{stripped[:40]!r} is not a date (YYYY-MM-DD or MM/DD/YYYY)")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"{stripped!r} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{stripped!r} is not a day of the calendar") from error


def required_date(values: Values, field: str) -> date:
    """The date of a cell that must have one; raises CellError."""
    try:
        return parse_iso_or_us_date(values.required(field))
    except CellError:
        raise
    except ValueError as error:
        raise CellError(field, str(error)) from error


def required_fei(values: Values, field: str) -> str:
    """The establishment number of a cell in its compared form; raises CellError."""
    try:
        return normalise_fei(values.required(field))
    except IdentifierError as error:
        raise CellError(field, str(error)) from error


def required_number(values: Values, field: str) -> str:
    """A native id made of digits, without the ".0" of a spreadsheet; raises CellError."""
    text = values.required(field)
    digits = re.sub(r"\.0+$", "", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise CellError(field, f"{text[:40]!r} is not a number")
    return digits
