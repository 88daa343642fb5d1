"""Which encoding a text file is in, or why nobody can tell.

A wrong guess corrupts names silently, so a file that is neither UTF-8 nor UTF-16 with its mark is only read
when the encodings it could plausibly be in agree on every character.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from vendors.imports.errors import TableError

ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "iso8859-15",
    "cp1250",
    "cp1251",
    "cp1254",
    "cp1257",
    "iso8859-2",
    "mac_roman",
    "shift_jis",
    "cp949",
    "gb18030",
)
"""What a person may choose."""

_CHUNK = 1 << 20
_RIVALS = ("cp1252", "cp1250", "cp1254", "cp1257", "latin-1", "iso8859-15")
_SAVE_AS = "save it as CSV UTF-8, or say which encoding it is in"


def _agreed_bytes() -> bytes:
    """The bytes from 0xA0 on that all the rivals read as the same character."""
    return bytes(
        byte
        for byte in range(0xA0, 0x100)
        if len({bytes([byte]).decode(rival, "replace") for rival in _RIVALS}) == 1
    )


_NOT_AGREED = re.compile(
    b"["
    + b"".join(re.escape(bytes([byte])) for byte in range(0x80, 0x100) if byte not in _agreed_bytes())
    + b"]"
)
_UNLIKELY_RUN = re.compile(rb"[\x80-\xff]{3,}")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def detect_encoding(stream: BinaryIO) -> str:
    """The encoding of a whole text file: "utf-8-sig", "utf-8", "utf-16" or "cp1252".

    Reads the stream from its start to its end in chunks. Raises TableError for NUL characters, for bytes that
    are no text in the encoding that the file announces, and for a file whose encoding is uncertain.
    """
    stream.seek(0)
    start = stream.read(4)
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise TableError(f"The file is in UTF-32; {_SAVE_AS}.")
    if start.startswith(codecs.BOM_UTF8):
        return _verified(stream, "utf-8-sig")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _verified(stream, "utf-16")
    try:
        return _verified(stream, "utf-8")
    except _UndecodableError:
        _require_certain_cp1252(stream)
        return "cp1252"


def verify_encoding(stream: BinaryIO, encoding: str) -> str:
    """The named encoding, once the whole file is text in it: for known formats and for people who say it.

    Raises TableError for an encoding outside ``ENCODINGS`` and for bytes that are no text in it.
    """
    if encoding not in ENCODINGS:
        raise TableError(f"The encoding {encoding[:40]!r} is not read; known: {', '.join(ENCODINGS)}.")
    return _verified(stream, encoding)


class _UndecodableError(TableError):
    """Bytes that are no text in the tried encoding."""


class UncertainEncodingError(TableError):
    """A file in a single-byte encoding that cannot be told."""


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The whole stream from its start, ending with an empty chunk that flushes a decoder."""
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield chunk
    yield b""


def _verified(stream: BinaryIO, encoding: str) -> str:
    """The encoding, once every byte decodes and no character is NUL."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    for chunk in _chunks(stream):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += chunk[: error.start].count(b"\n")
            raise _UndecodableError(f"Line {line} is no text in {encoding}; {_SAVE_AS}.") from error
        nul = text.find("\0")
        if nul >= 0:
            line += text.count("\n", 0, nul)
            raise TableError(f"Line {line} holds a NUL character: this is not a text file.")
        line += text.count("\n")
    return encoding


def _require_certain_cp1252(stream: BinaryIO) -> None:
    """Refuse a file whose single-byte encoding cannot be told."""
    carried = b""
    for chunk in _chunks(stream):
        window = carried + chunk
        if _NOT_AGREED.search(window) or _UNLIKELY_RUN.search(window) or _CONTROL.search(window):
            raise UncertainEncodingError(
                f"The encoding of the file is uncertain (it is not UTF-8); {_SAVE_AS}."
            )
        carried = window[-2:]
