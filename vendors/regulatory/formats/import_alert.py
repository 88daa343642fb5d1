"""FDA's import alert 66-40 (drug GMP): the whole current list of firms whose drugs are held at the border.

The list is a web page: a heading per country, then one block per firm with its name, the day it was published and
its address, without an FEI. A firm that the current list no longer holds is off the alert, so a page that is cut
off, or a firm that cannot be read, must never pass for a whole list.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from vendors.regulatory.formats.base import Column, FileFormat, Origin, Values
from vendors.regulatory.formats.values import made_id, required_date
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import RegulatoryRecord
from vendors.regulatory.rules import IMPORT_ALERT_DRUG_GMP
from vendors.vocabulary import RecordKind

HEADING = "h4"
FIRM = "div.div-info"
PAGE_HEADER = ("Country", "Firm", "Address", "Date Published", "Listed For")
_DATE = re.compile(r"Date\s+Published\s*:?\s*(\d{1,2}/\d{1,2}/\d{4})?", re.IGNORECASE)
_COUNTRY = re.compile(r"[^\W\d_][^\d<>;:!?]{2,59}")

Block = tuple[int, str, str]
"""A part of the page: its line, which element it is, and its text, one line per line of the page."""


def rows_of_page(blocks: Iterable[Block]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The firms of the page under PAGE_HEADER, each with the line on which its block begins.

    A firm that stands below no country has a blank one, which its row's reading then refuses.
    """
    country = ""
    for line, element, text in blocks:
        if element == HEADING:
            country = " ".join(text.split())
            country = country if _COUNTRY.fullmatch(country) and country == country.upper() else ""
        else:
            yield line, (country, *_firm(text))


def _firm(text: str) -> tuple[str, str, str, str]:
    """Name, address, first publication and what else the block says.

    The name stands before the day: without one nothing else must pass for it.
    """
    name, address, listed_for = "", "", []
    published: list[str] = []
    for given in text.splitlines():
        line = " ".join(given.split())
        match = _DATE.search(line)
        before, after = (line[: match.start()].strip(), line[match.end() :].strip()) if match else (line, "")
        for part, named in ((before, not published), (after, False)):
            if part and named and not name:
                name = part
            elif part and not address:
                address = part
            elif part:
                listed_for.append(part)
        if match:
            published.append(match[1] or "")
    return name, address, min(published, key=_us_order, default=""), "\n".join(listed_for)


def _us_order(day: str) -> tuple[str, ...]:
    """An order of days written MM/DD/YYYY; one that is blank comes first, so that it is noticed."""
    month, _, rest = day.partition("/")
    number, _, year = rest.partition("/")
    return (year, month.zfill(2), number.zfill(2)) if day else ("",)


def _native_id(firm: str, address: str, country: str) -> str:
    """Firm and place: one firm can be listed with several plants."""
    return made_id(firm, address, "" if address.casefold().endswith(country.casefold()) else country)


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    country = values.required("country")
    firm = values.required("firm")
    return RegulatoryRecord(
        kind=RecordKind.IMPORT_ALERT,
        authority=FDA,
        native_id=_native_id(firm, values.text("address"), country),
        firm=firm,
        country=country,
        event_on=required_date(values, "published_on"),
        classification=IMPORT_ALERT_DRUG_GMP,
        product_area="Drugs",
        scope=values.text("listed_for"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


IMPORT_ALERT = FileFormat(
    code="import_alert",
    label="FDA import alert 66-40",
    columns=(
        Column("country", ("Country",), required=True),
        Column("firm", ("Firm",), required=True),
        Column("address", ("Address",), required=True),
        Column("published_on", ("Date Published",), required=True),
        Column("listed_for", ("Listed For",)),
    ),
    read=_read,
    kinds=(RecordKind.IMPORT_ALERT,),
    whole_list=True,
    opener="page",
)
