"""Selects of thousands: the same markup as Django's own."""

from typing import Any

import pytest
from django import forms

from cdmo_eval.core.long_choices import LongSelect, options_html

CHOICES = [("", "None of them"), ("a&b", 'Fish & "Chips" <b>'), ("3", "Three"), ("o'neil", "O’Neil's")]


class Both(forms.Form):
    """One field with each."""

    own = forms.ChoiceField(choices=CHOICES, required=False)
    long = forms.ChoiceField(choices=CHOICES, required=False, widget=LongSelect)


@pytest.mark.parametrize("chosen", ["", "a&b", "3", "o'neil", None, "not there"])
@pytest.mark.parametrize(
    "attributes", [{}, {"data-sends": "", "disabled": True, "hidden": False, "title": "<x>"}]
)
def test_long_select_is_drawn_as_djangos(chosen: Any, attributes: dict[str, Any]) -> None:
    form = Both({"own": chosen, "long": chosen})

    drawn = {name: "".join(form[name].as_widget(attrs=attributes).split()) for name in ("own", "long")}

    assert drawn["long"] == drawn["own"].replace('"own"', '"long"').replace("id_own", "id_long")


def test_options_escape_what_people_wrote() -> None:
    found = options_html([("x", "<script>"), ('"', "quote")], {'"'})

    assert found == (
        '<option value="x">&lt;script&gt;</option><option value="&quot;" selected>quote</option>'
    )
