"""Inviting evaluators, one's own ratings of a vendor, what was agreed, and a sheet that comes back."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cdmo_eval.core.models import User
from cdmo_eval.http.pages.days import DayInput
from scorecards.exporting.rating_sheet import levels_of
from scorecards.frameworks import Framework, Leaf
from scorecards.models import Candidate, Rating
from scorecards.models.evaluation import LONGEST_COMMENT
from scorecards.selectors.evaluators import Sheet
from scorecards.services.evaluators import Entry

ABSTAIN = "abstain"
LARGEST_SHEET = 5 * 1024 * 1024


class InviteForm(forms.Form):
    """Whom to ask, about which vendors, by which criteria."""

    evaluator = forms.ChoiceField(label="Person")
    deadline = forms.DateField(
        label="Until", required=False, widget=DayInput(),
        help_text="They are reminded of this day; ratings are taken later too.",
    )  # fmt: skip
    message = forms.CharField(
        label="Message", required=False, max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 2})
    )
    candidates = forms.MultipleChoiceField(label="Vendors", widget=forms.CheckboxSelectMultiple)
    leaves = forms.MultipleChoiceField(label="Criteria", widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, people: Sequence[User], candidates: Sequence[Candidate], leaves: Sequence[tuple[Leaf, str]],
        *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.people = {str(person.public_id): person for person in people}
        self.by_id = {str(candidate.public_id): candidate for candidate in candidates}
        choices: dict[str, Any] = {
            "evaluator": [(key, person.name or person.email) for key, person in self.people.items()],
            "candidates": [(key, str(candidate)) for key, candidate in self.by_id.items()],
            "leaves": [(leaf.code, f"{leaf.name}{f' ({note})' if note else ''}") for leaf, note in leaves],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """What the service wants."""
        data = self.cleaned_data
        return {
            "evaluator": self.people[data["evaluator"]], "leaves": data["leaves"], "deadline": data["deadline"],
            "candidates": [self.by_id[key] for key in data["candidates"]], "message": data["message"],
        }  # fmt: skip


def offered_leaves(
    leaves: Sequence[Leaf], framework: Framework, *, weighted: Collection[str] | None
) -> list[tuple[Leaf, str]]:
    """Criteria to choose from with what speaks against one; those that weigh something come first."""
    if weighted is None:
        return [(leaf, "") for leaf in leaves]
    noted = [(leaf, "" if leaf.code in weighted else "weighs nothing here") for leaf in leaves]
    return sorted(noted, key=lambda pair: bool(pair[1]))


class DeadlineForm(forms.Form):
    """Another deadline."""

    deadline = forms.DateField(label="Until", required=False, widget=DayInput())


def level_choices(leaf: Leaf) -> list[tuple[str, str]]:
    """Every level with its words."""
    return [
        (str(level), f"{level}: {words}") for level, words in zip(levels_of(leaf), leaf.rubric, strict=True)
    ]


@dataclass(frozen=True)
class Question:
    """One criterion of the page of a vendor."""

    leaf: Leaf
    level: BoundField
    comment: BoundField


class RatingForm(forms.Form):
    """One's own ratings of one vendor, a question a criterion. What is left open is not rated yet."""

    def __init__(self, sheet: Sheet, candidate: Candidate, *args: Any, **kwargs: Any) -> None:
        self.sheet, self.candidate = sheet, candidate
        super().__init__(*args, **{**kwargs, "initial": self._present()})
        for leaf in sheet.leaves:
            self.fields[f"level-{leaf.code}"] = forms.ChoiceField(
                label=leaf.name, required=False, widget=forms.RadioSelect,
                choices=[*level_choices(leaf), (ABSTAIN, "I abstain"), ("", "Not rated yet")],
            )  # fmt: skip
            self.fields[f"comment-{leaf.code}"] = forms.CharField(
                label="Comment", required=False, max_length=LONGEST_COMMENT,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def _present(self) -> dict[str, Any]:
        initial: dict[str, Any] = {}
        for leaf in self.sheet.leaves:
            said = self.sheet.given(self.candidate, leaf)
            initial[f"level-{leaf.code}"] = answer_of(said)
            initial[f"comment-{leaf.code}"] = said.comment if said else ""
        return initial

    def questions(self) -> Iterator[Question]:
        """In the order of the tree."""
        for leaf in self.sheet.leaves:
            yield Question(leaf, self[f"level-{leaf.code}"], self[f"comment-{leaf.code}"])

    def entries(self) -> list[Entry]:
        """What was said, for the service."""
        found = []
        for leaf in self.sheet.leaves:
            answer = self.cleaned_data[f"level-{leaf.code}"]
            level = int(answer) if answer not in {"", ABSTAIN} else None
            comment = self.cleaned_data[f"comment-{leaf.code}"]
            found.append(Entry(self.candidate, leaf.code, level, answer == ABSTAIN, comment))
        return found


def answer_of(rating: Rating | None) -> str:
    """A rating as the value of its radio button."""
    if rating is None:
        return ""
    return ABSTAIN if rating.abstained else "" if rating.level is None else str(rating.level)


class ConsensusForm(forms.Form):
    """What was agreed on one cell."""

    level = forms.ChoiceField(label="Agreed level", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason", max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What settled it. It stands in the audit trail beside everybody's own rating.",
    )  # fmt: skip

    def __init__(self, leaf: Leaf, *args: Any, take_back: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = level_choices(leaf)  # type: ignore[attr-defined]
        self.fields["level"].required = not take_back


class SheetForm(forms.Form):
    """A sheet that was filled in."""

    file = forms.FileField(label="Workbook", help_text="The sheet you downloaded, as .xlsx, at most 5 MB.")

    def clean_file(self) -> Any:
        """Refuse what nobody fills in by hand."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_SHEET:
            raise forms.ValidationError("The workbook has more than 5 MB.", code="too_large")
        return file
