"""Recalls as openFDA gives them (drug/enforcement): JSON, one object per recalled product, without an FEI.

The event number is the Data Dashboard's, so that both sources speak of the same event. The class is stated per
product and the worst of an event's products counts, hence a record per event, cause and class.
"""

from collections.abc import Mapping

from vendors.regulatory.formats.base import Column, FileFormat, Origin, Values
from vendors.regulatory.formats.fda_recalls import cause_of, recall_class
from vendors.regulatory.formats.values import (
    optional_date,
    parse_compact_date,
    required_date,
    required_number,
)
from vendors.regulatory.inspections import FDA
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

_NOT_GIVEN = frozenset({"N/A", "n/a"})


def _given(values: Values, field: str) -> str:
    """The text of a field, "" where the source says N/A."""
    text = values.text(field)
    return "" if text in _NOT_GIVEN else text


def _read(values: Values, origin: Origin, raw: Mapping[str, str]) -> RegulatoryRecord:
    reason = values.required("reason")
    classification = recall_class(values, "classification")
    cause = cause_of(reason)
    return RegulatoryRecord(
        kind=RecordKind.RECALL,
        authority=FDA,
        native_id=required_number(values, "event_id"),
        firm=values.required("firm"),
        city=_given(values, "city"),
        country=_given(values, "country"),
        event_on=required_date(values, "classified_on", parse_compact_date),
        posted_on=optional_date(values, "reported_on", parse_compact_date),
        classification=classification,
        product_area=values.text("product_type"),
        project_area=f"{cause}, {classification}" if classification else cause,
        scope=reason,
        closed_on=optional_date(values, "terminated_on", parse_compact_date),
        source=origin.source,
        read_on=origin.read_on,
        raw=raw,
    )


OPENFDA_ENFORCEMENT = FileFormat(
    code="openfda_enforcement",
    label="openFDA drug enforcement reports",
    columns=(
        Column("event_id", ("event_id",), required=True),
        Column("recall_number", ("recall_number",), required=True),
        Column("firm", ("recalling_firm",), required=True),
        Column("classification", ("classification",), required=True),
        Column("reason", ("reason_for_recall",), required=True),
        Column("classified_on", ("center_classification_date",), required=True),
        Column("product_type", ("product_type",), required=True),
        Column("initiated_on", ("recall_initiation_date",)),
        Column("reported_on", ("report_date",)),
        Column("terminated_on", ("termination_date",)),
        Column("status", ("status",)),
        Column("address_1", ("address_1",)),
        Column("address_2", ("address_2",)),
        Column("city", ("city",)),
        Column("state", ("state",)),
        Column("postal_code", ("postal_code",)),
        Column("country", ("country",)),
    ),
    read=_read,
    kinds=(RecordKind.RECALL,),
    opener="json",
)
