"""Forms of questionnaires: what to ask of whom, one answer, a workbook that came back, and decisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cdmo_eval.http.pages.days import day_field
from scorecards.models import (
    Candidate,
    QuestionnaireAnswer,
    QuestionnaireItem,
    QuestionnaireReview,
    Scorecard,
)
from scorecards.models.questionnaire import LONGEST_SOURCE, LONGEST_WORDS
from scorecards.selectors.questionnaire_choices import Ask, ChoiceGroup
from scorecards.selectors.questionnaire_review import Answered
from scorecards.services.questionnaire_answers import Entry
from scorecards.services.questionnaire_reviews import LONGEST_REASON, Decision
from scorecards.services.questionnaire_sheets import LARGEST
from vendors.facts import FACTS
from vendors.forms.values import read_value, value_fields

Kind = QuestionnaireAnswer.Kind
LATER = ""
KINDS = [
    (Kind.VALUE.value, "Answered"),
    (Kind.UNKNOWN.value, "Don't know"),
    (Kind.REFUSED.value, "Not disclosed"),
]


def _day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return day_field(label, required=required, help_text=help_text)


class ScorecardForm(forms.Form):
    """For which scorecard."""

    scorecard = forms.ChoiceField(
        label="Scorecard", help_text="Its programme and criteria decide what can be asked."
    )

    def __init__(self, scorecards: Sequence[Scorecard], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(str(row.public_id), f"{row.name} ({row.program.name})") for row in scorecards]
        self.fields["scorecard"].choices = shown  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Asked:
    """One question to tick: its box, why it is suggested ("": it is not), and its words where they are one's own."""

    ask: Ask
    box: Any
    why: str
    wording: str = ""

    @property
    def wording_name(self) -> str:
        """Of the input of one's own words."""
        return f"wording-{self.ask.target}"


@dataclass(frozen=True)
class AskedGroup:
    """A group of criteria with the questions that answer them."""

    code: str
    name: str
    questions: tuple[Asked, ...]

    @property
    def chosen(self) -> int:
        """How many are ticked."""
        return sum(1 for one in self.questions if one.box.data["selected"])


