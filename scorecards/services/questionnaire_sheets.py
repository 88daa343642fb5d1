"""A workbook that a vendor filled in: read cell by cell against what was sent, kept whole or not at all."""

import io
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.formula_guard import safe_text
from cdmo_eval.core.policies import Actor, Permission
from scorecards.exporting.questionnaire_lines import LineFault, value_of
from scorecards.exporting.questionnaire_sheet import (
    ABOUT,
    ANSWER,
    COLUMNS,
    COMMENT,
    DIGEST_SHOWN,
    INSTEAD,
    INSTEADS,
    KEY,
    SHEET,
    SOURCE,
    TEXTS,
    SheetRow,
    sheet_rows,
)
from scorecards.models import QuestionnaireCopy
from scorecards.models.questionnaire import LONGEST_SOURCE, LONGEST_WORDS
from scorecards.selectors.questionnaires import item_list, present_answers, sees_answer
from scorecards.services.questionnaire_answers import Channel, Entry, Kind, State, record_answers
from scorecards.services.questionnaires import is_any_commercial, require_open
from scorecards.services.returned_sheets import refused, returned_rows
from vendors.imports.limits import MIB, Limits
from vendors.imports.tables import Row
from vendors.services import store_file
from vendors.services.writing import begin
from vendors.vocabulary import Confidentiality

LARGEST = 5 * MIB
LIMITS = Limits(xlsx_bytes=LARGEST, rows=20_000, columns=40, wall_seconds=20)
MOST_ERRORS = 50
_KIND_OF = {words.casefold(): kind for kind, words in INSTEADS.items()}
_CELLS = 10


@dataclass(frozen=True)
class Filled:
    """A row of the workbook that is one of ours: what was sent, and what the free cells say now."""

    number: int
    sent: SheetRow
    answer: str
    instead: str
    comment: str
    source: str

    @property
    def untouched(self) -> bool:
        """Whether the cells show what was written into them."""
        return (self.answer, self.instead, self.comment, self.source) == (
            self.sent.answer.strip(), self.sent.instead.strip(), self.sent.comment.strip(), self.sent.source.strip(),
        )  # fmt: skip


def sheet_of_copy(copy: QuestionnaireCopy, *, by: Actor) -> list[SheetRow]:
    """The rows of a copy's workbook with the answers that this reader may see; two queries.

    What is asked again stands blank: the same answer, given once more, is an answer.
    """
    items = {item.pk: item for item in item_list(copy)}
    present = present_answers(copy.organization, items.values())
    shown = {
        pk: answer for pk, answer in present.items()
        if sees_answer(by, items[pk].target) and items[pk].state != State.AGAIN
    }  # fmt: skip
    return sheet_rows(copy, items.values(), shown)


@transaction.atomic
def record_sheet(
    *,
    copy: QuestionnaireCopy,
    content: IO[bytes],
    name: str,
    by: Actor,
    now: datetime,
    answered_on: date | None = None,
) -> int:
    """Keep the answers of a workbook, and the workbook itself with its SHA-256; returns how many answers changed.

    All or nothing. Raises Invalid, naming each cell ("Questions!F7: …"), for what `read_answers` refuses.
    """
    begin(copy.organization, by, Permission.EDIT_QUESTIONNAIRES)
    data = content.read(LARGEST + 1)
    entries = read_answers(copy=copy, content=io.BytesIO(data), by=by)
    commercial = is_any_commercial(list(item_list(copy)))
    kept = store_file(
        organization=copy.organization, content=io.BytesIO(data), name=_file_name(name), vendor=copy.candidate.vendor, by=by, now=now,
        confidentiality=(Confidentiality.COMMERCIAL if commercial else Confidentiality.PUBLIC).value,
    )  # fmt: skip
    return record_answers(
        copy=copy,
        entries=entries,
        channel=Channel.SHEET.value,
        by=by,
        now=now,
        answered_on=answered_on,
        file=kept,
    )


def read_answers(*, copy: QuestionnaireCopy, content: IO[bytes], by: Actor) -> list[Entry]:
    """What a workbook answers; nothing is kept. Questions without an answer are left out, as they are.

    Raises Invalid, naming each cell, for a file that is no workbook of ours, a formula anywhere, a changed question or
    vendor, a row of another copy and an answer that is not of its kind; Conflict when no answer is taken.
    """
    require_open(copy)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        rows = returned_rows(
            Path(file.name), sheet=SHEET, columns=COLUMNS, limits=LIMITS, name="a questionnaire"
        )
    sent = sheet_of_copy(copy, by=by)
    by_key = {row.key: row for row in sent}
    errors: list[FieldError] = []
    filled: dict[int, list[Filled]] = {}
    seen: dict[str, int] = {}
    for row in rows:
        found = _known_row(row, copy, by_key, seen)
        if isinstance(found, FieldError):
            errors.append(found)
        elif found is not None:
            filled.setdefault(found.sent.item.pk, []).append(found)
    entries = []
    for lines in filled.values():
        answered = _entry(lines)
        errors += answered if isinstance(answered, list) else []
        entries += [answered] if isinstance(answered, Entry) else []
    if errors:
        more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
        raise Invalid(
            f"Nothing was kept. {errors[0].message}.{more}", code="bad_sheet", errors=errors[:MOST_ERRORS]
        )
    if not rows:
        raise refused("The workbook has no row to read.")
    return entries


