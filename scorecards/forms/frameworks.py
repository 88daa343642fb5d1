"""Editing a draft of a criteria set: a group, a criterion, its name, and moving a scorecard to a version."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cdmo_eval.http.pages.sheet import VersionedForm
from scorecards.frameworks.editing import LONGEST_NAME, LONGEST_TEXT, Number, numbers_of, with_numbers
from scorecards.scale_drawings import curve_text

ABBREVIATIONS = re.compile(r"\b(ppq|ph[123]|gmp|rto)\b", re.IGNORECASE)
SIMPLE = ("name", "core", "quick", "fresh", "expire", "note")
POINTS_HELP = "One point of the scale a line: measured value, colon, points from 0 to 100."


def _spelt(label: str) -> str:
    """A label made of codes, as people write it."""
    return ABBREVIATIONS.sub(lambda found: found[0].upper(), label[:1].upper() + label[1:])


def _number_field(number: Number) -> forms.CharField:
    if not number.is_points:
        return forms.CharField(
            label=_spelt(number.label),
            max_length=40,
            widget=forms.TextInput(attrs={"size": 12}),
        )
    rows = len(number.text.splitlines()) + 1
    widget = forms.Textarea(attrs={"rows": rows, "cols": 24})
    return forms.CharField(
        label=_spelt(number.label),
        max_length=800,
        widget=widget,
        help_text=POINTS_HELP,
    )


class CriterionForm(VersionedForm):
    """One criterion: its name, whether it counts, its ages, texts of levels, and every number of its scales."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)
    core = forms.BooleanField(label="Counts unless a scorecard says otherwise", required=False)
    quick = forms.BooleanField(label="Asked first (Quick 12)", required=False)

    def __init__(
        self, leaf: Mapping[str, Any], data: Any = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        shown: dict[str, Any] = {name: leaf[name] for name in SIMPLE} | dict(initial or {})
        self.leaf, self.places = leaf, list(_places(leaf))
        shown |= {place: number.text for place, _, number in self.places}
        shown |= {f"level-{at}": text for at, text in enumerate(leaf["rubric"])}
        shown |= {f"item-{item['code']}": str(item["weight"]) for item in leaf["items"]}
        super().__init__(data, initial=shown)
        if leaf["fresh"] is not None:
            self.fields["fresh"] = forms.IntegerField(
                label="Fresh up to, months", min_value=0, max_value=1200
            )
            self.fields["expire"] = forms.IntegerField(
                label="Getting old up to, months", min_value=0, max_value=1200
            )
        for at, _ in enumerate(leaf["rubric"]):
            self.fields[f"level-{at}"] = forms.CharField(
                label=f"Level {leaf['first_level'] + at} in words",
                max_length=LONGEST_TEXT,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for item in leaf["items"]:
            self.fields[f"item-{item['code']}"] = forms.CharField(
                label=f"Weight of: {item['label']}", max_length=40
            )
        for place, _, number in self.places:
            self.fields[place] = _number_field(number)
        self.fields["note"] = forms.CharField(
            label="Note", required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 2})
        )

    def parts(self) -> Iterator[tuple[str, str, list[tuple[BoundField, Any]]]]:
        """The fields by subject: title, what it decides, boxes; subjects without any are left out."""
        scales = [(self[place], self._curve(place, number)) for place, _, number in self.places]
        names = {
            "What it is called": ("Its words, and whether it counts.", ["name", "core", "quick"]),
            "Levels": (
                "What has to be there for each level.",
                [n for n in self.fields if n.startswith("level-")],
            ),
            "Weights inside it": (
                "How much each part counts.",
                [n for n in self.fields if n.startswith("item-")],
            ),
        }
        for title, (words, each) in names.items():
            if each:
                yield title, words, [(self[name], None) for name in each]
        if scales:
            yield (
                "How a measured value becomes points",
                "Between two points in proportion; outside them the first or the last counts.",
                scales,
            )
        ages = [name for name in ("fresh", "expire") if name in self.fields]
        yield (
            "Age and note",
            "How long a record counts fully.",
            [(self[name], None) for name in [*ages, "note"]],
        )

    def _curve(self, place: str, number: Number) -> Any:
        """The drawing beside a box that holds points; "" where the points make no curve, None for any other box."""
        if not number.is_points:
            return None
        unit = str(self.leaf["unit"])
        return curve_text(str(self[place].value() or ""), "" if unit == "ratio" else unit) or ""

    def changes(self) -> dict[str, Any]:
        """What of the criterion was changed, as the service takes it. Raises FrameworkError for what is no number."""
        data, leaf = self.cleaned_data, self.leaf
        found: dict[str, Any] = {
            name: data[name]
            for name in ("name", "core", "quick", "note", "fresh", "expire")
            if name in data and data[name] != leaf[name]
        }
        rubric = [data[f"level-{at}"] for at, _ in enumerate(leaf["rubric"])]
        if rubric != leaf["rubric"]:
            found["rubric"] = rubric
        weights = {item["code"]: data[f"item-{item['code']}"].strip() for item in leaf["items"]}
        if weights != {item["code"]: str(item["weight"]) for item in leaf["items"]}:
            found["item_weights"] = weights
        return found | self._scales()

    def _scales(self) -> dict[str, Any]:
        data, leaf, code = self.cleaned_data, self.leaf, self.leaf["code"]
        texts: dict[int, dict[tuple[str | int, ...], str]] = {}
        for place, scale, number in self.places:
            texts.setdefault(scale, {})[number.path] = data[place]
        found: dict[str, Any] = {}
        value = with_numbers(leaf["value"], texts.get(0, {}), f"{code}.value")
        if value != leaf["value"]:
            found["value"] = value
        variants = [
            {**variant, "value": with_numbers(variant["value"], texts.get(at, {}), f"{code}.variants")}
            for at, variant in enumerate(leaf["variants"], start=1)
        ]
        return found | ({"variants": variants} if variants != leaf["variants"] else {})


