"""Forms of imports: a file to check."""

from typing import Any

from django import forms

from vendors.forms import fields


class ImportForm(forms.Form):
    """A file, what it is, and when its source was read."""

    kind = forms.ChoiceField(label="What the file is")
    file = forms.FileField(
        label="File",
        max_length=255,
        help_text="CSV or XLSX, at most 25 MB; official files as they were downloaded, at most 64 MB.",
    )
    read_on = fields.day(
        "Day of reading", help_text="When it was taken from its source; today when left blank."
    )
    sheet = fields.text("Sheet", help_text="Of a workbook; the first visible one when left blank.")
    mapping = fields.words(
        "Columns",
        rows=3,
        help_text="Can be left blank: the columns are matched in the next step. Else column=field, one a line.",
    )
    only_mapped = forms.BooleanField(
        label="Leave out columns that are no field",
        required=False,
        help_text="Of our own kinds of file; not of official ones.",
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["kind"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above
        chosen.choices = [("", "Choose"), *kinds]
