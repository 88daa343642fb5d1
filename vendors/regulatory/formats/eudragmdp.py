"""GMP certificates and statements of non-compliance from EudraGMDP, as its public search exports them.

The native file is a workbook of 1997 whose header stands on its fifth row with names padded by spaces. Sites are
named by EMA's numbers of organisation and location, rarely by DUNS. The authority of the inspection is not stated:
British certificates are told by their number, all others are of the European network.
"""

import re
from collections.abc import Mapping

from vendors.regulatory.formats.base import CellError, Column, FileFormat, Origin, Values
from vendors.regulatory.formats.values import optional_date, parse_iso_date
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

EMA = "EMA"
MHRA = "MHRA"
_KINDS = {"GMPC": RecordKind.GMP_CERTIFICATE, "GMPNC": RecordKind.GMP_NONCOMPLIANCE}
_BRITISH = re.compile(r"(?:UK|MHRA)\b", re.IGNORECASE)


def _kind(values: Values) -> RecordKind:
    text = values.required("document_type").upper()
    kind = _KINDS.get(text)
    if kind is None:
        raise CellError("document_type", f"{text[:40]!r} is not GMPC or GMPNC")
    return kind


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    number = values.required("certificate")
    inspected_on = optional_date(values, "inspected_on", parse_iso_date)
    issued_on = optional_date(values, "issued_on", parse_iso_date)
    if inspected_on is None and issued_on is None:
        raise CellError("inspected_on", "is blank, and so is the day of issue")
    return RegulatoryRecord(
        kind=_kind(values),
        authority=MHRA if _BRITISH.match(number) else EMA,
        native_id=number,
        firm=values.required("firm"),
        city=values.text("city"),
        country=values.text("country"),
        event_on=inspected_on,
        posted_on=issued_on,
        project_area=values.text("location") or values.required("document"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


EUDRAGMDP = FileFormat(
    code="eudragmdp",
    label="EudraGMDP GMP certificates",
    columns=(
        Column("certificate", ("Certificate Number",), required=True),
        Column("document", ("EudraGMDP Document Reference Number",), required=True),
        Column("document_type", ("Document Type",), required=True),
        Column("mia", ("MIA Number",)),
        Column("organisation", ("OMS Organisation Identifier",), required=True),
        Column("location", ("OMS Location Identifier",), required=True),
        Column("firm", ("Site Name",), required=True),
        Column("address_1", ("Address 1",)),
        Column("address_2", ("Address 2",)),
        Column("address_3", ("Address 3",)),
        Column("address_4", ("Address 4",)),
        Column("city", ("City",)),
        Column("postcode", ("Postcode",)),
        Column("country", ("Country",), required=True),
        Column("duns", ("DUNS Number",)),
        Column("nca_reference", ("Site NCA Reference",)),
        Column("inspected_on", ("Inspection End Date",), required=True),
        Column("issued_on", ("Issue Date",), required=True),
        Column("updated_on", ("Last Updated Date",)),
    ),
    read=_read,
    kinds=(RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE),
    sheets=("GMPC Search Results",),
)
