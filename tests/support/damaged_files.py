"""Official files damaged in the ways that happen, and in some that are meant to: each must be refused with words.

``TABLE_DAMAGES`` take the header and rows of a kind's sample and write one damaged file. ``TEXT_DAMAGES`` take the
bytes of the samples that are no tables (JSON, a web page). ``ANY_FILES`` do not care what kind was expected.
"""

import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import xlsxwriter

from tests.support.biff_files import SIGNATURE, encrypted_xlsx, xls_file
from tests.support.hostile_files import zip_bomb
from tests.support.official_files import write_csv, write_xlsx

Rows = list[list[str]]
TableDamage = Callable[[Path, Rows, str], Path]
"""Folder, header and rows, and the kind; returns the damaged file."""

_KEYS: Mapping[str, tuple[str, str]] = {
    "fda_inspections": ("FEI Number", "Inspection End Date"),
    "fda_citations": ("FEI Number", "Inspection End Date"),
    "fda_483": ("FEI Number", "Record Date"),
    "fda_compliance_actions": ("FEI Number", "Action Taken Date"),
    "fda_recalls": ("Event ID", "Center Classification Date"),
    "fda_warning_letters": ("company_name", "letter_issue_date"),
    "fda_registrations": ("FEI_NUMBER", "EXPIRATION_DATE"),
    "eudragmdp": ("Document Type", "Inspection End Date"),
}
"""Per kind a column that identifies and one with a day; swapped, no row makes sense."""
_DATES = {"fda_registrations": ("EXPIRATION_DATE",), "eudragmdp": ("Inspection End Date", "Issue Date")}


def _text(folder: Path, content: bytes, name: str = "damaged") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _csv(rows: Rows, folder: Path, encoding: str = "utf-8") -> bytes:
    return write_csv(folder / "whole.csv", rows, encoding=encoding).read_bytes()


def _with(rows: Rows, columns: Sequence[str], value: str) -> Rows:
    """Every row with this value in these columns."""
    header = rows[0]
    return [
        header,
        *([value if n in columns else c for n, c in zip(header, row, strict=True)] for row in rows[1:]),
    ]


def _swapped(folder: Path, rows: Rows, kind: str) -> Path:
    one, other = _KEYS[kind]
    names = {one: other, other: one}
    return write_csv(folder / "damaged", [[names.get(name, name) for name in rows[0]], *rows[1:]])


def _formulas(folder: Path, rows: Rows, kind: str) -> Path:
    path = folder / "damaged"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("Data")
        page.write_row(0, 0, rows[0])
        for number in range(1, len(rows)):
            for column in range(len(rows[0])):
                page.write_formula(number, column, f"=A{number}", value="")
    return _without_results(path)


