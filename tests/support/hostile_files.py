"""Files that attack a reader of tables, made on the spot; none is larger on disk than a few megabytes.

Each builder writes one file and returns its path. ``HOSTILE`` lists them with the words that a person is to
read when one is refused.
"""

import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_WORKBOOK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_WORKBOOK_RELS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)
_SHEET_START = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<dimension ref="{dimension}"/><sheetData>'
)
_SHEET_END = "</sheetData></worksheet>"
_HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>value</t></is></c></row>'


def workbook(
    path: Path,
    rows: str = "",
    *,
    dimension: str = "A1:B2",
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>',
    parts: Mapping[str, bytes] | None = None,
) -> Path:
    """A workbook of one sheet "Data" with the columns name and value and the given rows as XML.

    ``parts`` adds parts, or replaces those of the same name.
    """
    sheet = prolog + _SHEET_START.format(dimension=dimension) + _HEADER + rows + _SHEET_END
    contents = {
        "[Content_Types].xml": _CONTENT_TYPES.encode(),
        "_rels/.rels": _RELS.encode(),
        "xl/workbook.xml": _WORKBOOK.encode(),
        "xl/_rels/workbook.xml.rels": _WORKBOOK_RELS.encode(),
        "xl/worksheets/sheet1.xml": sheet.encode(),
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def inline(column: str, row: int, text: str) -> str:
    """A cell with its text in place."""
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'


def zip_bomb(folder: Path) -> Path:
    """65 KB that unpack to more than 64 MB."""
    return workbook(folder / "bomb.xlsx", parts={"xl/media/image1.png": b"\0" * (65 * 1024 * 1024)})


def lying_sizes(folder: Path) -> Path:
    """The same, with directory entries that state ten bytes."""
    path = zip_bomb(folder)
    data = bytearray(path.read_bytes())
    position = data.rfind(b"PK\x01\x02")
    while position >= 0:
        data[position + 24 : position + 28] = (10).to_bytes(4, "little")
        position = data.rfind(b"PK\x01\x02", 0, position)
    lying = folder / "lying.xlsx"
    lying.write_bytes(bytes(data))
    return lying


def many_members(folder: Path) -> Path:
    """Parts by the thousand."""
    return workbook(folder / "members.xlsx", parts={f"xl/p{number}.xml": b"<a/>" for number in range(2000)})


def document_type(folder: Path) -> Path:
    """A sheet with entities that multiply."""
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    return workbook(folder / "dtd.xlsx", prolog=f'<?xml version="1.0"?>{entities}')


def external_entity(folder: Path) -> Path:
    """A shared-strings part that asks for a file of the machine, in UTF-16."""
    xml = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
    return workbook(folder / "xxe.xlsx", parts={"xl/sharedStrings.xml": xml.encode("utf-16")})


def hidden_encoding(folder: Path) -> Path:
    """A part in an encoding in which a document type is not spelled with ASCII bytes."""
    declaration = b'<?xml version="1.0" encoding="cp037"?>'
    body = '<!DOCTYPE x [<!ENTITY a "ha">]><x/>'.encode("cp037")
    return workbook(folder / "ebcdic.xlsx", parts={"xl/sharedStrings.xml": declaration + body})


def formula_without_result(folder: Path) -> Path:
    """A cell with a formula that no program has calculated."""
    return workbook(folder / "formula.xlsx", '<row r="2"><c r="B2"><f>1+1</f><v></v></c></row>')


def large_cell(folder: Path) -> Path:
    """A cell of 10 MB."""
    return workbook(folder / "cell.xlsx", f'<row r="2">{inline("A", 2, "x" * 10_000_000)}</row>')


def far_cell(folder: Path) -> Path:
    """A cell in the last column of a spreadsheet."""
    return workbook(folder / "far.xlsx", f'<row r="2">{inline("XFD", 2, "x")}</row>')


def far_row(folder: Path) -> Path:
    """A row number that would take years to count to."""
    return workbook(folder / "far_row.xlsx", f'<row r="99999999999">{inline("A", 2, "x")}</row>')


def cut_workbook(folder: Path) -> Path:
    """Half of a workbook."""
    whole = workbook(folder / "whole.xlsx").read_bytes()
    path = folder / "cut.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    return path


def not_xml(folder: Path) -> Path:
    """A sheet that stops in the middle."""
    return workbook(folder / "broken.xlsx", parts={"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"})


def zip_of_nothing_known(folder: Path) -> Path:
    """An archive that is no workbook."""
    path = folder / "archive.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return path


def same_name_twice(folder: Path) -> Path:
    """Two parts of one name: readers disagree about which counts."""
    path = workbook(folder / "twice.xlsx")
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        archive.writestr("xl/worksheets/sheet1.xml", "<other/>")
    return path


def old_workbook(folder: Path) -> Path:
    """The start of a workbook of the time before XLSX, with nothing behind it."""
    path = folder / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    return path


def _text(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


UNCERTAIN = (
    "The encoding of the file is uncertain (it is not UTF-8); "
    "save it as CSV UTF-8, or say which encoding it is in."
)
HOSTILE: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "zip bomb": (zip_bomb, "The content of the workbook is too large once unpacked."),
    "lying sizes": (lying_sizes, "The workbook is damaged or is not a workbook."),
    "many members": (many_members, "The workbook has 2005 parts; at most 500 are read."),
    "document type": (
        document_type,
        "The part 'xl/worksheets/sheet1.xml' declares a document type or an entity.",
    ),
    "external entity": (
        external_entity,
        "The part 'xl/sharedStrings.xml' declares a document type or an entity.",
    ),
    "hidden encoding": (hidden_encoding, "The part 'xl/sharedStrings.xml' is in the encoding 'cp037'."),
    "formula without result": (
        formula_without_result,
        "Cell B2 holds a formula without a saved result; open the workbook in a spreadsheet program and save it.",
    ),
    "large cell": (large_cell, "row 2, column 1: a cell of 10000000 characters; at most 32767 are read"),
    "far cell": (far_cell, "row 2: has 16384 cells; at most 512 columns are read"),
    "far row": (far_row, "row 1000002: The sheet has more than 1000000 rows."),
    "cut workbook": (cut_workbook, "The workbook is damaged or cut off."),
    "broken XML": (not_xml, "The part 'xl/worksheets/sheet1.xml' is not well-formed XML."),
    "other archive": (zip_of_nothing_known, "The workbook is damaged or is not a workbook."),
    "same name twice": (same_name_twice, "The workbook holds two parts of the same name."),
    "old workbook": (
        old_workbook,
        "The workbook is damaged or cut off, or is not a workbook.",
    ),
    "empty archive": (_text("none.xlsx", b"PK\x05\x06" + b"\0" * 18), "The file is an empty archive."),
    "pdf": (_text("letter.csv", b"%PDF-1.7\n..."), "The file is a PDF document."),
    "gzip": (_text("table.csv", b"\x1f\x8b\x08\0"), "The file is a compressed file; unpack it first."),
    "empty": (_text("empty.csv", b""), "The file is empty."),
    "only blank lines": (_text("blank.csv", b"\n\r\n,,\n\n"), "The file has no header row."),
    "nul": (
        _text("nul.csv", b"a,b\n1,\0\n"),
        "Line 2 holds a NUL character: this is not a text file.",
    ),
    "utf-16 without mark": (
        _text("utf16.csv", "a,b\n1,2\n".encode("utf-16-le")),
        "Line 1 holds a NUL character: this is not a text file.",
    ),
    "utf-32": (
        _text("utf32.csv", "a,b\n".encode("utf-32")),
        "The file is in UTF-32; save it as CSV UTF-8, or say which encoding it is in.",
    ),
    "cyrillic": (
        _text("cyrillic.csv", "name,city\n1,\u041c\u043e\u0441\u043a\u0432\u0430\n".encode("cp1251")),
        UNCERTAIN,
    ),
    "cut utf-16": (
        _text("cut16.csv", "a,b\n1,2\n".encode("utf-16")[:-1]),
        "Line 2 is no text in utf-16; save it as CSV UTF-8, or say which encoding it is in.",
    ),
    "quote that never ends": (
        _text("quote.csv", b'a,b\n1,2\n"3,4\n5,6\n'),
        "row 3: a quoted cell never ends: the file is cut off, or a quotation mark is not doubled",
    ),
    "text after a quote": (
        _text("after.csv", b'a,b\n"1"x,2\n'),
        "row 2: text follows a closing quotation mark; a quotation mark inside a cell is doubled",
    ),
    "large text cell": (
        _text("cell.csv", b"a,b\n" + b"x" * 10_000_000 + b",1\n"),
        "row 2: a cell or a line is too long: the file is damaged, or a quotation mark is not doubled",
    ),
    "long text cell": (
        _text("long.csv", b"a,b\n" + b"x" * 40_000 + b",1\n"),
        "row 2, column 1: a cell of 40000 characters; at most 32767 are read",
    ),
    "many columns": (
        _text("wide.csv", b",".join(b"c%d" % n for n in range(600)) + b"\n"),
        "row 1: has 600 cells; at most 512 columns are read",
    ),
    "same column twice": (
        _text("same.csv", b"name,Name \n1,2\n"),
        "row 1, column Name: The header has two columns of this name.",
    ),
}
