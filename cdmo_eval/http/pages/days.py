"""Days in forms: one widget and one field for the whole product."""

from typing import Any

from django import forms


class DayInput(forms.DateInput):
    """The browser's own picker. It shows a stored day only when the day is written as ISO 8601, whatever the locale."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"class": "short"} | (attrs or {}), format="%Y-%m-%d")


def day_field(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    """A day to choose or type."""
    return forms.DateField(label=label, required=required, help_text=help_text, widget=DayInput())
