"""A sheet of ratings that comes back: read cell by cell, shown as changes, kept all or nothing."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core import signing

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.formula_guard import safe_text
from cdmo_eval.core.policies import Actor
from scorecards.exporting.rating_sheet import (
    ABSTAIN,
    COLUMNS,
    COMMENT,
    CRITERION,
    KEY,
    LEVEL,
    SHEET,
    VENDOR,
    YES,
    is_key_of,
    levels_of,
    names_of,
)
from scorecards.frameworks import Leaf
from scorecards.models import Candidate, Invitation, Rating
from scorecards.models.evaluation import LONGEST_COMMENT
from scorecards.selectors.evaluators import Sheet, sheet_of
from scorecards.services.evaluators import Entry, save_ratings
from scorecards.services.returned_sheets import refused, returned_rows
from vendors.imports.limits import MIB, Limits
from vendors.imports.tables import Row

LIMITS = Limits(xlsx_bytes=5 * MIB, rows=50_000, columns=40, wall_seconds=20)
MOST_ERRORS = 50
SIGNED_FOR_SECONDS = 3600
_SALT = "scorecards.rating_sheet.preview"
_YES = frozenset({"yes", "y", "x", "true", "1"})
_NO = frozenset({"", "no", "n", "false", "0"})


@dataclass(frozen=True)
class SheetChange:
    """One cell of the sheet that differs from what is kept. `revision` is that of what was there, 0 for nothing."""

    cell: str
    candidate: Candidate
    leaf: Leaf
    level: int | None
    abstained: bool
    comment: str
    before: Rating | None

    @property
    def revision(self) -> int:
        """Of what the change was made on."""
        return self.before.revision if self.before else 0

    @property
    def old(self) -> str:
        """What is kept now, in words."""
        return _words(self.before.level, self.before.abstained) if self.before else "not rated"

    @property
    def new(self) -> str:
        """What the sheet says, in words."""
        return _words(self.level, self.abstained)

    @property
    def old_comment(self) -> str:
        """The comment that is kept now."""
        return self.before.comment if self.before else ""


@dataclass(frozen=True)
class SheetRead:
    """A sheet without a fault: how many rows it has, and which of them change something."""

    rows: int
    changes: tuple[SheetChange, ...]


def read_sheet(*, invitation: Invitation, content: IO[bytes], by: Actor) -> SheetRead:
    """What a workbook changes of one's own ratings; nothing is kept.

    Raises Invalid, naming each cell ("D7: 6 is not on the scale 0–5"), for a file that is no workbook of ours, a formula
    anywhere, an altered or foreign row and a value off its scale; Conflict after submitting.
    """
    if not invitation.open:
        raise Conflict("These ratings were submitted: what is submitted stands.", code="submitted")
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        rows = returned_rows(
            Path(file.name), sheet=SHEET, columns=COLUMNS, limits=LIMITS, name="a sheet of ratings"
        )
    sheet = sheet_of(invitation)
    candidates = {str(candidate.public_id): candidate for candidate in sheet.candidates}
    leaves = {leaf.code: leaf for leaf in sheet.leaves}
    errors: list[FieldError] = []
    changes: list[SheetChange] = []
    seen: dict[str, int] = {}
    for row in rows:
        found = _cell_of(row, invitation, candidates, leaves, seen)
        if isinstance(found, FieldError):
            errors.append(found)
            continue
        change = _change_of(row, sheet, *found)
        errors += change if isinstance(change, list) else []
        changes += [change] if isinstance(change, SheetChange) else []
    if errors:
        more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
        raise Invalid(
            f"Nothing was kept. {errors[0].message}.{more}", code="bad_sheet", errors=errors[:MOST_ERRORS]
        )
    if not rows:
        raise refused("The sheet has no row to read.")
    return SheetRead(len(rows), tuple(changes))


def save_sheet(*, invitation: Invitation, changes: Sequence[SheetChange], by: Actor, now: datetime) -> int:
    """Keep the changes of a sheet, all or nothing; returns how many ratings changed."""
    entries = [Entry(row.candidate, row.leaf.code, row.level, row.abstained, row.comment) for row in changes]
    return save_ratings(invitation=invitation, entries=entries, by=by, now=now)


def sealed_changes(invitation: Invitation, changes: Iterable[SheetChange]) -> str:
    """The changes of a preview, signed, for the page to hand back: what is kept is what was shown."""
    rows = [
        [str(row.candidate.public_id), row.leaf.code, row.level, row.abstained, row.comment, row.revision]
        for row in changes
    ]
    return signing.dumps([str(invitation.public_id), rows], salt=_SALT, compress=True)


def save_sealed(*, invitation: Invitation, sealed: str, by: Actor, now: datetime) -> int:
    """Keep what a preview showed. Raises Conflict when a rating changed since, or the preview is too old."""
    try:
        owner, rows = signing.loads(sealed, salt=_SALT, max_age=SIGNED_FOR_SECONDS)
    except signing.BadSignature:
        raise Conflict("This preview is too old. Upload the sheet again.", code="preview_expired") from None
    if owner != str(invitation.public_id):
        raise Conflict("This preview is of another sheet.", code="preview_foreign")
    sheet = sheet_of(invitation)
    candidates = {str(candidate.public_id): candidate for candidate in sheet.candidates}
    entries = []
    for candidate_id, leaf, level, abstained, comment, revision in rows:
        candidate = candidates.get(candidate_id)
        before = sheet.said.get((candidate.pk, leaf)) if candidate else None
        if candidate is None or (before.revision if before else 0) != revision:
            raise Conflict("Ratings changed since the preview. Upload the sheet again.", code="changed_since")
        entries.append(Entry(candidate, leaf, level, abstained, comment))
    return save_ratings(invitation=invitation, entries=entries, by=by, now=now)


def _cell_of(
    row: Row,
    invitation: Invitation,
    candidates: dict[str, Candidate],
    leaves: dict[str, Leaf],
    seen: dict[str, int],
) -> tuple[Candidate, Leaf] | FieldError:
    """Whom and what a row is about, or why it is refused."""
    names, key = (row.cells[0], row.cells[1]), row.cells[6]
    candidate_id, _, rest = key.partition("/")
    candidate, leaf = candidates.get(candidate_id), leaves.get(rest.partition("/")[0])
    if not is_key_of(key, invitation, names):
        column, message = KEY, "this row is not one of your sheet"
        if candidate is not None and leaf is not None:
            expected = names_of(candidate, leaf)
            if is_key_of(key, invitation, expected):
                column = VENDOR if names[0] != expected[0] else CRITERION
                was = expected[0] if column == VENDOR else expected[1]
                message = f"this row is about {was!r} and cannot be made another"
        return _fault(row, column, "altered", message)
    if candidate is None or leaf is None:
        return _fault(row, VENDOR, "not_asked", "you are no longer asked about this")
    if key in seen:
        return _fault(row, KEY, "twice", f"this is row {seen[key]} a second time")
    seen[key] = row.number
    return candidate, leaf


def _change_of(
    row: Row, sheet: Sheet, candidate: Candidate, leaf: Leaf
) -> SheetChange | list[FieldError] | None:
    """What a row changes: None for nothing, a list of faults when it cannot be read."""
    errors = []
    level_text, abstain_text, comment = (
        row.cells[3].strip(),
        row.cells[4].strip().casefold(),
        row.cells[5].strip(),
    )
    levels, level = levels_of(leaf), None
    if level_text:
        level = (
            int(level_text) if level_text.isascii() and level_text.isdigit() and len(level_text) < 4 else None
        )
        if level not in levels:
            shown = level_text[:20]
            errors.append(
                _fault(row, LEVEL, "off_scale", f"{shown} is not on the scale {levels[0]}–{levels[-1]}")
            )
    if abstain_text not in _YES | _NO:
        errors.append(_fault(row, ABSTAIN, "not_yes", f"write {YES} or leave it empty"))
    abstained = abstain_text in _YES
    if level is not None and abstained:
        errors.append(_fault(row, ABSTAIN, "both", "give a level or abstain, not both"))
    before = sheet.said.get((candidate.pk, leaf.code))
    comment = _as_written(comment, before.comment if before else "")
    if len(comment) > LONGEST_COMMENT:
        errors.append(_fault(row, COMMENT, "too_long", f"a comment has at most {LONGEST_COMMENT} characters"))
    if errors:
        return errors
    kept = (before.level, before.abstained, before.comment) if before else (None, False, "")
    if (level, abstained, comment) == kept:
        return None
    return SheetChange(f"{LEVEL}{row.number}", candidate, leaf, level, abstained, comment, before)


def _as_written(text: str, kept: str) -> str:
    """A comment without the apostrophe that keeps it from being a formula; the kept one where it is untouched."""
    if text == safe_text(kept).strip():
        return kept
    return text[1:] if text.startswith("'") and safe_text(text[1:]) == text else text


def _fault(row: Row, column: str, code: str, message: str) -> FieldError:
    cell = f"{column}{row.number}"
    return FieldError(cell, code, f"{cell}: {message}")


def _words(level: int | None, abstained: bool) -> str:  # noqa: FBT001 - a pair that says one thing
    if abstained:
        return "abstained"
    return "not rated" if level is None else str(level)
