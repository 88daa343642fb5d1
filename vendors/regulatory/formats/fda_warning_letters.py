"""FDA's list of warning letters: a table with addresses of the letters, or the native workbook without them.

The list has no FEI and no number of the case; the number stands in the letter's address (…-718220-03122026). A
letter without one is kept under the firm and the day, and joins a numbered letter of that day at the same site.

Only letters about how drugs or biologics are made count in a score. The product is that of the issuing office,
else of the subject; which subjects count is decided where the score is made, so every letter is kept.
"""

import re
from collections.abc import Mapping
from datetime import date

from vendors.regulatory.formats.base import Column, FileFormat, Origin, Values
from vendors.regulatory.formats.values import made_id, optional_date, required_date
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import UNNUMBERED, RegulatoryRecord, same_words
from vendors.vocabulary import RecordKind

_NUMBER_AND_DAY = re.compile(r"-(\d{5,7})-\d{8}(?:-\d+)?/?$", re.ASCII)
_NUMBER_ALONE = re.compile(r"-(\d{6})(?=-|/?$)", re.ASCII)
_OFFICES = (
    ("Drugs", re.compile(r"\bdrug|\bcder\b|pharmaceutical")),
    ("Biologics", re.compile(r"biologic|\bcber\b")),
    ("Devices", re.compile(r"device|radiological|\bcdrh\b")),
    ("Tobacco", re.compile(r"tobacco")),
    ("Food/Cosmetics", re.compile(r"food|nutrition|cfsan")),
    ("Veterinary", re.compile(r"veterinary|animal")),
)
_SUBJECTS = (
    ("Drugs", re.compile(r"\bdrug|pharmaceutical|\bapi\b|compounding")),
    ("Biologics", re.compile(r"biologic|human cells|\bhct/ps?\b")),
)


def case_number(address: str) -> str:
    """The number of the case (MARCS-CMS) in a letter's address, or "" when it has none."""
    slug = address.strip().rstrip("/").rpartition("/")[2]
    match = _NUMBER_AND_DAY.search(slug) or _NUMBER_ALONE.search(slug)
    return match[1] if match else ""


def product_area(office: str, subject: str) -> str:
    """The product type that a letter is about: by its office, else by its subject; "" when neither says.

    Offices that inspect everything and those at the border name no product.
    """
    for text, patterns in ((office, _OFFICES), (subject, _SUBJECTS)):
        words = same_words(text)
        for area, pattern in patterns:
            if pattern.search(words):
                return area
    return ""


def _native_id(values: Values, issued_on: date) -> str:
    stated = values.text("case_number") or case_number(values.text("address"))
    if stated:
        return stated
    slug = values.text("address").rstrip("/").rpartition("/")[2]
    return made_id(slug or f"{values.required('firm')}, {issued_on}", prefix=UNNUMBERED)


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    firm = values.required("firm")
    issued_on = required_date(values, "issued_on")
    subject = values.required("subject")
    return RegulatoryRecord(
        kind=RecordKind.WARNING_LETTER,
        authority=FDA,
        native_id=_native_id(values, issued_on),
        firm=firm,
        event_on=issued_on,
        posted_on=optional_date(values, "posted_on"),
        product_area=product_area(values.text("office"), subject),
        scope=subject,
        closed_on=optional_date(values, "closed_on"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_WARNING_LETTERS = FileFormat(
    code="fda_warning_letters",
    label="FDA warning letters",
    columns=(
        Column("posted_on", ("Posted Date",), required=True),
        Column("issued_on", ("Letter Issue Date",), required=True),
        Column("firm", ("Company Name",), required=True),
        Column("office", ("Issuing Office",), required=True),
        Column("subject", ("Subject",), required=True),
        Column("responded_on", ("Response Letter",)),
        Column("closed_on", ("Closeout Letter",)),
        Column("address", ("Letter URL", "URL")),
        Column("case_number", ("MARCS-CMS Number", "MARCS-CMS")),
    ),
    read=_read,
    kinds=(RecordKind.WARNING_LETTER,),
    sheets=("Warning Letter Solr Index",),
)
