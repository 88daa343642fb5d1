"""One person's ratings as a workbook: rate offline, and send it back.

Every row carries a hidden key that only this installation can make, of the invitation, the vendor, the criterion and the
words that name them: a row that was altered, copied from another sheet or made up is found when it comes back.
"""

import io
from datetime import UTC, datetime
from typing import Any, BinaryIO

import xlsxwriter
from django.http import FileResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from scorecards.engine.value_functions import Ordinal
from scorecards.exporting.guard import safe_file_name, safe_text
from scorecards.frameworks import Leaf
from scorecards.models import Candidate, Invitation
from scorecards.selectors.evaluators import Sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "My ratings"
COLUMNS = ("Vendor", "Criterion", "What the levels mean", "Level", "Abstain", "Comment", "Key")
VENDOR, CRITERION, MEANING, LEVEL, ABSTAIN, COMMENT, KEY = "ABCDEFG"
WIDTHS = (28, 34, 60, 8, 9, 50, 10)
YES = "yes"
_SALT = "scorecards.rating_sheet"
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def levels_of(leaf: Leaf) -> tuple[int, ...]:
    """The levels of a rubric, from the lowest."""
    function = leaf.value_function
    return tuple(level for level, _ in function.levels) if isinstance(function, Ordinal) else ()


def meaning_of(leaf: Leaf) -> str:
    """Every level with its words, one a line."""
    return "\n".join(f"{level}: {words}" for level, words in zip(levels_of(leaf), leaf.rubric, strict=False))


def names_of(candidate: Candidate, leaf: Leaf) -> tuple[str, str]:
    """The vendor and the criterion as the sheet names them."""
    return safe_text(str(candidate)), safe_text(f"{leaf.code} {leaf.name}")


def row_key(invitation: Invitation, candidate_id: str, leaf: str, names: tuple[str, str]) -> str:
    """The key of a row: whom it is about, and a seal over that, the invitation and the words beside it."""
    sealed = "\n".join((str(invitation.public_id), candidate_id, leaf, *names))
    seal = salted_hmac(_SALT, sealed, algorithm="sha256").hexdigest()[:32]
    return f"{candidate_id}/{leaf}/{seal}"


def is_key_of(key: str, invitation: Invitation, names: tuple[str, str]) -> bool:
    """Whether a key was made by us for this invitation and these words."""
    parts = key.split("/")
    if len(parts) != 3:
        return False
    return constant_time_compare(key, row_key(invitation, parts[0], parts[1], names))


def sheet_file(sheet: Sheet, *, now: datetime) -> FileResponse:
    """The workbook as an attachment."""
    target = io.BytesIO()
    write_sheet(sheet, target, now=now)
    target.seek(0)
    name = f"{safe_file_name(sheet.invitation.scorecard.name)}-my-ratings.xlsx"
    answer = FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def write_sheet(sheet: Sheet, target: BinaryIO, *, now: datetime) -> None:
    """One row for each vendor and criterion; only level, abstention and comment can be changed without unlocking."""
    book: Any = xlsxwriter.Workbook(target, _OPTIONS)
    book.set_properties({"title": "CDMO Eval", "created": now.astimezone(UTC).replace(tzinfo=None)})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    fixed = book.add_format({"text_wrap": True, "valign": "top", "locked": True})
    free = book.add_format({"text_wrap": True, "valign": "top", "locked": False, "bg_color": "#FFFBE6"})
    page = book.add_worksheet(SHEET)
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
    page.freeze_panes(1, 2)
    for column, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        page.set_column(column, column, width, None, {"hidden": title == "Key"})
        page.write_string(0, column, title, head)
    row = 0
    for candidate in sheet.candidates:
        for leaf in sheet.leaves:
            row += 1
            _write_row(page, row, sheet, candidate, leaf, (fixed, free))
    page.autofilter(0, 0, max(1, row), len(COLUMNS) - 1)
    book.close()


def _write_row(
    page: Any, row: int, sheet: Sheet, candidate: Candidate, leaf: Leaf, formats: tuple[Any, Any]
) -> None:
    fixed, free = formats
    names, said = names_of(candidate, leaf), sheet.given(candidate, leaf)
    key = row_key(sheet.invitation, str(candidate.public_id), leaf.code, names)
    for column, text in ((0, names[0]), (1, names[1]), (2, safe_text(meaning_of(leaf))), (6, key)):
        page.write_string(row, column, text, fixed)
    if said is not None and said.level is not None:
        page.write_number(row, 3, said.level, free)
    else:
        page.write_blank(row, 3, None, free)
    texts = (YES if said.abstained else "", safe_text(said.comment)) if said is not None else ("", "")
    for column, text in enumerate(texts, start=4):
        if text:
            page.write_string(row, column, text, free)
        else:
            page.write_blank(row, column, None, free)
    levels = [str(level) for level in levels_of(leaf)]
    page.data_validation(row, 3, row, 3, {"validate": "list", "source": levels, "ignore_blank": True})
    page.data_validation(row, 4, row, 4, {"validate": "list", "source": [YES], "ignore_blank": True})
