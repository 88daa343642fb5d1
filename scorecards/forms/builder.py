"""Building a scorecard, one step a form: programme and archetype, weights, must-haves, vendors, rules."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from django import forms

from cdmo_eval.http.pages.days import DayInput
from scorecards.engine.weights import display_percentages, leaf_weights
from scorecards.frameworks import Archetype, Framework, load_archetypes, weight_tree
from scorecards.frameworks.scales import names_of
from scorecards.models import Candidate, Program, Scorecard
from scorecards.selectors.criteria import criteria_of
from vendors.vocabulary import Policy, Stage

ARCHETYPES = [(a.code, a.name) for a in load_archetypes()]
STAGES = [
    (Stage.SCREEN.value, "Early screen: nobody is left out for missing evidence; not for award"),
    (Stage.SHORTLIST.value, "Shortlist: at least 60% of the weight answered"),
    (Stage.AWARD.value, "Award: at least 80% answered, 60% verified, every must-have met"),
]
POLICIES = [
    (Policy.NEUTRAL.value, "Unknowns count half"),
    (Policy.CONSERVATIVE.value, "Worst case: unknowns count nothing"),
    (
        Policy.KNOWN_ONLY.value,
        "Only what is known: unknowns are left out, and the page says on how much of the weight",
    ),
]


class Versioned(forms.Form):
    """A form over something that another person may change meanwhile."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class StartForm(forms.Form):
    """Step 1 of a new scorecard."""

    program = forms.ChoiceField(label="Programme")
    name = forms.CharField(
        label="Name of the scorecard",
        max_length=200,
        help_text="As people will look for it: the product and the question.",
    )
    archetype = forms.ChoiceField(
        label="Start from",
        help_text="Weights and must-haves for this kind of programme. Every figure stays editable.",
    )

    hide_until_locked = forms.BooleanField(
        label="Hide scores until the weights are locked", required=False,
        help_text="Nothing is calculated until somebody locks weights and must-haves, so that nobody fits them to the result.",
    )  # fmt: skip

    def __init__(self, programs: Sequence[Program], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["program"].choices = [(str(p.public_id), p.name) for p in programs]  # type: ignore[attr-defined]
        self.fields["archetype"].choices = ARCHETYPES  # type: ignore[attr-defined]


class ArchetypeForm(Versioned):
    """Name and template of an existing scorecard."""

    name = forms.CharField(label="Name of the scorecard", max_length=200)
    archetype = forms.ChoiceField(
        label="Start again from", choices=[("", "Keep the present weights"), *ARCHETYPES], required=False,
        help_text="Lays the weights down anew. The table shows what would change before anything is saved.",
    )  # fmt: skip


class WeightsForm(Versioned):
    """Weights of the groups, and of the criteria inside each, as points that are shared out to 100."""

    names: dict[str, str]

    def __init__(self, scorecard: Scorecard, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scorecard = scorecard
        self.criteria = criteria_of(scorecard.framework)
        self.shown = shown_points(self.criteria, scorecard.weights)
        self.names = {}
        for group in self.criteria.groups:
            self._add(group.code, group.name)
            for leaf in group.leaves:
                self._add(leaf.code, leaf.name)
        titles = names_of(self.criteria)
        self.fields["locked"] = forms.MultipleChoiceField(
            label="Keep the share of these while others change", required=False, widget=forms.CheckboxSelectMultiple,
            choices=list(titles.items()),
        )  # fmt: skip

    @classmethod
    def of(cls, scorecard: Scorecard, data: Mapping[str, Any] | None = None) -> Self:
        """The form over the present weights, or over what was sent."""
        return cls(scorecard, data, initial={"version": scorecard.version})

    def _add(self, code: str, name: str) -> None:
        field = f"weight-{code}"
        self.names[f"weights.{code}"] = field
        self.fields[field] = forms.CharField(label=name, required=False, max_length=20)

    def changed_weights(self) -> dict[str, str]:
        """Points to save: all criteria that share a total as soon as one of them differs from what was shown.

        Where nothing was touched the exact points stay, although one decimal is shown.
        """
        changed: dict[str, str] = {}
        for codes in sibling_codes(self.criteria):
            entered = {
                code: self.cleaned_data.get(f"weight-{code}", "").strip() or self.shown[code]
                for code in codes
            }
            if entered != {code: self.shown[code] for code in codes}:
                kept = {code for code in self.locked() if entered.get(code) == self.shown[code]}
                changed |= {code: text for code, text in entered.items() if code not in kept}
        return changed

    def locked(self) -> list[str]:
        """The criteria whose share stays: those ticked where ticks were offered, otherwise as before."""
        if not self.is_bound:
            return list(self.scorecard.weight_locks)
        if "offers_locks" not in self.data:
            return list(self.scorecard.weight_locks)
        return list(self.cleaned_data.get("locked", ()))

    def locks(self) -> list[dict[str, Any]]:
        """A tick for each group."""
        ticked = self.data.getlist("locked") if self.is_bound and "offers_locks" in self.data else self.scorecard.weight_locks  # type: ignore[attr-defined]  # fmt: skip
        return [{"code": g.code, "name": g.name, "locked": g.code in ticked} for g in self.criteria.groups]

    def leaf_locks(self) -> list[str]:
        """Locks of criteria inside groups, which this page only carries along."""
        groups = {group.code for group in self.criteria.groups}
        return [code for code in self.scorecard.weight_locks if code not in groups]

    def value(self, code: str) -> str:
        """What the box of a criterion holds now."""
        if self.is_bound:
            return str(self.data.get(f"weight-{code}", "")) or self.shown[code]
        return self.shown[code]

    def weights(self) -> list[dict[str, Any]]:
        """The groups as the weight list draws them."""
        return [
            {
                "code": group.code, "name": group.name, "slot": self.scorecard.slots.get(group.code, at),
                "points": self.value(group.code), "locked": group.code in self.scorecard.weight_locks,
            }
            for at, group in enumerate(self.criteria.groups, start=1)
        ]  # fmt: skip

    def sum(self) -> str:
        """The sum of the groups' points as shown."""
        total = sum((_decimal(self.value(group.code)) for group in self.criteria.groups), Decimal(0))
        return f"{total:.1f}"

    def fine(self) -> Iterator[dict[str, Any]]:
        """The criteria of each group with their boxes."""
        for at, group in enumerate(self.criteria.groups, start=1):
            leaves = [
                {
                    "code": leaf.code, "name": leaf.name, "core": leaf.core, "indicator": leaf.indicator,
                    "points": self.value(leaf.code), "errors": self.errors.get(f"weight-{leaf.code}", ()),
                    "whole": f"{_decimal(self.value(leaf.code)) * _decimal(self.value(group.code)) / 100:.1f}",
                }
                for leaf in group.leaves
            ]  # fmt: skip
            entered = any(self.value(leaf.code) != self.shown[leaf.code] for leaf in group.leaves)
            changed = entered or any(leaf["errors"] for leaf in leaves)
            yield {
                "code": group.code,
                "name": group.name,
                "slot": self.scorecard.slots.get(group.code, at),
                "leaves": leaves,
                "counted": sum(1 for leaf in leaves if _decimal(str(leaf["points"]))),
                "points": self.value(group.code),
                "open": changed,
            }


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def sibling_codes(criteria: Framework) -> list[list[str]]:
    """The groups, then the criteria of each group: those whose weights share a total of 100."""
    return [
        [group.code for group in criteria.groups],
        *[[leaf.code for leaf in group.leaves] for group in criteria.groups],
    ]


def shown_points(criteria: Framework, weights: Mapping[str, str]) -> dict[str, str]:
    """Every group and criterion in percent of its siblings, one decimal, summing to 100.0."""
    points = {code: Fraction(text) for code, text in weights.items()}
    local = leaf_weights(weight_tree(criteria, points)).local
    shown: dict[str, str] = {}
    for codes in sibling_codes(criteria):
        if sum(local[code] for code in codes) == 1:
            shown |= dict(zip(codes, display_percentages([local[code] for code in codes]), strict=True))
        else:  # a group without weight: its criteria are as entered
            total = sum(points[code] for code in codes)
            shown |= (
                dict(zip(codes, display_percentages([points[code] / total for code in codes]), strict=True))
                if total
                else dict.fromkeys(codes, "0.0")
            )
    return shown


def archetype_difference(
    criteria: Framework, present: Mapping[str, str], archetype: Archetype
) -> list[dict[str, Any]]:
    """What a template would change, group by group, with the criteria that change inside each."""
    after = shown_points(criteria, {code: str(points) for code, points in archetype.points(criteria).items()})
    before = shown_points(criteria, present)
    return [
        {
            "code": group.code, "name": group.name, "before": before[group.code], "after": after[group.code],
            "change": _signed(Decimal(after[group.code]) - Decimal(before[group.code])),
            "leaves": [
                {"name": leaf.name, "before": before[leaf.code], "after": after[leaf.code]}
                for leaf in group.leaves if before[leaf.code] != after[leaf.code]
            ],
        }
        for group in criteria.groups
    ]  # fmt: skip


def kinds_of_programme(archetypes: Iterable[Archetype], chosen: Any) -> list[dict[str, Any]]:
    """The templates as choices with their own words: code, name, what it is for, whether it is the one chosen."""
    return [
        {"code": a.code, "name": a.name, "about": a.about, "checked": a.code == str(chosen or "")}
        for a in archetypes
    ]


def _signed(number: Decimal) -> str:
    if not number:
        return ""
    return f"{'+' if number > 0 else '−'}{abs(number):.1f}"


class VendorsForm(Versioned):
    """Every vendor, or chosen ones. The page shows some of them: `shown` says which, and what is not shown stays as it is."""

    selection = forms.ChoiceField(
        label="Who is compared", widget=forms.RadioSelect,
        choices=[("all", "Every vendor, also those added later"), ("chosen", "Only the vendors ticked below")],
    )  # fmt: skip
    candidates = forms.MultipleChoiceField(
        label="Vendors", required=False, widget=forms.CheckboxSelectMultiple
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400_000)
    """Those ticked that the page does not show, separated by blanks."""

    def __init__(
        self, candidates: Sequence[Candidate], saved: Collection[str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(c.public_id): c for c in candidates}
        self.saved = frozenset(saved)
        self.fields["candidates"].choices = [(key, str(c)) for key, c in self.by_id.items()]  # type: ignore[attr-defined]

    def ticked(self) -> frozenset[str]:
        """Those ticked, on this page or another."""
        if not self.is_bound:
            return self.saved & self.by_id.keys()
        kept = str(self.data.get("kept", "")).split()
        on_page = self.data.getlist("candidates") if hasattr(self.data, "getlist") else ()
        return frozenset({*kept, *on_page}) & self.by_id.keys()

    def everybody(self) -> bool:
        """Whether every vendor is compared."""
        return str(self["selection"].value()) != "chosen"

    def chosen(self) -> str | list[Candidate]:
        """ "all", or the candidates ticked."""
        if self.cleaned_data["selection"] == "all":
            return "all"
        ticked = self.ticked()
        return [candidate for key, candidate in self.by_id.items() if key in ticked]

    def clean(self) -> dict[str, Any]:
        """Chosen vendors are at least one."""
        data = super().clean() or self.cleaned_data
        if data.get("selection") == "chosen" and not self.ticked() and "candidates" not in self.errors:
            self.add_error("candidates", "Tick at least one vendor, or compare every vendor.")
        return data


class RulesForm(Versioned):
    """What an unknown counts, how much evidence is needed, and the day that counts."""

    policy = forms.ChoiceField(label="What an unknown counts", choices=POLICIES, widget=forms.RadioSelect)
    stage = forms.ChoiceField(label="Stage", choices=STAGES, widget=forms.RadioSelect)
    as_of = forms.DateField(
        label="Evidence as of", required=False, widget=DayInput(),
        help_text="Blank means today, every day anew. A day freezes ages and end dates there.",
    )  # fmt: skip

    def rules(self) -> dict[str, Any]:
        """The columns for the service."""
        data = self.cleaned_data
        as_of: date | None = data["as_of"]
        return {"policy": data["policy"], "stage": data["stage"], "as_of": as_of}
