"""Cells of official files: dates as their authorities write them, establishment numbers, native ids."""

import hashlib
import re
from collections.abc import Callable
from datetime import date

from vendors.regulatory.formats.base import CellError, Values
from vendors.regulatory.identifiers import IdentifierError, normalise_fei

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: 0?0:00(?::00)?)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DUNS = re.compile(r"0*(\d{1,9})", re.ASCII)
_LONGEST_ID = 200
_LONGEST_INSPECTION = 9
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
    return _day(stripped, year, month, day)


def parse_iso_date(text: str) -> date:
    """A day from YYYY-MM-DD only: for sources outside America, where 03/04/2026 would be two days.

    Raises ValueError for anything else and for years outside 1900-2100.
    """
    stripped = text.strip()
    if match := _ISO.fullmatch(stripped):
        year, month, day = (int(part) for part in match.groups())
        return _day(stripped, year, month, day)
    if _US.fullmatch(stripped):
        raise ValueError(f"{stripped!r} can be read as two dates (write YYYY-MM-DD)")
    raise ValueError(f"{stripped[:40]!r} is not a date (YYYY-MM-DD)")


def parse_compact_date(text: str) -> date:
    """A day from YYYYMMDD, as FDA's interface writes it, or from the spellings of its exports.

    Raises ValueError for anything else and for years outside 1900-2100.
    """
    stripped = text.strip()
    if match := _COMPACT.fullmatch(stripped):
        year, month, day = (int(part) for part in match.groups())
        return _day(stripped, year, month, day)
    return parse_iso_or_us_date(stripped)


def _day(text: str, year: int, month: int, day: int) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"{text!r} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day of the calendar") from error


DateParser = Callable[[str], date]


def optional_date(values: Values, field: str, parse: DateParser = parse_iso_or_us_date) -> date | None:
    """The date of a cell, None when it is blank; raises CellError."""
    text = values.text(field)
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise CellError(field, str(error)) from error


def required_date(values: Values, field: str, parse: DateParser = parse_iso_or_us_date) -> date:
    """The date of a cell that must have one; raises CellError."""
    values.required(field)
    day = optional_date(values, field, parse)
    if day is None:
        raise CellError(field, "is blank")
    return day


def optional_fei(values: Values, field: str) -> str:
    """The establishment number of a cell in its compared form, "" when it is blank; raises CellError."""
    try:
        return normalise_fei(values.text(field))
    except IdentifierError as error:
        raise CellError(field, str(error)) from error


def required_fei(values: Values, field: str) -> str:
    """The establishment number of a cell in its compared form; raises CellError."""
    values.required(field)
    return optional_fei(values, field)


def required_number(values: Values, field: str) -> str:
    """A native id made of digits, without the ".0" of a spreadsheet; raises CellError."""
    text = values.required(field)
    digits = re.sub(r"\.0+$", "", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise CellError(field, f"{text[:40]!r} is not a number")
    return digits


def required_inspection(values: Values, field: str, *, fei: str) -> str:
    """The number of an inspection; raises CellError, also where a column carries the other one's name.

    Files are passed on with the two numbers mixed up: an FEI in the place of an inspection has ten digits, and
    no inspection has the number of its establishment.
    """
    number = required_number(values, field)
    if len(number) > _LONGEST_INSPECTION:
        raise CellError(field, f"{number!r} is not the number of an inspection; is the column another one?")
    if fei and number.lstrip("0") == fei:
        raise CellError(field, f"{number!r} is the FEI number too; is one of the columns another one?")
    return number


def normalise_duns(text: str) -> str:
    """A DUNS number as its nine digits: leading zeros are real and come back when a spreadsheet dropped them.

    Hyphens and the ".0" of a spreadsheet go. A blank gives ""; raises ValueError for anything else.
    """
    stripped = re.sub(r"\.0+$", "", text.strip().replace("-", ""))
    if not stripped:
        return ""
    match = _DUNS.fullmatch(stripped)
    if match is None or not int(match[1]):
        raise ValueError(f"{text.strip()[:40]!r} is not a DUNS number (9 digits)")
    return match[1].zfill(9)


def optional_duns(values: Values, field: str) -> str:
    """The DUNS number of a cell, "" when it is blank; raises CellError."""
    try:
        return normalise_duns(values.text(field))
    except ValueError as error:
        raise CellError(field, str(error)) from error


def made_id(*parts: str, prefix: str = "") -> str:
    """An id for a record whose source gives none: its parts in words, the same for the same parts.

    A long one is cut and ends in a digest of the whole, so that two of them never fall together.
    """
    whole = prefix + ", ".join(" ".join(part.split()) for part in parts if part.strip())
    if len(whole) <= _LONGEST_ID:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
    return f"{whole[: _LONGEST_ID - len(digest) - 2]} #{digest}"