def _without_results(path: Path) -> Path:
    """The workbook as a program writes it that does not calculate."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, re.sub(rb"<v>[^<]*</v>", b"", content) if b"<f>" in content else content)
    return path


def _cut_workbook(folder: Path, rows: Rows, kind: str) -> Path:
    whole = write_xlsx(folder / "whole.xlsx", rows).read_bytes()
    return _text(folder, whole[: len(whole) // 2])


def _split_header(folder: Path, rows: Rows, kind: str) -> Path:
    """Names spread over two rows, as merged cells leave them."""
    upper = [name[: len(name) // 2] for name in rows[0]]
    lower = [name[len(name) // 2 :] for name in rows[0]]
    return write_xlsx(folder / "damaged", [upper, lower, *rows[1:]])


def _page(folder: Path, rows: Rows, kind: str) -> Path:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return _text(folder, f"<html><body><table>{cells}</table></body></html>".encode())


def _nul(folder: Path, rows: Rows, kind: str) -> Path:
    return _text(folder, _csv(rows, folder) + b"\0")


def _huge_cell(folder: Path, rows: Rows, kind: str) -> Path:
    return _text(folder, _csv([rows[0], ["x" * 10_000_000, *rows[1][1:]]], folder))


def _deep_header(folder: Path, rows: Rows, kind: str) -> Path:
    return write_csv(folder / "damaged", [*([f"title {n}"] for n in range(12)), *rows])


def _wrong_sheet(folder: Path, rows: Rows, kind: str) -> Path:
    return write_xlsx(folder / "damaged", rows, sheets=("Notes", "Elsewhere"), of="Elsewhere")


TABLE_DAMAGES: Mapping[str, TableDamage] = {
    "cut in a quoted cell": lambda d, rows, _kind: _text(d, _csv(rows, d) + b'123,"broken off'),
    "cut in the header": lambda d, rows, _kind: _text(d, _csv(rows, d)[:20]),
    "cut workbook": _cut_workbook,
    "unknown delimiter": lambda d, rows, _kind: write_csv(d / "damaged", rows, delimiter="~"),
    "EBCDIC": lambda d, rows, _kind: _text(d, _csv(rows, d).decode().encode("cp037", "replace")),
    "UTF-16 without mark": lambda d, rows, _kind: _text(d, _csv(rows, d, "utf-16-le")),
    "UTF-32": lambda d, rows, _kind: _text(d, _csv(rows, d, "utf-32")),
    "UTF-8 cut in a character": lambda d, rows, _kind: _text(d, b"\xef\xbb\xbf" + _csv(rows, d) + b"\xc3"),
    "swapped columns": _swapped,
    "formulas without results": _formulas,
    "formulas in every cell": lambda d, rows, _kind: write_csv(
        d / "damaged", [rows[0], *([f"=HYPERLINK({n})"] * len(rows[0]) for n in range(3))]
    ),
    "cell of 10 MB": _huge_cell,
    "no header": lambda d, rows, _kind: write_csv(d / "damaged", rows[1:]),
    "header alone": lambda d, rows, _kind: write_csv(d / "damaged", rows[:1]),
    "header far down": _deep_header,
    "a column twice": lambda d, rows, _kind: write_csv(d / "damaged", [[*row, row[0]] for row in rows]),
    "merged header rows": _split_header,
    "columns without names": lambda d, rows, _kind: write_csv(
        d / "damaged", [rows[0], *([*row, "more", "cells"] for row in rows[1:])]
    ),
    "rows too short": lambda d, rows, _kind: write_csv(
        d / "damaged", [rows[0], *(row[:2] for row in rows[1:])]
    ),
    "600 columns": lambda d, rows, _kind: write_csv(
        d / "damaged", [[*rows[0], *(f"c{n}" for n in range(600))]]
    ),
    "only blank lines": lambda d, _rows, _kind: _text(d, b"\r\n\n\n,,,\n"),
    "NUL at the end": _nul,
    "web page": _page,
    "wrong sheet": _wrong_sheet,
    "old workbook of something else": lambda d, _rows, _kind: xls_file(d, [["name", "value"], ["a", 1.0]]),
    "old workbook, cut": lambda d, rows, _kind: _text(
        d, xls_file(d, rows, name="whole.xls").read_bytes()[:3000]
    ),
    "old workbook with a password": lambda d, rows, _kind: xls_file(d, rows, password=True),
    "bad dates": lambda d, rows, kind: write_csv(
        d / "damaged", _with(rows, _DATES.get(kind, _KEYS[kind][1:]), "31.12.2023")
    ),
    "days that do not exist": lambda d, rows, kind: write_csv(
        d / "damaged", _with(rows, _DATES.get(kind, _KEYS[kind][1:]), "2023-02-30")
    ),
    "numbers of another form": lambda d, rows, kind: write_csv(
        d / "damaged", _with(rows, _KEYS[kind][:1], "3.00377E+09" if kind != "fda_warning_letters" else "-")
    ),
}


def _json(change: Callable[[list[dict[str, object]]], object]) -> Callable[[bytes], bytes]:
    def damage(whole: bytes) -> bytes:
        return json.dumps({"results": change(json.loads(whole)["results"])}).encode()

    return damage


def _set(**values: object) -> Callable[[bytes], bytes]:
    """Every object with these values."""
    return _json(lambda rows: [{**row, **values} for row in rows])


JSON_DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[: len(whole) // 2],
    "cut before the last bracket": lambda whole: whole.rstrip()[:-1],
    "two documents": lambda whole: whole + whole,
    "text behind it": lambda whole: whole + b"and more",
    "not quoted": lambda whole: whole.replace(b'"', b""),
    "single quotes": lambda whole: whole.replace(b'"', b"'"),
    "NaN": lambda whole: whole.replace(b'"72', b'NaN, "72').replace(b'"82523"', b"NaN"),
    "UTF-16": lambda whole: whole.decode().encode("utf-16"),
    "UTF-16 without mark": lambda whole: whole.decode().encode("utf-16-le"),
    "UTF-32": lambda whole: whole.decode().encode("utf-32"),
    "Latin-1": lambda whole: whole.decode().encode("latin-1", "replace"),
    "NUL": lambda whole: whole.replace(b"Tablets", b"Tab\0lets"),
    "NUL escaped": lambda whole: whole.replace(b"Tablets", b"Tab\\u0000lets"),
    "no list": lambda _whole: b'{"meta": {"total": 4}, "rows": []}',
    "list of numbers": lambda _whole: b'{"results": [1, 2, 3]}',
    "list of lists": lambda _whole: b'{"results": [[{"event_id": "1"}]]}',
    "an object in place of the list": lambda _whole: b'{"results": {"event_id": "1"}}',
    "empty list": lambda _whole: b'{"results": []}',
    "error of the interface": lambda _whole: (
        b'{"error": {"code": "NOT_FOUND", "message": "No matches found!"}}'
    ),
    "objects of another interface": lambda _whole: (
        b'{"results": [{"id": "1", "effective_time": "20200101"}]}'
    ),
    "names changed": lambda whole: whole.replace(b'"recalling_firm"', b'"firm"'),
    "a cell of 10 MB": _set(product_description="x" * 10_000_000),
    "nested deeply": lambda _whole: b'{"results": [{"openfda": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    "bad dates": _set(center_classification_date="31.12.2019"),
    "days that do not exist": _set(center_classification_date="20190431"),
    "bad numbers": _set(event_id="none"),
    "objects in place of text": _set(event_id={"number": "1"}),
    "everything blank": _json(lambda rows: [dict.fromkeys(row, "") for row in rows]),
    "a million columns": _json(lambda rows: [{**rows[0], **{f"c{n}": "" for n in range(2000)}}]),
}
PAGE_DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[: len(whole) // 2],
    "cut at the last line": lambda whole: whole.replace(b"</html>", b""),
    "cut in a block but ended": lambda whole: (
        whole[: whole.rindex(b'<div class="clear">')] + b"</body></html>"
    ),
    "another alert": lambda whole: whole.replace(b"66-40", b"16-124"),
    "no firms": lambda whole: whole.replace(b"div-info", b"info"),
    "no countries": lambda whole: whole.replace(b"h4>", b"h5>"),
    "one country missing": lambda whole: whole.replace(b"<h4>INDIA</h4>", b"<h4>to be announced</h4>"),
    "a firm without a name": lambda whole: whole.replace(b"Fictional Cosm\xc3\xa9tique", b""),
    "a firm without a day": lambda whole: whole.replace(b"05/06/2022", b""),
    "a firm without its line of the day": lambda whole: whole.replace(
        b"<b>Date Published :</b> 05/06/2022", b""
    ),
    "bad dates": lambda whole: re.sub(rb"\d\d/\d\d/(\d{4})", rb"31.12.\1", whole),
    "days that do not exist": lambda whole: re.sub(rb"\d\d/\d\d/(\d{4})", rb"02/30/\1", whole),
    "no tags": lambda whole: re.sub(rb"<[^>]*>", b"", whole),
    "only tags": lambda whole: b"".join(re.findall(rb"<[^>]*>", whole)),
    "no block ends": lambda whole: whole.replace(b"</div>", b""),
    "UTF-16 without mark": lambda whole: whole.decode().encode("utf-16-le"),
    "UTF-32": lambda whole: whole.decode().encode("utf-32"),
    "Latin-1 said to be UTF-8": lambda whole: whole.decode().encode("latin-1"),
    "NUL": lambda whole: whole.replace(b"Fictional", b"Fict\0ional"),
    "an address of 10 MB": lambda whole: whole.replace(b"No. 1 Sample Road", b"x" * 10_000_000),
    "a whole page as text": lambda whole: b"<pre>" + whole.replace(b"<", b"&lt;") + b"</pre>",
    "a page that asks for scripts": lambda _whole: b"<html><body>Please enable JavaScript</body></html>",
    "an error page": lambda _whole: b"<html><body><h1>503</h1>Import Alert 66-40</body></html>",
    "a script that never ends": lambda whole: whole.replace(b"<body>", b"<body><script> "),
}
ANY_FILES: Mapping[str, Callable[[Path], Path]] = {
    "empty": lambda d: _text(d, b""),
    "zip bomb": zip_bomb,
    "encrypted workbook": encrypted_xlsx,
    "start of an old workbook": lambda d: _text(d, SIGNATURE + b"\0" * 600),
    "PDF": lambda d: _text(d, b"%PDF-1.7\n..."),
    "gzip": lambda d: _text(d, b"\x1f\x8b\x08\0" + b"x" * 40),
    "empty archive": lambda d: _text(d, b"PK\x05\x06" + b"\0" * 18),
    "picture": lambda d: _text(d, b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    "letter": lambda d: _text(d, b"Dear Sir,\n\nplease find enclosed the file.\n"),
    "one number": lambda d: _text(d, b"42"),
    "XML": lambda d: _text(d, b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'),
}
