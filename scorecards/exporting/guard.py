"""No text of ours becomes a formula in somebody's spreadsheet."""

import re
import unicodedata

from cdmo_eval.core.formula_guard import DANGEROUS, ESCAPE, LONGEST_CELL, safe_text

__all__ = ["DANGEROUS", "ESCAPE", "LONGEST_CELL", "safe_file_name", "safe_text"]


def safe_file_name(text: str) -> str:
    """A name for a download: letters, digits, dots and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:80] or "scorecard"