def _places(leaf: Mapping[str, Any]) -> Any:
    """Field name, scale (0 the usual one, then those for special cases) and place of every number."""
    for number in numbers_of(leaf["value"]):
        yield f"value-{number.name}", 0, number
    for at, variant in enumerate(leaf["variants"], start=1):
        label = f"When {variant['condition'].replace('_', ' ').lower()}"
        for number in numbers_of(variant["value"], label=label):
            yield f"variant{at}-{number.name}", at, number


class GroupForm(VersionedForm):
    """A group: its name, and which of its criteria count unless a scorecard says otherwise."""

    name = forms.CharField(label="Name of the group", max_length=LONGEST_NAME)
    core = forms.MultipleChoiceField(
        label="Criteria that count", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="The others weigh nothing until a template or a scorecard turns them on.",
    )  # fmt: skip

    def __init__(
        self, group: Mapping[str, Any], data: Any = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        self.group = group
        present = [leaf["code"] for leaf in group["leaf"] if leaf["core"]]
        shown = {"name": group["name"], "core": present} | dict(initial or {})
        super().__init__(data, initial=shown)
        self.fields["core"].choices = [(leaf["code"], leaf["name"]) for leaf in group["leaf"]]  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Any]:
        """As the service takes it."""
        name, core = self.cleaned_data["name"], set(self.cleaned_data["core"])
        code = self.group["code"]
        return {
            "groups": {code: {"name": name}} if name != self.group["name"] else {},
            "criteria": {leaf["code"]: {"core": leaf["code"] in core} for leaf in self.group["leaf"] if leaf["core"] != (leaf["code"] in core)},
        }  # fmt: skip


class NameForm(VersionedForm):
    """The name of a draft."""

    name = forms.CharField(label="Name of the criteria set", max_length=LONGEST_NAME)
