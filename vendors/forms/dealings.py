"""Forms of dealing with a vendor: contacts, notes, the confidentiality agreement, qualification."""

from typing import Any

from django import forms

from cdmo_eval.http.pages.sheet import VersionedForm
from vendors import vocabulary as terms
from vendors.forms import fields
from vendors.forms.profile import Pairs


class ContactForm(VersionedForm):
    """A person at the vendor."""

    name = fields.text("Name", required=True)
    role = fields.text("Role", help_text="Such as “business development” or “quality”.")
    email = forms.EmailField(label="E-mail", required=False)
    phone = fields.text("Telephone", most=50)
    primary = forms.BooleanField(label="First contact", required=False)


class NoteForm(VersionedForm):
    """What was heard or seen on a day."""

    kind = fields.choice("Occasion", terms.NoteKind, required=True, blank="")
    on = fields.day("Day", required=True)
    people = fields.Lines(label="People", required=False, help_text="One a line.")
    text = fields.words(
        "What was said or seen",
        required=True,
        rows=6,
        help_text="Markdown: *slanted*, **bold**, - lists, [links](https://…).",
    )
    confidentiality = fields.choice("Who may read it", terms.Confidentiality, required=True, blank="")

    def __init__(self, *args: Any, new: bool, commercial: bool, sites: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [
            pair
            for pair in terms.Confidentiality.choices()
            if commercial or pair[0] != terms.Confidentiality.COMMERCIAL
        ]
        chosen = self.fields["confidentiality"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above
        chosen.choices = allowed
        if new:
            self.fields["site"] = fields.pick("Site", sites, blank="The whole vendor")
            chosen.initial = allowed[-1][0]
            self.order_fields(["kind", "on", "site", "people", "text", "confidentiality"])


class CdaForm(VersionedForm):
    """The confidentiality agreement."""

    status = fields.choice("State", terms.CdaStatus, required=True, blank="")
    signed_on = fields.day("Signed on", help_text="Exactly when it is signed.")
    expires_on = fields.day("Expires on", help_text="Blank when it has no end.")
    upload = fields.Upload("The signed agreement")


class QualificationForm(VersionedForm):
    """The organisation's own qualification of a site for an operation."""

    operation = fields.choice("Operation", terms.Operation, required=True, blank="Choose an operation")
    status = fields.choice("Status", terms.QualificationStatus, required=True, blank="")
    basis = fields.words("Basis", help_text="Audit, questionnaire, history: what the status rests on.")
    approver = fields.text("Approved by", help_text="You, when left blank.")
    valid_until = fields.day("Valid until")
    open_capas = fields.whole("Open CAPAs")
    quality_agreement_signed_on = fields.day("Quality agreement signed on")
    reason = fields.text("Why it changes", help_text="Stands in the history beside the change.", most=500)

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["operation"]
