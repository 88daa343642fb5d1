"""Asking for a file."""

from typing import Any

from django import forms

from cdmo_eval.http.pages.days import day_field
from scorecards.exporting.asking import Kind, Subject
from scorecards.models import ExportFormat, ExportKind

WORDS = {
    ExportFormat.CSV: "CSV: one table, opens everywhere",
    ExportFormat.XLSX: "XLSX: every table, sums as live formulas",
    ExportFormat.JSON: "JSON: every table",
    ExportFormat.NDJSON: "NDJSON: one table, a row a line",
    ExportFormat.PARQUET: "Parquet: one table, typed columns",
    ExportFormat.PDF: "PDF: to read, print and sign",
    ExportFormat.ZIP: "ZIP: everything, with a script that checks it offline",
}


def _day(label: str, help_text: str = "") -> forms.DateField:
    return day_field(label, help_text=help_text)


LISTS = ("candidates", "vendors")
"""Options that are lists of ids, separated by commas."""


class ExportForm(forms.Form):
    """The format and the options of one kind of export."""

    format = forms.ChoiceField(label="Format", widget=forms.RadioSelect)
    table = forms.ChoiceField(
        label="Table",
        required=False,
        help_text="CSV, NDJSON and Parquet hold one table; the others hold all.",
    )
    bom = forms.BooleanField(
        label="CSV with a byte order mark", required=False, help_text="Some spreadsheets need it to read letters with accents."
    )  # fmt: skip
    on = _day("As of the end of (UTC)", "Today unless given.")
    since = _day("From (UTC)")
    until = _day("To (UTC)")
    retracted = forms.BooleanField(label="With retracted records", required=False)
    candidates = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400)
    vendors = forms.CharField(required=False, widget=forms.HiddenInput, max_length=4000)

    def __init__(self, kind: Kind, subject: Subject, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        chosen = self.fields["format"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above
        chosen.choices = [(one.value, WORDS[one]) for one in kind.formats_for(subject)]
        for name in ("on", "since", "until", "retracted", *LISTS):
            if name not in kind.options:
                del self.fields[name]
        if ExportFormat.CSV not in kind.formats:
            del self.fields["bom"], self.fields["table"]
        else:
            table = self.fields["table"]
            assert isinstance(table, forms.ChoiceField)  # noqa: S101 - declared above
            table.choices = [(code, code.replace("_", " ").capitalize()) for code in kind.tables]

    def options(self) -> dict[str, Any]:
        """What was chosen, as a service takes it; an option that the format does not have is left out."""
        given = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "format" and value not in (None, "", False)
        }
        if self.cleaned_data["format"] not in {"csv", "ndjson", "parquet"}:
            given.pop("table", None)
        if self.cleaned_data["format"] != "csv":
            given.pop("bom", None)
        for name in LISTS:
            if name in given:
                given[name] = [text for text in given[name].split(",") if text]
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in given.items()
        }


def kind_of(text: str) -> ExportKind | None:
    """The kind that an address names."""
    return next((kind for kind in ExportKind if kind.value == text), None)
