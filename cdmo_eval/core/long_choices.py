"""Choices among thousands: the options of a select drawn in one piece, and the form field that uses them.

Django draws each option by a template of its own: with five thousand that takes longer than all the rest of a page.
"""

from collections.abc import Collection, Iterable
from html import escape
from typing import Any

from django import forms
from django.utils.safestring import SafeString, mark_safe


def options_html(choices: Iterable[tuple[object, object]], chosen: Collection[str] = ()) -> SafeString:
    """`<option>` elements of value and label pairs, each escaped; those whose value is chosen are marked."""
    parts = []
    for value, label in choices:
        text = str(value)
        selected = " selected" if text in chosen else ""
        parts.append(f'<option value="{escape(text)}"{selected}>{escape(str(label))}</option>')
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


class LongSelect(forms.Select):
    """A select of many plain choices, without groups; the same markup as Django's own."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The element in one piece."""
        given = {"name": name, **self.build_attrs(self.attrs, attrs)}
        shown = "".join(
            f" {escape(key)}" if setting is True else f' {escape(key)}="{escape(str(setting))}"'
            for key, setting in given.items()
            if setting is not False and setting is not None
        )
        chosen = {
            "" if one is None else str(one) for one in (value if isinstance(value, list | tuple) else [value])
        }
        return mark_safe(f"<select{shown}>{options_html(self.choices, chosen)}</select>")  # noqa: S308 - escaped
