"""Workbooks of 1997 (XLS), written record by record: no kept package writes them.

A stream of BIFF8 records inside a compound file, as small as the readers accept.
"""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR = 512
_END_OF_CHAIN, _FAT_SECTOR, _FREE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_SMALLEST_STREAM = 4096
_DATE_STYLE = 1

Cell = str | float | tuple[float]
"""Text, a number, or a day as a number of days in a tuple."""


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cell(row: int, column: int, value: Cell) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)
    style, number = (_DATE_STYLE, value[0]) if isinstance(value, tuple) else (0, value)
    return _record(0x0203, struct.pack("<HHHd", row, column, style, number))


def workbook_stream(sheets: Mapping[str, Sequence[Sequence[Cell]]], *, password: bool = False) -> bytes:
    """The records of a workbook; blank texts are left out, as a spreadsheet program does."""
    pages = [
        _begin(0x0010)
        + b"".join(
            _cell(row, column, value)
            for row, cells in enumerate(rows)
            for column, value in enumerate(cells)
            if value != ""
        )
        + _record(0x000A)
        for rows in sheets.values()
    ]
    start = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    if password:
        start += _record(0x002F, struct.pack("<HHH", 0, 0x1234, 0x5678))
    start += b"".join(_record(0x00E0, struct.pack("<HH16x", 0, style)) for style in (0, 14))
    names = [name.encode("latin-1") for name in sheets]
    offset = len(start) + sum(4 + 8 + len(name) for name in names) + 4
    listed = b""
    for name, page in zip(names, pages, strict=True):
        listed += _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 0) + name)
        offset += len(page)
    return start + listed + _record(0x000A) + b"".join(pages)


def compound_file(path: Path, name: str, stream: bytes) -> Path:
    """A compound file of one stream."""
    stream = stream.ljust(max(_SMALLEST_STREAM, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    used = len(stream) // _SECTOR
    tables = 1
    while tables * (_SECTOR // 4) < used + 1 + tables:
        tables += 1
    chain = [*range(1, used), _END_OF_CHAIN, _END_OF_CHAIN, *[_FAT_SECTOR] * tables]
    chain += [_FREE] * (tables * (_SECTOR // 4) - len(chain))
    header = SIGNATURE + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, used, 0, 4096, _END_OF_CHAIN, 0, _END_OF_CHAIN, 0)
    places = [*range(used + 1, used + 1 + tables)]
    header += struct.pack("<109I", *places, *[_FREE] * (109 - tables))
    directory = _entry("Root Entry", 5, child=1) + _entry(name, 2, start=0, size=len(stream))
    path.write_bytes(
        header + stream + directory.ljust(_SECTOR, b"\0") + struct.pack(f"<{len(chain)}I", *chain)
    )
    return path


def _entry(name: str, kind: int, *, child: int = _FREE, start: int = _END_OF_CHAIN, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return entry + struct.pack("<III36xII4x", _FREE, _FREE, child, start, size)


def xls_file(
    folder: Path,
    rows: Sequence[Sequence[Cell]],
    *,
    name: str = "table.xls",
    sheet: str = "Data",
    more: Mapping[str, Sequence[Sequence[Cell]]] | None = None,
    password: bool = False,
) -> Path:
    """A workbook of 1997 with this sheet first."""
    stream = workbook_stream({sheet: rows, **(more or {})}, password=password)
    return compound_file(folder / name, "Workbook", stream)


def encrypted_xlsx(folder: Path) -> Path:
    """What a spreadsheet program saves when an XLSX workbook gets a password."""
    return compound_file(folder / "secret.xlsx", "EncryptedPackage", b"\x10\x27" * 3000)
