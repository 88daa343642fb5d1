"""What FDA inspections cited: the Data Dashboard's export, and the yearly table that went before it.

One row per inspection and observation. The yearly table has neither FEI nor inspection number: its rows are kept
under the firm and the day, and join the inspection of that day once they are matched with a site. Rows whose
regulation is "-" state nothing: they are left out and counted.
"""

from collections.abc import Mapping

from vendors.regulatory.formats.base import Column, FileFormat, NothingStatedError, Origin, Values
from vendors.regulatory.formats.values import made_id, optional_fei, required_date, required_inspection
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import UNNUMBERED, RegulatoryRecord
from vendors.vocabulary import RecordKind


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    ended_on = required_date(values, "ended_on")
    fei = optional_fei(values, "fei")
    if values.has("inspection_id"):
        native_id = required_inspection(values, "inspection_id", fei=fei)
        firm = values.text("firm")
    else:
        firm = values.required("firm")
        native_id = made_id(firm, values.text("city"), ended_on.isoformat(), prefix=UNNUMBERED)
    cfr = values.text("cfr")
    if not cfr:
        raise NothingStatedError("no regulation is named")
    return RegulatoryRecord(
        kind=RecordKind.CITATION,
        authority=FDA,
        native_id=native_id,
        fei=fei,
        firm=firm,
        city=values.text("city"),
        country=values.text("country"),
        event_on=ended_on,
        product_area=values.text("program_area"),
        cfr=cfr,
        scope=values.text("short_description"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_CITATIONS = FileFormat(
    code="fda_citations",
    label="FDA inspection citations",
    columns=(
        Column("inspection_id", ("Inspection ID",), group="inspection"),
        Column("fei", ("FEI Number", "FEI")),
        Column("firm", ("Legal Name", "Firm Name"), group="inspection"),
        Column("city", ("City", "City Name")),
        Column("state", ("State",)),
        Column("country", ("Country/Area", "Country Name", "Country")),
        Column("ended_on", ("Inspection End Date",), required=True),
        Column("program_area", ("Program Area",), required=True),
        Column("cfr", ("Act/CFR Number", "CFR/Act Number"), required=True),
        Column("short_description", ("Short Description",), required=True),
        Column("long_description", ("Long Description",)),
    ),
    read=_read,
    kinds=(RecordKind.CITATION,),
)
