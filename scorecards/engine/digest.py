"""Digests: the same input gives the same bytes, and the same bytes the same SHA-256, everywhere.

Canonical JSON follows RFC 8785: keys sorted by their UTF-16 form, no spaces, UTF-8. Floats are refused, so
that no printing of numbers can differ. A scorecard is digested in two steps, candidates first, so that
5 000 candidates need no re-serialising when one of them changes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.exact import EngineError

LARGEST_INTEGER = 2**53 - 1
DIGEST_BYTES = 32


class DigestError(EngineError):
    """Something that has no canonical form; `name` is its place."""


def canonical_json(document: object) -> bytes:
    """The one canonical form of None, booleans, integers, text, lists and tables of these, as UTF-8.

    Raises DigestError, naming the place, for floats, other types, keys that are not text, integers beyond
    2**53 - 1 and text that is not valid Unicode.
    """
    text = json.dumps(_canonical(document, "$"), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _canonical(node: object, at: str) -> object:
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, int):
        if abs(node) > LARGEST_INTEGER:
            raise DigestError(at, "integer too large")
        return int(node)
    if isinstance(node, str):
        _utf16(node, at)
        return str(node)
    if isinstance(node, Mapping):
        for key in node:
            if not isinstance(key, str):
                raise DigestError(at, "a key must be text")
        ordered = sorted(node, key=lambda key: _utf16(key, at))
        return {str(key): _canonical(node[key], f"{at}.{key}") for key in ordered}
    if isinstance(node, list | tuple):
        return [_canonical(item, f"{at}[{i}]") for i, item in enumerate(node)]
    raise DigestError(at, f"{type(node).__name__} has no canonical form")


def _utf16(text: str, at: str) -> bytes:
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise DigestError(at, "text is not valid Unicode") from error


def canonical_digest(document: object) -> str:
    """SHA-256 (hex) of the canonical JSON. Raises DigestError as `canonical_json` does."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def candidate_digest(facts: object, cells: bytes) -> bytes:
    """The digest (32 bytes) of one candidate: its JSON facts (id, label, supply map, gates) and packed cells.

    `cells` come from `Cells.packed`. The length of the facts goes first, so that no two pairs share bytes.
    """
    head = canonical_json(facts)
    return hashlib.sha256(b"candidate\n" + len(head).to_bytes(8, "big") + head + cells).digest()


def scorecard_digest(settings: object, candidates: Iterable[tuple[str, bytes]]) -> str:
    """The digest (hex) of a scorecard: its JSON settings (weights, policy, stage, framework and engine
    version), then each candidate's id and digest, in the order of the ids.

    Raises DigestError for an id given twice or a digest that is not 32 bytes.
    """
    ordered = sorted(candidates)
    for (before, _), (candidate, _) in pairwise(ordered):
        if candidate == before:
            raise DigestError(candidate, "is given twice")
    parts: list[bytes] = []
    for candidate, leaf in ordered:
        if len(leaf) != DIGEST_BYTES:
            raise DigestError(candidate, "is not a digest of 32 bytes")
        name = candidate.encode("utf-8")
        parts += (len(name).to_bytes(4, "big"), name, leaf)
    return _scorecard(settings, b"".join(parts))


def scorecard_digest_of(settings: object, names: NDArray[np.bytes_], digests: NDArray[np.void]) -> str:
    """The same for ids of one length (ASCII) in their order, each with its digest as 32 raw bytes."""
    if (names[1:] <= names[:-1]).any():
        raise DigestError("candidates", "must be in the order of their ids, each once")
    width = names.dtype.itemsize
    rows = np.empty(
        len(names), dtype=[("length", ">u4"), ("name", f"S{width}"), ("leaf", f"V{DIGEST_BYTES}")]
    )
    rows["length"], rows["name"], rows["leaf"] = width, names, digests
    return _scorecard(settings, rows.tobytes())


def _scorecard(settings: object, candidates: bytes) -> str:
    head = canonical_json(settings)
    return hashlib.sha256(b"scorecard\n" + len(head).to_bytes(8, "big") + head + candidates).hexdigest()
