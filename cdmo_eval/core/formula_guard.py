"""No text of ours becomes a formula in somebody's spreadsheet."""

import re
import unicodedata

DANGEROUS = frozenset("=+-@\t\r\n|%")
ESCAPE = "'"
LONGEST_CELL = 32_767
"""What one spreadsheet cell holds."""
_UNSEEN = re.compile(
    r"^[\s\u0000-\u0020\u007f-\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]+"
)
_CONTROL = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff\ud800-\udfff]")


def safe_text(text: str) -> str:
    """The text as it may stand in a cell.

    A text that a spreadsheet could take for a formula, in plain or full-width spelling and also behind blanks or signs
    that nobody sees, begins with an apostrophe. Control characters are dropped, too long a text is cut.
    """
    clean = _CONTROL.sub("", text)
    head = clean[:1]
    first = _UNSEEN.sub("", clean)[:1]
    if head in DANGEROUS or unicodedata.normalize("NFKC", first)[:1] in DANGEROUS:
        clean = ESCAPE + clean
    return clean if len(clean) <= LONGEST_CELL else clean[: LONGEST_CELL - 1] + "…"