class QuestionnaireForm(forms.Form):
    """A draft: its words, the vendors it goes to and the questions it asks."""

    name = forms.CharField(label="Name", max_length=200)
    deadline = _day(
        "Answers until", help_text="What is open after this day counts as if it had been refused."
    )
    contact = forms.CharField(label="Answers go to", required=False, max_length=200, help_text="A name and an address. It stands in the workbook.")  # fmt: skip
    message = forms.CharField(
        label="Message", required=False, max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )
    candidates = forms.MultipleChoiceField(
        label="Vendors", required=False, widget=forms.CheckboxSelectMultiple
    )
    questions = forms.MultipleChoiceField(
        label="Questions", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, candidates: Sequence[Candidate], groups: Sequence[ChoiceGroup], suggested: Sequence[Ask], *args: Any, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.by_id = {str(row.public_id): row for row in candidates}
        self.groups = groups
        self.why = {ask.target: ask.why for ask in suggested}
        self.asks = {ask.target: ask for group in groups for choice in group.choices for ask in choice.asks}
        self.fields["candidates"].choices = [(key, str(row)) for key, row in self.by_id.items()]  # type: ignore[attr-defined]
        self.fields["questions"].choices = [(code, FACTS[code].question) for code in self.asks]  # type: ignore[attr-defined]
        own = self.data if self.is_bound else self.initial.get("wordings", {})
        self.wordings = {
            code: str(own.get(f"wording-{code}" if self.is_bound else code, "") or "").strip()
            for code in self.asks
        }

    def clean(self) -> dict[str, Any]:
        """One's own words fit where they are kept."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for code in data.get("questions", ()):
            if len(self.wordings[code]) > LONGEST_WORDS:
                self.add_error(
                    "questions",
                    f"“{FACTS[code].question}” in your words has at most {LONGEST_WORDS} characters.",
                )
        return data

    def asked_groups(self) -> Iterator[AskedGroup]:
        """The questions by group of criteria, each with its box."""
        boxes = {box.data["value"]: box for box in self["questions"]}
        for group in self.groups:
            questions = [
                Asked(ask, boxes[ask.target], self.why.get(ask.target, ""), self.wordings[ask.target])
                for choice in group.choices
                for ask in choice.asks
            ]
            yield AskedGroup(group.code, group.name, tuple(questions))

    def draft(self) -> dict[str, Any]:
        """What the service wants; suggested questions come first, in the order of the suggestion."""
        data = self.cleaned_data
        order = list(self.why)
        chosen = sorted(
            data["questions"], key=lambda code: order.index(code) if code in order else len(order)
        )
        asks = [
            Ask(code, self.asks[code].criterion, why=self.why.get(code, ""), wording=self.wordings[code])
            for code in chosen
        ]
        return {
            "name": data["name"], "deadline": data["deadline"], "contact": data["contact"], "message": data["message"],
            "asks": asks, "candidates": [self.by_id[key] for key in data["candidates"]],
        }  # fmt: skip


class CopyForm(forms.Form):
    """Whom to write to at a vendor, and until when it may answer."""

    contact_name = forms.CharField(label="Contact", required=False, max_length=200)
    contact_email = forms.EmailField(label="E-mail", required=False, max_length=254)
    deadline = _day("Answers until", required=True)


class WithdrawForm(forms.Form):
    """Why a vendor's questionnaire is taken back."""

    reason = forms.CharField(label="Reason", max_length=500)


class WorkbookForm(forms.Form):
    """A workbook that came back."""

    file = forms.FileField(
        label="Filled-in workbook", widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="The workbook of this vendor, as .xlsx, at most 5 MB.",
    )  # fmt: skip
    answered_on = _day(
        "Answered on", help_text="The day the vendor gave these answers; today when left blank."
    )

    def clean_file(self) -> Any:
        """Refuse what nobody fills in by hand."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("The workbook has more than 5 MB.", code="too_large")
        return file


class AnswerForm(forms.Form):
    """One answer typed in, in the shape of its fact."""

    kind = forms.ChoiceField(label="The vendor", choices=KINDS, widget=forms.RadioSelect)
    answered_on = _day("Answered on", help_text="Today when left blank.")
    source = forms.CharField(label="Where it is shown", required=False, max_length=LONGEST_SOURCE, help_text="A document, a page, a person.")  # fmt: skip
    comment = forms.CharField(
        label="Comment", required=False, max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, item: QuestionnaireItem, present: QuestionnaireAnswer | None, *args: Any, **kwargs: Any
    ) -> None:
        self.item, self.fact = item, FACTS[item.target]
        made, shown = value_fields(self.fact, present.value if present else None)
        self.value_names = tuple(made)
        said = (
            {"kind": present.kind, "comment": present.comment, "source": present.source}
            if present
            else {"kind": Kind.VALUE.value}
        )
        super().__init__(*args, **{**kwargs, "initial": shown | said})
        self.fields.update(made)
        self.order_fields(["kind", *made, "source", "comment", "answered_on"])

    def value_bound(self) -> list[BoundField]:
        """The fields that state the value."""
        return [self[name] for name in self.value_names]

    def other_bound(self) -> list[BoundField]:
        """The others but the first."""
        return [self[name] for name in ("source", "comment", "answered_on")]

    def entry(self) -> Entry:
        """What the service keeps."""
        data = self.cleaned_data
        value = (read_value(self.fact, data) or None) if data["kind"] == Kind.VALUE else None
        return Entry(self.item, data["kind"], value, data["comment"], data["source"])

    def places(self) -> Mapping[str, str]:
        """Where the service's refusals stand on the form: "answers.0.value.number" at its field."""
        names = {
            "answers.0.value": self.value_names[0],
            "answers.0.kind": "kind",
            "answers.0.comment": "comment",
            "answers.0.source": "source",
        }
        return names | {f"answers.0.{name.replace('__', '.')}": name for name in self.value_names}


@dataclass(frozen=True)
class ReviewLine:
    """One answer to decide about."""

    answered: Answered
    decision: BoundField
    reason: BoundField


class ReviewForm(forms.Form):
    """Decisions about the answers of a vendor; what is left for later stays as it is."""

    deadline = _day("New deadline", help_text="For what is asked again. Needed when the deadline has passed.")

    def __init__(self, rows: Sequence[Answered], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = [
            row for row in rows if row.answer is not None and (row.to_review or row.item.state == "unknown")
        ]
        for row in self.rows:
            choices = [(LATER, "Later"), *QuestionnaireReview.Decision.choices]
            if row.item.state == "unknown":
                choices = [(LATER, "Leave it"), ("again", "Ask again")]
            number = row.item.number
            self.fields[f"decision-{number}"] = forms.ChoiceField(
                label=f"Question {number}", required=False, widget=forms.RadioSelect, choices=choices
            )
            self.fields[f"reason-{number}"] = forms.CharField(
                label="Reason",
                required=False,
                max_length=LONGEST_REASON,
                widget=forms.TextInput(attrs={"placeholder": "Reason, to reject or ask again"}),
            )
            self.fields[f"revision-{number}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=row.answer.revision if row.answer else 0, min_value=1
            )

    def lines(self) -> Iterator[ReviewLine]:
        """In the order of the workbook."""
        for row in self.rows:
            number = row.item.number
            yield ReviewLine(row, self[f"decision-{number}"], self[f"reason-{number}"])

    def revisions(self) -> Iterator[BoundField]:
        """Which answers were read."""
        for row in self.rows:
            yield self[f"revision-{row.item.number}"]

    def decisions(self, *, accept_rest: bool = False) -> list[Decision]:
        """What was decided; with `accept_rest` what is left for later and contradicts nothing is accepted too."""
        found = []
        for row in self.rows:
            number = row.item.number
            said = self.cleaned_data[f"decision-{number}"]
            if not said and accept_rest and row.to_review and not row.contradicts:
                said = QuestionnaireReview.Decision.ACCEPTED.value
            if said:
                reason = self.cleaned_data[f"reason-{number}"] if said != "accepted" else ""
                found.append(Decision(row.item, self.cleaned_data[f"revision-{number}"], said, reason))
        return found

    def new_deadline(self) -> date | None:
        """For what is asked again."""
        found: date | None = self.cleaned_data["deadline"]
        return found
