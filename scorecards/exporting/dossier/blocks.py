"""The parts a section of a dossier is made of: what the template draws, and the workbook writes."""

from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]
Value = str | dict[str, str] | None


def paragraph(text: str) -> Block:
    """A paragraph."""
    return {"kind": "paragraph", "text": text}


def note(text: str) -> Block:
    """A small remark below a table or drawing."""
    return {"kind": "note", "text": text}


def missing(text: str) -> Block:
    """Says that something was not frozen, and why."""
    return {"kind": "missing", "text": text}


def warning(text: str) -> Block:
    """What nobody may overlook."""
    return {"kind": "warning", "text": text}


def quote(text: str) -> Block:
    """Words of a person."""
    return {"kind": "quote", "text": text}


def heading(text: str) -> Block:
    """A heading inside a section."""
    return {"kind": "heading", "text": text}


def facts(rows: Iterable[tuple[str, Value]]) -> Block:
    """Titled lines."""
    return {"kind": "facts", "rows": [list(row) for row in rows]}


def drawing(svg: str, alt: str) -> Block:
    """A chart, with what it says in words."""
    return {"kind": "drawing", "svg": svg, "alt": alt}


def table(
    columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Value]], below: Sequence[str] = ()
) -> Block:
    """A table. A column is its title and its width: "auto", "2fr" or "18mm", with "#" before it where it holds numbers.

    `below` is a line of small print under each row, over its whole width: digests.
    """
    return {
        "kind": "table",
        "columns": [
            {"title": title, "width": width.lstrip("#"), "number": width.startswith("#")}
            for title, width in columns
        ],
        "rows": [{"cells": list(row), "below": line} for row, line in zip(rows, below, strict=True)]
        if below
        else [list(row) for row in rows],
    }


def styled(text: str, style: str) -> dict[str, str]:
    """A text in a style: strong, muted, mono, name, good, warn, bad or unknown."""
    return {"text": text, "style": style}


def section(title: str, *blocks: Block) -> Block:
    """A titled section."""
    return {"title": title, "blocks": list(blocks)}


def words(value: Value) -> str:
    """A cell as plain text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else value["text"]
