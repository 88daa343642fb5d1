"""Workbooks of our own that come back filled in: the guard and the reading that all of them share."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

from cdmo_eval.core.errors import FieldError, Invalid
from vendors.imports.limits import Limits
from vendors.imports.tables import Row, TableError, open_table

_CHUNK = 1 << 16


def returned_rows(path: Path, *, sheet: str, columns: Sequence[str], limits: Limits, name: str) -> list[Row]:
    """The rows of our own sheet; `name` says what it is. Raises Invalid for anything else, naming a cell with a formula."""
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            raise refused("The file is not a workbook (.xlsx).")
    try:
        with open_table(path, sheet=sheet, limits=limits) as table:
            if table.header != columns:
                raise refused(f"The header is not that of {name}: {', '.join(columns)}.")
            rows = list(table.rows)
    except TableError as error:
        raise refused(_sentence(str(error))) from error
    if cell := first_formula(path):
        message = f"{cell} holds a formula: write the value itself"
        raise Invalid(
            f"Nothing was kept. {message}.", code="bad_sheet", errors=[FieldError(cell, "formula", message)]
        )
    return rows


def first_formula(path: Path) -> str:
    """The first cell of a workbook (checked before for its size) that holds a formula, "" without one."""
    found: list[str] = []
    inside: list[str] = []

    def start(tag: str, attributes: dict[str, Any]) -> None:
        local = tag.rpartition(":")[2]
        if local == "c":
            inside.append(str(attributes.get("r", "?"))[:10])
        elif local == "f" and inside and not found:
            found.append(inside[-1])

    def end(tag: str) -> None:
        if tag.rpartition(":")[2] == "c" and inside:
            inside.pop()

    with zipfile.ZipFile(path) as archive:
        # every part: a workbook may keep its sheets where it likes
        for name in sorted(
            part.filename for part in archive.infolist() if part.filename.lower().endswith(".xml")
        ):
            parser = expat.ParserCreate()
            parser.StartElementHandler, parser.EndElementHandler = start, end
            with archive.open(name) as part:
                while (chunk := part.read(_CHUNK)) and not found:
                    parser.Parse(chunk, False)  # noqa: FBT003 - not the last piece
    return found[0] if found else ""


def refused(message: str) -> Invalid:
    """Why a whole workbook is refused."""
    return Invalid(
        f"Nothing was kept. {message}", code="bad_sheet", errors=[FieldError("file", "bad_sheet", message)]
    )


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."
