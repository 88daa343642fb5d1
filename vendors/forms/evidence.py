"""Forms of evidence: choose what it is about, state it in the shape of its fact, say how well it is known."""

from collections.abc import Mapping
from typing import Any

from django import forms

from cdmo_eval.http.pages.sheet import VersionedForm
from vendors import vocabulary as terms
from vendors.facts import FACTS, Fact
from vendors.forms import fields
from vendors.forms.profile import Pairs
from vendors.forms.values import read_value, value_fields
from vendors.vocabulary import Confidentiality, Grade, SubjectType

SCOPE = {"modality": terms.Modality, "operation": terms.Operation, "phase": terms.Phase}
FACT_GROUPS = {
    "vendor": "Company",
    "site": "Site",
    "capability": "Capability",
    "service": "Services",
}
LEAF_GROUPS = {
    "MOD": "Modality and technical competence",
    "SVC": "Services and integration",
    "SCL": "Scale-up, transfer, capacity",
    "REG": "Regulatory history",
    "QUA": "Quality",
    "DIG": "Digital maturity",
    "FLX": "Flexible manufacturing",
    "GEO": "Footprint and resilience",
    "RSK": "Risk and collaboration",
    "SUS": "Sustainability",
    "COM": "Cost, speed, viability",
}
OWN_SUBJECTS = (SubjectType.VENDOR, SubjectType.SITE, SubjectType.CAPABILITY)
"""Candidates and proposals state theirs on their own pages."""


def fact_group(fact: Fact) -> str:
    """Under which heading a fact is offered."""
    prefix = fact.code.partition(".")[0]
    return FACT_GROUPS.get(prefix) or LEAF_GROUPS.get(prefix[:3], "Other")


def fact_choices(subject: SubjectType | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Facts that take evidence of the subject (None: of any here), grouped for a select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    asked = {subject} if subject else set(OWN_SUBJECTS)
    for fact in FACTS.values():
        if asked & set(fact.subjects):
            groups.setdefault(fact_group(fact), []).append((fact.code, fact.label))
    return sorted(groups.items())


class AboutForm(forms.Form):
    """What the evidence is about: the subject and the fact."""

    def __init__(self, *args: Any, subjects: Pairs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"] = fields.pick("About", subjects, required=True)
        self.fields["target"] = forms.ChoiceField(
            label="What is known", choices=[("", "Choose"), *fact_choices()]
        )


class EvidenceForm(VersionedForm):
    """One record in the shape of its fact, with its scope, source, grade and dates."""

    refused = forms.BooleanField(
        label="The vendor refused to answer", required=False, help_text="Then no value is stated."
    )
    obtained_on = fields.day("Dated", required=True, help_text="The day on which it was so.")
    grade = fields.choice("Grade", Grade, required=True, blank="")
    source_kind = fields.choice("Kind of source", terms.SourceKind, blank="Not stated")
    source = fields.text("Source", most=500, help_text="Title, page or person: enough to find it again.")
    source_url = forms.URLField(label="Address", required=False, max_length=1000, assume_scheme="https")
    upload = fields.Upload("Document")
    valid_until = fields.day("Valid until", help_text="Only when the source itself ends.")
    note = fields.words("Note or quotation", rows=3)
    confidentiality = fields.choice("Who may read it", Confidentiality, required=True, blank="")

    def __init__(
        self, *args: Any, fact: Fact, commercial: bool, value: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.fact = fact
        made, shown = value_fields(fact, value)
        kwargs["initial"] = {**shown, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.value_names = tuple(made)
        self.fields.update(made)
        self.scope_names = tuple(part for part in fact.scope_parts if part in SCOPE)
        for part in self.scope_names:
            self.fields[part] = fields.choice(f"Only for this {part}", SCOPE[part], blank="Any")
        grade = self.fields["grade"]
        reading = self.fields["confidentiality"]
        assert isinstance(grade, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(reading, forms.ChoiceField)  # noqa: S101 - declared above
        grade.choices = [(one.value, f"{one.value}: {one.label}") for one in Grade]
        grade.initial = Grade.D.value
        if not commercial:
            reading.choices = [
                pair for pair in Confidentiality.choices() if pair[0] != Confidentiality.COMMERCIAL
            ]
        order = [*made, "refused", "obtained_on", "grade", "source_kind", "source", "source_url", "upload"]
        self.order_fields([*order, "valid_until", *self.scope_names, "note", "confidentiality"])

    def stated(self) -> dict[str, Any] | None:
        """The value entered; None for a refusal or when nothing was filled in."""
        if self.cleaned_data.get("refused"):
            return None
        return read_value(self.fact, self.cleaned_data) or None

    def value_bound(self) -> list[forms.BoundField]:
        """The fields that state the value, for their own part of the page."""
        return [self[name] for name in self.value_names]

    def other_bound(self) -> list[forms.BoundField]:
        """The other visible fields."""
        return [bound for bound in self.visible_fields() if bound.name not in self.value_names]
