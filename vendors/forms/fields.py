"""Kinds of form fields that every form of vendors uses; blank always means unknown, never zero or "no"."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms

from cdmo_eval.http.pages.days import day_field
from vendors.imports.countries import country_name
from vendors.vocabulary import COUNTRY_CODES, Code

UNKNOWN = ("", "Unknown")
YES_NO = (UNKNOWN, ("true", "Yes"), ("false", "No"))


def text(label: str, *, required: bool = False, most: int = 200, help_text: str = "") -> forms.CharField:
    """One line."""
    return forms.CharField(label=label, required=required, max_length=most, help_text=help_text)


def words(label: str, *, required: bool = False, rows: int = 3, help_text: str = "") -> forms.CharField:
    """Several lines."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=required, max_length=10_000, help_text=help_text, widget=widget
    )


def choice(
    label: str, codes: type[Code], *, required: bool = False, blank: str = "Unknown", help_text: str = ""
) -> forms.ChoiceField:
    """One code of a vocabulary."""
    first = [] if required and not blank else [("", blank)]
    return forms.ChoiceField(
        label=label, choices=[*first, *codes.choices()], required=required, help_text=help_text
    )


def several(label: str, codes: type[Code], *, help_text: str = "") -> forms.MultipleChoiceField:
    """Any codes of a vocabulary."""
    return forms.MultipleChoiceField(
        label=label,
        choices=codes.choices(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


def whole(
    label: str, *, low: int = 0, high: int | None = 2_147_483_647, help_text: str = ""
) -> forms.IntegerField:
    """A whole number."""
    return forms.IntegerField(label=label, required=False, min_value=low, max_value=high, help_text=help_text)


def number(label: str, *, low: float | None = 0, high: float | None = None, help_text: str = "") -> "Decimal":
    """A number with decimals."""
    return Decimal(label=label, required=False, min_value=low, max_value=high, help_text=help_text)


class Decimal(forms.DecimalField):
    """A number shown without the needless zeros of its column."""

    def prepare_value(self, value: Any) -> Any:
        """12.500000 is shown as 12.5; what a person typed stays as it is."""
        if value is None or isinstance(value, str):
            return value
        return f"{value.normalize():f}" if hasattr(value, "normalize") else value


def day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    """A date, with the browser's own picker."""
    return day_field(label, required=required, help_text=help_text)


def yes_no(label: str, *, help_text: str = "") -> forms.TypedChoiceField:
    """Yes, no or unknown."""
    return forms.TypedChoiceField(
        label=label,
        choices=YES_NO,
        required=False,
        coerce=lambda answer: answer in {"true", "True", True},
        empty_value=None,
        help_text=help_text,
        widget=YesNoSelect,
    )


class YesNoSelect(forms.Select):
    """Shows a stored true or false under the option's own code."""

    def format_value(self, value: Any) -> Any:
        """True is the option "true"."""
        return super().format_value({True: "true", False: "false"}.get(value, value))


@cache
def country_choices() -> tuple[tuple[str, str], ...]:
    """Every country we know a region of, by name."""
    return tuple(sorted(((code, country_name(code)) for code in COUNTRY_CODES), key=lambda pair: pair[1]))


def country(label: str, *, required: bool = False) -> forms.ChoiceField:
    """A country by name, stored as its two-letter code."""
    return forms.ChoiceField(label=label, choices=[UNKNOWN, *country_choices()], required=required)


class Lines(forms.CharField):
    """A list of short texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A list is shown one entry a line."""
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Lines without blanks and repetitions."""
        if isinstance(value, list | tuple):
            return list(value)
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list differs."""
        return list(initial or []) != self.to_python(data)


class Upload(forms.FileField):
    """An attachment; what is allowed is checked by the service that keeps it."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            help_text="PDF, PNG, JPG, XLSX, CSV or DOCX, at most 25 MB.",
            widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.xlsx,.csv,.docx"}),
        )


def pick(
    label: str,
    choices: Iterable[tuple[str, str]],
    *,
    required: bool = False,
    blank: str = "",
    help_text: str = "",
) -> forms.ChoiceField:
    """One of rows that were read for this page."""
    first = [("", blank)] if blank or not required else []
    return forms.ChoiceField(label=label, choices=[*first, *choices], required=required, help_text=help_text)
