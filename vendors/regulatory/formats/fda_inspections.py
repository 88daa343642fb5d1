"""FDA inspection classifications, in the layouts of the Data Dashboard's exports.

One row per inspection and project area. The dashboard's own export spells the classification out
("Voluntary Action Indicated (VAI)"); another real export and FDA's interface have a column of codes, and so
has a table put together from both, in which the last inspection of an establishment may be known as NOT_OAI
only: neither no action nor voluntary action is stated then, so it is kept unclassified.
"""

import re
from collections.abc import Mapping

from vendors.regulatory.formats.base import CellError, Column, FileFormat, Origin, Values
from vendors.regulatory.formats.values import required_date, required_fei, required_inspection
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import Classification, RecordKind

_CODE_AT_END = re.compile(r".*\(([A-Za-z]{3})\)")
_NOT_OFFICIAL = "NOT_OAI"
_BY_LABEL = {member.label.casefold(): member for member in Classification}


def _classification(values: Values) -> str:
    """NAI, VAI, OAI, or "" when the file states none; the column of codes stands before the words."""
    for field in ("classification_code", "classification"):
        text = values.text(field)
        if not text:
            continue
        match = _CODE_AT_END.fullmatch(text)
        code = (match[1] if match else text).upper()
        if code in Classification.__members__:
            return code
        if text == _NOT_OFFICIAL:
            return ""
        label = _BY_LABEL.get(" ".join(text.split()).casefold())
        if label is None:
            raise CellError(field, f"{text[:60]!r} is not a classification (NAI, VAI or OAI)")
        return label.value
    return ""


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    fei = required_fei(values, "fei")
    return RegulatoryRecord(
        kind=RecordKind.INSPECTION,
        authority=FDA,
        native_id=required_inspection(values, "inspection_id", fei=fei),
        fei=fei,
        firm=values.text("firm"),
        city=values.text("city"),
        country=values.text("country"),
        event_on=required_date(values, "ended_on"),
        classification=_classification(values),
        product_area=values.text("product_type"),
        project_area=values.text("project_area"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_INSPECTIONS = FileFormat(
    code="fda_inspections",
    label="FDA inspections",
    columns=(
        Column("fei", ("FEI Number", "FEI"), required=True),
        Column("inspection_id", ("Inspection ID",), required=True),
        Column("ended_on", ("Inspection End Date",), required=True),
        Column("classification", ("Classification",), group="classification"),
        Column("classification_code", ("Classification Code",), group="classification"),
        Column("project_area", ("Project Area",), required=True),
        Column("product_type", ("Product Type",), required=True),
        Column("firm", ("Legal Name", "Firm Name")),
        Column("address", ("Street Address Line 1", "Address Line 1")),
        Column("city", ("City", "City Name")),
        Column("state", ("State",)),
        Column("zip", ("Zip", "Zip Code")),
        Column("country", ("Country/Area", "Country Name", "Country")),
        Column("fiscal_year", ("Fiscal Year",)),
        Column("posted_citations", ("Posted Citations",)),
        Column("center", ("Center",)),
        Column("details", ("Additional Details",)),
        Column("fmd_145_date", ("FMD-145 Date",)),
    ),
    read=_read,
    kinds=(RecordKind.INSPECTION,),
)
