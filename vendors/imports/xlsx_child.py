"""Read one sheet of a workbook (XLSX). A program of its own under hard limits: see ``child_process.py``."""

import sys
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from vendors.imports.child_process import Options, Output, RefusalError, run, sheet_to_read, text_of

_CHUNK = 1 << 16
_ENCODINGS = frozenset({"UTF-8", "UTF-16", "US-ASCII"})
_PLAIN_COMPRESSION = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def check_archive(archive: zipfile.ZipFile, options: Options) -> None:
    """Refuse an archive of too many parts or too much content, and parts with a DTD or an entity.

    Sizes that the archive states are not believed: every part is inflated and counted.
    """
    parts = archive.infolist()
    if len(parts) > options["members"]:
        raise RefusalError(f"The workbook has {len(parts)} parts; at most {options['members']} are read.")
    if len({part.filename for part in parts}) != len(parts):
        raise RefusalError("The workbook holds two parts of the same name.")
    left = options["inflated_bytes"]
    for part in parts:
        if part.flag_bits & 1:
            raise RefusalError("The workbook is protected by a password.")
        if part.compress_type not in _PLAIN_COMPRESSION:
            raise RefusalError(f"The part {part.filename[:80]!r} is compressed in an unusual way.")
        left = _check_part(archive, part, left)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    """Inflate one part, parse it when it is XML, and return how many bytes may still come."""
    parser: expat.XMLParserType | None = None
    first = True
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise RefusalError("The content of the workbook is too large once unpacked.")
            if first:
                first = False
                parser = _strict_parser(part.filename) if _looks_like_xml(chunk) else None
            if parser is not None:
                _feed(parser, chunk, part.filename, final=False)
    if parser is not None:
        _feed(parser, b"", part.filename, final=True)
    return left


def _looks_like_xml(chunk: bytes) -> bool:
    """Whether a part starts as XML does in any encoding that the parser understands."""
    return chunk.lstrip(b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n").startswith(b"<")


def _strict_parser(name: str) -> expat.XMLParserType:
    """A parser that stops at a document type, an entity or an encoding in which one could hide."""

    def refuse_dtd(*_: object) -> None:
        raise RefusalError(f"The part {name[:80]!r} declares a document type or an entity.")

    def check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in _ENCODINGS:
            raise RefusalError(f"The part {name[:80]!r} is in the encoding {encoding[:40]!r}.")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.EntityDeclHandler = refuse_dtd
    parser.XmlDeclHandler = check_declaration
    return parser


def _feed(parser: expat.XMLParserType, chunk: bytes, name: str, *, final: bool) -> None:
    try:
        parser.Parse(chunk, final)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            raise MemoryError from error
        raise RefusalError(f"The part {name[:80]!r} is not well-formed XML.") from error


def formula_without_value(archive: zipfile.ZipFile, name: str) -> str:
    """The first cell of a sheet that holds a formula but no saved result, or ""."""
    found: list[str] = []
    state = {"cell": "", "formula": False, "value": False, "inside": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if local == "c":
            # A formula whose result is the empty text is saved as an empty value of type "str".
            state.update(
                cell=attributes.get("r", "?"), formula=False, value=attributes.get("t") == "str", inside=False
            )
        elif local == "f":
            state["formula"] = True
        elif local == "v":
            state["inside"] = True

    def text(_: str) -> None:
        if state["inside"]:
            state["value"] = True

    def end(tag: str) -> None:
        local = tag.rpartition(":")[2]
        if local == "v":
            state["inside"] = False
        elif local == "c" and state["formula"] and not state["value"] and not found:
            found.append(str(state["cell"]))

    parser = _strict_parser(name)
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    with archive.open(name) as content:
        while (chunk := content.read(_CHUNK)) and not found:
            _feed(parser, chunk, name, final=False)
    return found[0] if found else ""


def _may_hold_formulas(archive: zipfile.ZipFile, name: str) -> bool:
    """A cheap look before the careful one: whether the letters of a formula tag occur at all."""
    tail = b""
    with archive.open(name) as content:
        while chunk := content.read(_CHUNK):
            if b"<f" in tail + chunk or b":f" in tail + chunk:
                return True
            tail = chunk[-1:]
    return False


def rows_of(sheet: Any, options: Options) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each only as wide as its own cells reach.

    The size that a sheet states is forgotten first: a stated million columns would be filled with blanks.
    """
    sheet.reset_dimensions()
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > options["rows"] + 1:
            raise RefusalError(f"The sheet has more than {options['rows']} rows.", number)
        cells = [text_of(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def read(source: BinaryIO, options: Options, out: BinaryIO) -> None:
    """Check the workbook, then write its sheet. Raises RefusalError."""
    try:
        archive = zipfile.ZipFile(source)
    except zipfile.BadZipFile as error:
        raise RefusalError("The workbook is damaged or cut off.") from error
    check_archive(archive, options)
    # The reader would load NumPy where it is installed: its threads alone reserve more than the limit.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import openpyxl  # noqa: PLC0415 - after the limits are set and the archive is checked

    book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
    names = [sheet.title for sheet in book.worksheets]
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    wanted = sheet_to_read(names, visible, options)
    sheet = book[wanted]
    part = str(sheet._worksheet_path).lstrip("/")  # noqa: SLF001 - the only way to the sheet's own part
    if _may_hold_formulas(archive, part):
        cell = formula_without_value(archive, part)
        if cell:
            raise RefusalError(
                f"Cell {cell} holds a formula without a saved result; "
                "open the workbook in a spreadsheet program and save it."
            )
    output = Output(out, options, what="sheet")
    output.about(sheets=names, sheet=wanted)
    for number, cells in rows_of(sheet, options):
        output.row(number, cells)


def main() -> int:
    """Run as a program; returns the exit status."""
    return run(read)