def _known_row(
    row: Row, copy: QuestionnaireCopy, by_key: Mapping[str, SheetRow], seen: dict[str, int]
) -> Filled | FieldError | None:
    """The row as one of ours, or why it is refused; None for a blank one."""
    cells = [_plain(text) for text in (*row.cells, *[""] * _CELLS)][:_CELLS]
    key = cells[9]
    if not any(cells):
        return None
    sent = by_key.get(key)
    if sent is None:
        return _fault(row, KEY, "foreign", _why_foreign(key, copy))
    if key in seen:
        return _fault(row, KEY, "twice", f"this is row {seen[key]} a second time")
    seen[key] = row.number
    for column, text, was in zip(TEXTS, cells, sent.texts, strict=False):
        if text != _plain(was):
            what = "the vendor or site" if column == ABOUT else "the question"
            return _fault(row, column, "altered", f"{what} was changed: it read {was[:60]!r}")
    return Filled(row.number, sent, *cells[5:9])


def _why_foreign(key: str, copy: QuestionnaireCopy) -> str:
    parts = key.split("/")
    if len(parts) != 4:
        return "this row is not one of this questionnaire"
    if parts[0] != str(copy.public_id):
        return "this row is of another vendor's questionnaire or of another round"
    if parts[1] != copy.digest[:DIGEST_SHOWN]:
        return "this row is of another version of this questionnaire"
    return "this row is not one of this questionnaire"


def _entry(lines: list[Filled]) -> Entry | list[FieldError] | None:
    """What the rows of one question answer: None for nothing, or nothing new; else what is wrong."""
    if all(line.untouched for line in lines):
        return None
    if errors := [fault for line in lines for fault in _line_faults(line)]:
        return errors
    item, head = lines[0].sent.item, next((line for line in lines if line.sent.first), None)
    said = {line.sent.line.path: _own_text(line.answer) for line in lines if line.answer}
    if head and head.instead and said:
        return [_cell_fault(head, INSTEAD, "both", "give an answer or say why not, not both")]
    comment, source = (_own_text(head.comment), _own_text(head.source)) if head else ("", "")
    if head and head.instead:
        return Entry(item, _KIND_OF[head.instead.casefold()], None, comment, source)
    if not said and head and (comment or source):
        message = f"a comment needs an answer, “{INSTEADS['unknown']}” or “{INSTEADS['refused']}”"
        return [_cell_fault(head, ANSWER, "comment_alone", message)]
    if not said:
        return None
    try:
        value = value_of(item.target, [line.sent.line for line in lines], said)
    except LineFault as fault:
        at = next((line for line in lines if line.sent.line.path == fault.path), lines[0])
        return [_cell_fault(at, ANSWER, fault.code, fault.message)]
    return Entry(item, Kind.VALUE.value, value, comment, source)


def _line_faults(line: Filled) -> list[FieldError]:
    """What is wrong beside the answer of a row."""
    beside = ((INSTEAD, line.instead), (COMMENT, line.comment), (SOURCE, line.source))
    if not line.sent.first:
        message = "write this into the first row of the question"
        return [_cell_fault(line, column, "not_here", message) for column, text in beside if text][:1]
    found = []
    if line.instead and line.instead.casefold() not in _KIND_OF:
        message = f"choose {' or '.join(INSTEADS.values())}, or leave it blank"
        found.append(_cell_fault(line, INSTEAD, "unknown", message))
    for text, most, column in ((line.comment, LONGEST_WORDS, COMMENT), (line.source, LONGEST_SOURCE, SOURCE)):
        if len(text) > most:
            found.append(_cell_fault(line, column, "too_long", f"at most {most} characters"))
    return found


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _own_text(text: str) -> str:
    """A cell without the apostrophe that kept it from being a formula."""
    return text[1:] if text.startswith("'") and safe_text(text[1:]) == text else text


def _fault(row: Row, column: str, code: str, message: str) -> FieldError:
    cell = f"{SHEET}!{column}{row.number}"
    return FieldError(cell, code, f"{cell}: {message}")


def _cell_fault(line: Filled, column: str, code: str, message: str) -> FieldError:
    cell = f"{SHEET}!{column}{line.number}"
    return FieldError(cell, code, f"{cell}: {message}")


def _file_name(name: str) -> str:
    """The name the workbook is kept under; whatever it was called, it is a workbook."""
    return name if name.lower().endswith(".xlsx") else f"{name or 'answers'}.xlsx"
