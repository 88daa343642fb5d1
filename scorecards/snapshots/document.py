"""The form of a frozen calculation: canonical JSON, its digest, and digests of its parts that say where it was changed.

A file holds `content`, the SHA-256 `digest` of the content's canonical JSON, and `parts`: a short digest of every
section, and of every entry of a candidate or a record, by path. The digest says whether anything was changed, the
parts say what.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.engine.cells import NUMBERS
from scorecards.engine.digest import canonical_json

FORMAT = "cdmo-eval/frozen-calculation/1"
DECIDED = "cdmo-eval/frozen-calculation/2"
"""With a part `decision`: what was decided on the calculation and is signed (see `decision`)."""
FORMATS = (FORMAT, DECIDED)
PART_DIGITS = 16
LISTS = ("candidates", "evidence", "waivers", "must_haves")
TABLES = ("decision",)
"""Sections whose entries are named in the digests of parts, and the entries of their lists."""
CELL = NUMBERS
"""The numbers of a cell, ppm, in the order of the engine."""


def digest_of(content: bytes) -> str:
    """SHA-256 (hex) of a content's canonical JSON."""
    return hashlib.sha256(content).hexdigest()


def parts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Path → the first 16 hexadecimal digits of the part's digest."""
    return {
        path: hashlib.sha256(canonical_json(part)).hexdigest()[:PART_DIGITS] for path, part in _parts(content)
    }


def _parts(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, section in content.items():
        if name in TABLES and isinstance(section, Mapping):
            yield from ((f"{name}.{key}", part) for key, part in section.items())
        elif name not in LISTS or not isinstance(section, list):
            yield name, section
        else:
            yield from _entries(name, section)


def _entries(name: str, section: list[Any]) -> Iterator[tuple[str, Any]]:
    yield f"{name}.length", len(section)
    for number, entry in enumerate(section):
        if isinstance(entry, Mapping):
            yield from ((f"{name}[{number}].{key}", part) for key, part in entry.items())
        else:
            yield f"{name}[{number}]", entry


def file_of(content: Mapping[str, Any]) -> bytes:
    """The file people keep: content, digest and parts, as canonical JSON."""
    frozen = canonical_json(content)
    return canonical_json({"content": content, "digest": digest_of(frozen), "parts": parts_of(content)})
