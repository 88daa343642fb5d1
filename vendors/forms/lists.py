"""Forms of list screens and other names of a vendor."""

from django import forms

from vendors import vocabulary as terms
from vendors.forms import fields


class ListScreenForm(forms.Form):
    """What looking the vendor up in one version of a list of restricted parties gave."""

    list_name = fields.choice("List", terms.ListCode, required=True, blank="Choose a list")
    list_version = fields.text("Version of the list", most=100, help_text="As the publisher names it.")
    publication_date = fields.day("Published on")
    effective_date = fields.day("In force from")
    source = fields.text(
        "Source", required=True, most=500, help_text="Where the list was read, such as its web address."
    )
    read_on = fields.day("List read on", required=True)
    screened_on = fields.day("Vendor looked up on", required=True)
    result = fields.choice("Result", terms.ListResult, required=True, blank="Choose a result")
    matched_party = fields.text("Matched party", most=300, help_text="As the list names it; for a match.")
    relation = fields.choice("Who matched", terms.ListRelation, blank="Nobody")
    contract_date = fields.day("Contract signed on", help_text="Where the date of a contract decides.")
    counsel_note = fields.words("Note of counsel")


class AliasForm(forms.Form):
    """Another name of the vendor."""

    name = fields.text(
        "Name", required=True, help_text="A former name, a brand, a spelling of official files."
    )
    note = fields.text("Note", most=500, help_text="Such as “name until 2024”.")
