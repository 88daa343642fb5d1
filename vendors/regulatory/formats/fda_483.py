"""Inspection observations (Form 483) that FDA has published in its reading room.

The list also holds other documents; only forms are records here. A form is published months or years after the
inspection, so both days are kept. Where the FEI is blank the firm's name is all that is known.
"""

import re
from collections.abc import Mapping

from vendors.regulatory.formats.base import CellError, Column, FileFormat, NothingStatedError, Origin, Values
from vendors.regulatory.formats.values import optional_date, optional_fei, required_date, required_number
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

_FORM = re.compile(r"(?:amended\s+)?(?:form\s+)?(?:fda[\s-]+)?483(?:\.0+)?", re.IGNORECASE)
_MEDIA = re.compile(r"/media/(\d{1,12})(?:/|$)", re.ASCII)


def _native_id(values: Values) -> str:
    """The number of the record; in exports without one the number of its document."""
    if values.text("record_id"):
        return required_number(values, "record_id")
    match = _MEDIA.search(values.text("download"))
    if match is None:
        raise CellError(
            "record_id" if values.has("record_id") else "download", "gives no number of the record"
        )
    return f"media {match[1]}"


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    record_type = values.required("record_type")
    if _FORM.fullmatch(record_type) is None:
        raise NothingStatedError(f"{record_type[:60]!r} is no Form 483")
    return RegulatoryRecord(
        kind=RecordKind.FORM_483,
        authority=FDA,
        native_id=_native_id(values),
        fei=optional_fei(values, "fei"),
        firm=values.required("firm"),
        event_on=required_date(values, "record_on"),
        posted_on=optional_date(values, "posted_on"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_483 = FileFormat(
    code="fda_483",
    label="published FDA Form 483s",
    columns=(
        Column("record_on", ("Record Date",), required=True),
        Column("fei", ("FEI Number", "FEI"), required=True),
        Column("firm", ("Legal Name", "Firm Name", "Company Name"), required=True),
        Column("record_type", ("Record Type",), required=True),
        Column("posted_on", ("Publish Date", "Date Posted"), required=True),
        Column("download", ("Download",), group="number"),
        Column("record_id", ("Record ID",), group="number"),
    ),
    read=_read,
    kinds=(RecordKind.FORM_483,),
)
