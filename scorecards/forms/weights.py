"""Setting the weights of siblings by points, worst-to-best comparison, an order, or pairs; and naming weight sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import forms

from scorecards.engine.elicitation import Method
from scorecards.engine.pairwise import SCALE, pairs_of
from scorecards.engine.weights import display_percentages
from scorecards.forms.builder import ARCHETYPES, Versioned
from scorecards.frameworks import Framework
from scorecards.frameworks.scales import GROUPS, names_of, sibling_sets

STARTS = [("current", "The weights in force"), ("equal", "Equal weights"), *ARCHETYPES]
WORDS = {
    1: "equally important",
    3: "somewhat more",
    5: "clearly more",
    7: "much more",
    9: "overwhelmingly more",
}
HELP = {
    Method.POINTS: "Points are shared out to 100. A weight is the worth of going from worst to best on the stated scale.",
    Method.SWING: "Give 100 to the criterion whose step from worst to best is worth most, and to each other what its step is worth beside that.",
    Method.ORDER: "1 is the most important. The same number means equally important; blank leaves a criterion out.",
    Method.PAIRWISE: "For each pair: how many times as important is the first? A criterion without any answer is left out; "
    "of the others every pair needs one.",
}


def step_label(step: Fraction) -> str:
    """A step of the scale in words: "3, somewhat more", "1/3, somewhat less"."""
    if step >= 1:
        words = WORDS.get(int(step), "")
        return f"{step}, {words}" if words else str(step)
    words = WORDS.get(step.denominator, "").replace("more", "less")
    return f"{step}, {words}" if words else str(step)


STEPS = [("", "Not compared yet"), *((str(step), step_label(step)) for step in reversed(SCALE))]


class NewSetForm(forms.Form):
    """A new weight set."""

    name = forms.CharField(
        label="Whose weights, or what for",
        max_length=120,
        help_text="A stakeholder or a view: “Quality”, “Supply”.",
    )
    start = forms.ChoiceField(label="Start from", choices=STARTS)


class SetNameForm(Versioned):
    """Another name for a weight set."""

    name = forms.CharField(label="Name", max_length=120)


@dataclass(frozen=True)
class Weights:
    """The weights a form is about, be they a scorecard's or a weight set's."""

    points: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, Any]]
    locks: Sequence[str]
    version: int


class MethodForm(Versioned):
    """The siblings below a group ("" for the groups), weighed by one method. Subclasses draw and read the boxes."""

    method: Method
    prefix_of_fields = ""

    def __init__(
        self, criteria: Framework, node: str, weights: Weights, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={"version": weights.version})
        self.node, self.weights = node, weights
        self.codes = sibling_sets(criteria)[node]
        self.titles = names_of(criteria)
        kept = weights.inputs.get(node, {})
        self.kept: Mapping[str, Any] = kept if kept.get("method") == self.method else {}
        self.names: dict[str, str] = {}
        self.add_fields()

    @property
    def help(self) -> str:
        """What to do."""
        return HELP[self.method]

    def add_fields(self) -> None:
        """A text box for each criterion."""
        for code in self.codes:
            self.add(f"{self.prefix_of_fields}-{code}", code, self.titles[code], self.start_of(code))

    def add(self, field: str, error_name: str, label: str, initial: str) -> None:
        """One box, found by the name that a refusal uses."""
        self.names |= {f"inputs.{error_name}": field, f"weights.{error_name}": field}
        self.fields[field] = forms.CharField(
            label=label, required=False, max_length=20, initial=initial, widget=forms.TextInput(attrs={"inputmode": "decimal"})
        )  # fmt: skip

    def start_of(self, code: str) -> str:
        """What stands in the box of a criterion at first."""
        raise NotImplementedError(type(self).__name__)

    def entered(self) -> dict[str, str]:
        """What was typed, by criterion; blanks are left out."""
        typed = {code: self.cleaned_data[f"{self.prefix_of_fields}-{code}"].strip() for code in self.codes}
        return {code: text for code, text in typed.items() if text}

    def changes(self) -> dict[str, Any]:
        """Arguments for the service."""
        raise NotImplementedError(type(self).__name__)

    def rows(self) -> Iterator[tuple[str, str, Any]]:
        """Code, share now in percent, and the box of each criterion."""
        shown = shown_shares(self.weights.points, self.codes)
        for code in self.codes:
            yield code, shown[code], self[f"{self.prefix_of_fields}-{code}"]


def shown_shares(points: Mapping[str, str], codes: Sequence[str]) -> dict[str, str]:
    """Siblings in percent with one decimal, summing to 100.0."""
    numbers = [Fraction(points[code]) for code in codes]
    total = sum(numbers, Fraction(0))
    return dict(zip(codes, display_percentages([number / total for number in numbers]), strict=True))


class PointsForm(MethodForm):
    """Points, and which of the criteria keep their share while others change."""

    method = Method.POINTS
    prefix_of_fields = "weight"

    def add_fields(self) -> None:
        """Boxes, and a tick for each lock."""
        super().add_fields()
        self.fields["locked"] = forms.MultipleChoiceField(
            label="Keep the share of these while others change", required=False, widget=forms.CheckboxSelectMultiple,
            choices=[(code, self.titles[code]) for code in self.codes],
            initial=[code for code in self.codes if code in self.weights.locks],
        )  # fmt: skip

    def start_of(self, code: str) -> str:
        """The present share in percent."""
        return shown_shares(self.weights.points, self.codes)[code]

    def changes(self) -> dict[str, Any]:
        """Points of all that share the total as soon as one differs from what was shown; locked ones only if typed over."""
        shown = shown_shares(self.weights.points, self.codes)
        entered = {code: shown[code] for code in self.codes} | self.entered()
        locked = self.cleaned_data["locked"]
        outside = [code for code in self.weights.locks if code not in self.codes]
        points = {
            code: text for code, text in entered.items() if text != shown[code] or code not in locked
        }  # fmt: skip
        if entered == shown:
            points = {}
        return {"points": points, "locked_weights": [*outside, *locked]}


class SwingForm(MethodForm):
    """100 for the step from worst to best that is worth most."""

    method = Method.SWING
    prefix_of_fields = "swing"

    def start_of(self, code: str) -> str:
        """What was entered before."""
        return str(self.kept.get("swings", {}).get(code, ""))

    def changes(self) -> dict[str, Any]:
        """By the method."""
        return {"inputs": {self.node: {"method": self.method.value, "swings": self.entered()}}}


class OrderForm(MethodForm):
    """A place for each criterion; equal places are equally important."""

    method = Method.ORDER
    prefix_of_fields = "place"

    def start_of(self, code: str) -> str:
        """The step in which the criterion stood before."""
        steps = self.kept.get("order", ())
        return next((str(place) for place, step in enumerate(steps, start=1) if code in step), "")

    def clean(self) -> dict[str, Any]:
        """Places are whole numbers."""
        data = super().clean() or self.cleaned_data
        for code in self.codes:
            field = f"place-{code}"
            text = data.get(field, "").strip()
            if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1000):
                self.add_error(field, "A place is a whole number: 1 for the most important.")
        return data

    def changes(self) -> dict[str, Any]:
        """Steps in the order of their places."""
        places = {code: int(text) for code, text in self.entered().items()}
        steps = [[code for code in places if places[code] == place] for place in sorted(set(places.values()))]
        return {"inputs": {self.node: {"method": self.method.value, "order": steps}}}


class PairwiseForm(MethodForm):
    """One judgement for each pair."""

    method = Method.PAIRWISE

    def add_fields(self) -> None:
        """A choice for each pair."""
        kept = {(a, b): str(value) for a, b, value in self.kept.get("judgements", ())}
        for first, second in pairs_of(self.codes):
            field = f"pair-{first}-{second}"
            turned = kept.get((second, first))
            initial = kept.get((first, second), str(1 / Fraction(turned)) if turned else "")
            names = (f"{first}/{second}", f"{second}/{first}")
            self.names |= {f"inputs.{name}": field for name in names}
            self.fields[field] = forms.ChoiceField(
                label=f"{self.titles[first]} beside {self.titles[second]}", required=False, choices=STEPS, initial=initial
            )  # fmt: skip

    def rows(self) -> Iterator[tuple[str, str, Any]]:
        """Each pair with its choice."""
        for first, second in pairs_of(self.codes):
            yield f"{first}/{second}", "", self[f"pair-{first}-{second}"]

    def groups(self) -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
        """The pairs by their first criterion: its code and name, then the name and the choice of each it stands beside."""
        for at, first in enumerate(self.codes[:-1]):
            others = [
                (self.titles[second], self[f"pair-{first}-{second}"]) for second in self.codes[at + 1 :]
            ]
            yield first, self.titles[first], others

    def changes(self) -> dict[str, Any]:
        """Every pair that was judged."""
        judged = [
            [first, second, step]
            for first, second in pairs_of(self.codes)
            if (step := self.cleaned_data[f"pair-{first}-{second}"])
        ]
        return {"inputs": {self.node: {"method": self.method.value, "judgements": judged}}}


FORMS: dict[Method, type[MethodForm]] = {
    form.method: form for form in (PointsForm, SwingForm, OrderForm, PairwiseForm)
}


def method_named(text: str | None, weights: Weights, node: str) -> Method:
    """The method asked for; otherwise the one these siblings were weighed by."""
    known = {method.value: method for method in Method}
    return known.get(text or str(weights.inputs.get(node, {}).get("method", "")), Method.POINTS)


def node_named(criteria: Framework, text: str | None) -> str:
    """The group asked for; the groups themselves for anything else."""
    return text if text is not None and text in sibling_sets(criteria) else GROUPS
