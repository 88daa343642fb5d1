"""Numbers and dates from the text of a cell, with the cell named when they cannot be read."""

import re
from datetime import date
from decimal import Decimal

from vendors.imports.errors import TableError
from vendors.regulatory.formats.values import parse_iso_or_us_date

LARGEST_NUMBER = Decimal("1e15")
"""No quantity of the domain comes near; beyond it a number is a mistake or an attack."""
_MOST_DIGITS = 40
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_US_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}.*", re.ASCII)


def parse_number(text: str, *, row: int, column: str, largest: Decimal = LARGEST_NUMBER) -> Decimal | None:
    """The number of a cell, None when it is blank.

    Point as decimal sign and no thousands separator: "1,234" would be two different numbers in two countries.
    Refused with the cell named: NaN, infinity and anything of `largest` (1e15) or more, such as 1e308.
    """
    stripped = text.strip()
    if not stripped:
        return None
    if len(stripped) > _MOST_DIGITS or not _NUMBER.fullmatch(stripped):
        hint = " (write 1234.5: decimal point, no thousands separator)" if "," in stripped else ""
        raise TableError(f"{stripped[:40]!r} is not a number{hint}", row, column)
    number = Decimal(stripped)
    if abs(number) >= largest:
        raise TableError(f"{stripped} is too large (at most {largest:.0e})", row, column)
    return number


def parse_date(text: str, *, row: int, column: str, us_order: bool = False) -> date | None:
    """The day of a cell, None when it is blank.

    YYYY-MM-DD; MM/DD/YYYY only where the file is known to be American, as 03/04/2026 is two days otherwise.
    Refused with the cell named: other spellings, days that do not exist, years outside 1900-2100.
    """
    stripped = text.strip()
    if not stripped:
        return None
    if _US_DATE.fullmatch(stripped) and not us_order:
        raise TableError(f"{stripped[:40]!r} can be read as two dates: write YYYY-MM-DD", row, column)
    try:
        return parse_iso_or_us_date(stripped)
    except ValueError as error:
        raise TableError(str(error), row, column) from error
