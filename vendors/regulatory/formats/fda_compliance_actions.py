"""FDA compliance actions of the Data Dashboard: warning letters, injunctions and seizures by establishment.

The same case is repeated per product type, each row a record of its own. The file states no subject.
"""

from collections.abc import Mapping

from vendors.regulatory.formats.base import CellError, Column, FileFormat, Origin, Values
from vendors.regulatory.formats.values import required_date, required_fei, required_number
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import RegulatoryRecord, same_words
from vendors.vocabulary import RecordKind

_KINDS = {
    same_words(kind.label): kind
    for kind in (RecordKind.WARNING_LETTER, RecordKind.INJUNCTION, RecordKind.SEIZURE)
}


def _kind(values: Values) -> RecordKind:
    """The kind of record for the action type."""
    text = values.required("action_type")
    kind = _KINDS.get(same_words(text))
    if kind is None:
        raise CellError("action_type", f"{text[:60]!r} is not Warning Letter, Injunction or Seizure")
    return kind


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    return RegulatoryRecord(
        kind=_kind(values),
        authority=FDA,
        native_id=required_number(values, "case_id"),
        fei=required_fei(values, "fei"),
        firm=values.text("firm"),
        country=values.text("country"),
        event_on=required_date(values, "action_on"),
        product_area=values.text("product_type"),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


FDA_COMPLIANCE_ACTIONS = FileFormat(
    code="fda_compliance_actions",
    label="FDA compliance actions",
    columns=(
        Column("fei", ("FEI Number", "FEI"), required=True),
        Column("case_id", ("Case/Injunction ID", "Case Injunction ID"), required=True),
        Column("action_type", ("Action Type",), required=True),
        Column("action_on", ("Action Taken Date",), required=True),
        Column("product_type", ("Product Type",), required=True),
        Column("firm", ("Legal Name", "Firm Name")),
        Column("state", ("State",)),
        Column("country", ("Country/Area", "Country Name", "Country")),
    ),
    read=_read,
    kinds=(RecordKind.WARNING_LETTER, RecordKind.INJUNCTION, RecordKind.SEIZURE),
)
