"""FDA establishment identifiers (FEI), as files write them and as they are compared."""

import re

_FEI = re.compile(r"0*([1-9][0-9]{0,9})(?:\.0+)?")


class IdentifierError(ValueError):
    """A text that cannot be an establishment identifier."""


def normalise_fei(text: str) -> str:
    """The form of an FEI in which two are compared: digits, no leading zeros, no ".0" of a spreadsheet.

    A blank gives "" (unknown). At most ten significant digits; older numbers are shorter than seven once
    their padding is gone, so there is no lower limit. Raises IdentifierError for anything else, also for a
    number that a spreadsheet rounded to scientific notation: its last digits are lost.
    """
    stripped = text.strip()
    if not stripped:
        return ""
    match = _FEI.fullmatch(stripped)
    if match is None or not stripped.isascii():
        raise IdentifierError(f"{stripped[:40]!r} is not an FEI number (up to 10 digits)")
    return match[1]
