"""Recalls of the FDA Data Dashboard: one row per product, several products per event, with the firm's FEI.

What counts is the event. Its products can be recalled for different reasons, of which only those about quality
count, so that an event becomes at most two records: one per cause. The class is the event's own, the worst of
its products.
"""

import re
from collections.abc import Mapping

from vendors.regulatory.formats.base import CellError, Column, FileFormat, Origin, Values
from vendors.regulatory.formats.values import optional_fei, required_date, required_number
from vendors.regulatory.inspections import FDA
from vendors.regulatory.recalls import is_quality_cause
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

QUALITY_CAUSE = "Quality cause"
OTHER_CAUSE = "Other cause"
_CLASS = re.compile(r"class\s+(i{1,3})", re.IGNORECASE)
_NOT_CLASSIFIED = re.compile(r"not\s+yet\s+classified", re.IGNORECASE)


def recall_class(values: Values, field: str) -> str:
    """One of "Class I" to "Class III", "" while FDA has not classified it. Raises CellError."""
    text = values.text(field)
    if not text or _NOT_CLASSIFIED.fullmatch(text):
        return ""
    match = _CLASS.fullmatch(text)
    if match is None:
        raise CellError(field, f"{text[:60]!r} is not Class I, Class II or Class III")
    return f"Class {match[1].upper()}"


def cause_of(reason: str) -> str:
    """Which of the two records of an event a product's reason belongs to."""
    return QUALITY_CAUSE if is_quality_cause(reason) else OTHER_CAUSE


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    reason = values.required("reason")
    return RegulatoryRecord(
        kind=RecordKind.RECALL,
        authority=FDA,
        native_id=required_number(values, "event_id"),
        fei=optional_fei(values, "fei"),
        firm=values.required("firm"),
        city=values.text("city"),
        country=values.text("country"),
        event_on=required_date(values, "classified_on"),
        classification=recall_class(values, "event_class"),
        product_area=values.text("product_type"),
        project_area=cause_of(reason),
        scope=reason,
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_RECALLS = FileFormat(
    code="fda_recalls",
    label="FDA recalls (Data Dashboard)",
    columns=(
        Column("fei", ("FEI Number", "FEI"), required=True),
        Column("firm", ("Recalling Firm Name",), required=True),
        Column("product_type", ("Product Type",), required=True),
        Column("product_class", ("Product Classification",)),
        Column("status", ("Status",)),
        Column("distribution", ("Distribution Pattern",)),
        Column("city", ("Recalling Firm City",)),
        Column("state", ("Recalling Firm State",)),
        Column("country", ("Recalling Firm Country",)),
        Column("classified_on", ("Center Classification Date",), required=True),
        Column("reason", ("Reason for Recall",), required=True),
        Column("product", ("Product Description",)),
        Column("event_id", ("Event ID",), required=True),
        Column("event_class", ("Event Classification",), required=True),
        Column("product_id", ("Product ID",)),
        Column("center", ("Center",)),
        Column("details", ("Recall Details",)),
    ),
    read=_read,
    kinds=(RecordKind.RECALL,),
)
