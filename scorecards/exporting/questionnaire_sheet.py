"""A candidate's copy of a questionnaire as a workbook: the vendor fills it in offline and sends it back.

Each cell to fill in stands beside the words it answers to and a key of copy, question, part and digest. What comes back is
compared with what was sent: a changed question, another vendor's row or an older workbook is found by its cell.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

import xlsxwriter
from django.http import FileResponse

from scorecards.exporting.guard import safe_file_name, safe_text
from scorecards.exporting.questionnaire_lines import Line, cells_of, kept_lines
from scorecards.exporting.rating_sheet import XLSX
from scorecards.models import QuestionnaireAnswer, QuestionnaireCopy, QuestionnaireItem

SHEET, READ_ME, LISTS = "Questions", "Read me", "Choices"
COLUMNS = (
    "No.", "About", "Question", "Part", "How to answer", "Answer", "Instead of an answer", "Comment", "Where it is shown", "Key",
)  # fmt: skip
NUMBER, ABOUT, QUESTION, PART, HOW, ANSWER, INSTEAD, COMMENT, SOURCE, KEY = "ABCDEFGHIJ"
TEXTS = (NUMBER, ABOUT, QUESTION, PART, HOW)
WIDTHS = (6, 26, 46, 24, 34, 30, 18, 36, 36, 10)
UNKNOWN, REFUSED = "Don't know", "Not disclosed"
INSTEADS = {
    QuestionnaireAnswer.Kind.UNKNOWN.value: UNKNOWN,
    QuestionnaireAnswer.Kind.REFUSED.value: REFUSED,
}
DIGEST_SHOWN = 16
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class SheetRow:
    """One row: the words that stand fixed, and what the free cells show."""

    item: QuestionnaireItem
    line: Line
    first: bool
    texts: tuple[str, str, str, str, str]
    key: str
    answer: str = ""
    instead: str = ""
    comment: str = ""
    source: str = ""


def sheet_rows(
    copy: QuestionnaireCopy,
    items: Iterable[QuestionnaireItem],
    present: dict[int, QuestionnaireAnswer],
) -> list[SheetRow]:
    """The rows of a copy, with the answers that stand now. `items` come with their questions, in their order."""
    return [row for item in items for row in _rows_of(copy, item, present.get(item.pk))]


def _rows_of(
    copy: QuestionnaireCopy, item: QuestionnaireItem, answer: QuestionnaireAnswer | None
) -> Iterable[SheetRow]:
    value = answer.value if answer else None
    lines = kept_lines(item.question.content, value)
    cells = cells_of(lines, value) if value else {}
    question = item.question
    words = f"{question.wording}\n{question.help_text}" if question.help_text else question.wording
    for place, line in enumerate(lines):
        first = place == 0
        unit = question.content["unit"] if line.path == "value__number" else ""
        hint = f"{line.hint} In {unit}." if unit else line.hint
        said = answer if first else None
        yield SheetRow(
            item, line, first, (str(item.number), safe_text(item.about), safe_text(words), safe_text(line.label), safe_text(hint)),
            key_of(copy, item, line), safe_text(cells.get(line.path, "")),
            INSTEADS.get(said.kind, "") if said else "", safe_text(said.comment) if said else "", safe_text(said.source) if said else "",
        )  # fmt: skip


def key_of(copy: QuestionnaireCopy, item: QuestionnaireItem, line: Line) -> str:
    """What a row carries to be known again."""
    return f"{copy.public_id}/{copy.digest[:DIGEST_SHOWN]}/{item.number}/{line.path}"


def questionnaire_file(copy: QuestionnaireCopy, rows: Sequence[SheetRow], *, now: datetime) -> FileResponse:
    """The workbook as an attachment."""
    target = io.BytesIO()
    write_questionnaire(copy, rows, target, now=now)
    target.seek(0)
    name = f"{safe_file_name(f'{copy.questionnaire} {copy.candidate.vendor.name}')}.xlsx"
    answer = FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def write_questionnaire(
    copy: QuestionnaireCopy, rows: Sequence[SheetRow], target: BinaryIO, *, now: datetime
) -> None:
    """Write the workbook. Only what a vendor fills in can be changed without unlocking; answers are text as typed."""
    book: Any = xlsxwriter.Workbook(target, _OPTIONS)
    book.set_properties({"title": "CDMO Eval", "created": now.astimezone(UTC).replace(tzinfo=None)})
    shape = {"text_wrap": True, "valign": "top"}
    head = book.add_format({**shape, "bold": True, "bottom": 1})
    fixed = book.add_format({**shape, "locked": True})
    free = book.add_format({**shape, "locked": False, "bg_color": "#FFFBE6", "num_format": "@"})
    _write_read_me(book.add_worksheet(READ_ME), copy, head, fixed)
    page = book.add_worksheet(SHEET)
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
    page.freeze_panes(1, 3)
    for column, (title, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        page.set_column(column, column, width, None, {"hidden": title == "Key"})
        page.write_string(0, column, title, head)
    lists = _Lists(book.add_worksheet(LISTS))
    for number, row in enumerate(rows, start=1):
        _write_row(page, number, row, lists, fixed, free)
    page.autofilter(0, 0, max(1, len(rows)), len(COLUMNS) - 1)
    page.activate()
    book.close()


def _write_read_me(page: Any, copy: QuestionnaireCopy, head: Any, fixed: Any) -> None:
    questionnaire = copy.questionnaire
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 100)
    lines = (
        ("Questionnaire", str(questionnaire)),
        ("For", copy.candidate.vendor.name),
        ("Please answer until", copy.deadline.isoformat() if copy.deadline else ""),
        ("Send it back to", questionnaire.contact),
        ("Message", questionnaire.message),
        ("How to fill it in", f"Write into the shaded cells of the sheet “{SHEET}”. One row is one part of a question; a part left blank is not answered."),
        ("No answer", f"Choose “{UNKNOWN}” or “{REFUSED}” in the first row of a question. A question without any answer counts after the day above as if it had been refused."),
        ("Where it is shown", "Name the document, page or person, so that the answer can be looked up."),
        ("Please keep", "the other cells as they are: each answer is read back by the words beside it."),
        ("Id", str(copy.public_id)),
        ("SHA-256 of what is asked", copy.digest),
    )  # fmt: skip
    for row, (title, text) in enumerate(lines):
        page.write_string(row, 0, title, head)
        page.write_string(row, 1, safe_text(text), fixed)


class _Lists:
    """The sheet of allowed answers: one column for each list, written once."""

    def __init__(self, page: Any) -> None:
        self.page, self.known = page, {}  # type: ignore[var-annotated]
        page.hide()

    def range_of(self, words: tuple[str, ...]) -> str:
        """The address of a list."""
        if words not in self.known:
            column = len(self.known)
            for row, text in enumerate(words):
                self.page.write_string(row, column, safe_text(text))
            name = xlsxwriter.utility.xl_col_to_name(column, True)  # noqa: FBT003 - an absolute address
            self.known[words] = f"={LISTS}!{name}$1:{name}${len(words)}"
        return str(self.known[words])


def _write_row(page: Any, number: int, row: SheetRow, lists: _Lists, fixed: Any, free: Any) -> None:
    for column, text in enumerate(row.texts):
        page.write_string(number, column, text, fixed)
    page.write_string(number, 9, row.key, fixed)
    for column, text in ((5, row.answer), (6, row.instead), (7, row.comment), (8, row.source)):
        allowed = free if column == 5 or row.first else fixed
        if text:
            page.write_string(number, column, text, allowed)
        else:
            page.write_blank(number, column, None, allowed)
    if row.line.kind == "choice":
        source = lists.range_of(tuple(words for _, words in row.line.options))
        page.data_validation(number, 5, number, 5, {"validate": "list", "source": source})
    if row.first:
        page.data_validation(number, 6, number, 6, {"validate": "list", "source": list(INSTEADS.values())})
