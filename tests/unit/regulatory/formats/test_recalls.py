"""Recalls in both sources: events, causes and classes."""

from collections import Counter
from datetime import date

import pytest

from tests.support.official_files import SAMPLE_OF
from tests.unit.regulatory.records import parse_file, parse_rows
from vendors.regulatory.formats.base import ParsedRecord, RowError
from vendors.regulatory.recalls import recall_standing
from vendors.regulatory.records import RegulatoryRecord
from vendors.regulatory.rules import DEFAULT_RULE
from vendors.vocabulary import RecordKind


def test_recall_of_the_dashboard_with_its_lines() -> None:
    records, refused = parse_file(SAMPLE_OF["fda_recalls"], "fda_recalls")

    assert refused == []
    assert records[0] == RegulatoryRecord(
        kind=RecordKind.RECALL,
        authority="FDA",
        native_id="91412",
        fei="1000513046",
        firm="Jubilant Cadista Pharmaceuticals, Inc.",
        city="Salisbury",
        country="United States",
        event_on=date(2023, 1, 5),
        classification="Class III",
        product_area="Drugs",
        project_area="Quality cause",
        scope="Subpotent Drug: Out of specification for assay at the 18-month stability timepoint.",
        source="fda_recalls.csv",
        read_on=date(2026, 7, 1),
    )
    assert (
        records[0].raw["Product Description"]
        == "Prochlorperazine Maleate Tablets, USP 5mg, 100 tablets,\nRX Only"
    )


def test_event_is_at_most_two_records_however_many_products() -> None:
    records, _ = parse_file(SAMPLE_OF["fda_recalls"], "fda_recalls")

    assert Counter((r.natural_key.native_id, r.natural_key.project_area) for r in records) == {
        ("91412", "Quality cause"): 1,
        ("90610", "Quality cause"): 2,
        ("89854", "Other cause"): 1,
        ("96836", "Quality cause"): 1,
        ("999001", "Other cause"): 1,
        ("999001", "Quality cause"): 1,
    }


def test_event_with_two_causes_counts_by_its_quality_cause() -> None:
    records, _ = parse_file(SAMPLE_OF["fda_recalls"], "fda_recalls")
    event = [record for record in records if record.native_id == "999001"]

    standing, excluded = recall_standing(event, as_of=date(2024, 2, 2), reads={}, rule=DEFAULT_RULE)

    assert (standing.score, [one.classification for one in standing.events]) == (94.0, ["Class II"])
    assert [one.record.project_area for one in excluded] == ["Other cause"]


def test_recall_of_openfda() -> None:
    records, refused = parse_file(SAMPLE_OF["openfda_enforcement"], "openfda_enforcement")

    assert refused == []
    assert records[0] == RegulatoryRecord(
        kind=RecordKind.RECALL,
        authority="FDA",
        native_id="82523",
        firm="Jubilant Cadista Pharmaceuticals, Inc.",
        city="Salisbury",
        country="United States",
        event_on=date(2019, 4, 1),
        posted_on=date(2019, 4, 10),
        classification="Class II",
        product_area="Drugs",
        project_area="Quality cause, Class II",
        scope="Discoloration: Expansion of an earlier recall due to the presence of dark brown discoloration "
        "on the edges of the tablets",
        closed_on=date(2019, 9, 20),
        source="openfda_enforcement.json",
        read_on=date(2026, 7, 1),
    )
    assert records[1].raw["openfda"] == '{"manufacturer_name":["Fictional Eye Care"],"route":["OPHTHALMIC"]}'


def test_worst_product_class_of_an_openfda_event_counts() -> None:
    records, _ = parse_file(SAMPLE_OF["openfda_enforcement"], "openfda_enforcement")
    event = [record for record in records if record.native_id == "999010"]

    standing, _ = recall_standing(event, as_of=date(2024, 2, 2), reads={}, rule=DEFAULT_RULE)

    assert ([one.classification for one in standing.events], standing.score) == (["Class I"], 80.0)


@pytest.mark.parametrize(
    ("text", "classification"),
    [("Class II", "Class II"), ("class  iii", "Class III"), ("Not Yet Classified", ""), ("-", "")],
)
def test_class_of_a_recall(text: str, classification: str) -> None:
    (parsed,) = parse_rows("fda_recalls", [{"Event Classification": text}])

    assert isinstance(parsed, ParsedRecord)
    assert parsed.record.classification == classification


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        (
            "fda_recalls",
            {"Event Classification": "2"},
            ("Event Classification", "'2' is not Class I, Class II or Class III"),
        ),
        ("fda_recalls", {"Event ID": ""}, ("Event ID", "is blank")),
        ("fda_recalls", {"Reason for Recall": "-"}, ("Reason for Recall", "is blank")),
        (
            "openfda_enforcement",
            {"center_classification_date": "20190431"},
            ("center_classification_date", "'20190431' is not a day of the calendar"),
        ),
        (
            "openfda_enforcement",
            {"termination_date": "2019"},
            ("termination_date", "'2019' is not a date (YYYY-MM-DD or MM/DD/YYYY)"),
        ),
    ],
)
def test_recall_that_cannot_be_read_names_its_cell(
    kind: str, cells: dict[str, str], expected: tuple[str, str]
) -> None:
    (parsed,) = parse_rows(kind, [cells])

    assert parsed == RowError(parsed.row, *expected)
