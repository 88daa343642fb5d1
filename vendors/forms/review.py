"""Forms of the review queue."""

from typing import Any

from django import forms

from vendors.forms import fields
from vendors.forms.profile import Pairs

REMEMBER = "Remember this spelling: the next record of that name and place is treated alike"


class DecisionForm(forms.Form):
    """Yes or no, and whether it holds for the next record as well."""

    remember = forms.BooleanField(label=REMEMBER, required=False)


class ElsewhereForm(DecisionForm):
    """The site that the record is of."""

    site = forms.ChoiceField(label="Site")

    field_order = ["site", "remember"]

    def __init__(self, *args: Any, sites: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"] = fields.pick("Site", sites, blank="Choose a site", required=True)
        self.order_fields(self.field_order)
