"""A proposal as it is entered: the offer, a row per item of the common scope and some more, its terms."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from scorecards.models import Proposal, ProposalLine
from scorecards.services.proposal_terms import GRADES_OF_FLAG, MUST_HAVE_TERMS, TERMS, TermKind
from vendors.forms.fields import Decimal, day
from vendors.vocabulary import LineInclusion, MustHaveTerm, Operation, Phase

SPARE_LINES, MORE_LINES, MOST_LINES = 3, 10, 200
LINE_PARTS = ("scope_item", "inclusion", "price", "unit", "quantity", "assumption")
OFFER = ("received_on", "valid_until", "currency")
AMOUNTS = ("pass_throughs", "capex", "minimum_commitment")
TIMES = ("slot_week", "weeks_to_milestone")
WORDS = ("payment_terms", "cancellation_fees")
TERM_NAMES = {
    "RSK2": "Governance and communication", "RSK3": "Transparency", "RSK5": "Risk and capital sharing",
}  # fmt: skip
FLAG_CHOICES = [("", "Not stated"), *((str(value), word) for value, word in reversed(GRADES_OF_FLAG.items()))]
YES_NO = [("", "Not stated"), ("yes", "Yes"), ("no", "No")]
LEFT_OUT = ("", "Not in the offer")


class ProposalForm(forms.Form):
    """What is left blank is not stated. An item stays out of the offer unless it is included, excluded or optional."""

    received_on = day("Received on", required=True)
    valid_until = day("Valid until")
    currency = forms.CharField(
        label="Currency", min_length=3, max_length=3, help_text="A code of three letters, such as EUR."
    )
    pass_throughs = Decimal(
        label="Pass-through costs", required=False, min_value=0, max_digits=16, decimal_places=2,
        help_text="Enter 0 where there are none: left blank, the price stays open.",
    )  # fmt: skip
    capex = Decimal(
        label="Capital outlay", required=False, min_value=0, max_digits=16, decimal_places=2,
        help_text="What you would pay for equipment. Enter 0 where there is none.",
    )  # fmt: skip
    minimum_commitment = Decimal(
        label="Minimum commitment", required=False, min_value=0, max_digits=16, decimal_places=2
    )
    slot_week = day("First free slot, week of", help_text="A Monday.")
    weeks_to_milestone = Decimal(
        label="Weeks to the milestone", required=False, min_value=0, max_digits=6, decimal_places=2
    )
    payment_terms = forms.CharField(
        label="Payment terms", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    cancellation_fees = forms.CharField(
        label="Cancellation fees", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    stages_stated = forms.BooleanField(
        label="The offer says which stages can be ordered on their own", required=False
    )
    stand_alone_stages = forms.MultipleChoiceField(
        label="Stages accepted on their own", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[*Phase.choices(), *Operation.choices()], help_text="Phases, or steps of the process.",
    )  # fmt: skip
    upload = forms.FileField(
        label="Signed offer", required=False,
        help_text="PDF, image, XLSX, DOCX or CSV. With a signed offer on file its figures count as verified.",
    )  # fmt: skip

    def __init__(self, lines: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for number in range(lines):
            self.fields |= _line_fields(number)
        for code, terms in TERMS.items():
            for term in terms:
                self.fields[f"{code}-{term.value}"] = forms.ChoiceField(
                    label=term.label, required=False, choices=FLAG_CHOICES
                )
        for must_have, kind in MUST_HAVE_TERMS.items():
            self.fields[f"must-{must_have.value}"] = _term_field(must_have, kind)

    @staticmethod
    def sent_lines(posted: Mapping[str, Any]) -> int:
        """How many rows the form that was sent had."""
        sent = str(posted.get("lines", ""))
        return min(int(sent), MOST_LINES) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0

    @staticmethod
    def initial_of_new(scope_items: Sequence[str], currency: str, today: date) -> dict[str, Any]:
        """A row for each item of the common scope, received today in the programme's currency."""
        initial: dict[str, Any] = {"received_on": today, "currency": currency, "lines": len(scope_items)}
        for number, item in enumerate(scope_items):
            initial |= {
                f"line-{number}-scope_item": item,
                f"line-{number}-inclusion": LineInclusion.INCLUDED.value,
            }
        return initial

    @staticmethod
    def initial_of(
        proposal: Proposal, lines: Sequence[ProposalLine], scope_items: Sequence[str]
    ) -> dict[str, Any]:
        """A version as the start of the next one; items of the scope that it leaves out come last."""
        names = (*OFFER, *AMOUNTS, *TIMES, *WORDS)
        initial: dict[str, Any] = {name: getattr(proposal, name) for name in names}
        initial["stages_stated"] = proposal.stand_alone_stages is not None
        initial["stand_alone_stages"] = proposal.stand_alone_stages or []
        for number, line in enumerate(lines):
            initial |= {f"line-{number}-{part}": getattr(line, part) for part in LINE_PARTS}
        offered = {line.scope_item for line in lines}
        missing = [item for item in scope_items if item not in offered]
        initial |= {
            f"line-{number}-scope_item": item for number, item in enumerate(missing, start=len(lines))
        }
        initial["lines"] = len(lines) + len(missing)
        for code, terms in TERMS.items():
            for term in terms:
                initial[f"{code}-{term.value}"] = str(proposal.terms.get(term.value, ""))
        for must_have, given in proposal.must_have_terms.items():
            initial[f"must-{must_have}"] = (
                {True: "yes", False: "no"}[given] if isinstance(given, bool) else given
            )
        return initial

    def boxes(self, *names: str) -> list[BoundField]:
        """Some boxes in their order."""
        return [self[name] for name in names]

    @property
    def offer(self) -> list[BoundField]:
        """The first block."""
        return self.boxes(*OFFER, "upload")

    @property
    def money(self) -> list[BoundField]:
        """Amounts beside the lines, and the words about paying."""
        return self.boxes(*AMOUNTS, *WORDS)

    @property
    def times(self) -> list[BoundField]:
        """Times and stages."""
        return self.boxes(*TIMES, "stages_stated", "stand_alone_stages")

    def rows(self) -> Iterator[dict[str, BoundField]]:
        """The boxes of each line."""
        for number in range(self.lines):
            yield {part: self[f"line-{number}-{part}"] for part in LINE_PARTS}

    def terms(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The boxes of the terms by group."""
        for code, terms in TERMS.items():
            yield TERM_NAMES[code], self.boxes(*(f"{code}-{term.value}" for term in terms))
        yield "Terms a programme may demand", self.boxes(*(f"must-{term.value}" for term in MUST_HAVE_TERMS))

    def entered(self) -> dict[str, Any]:
        """The fields for the service, lines included."""
        data = self.cleaned_data
        fields = {name: data[name] for name in (*OFFER, *AMOUNTS, *TIMES, *WORDS)}
        fields["currency"] = data["currency"].upper()
        chosen = data["stand_alone_stages"]
        fields["stand_alone_stages"] = chosen if chosen or data["stages_stated"] else None
        fields["terms"] = {
            term.value: float(data[f"{code}-{term.value}"])
            for code, terms in TERMS.items()
            for term in terms
            if data[f"{code}-{term.value}"]
        }
        fields["must_have_terms"] = {
            term.value: _said(kind, data[f"must-{term.value}"]) for term, kind in MUST_HAVE_TERMS.items()
        }
        fields["lines"] = [line for _, line in self._lines()]
        return fields

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The lines that are in the offer, with the rows they stand in."""
        for number in range(self.lines):
            line = {part: self.cleaned_data.get(f"line-{number}-{part}") for part in LINE_PARTS}
            if line["scope_item"] and line["inclusion"]:
                yield number, line

    def field_names(self) -> dict[str, str]:
        """Field paths of the service by the box that holds them."""
        names = {
            f"terms.{term.value}": f"{code}-{term.value}" for code, terms in TERMS.items() for term in terms
        }
        names |= {f"must_have_terms.{term.value}": f"must-{term.value}" for term in MUST_HAVE_TERMS}
        names["signed_offer"] = names["file"] = "upload"
        for place, (number, _) in enumerate(self._lines()):
            names |= {f"lines.{place}.{part}": f"line-{number}-{part}" for part in LINE_PARTS}
        return names


def _line_fields(number: int) -> dict[str, forms.Field]:
    inclusions = [LEFT_OUT, *LineInclusion.choices()]
    fields: dict[str, forms.Field] = {
        "scope_item": forms.CharField(label="Item", required=False, max_length=100),
        "inclusion": forms.ChoiceField(label="Included", required=False, choices=inclusions),
        "price": Decimal(label="Price", required=False, min_value=0, max_digits=16, decimal_places=2),
        "unit": forms.CharField(label="Unit", required=False, max_length=50),
        "quantity": Decimal(label="Quantity", required=False, min_value=0, max_digits=14, decimal_places=4),
        "assumption": forms.CharField(label="Assumption", required=False, max_length=4000),
    }
    return {f"line-{number}-{part}": field for part, field in fields.items()}


def _term_field(term: MustHaveTerm, kind: TermKind) -> forms.Field:
    if kind is TermKind.YES_NO:
        return forms.ChoiceField(label=term.label, required=False, choices=YES_NO)
    if kind is TermKind.AMOUNT:
        return Decimal(label=term.label, required=False, min_value=0, max_digits=16, decimal_places=2)
    return forms.CharField(label=term.label, required=False, max_length=200)


def _said(kind: TermKind, given: Any) -> Any:
    return {"yes": True, "no": False}.get(given) if kind is TermKind.YES_NO else given


class WithdrawForm(forms.Form):
    """Why a version should not count."""

    reason = forms.CharField(
        label="Why it should not count", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    whole = forms.BooleanField(label="Withdraw every version of this offer", required=False)


class RateForm(forms.Form):
    """One exchange rate."""

    source = forms.CharField(label="1 unit of", min_length=3, max_length=3, help_text="Such as USD.")
    rate = Decimal(label="is worth", max_digits=22, decimal_places=10)
    target = forms.CharField(label="units of", min_length=3, max_length=3, help_text="Such as EUR.")
    on = day("Published on", required=True)
    published_by = forms.CharField(
        label="Published by", required=False, max_length=200, help_text="Such as ECB."
    )

    def entered(self) -> dict[str, Any]:
        """The fields for the service."""
        data = dict(self.cleaned_data)
        return data | {"source": data["source"].upper(), "target": data["target"].upper()}


class ReasonForm(forms.Form):
    """Why a rate is taken back."""

    reason = forms.CharField(label="Why", max_length=500)
