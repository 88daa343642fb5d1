"""Read one sheet of a workbook under hard limits. A program of its own, started for each workbook.

Standard input is the workbook, the only argument is JSON (see ``Options``). Standard output gets one JSON
line naming the sheets, then one ``[row number, [cells]]`` per row that is not blank. A refusal is one JSON
line on standard error and exit status 2; status 3 is a lack of memory. Anything else that goes wrong ends the
process with another status or a signal, and the parent reports it.

It imports nothing of the product, so that it starts fast and holds nothing worth stealing.
"""

import datetime as dt
import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, TypedDict
from xml.parsers import expat

REFUSED = 2
OUT_OF_MEMORY = 3
_CHUNK = 1 << 16
_ENCODINGS = frozenset({"UTF-8", "UTF-16", "US-ASCII"})
_PLAIN_COMPRESSION = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_EXACT_INTEGERS = 1e15


class Options(TypedDict):
    """What to read, and how much at most."""

    sheet: str | None
    inflated_bytes: int
    members: int
    memory_bytes: int
    cpu_seconds: int
    output_bytes: int
    rows: int
    columns: int
    cell_characters: int


class RefusalError(Exception):
    """A workbook that is not read, with the reason for people and where it stands."""

    def __init__(self, message: str, row: int = 0, column: str = "") -> None:
        self.message = message
        self.row = row
        self.column = column
        super().__init__(message)


def limit_process(options: Options) -> None:
    """Bound memory, computing time and output, and never leave a core file with somebody's data."""
    _lower(resource.RLIMIT_AS, options["memory_bytes"])
    _lower(resource.RLIMIT_CPU, options["cpu_seconds"])
    _lower(resource.RLIMIT_FSIZE, 2 * options["output_bytes"])
    _lower(resource.RLIMIT_CORE, 0)


def _lower(what: int, value: int) -> None:
    """Set a limit, but never above the one that already holds."""
    _, hard = resource.getrlimit(what)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (bound, bound))


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


def text_of(value: object) -> str:
    """A cell's value as text: whole numbers without a point, days and times in ISO form."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < _EXACT_INTEGERS:
            return str(int(value))
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)


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
        if len(cells) > options["columns"]:
            raise RefusalError(
                f"has {len(cells)} cells; at most {options['columns']} columns are read", number
            )
        for position, cell in enumerate(cells, start=1):
            if len(cell) > options["cell_characters"]:
                raise RefusalError(
                    f"a cell of {len(cell)} characters; at most {options['cell_characters']} are read",
                    number,
                    str(position),
                )
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
    wanted = options["sheet"] if options["sheet"] is not None else next(iter(visible or names), "")
    if wanted not in names:
        listed = ", ".join(repr(name[:40]) for name in names[:20]) or "none"
        raise RefusalError(f"There is no sheet {wanted[:40]!r}; the workbook has {listed}.")
    sheet = book[wanted]
    part = str(sheet._worksheet_path).lstrip("/")  # noqa: SLF001 - the only way to the sheet's own part
    if _may_hold_formulas(archive, part):
        cell = formula_without_value(archive, part)
        if cell:
            raise RefusalError(
                f"Cell {cell} holds a formula without a saved result; "
                "open the workbook in a spreadsheet program and save it."
            )
    written = _line(out, {"sheets": names, "sheet": wanted})
    for row in rows_of(sheet, options):
        written += _line(out, row)
        if written > options["output_bytes"]:
            raise RefusalError("The sheet holds too much text.", row[0])
    out.flush()


def _line(out: BinaryIO, value: object) -> int:
    """Write one JSON line; returns its length."""
    return out.write(json.dumps(value).encode("ascii") + b"\n")


def main() -> int:
    """Run with the argument and the streams of the process; returns the exit status."""
    options: Options = json.loads(sys.argv[1])
    limit_process(options)
    try:
        read(sys.stdin.buffer, options, sys.stdout.buffer)
    except RefusalError as refusal:
        problem = {"message": refusal.message, "row": refusal.row, "column": refusal.column}
    except MemoryError:
        # The traceback keeps what filled the memory alive: nothing more can be made, not even a message.
        os._exit(OUT_OF_MEMORY)
    else:
        return 0
    sys.stderr.write(json.dumps(problem) + "\n")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
