"""The organisation's decisions about scoring as a form."""

from collections.abc import Iterator
from typing import Any

from django import forms

from cdmo_eval.http.pages.sheet import VersionedForm
from scorecards.engine.aggregate import Stage
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.scoring_defaults import PAIR_FIELDS, ScoringDefaults
from vendors.vocabulary import Grade, Policy

SIDES = {
    Grade.A: "both sides",
    Grade.B: "both sides",
    Grade.C: "both sides",
    Grade.D: "downward only",
    Grade.E: "downward only",
}
STAGE_NAMES = {Stage.SCREEN: "Early screen", Stage.SHORTLIST: "Shortlist", Stage.AWARD: "Award"}
PAIRS = {
    "primary_share": ("Share of the first choice in a pair, %", "The backup has the rest."),
    "country": ("A pair in one country loses, points", "Half of it where a country is not known."),
    "owner": ("A pair of one owner loses, points", "Half of it where an owner is not known."),
    "supplier": (
        "A pair with one sub-supplier loses, points",
        "Half of it where sub-suppliers are not known.",
    ),
}


def shown(ppm: int) -> str:
    """Points or a percentage without needless zeros."""
    return percent_text(ppm, PPM).rstrip("0").rstrip(".")


class ScoringForm(VersionedForm):
    """Half-widths, what each stage asks for, the band of practical equality, and what new scorecards start with."""

    def __init__(self, present: ScoringDefaults, data: Any = None) -> None:
        self.present, self.names = present, dict(_names())
        initial = dict(_values(present)) | {"version": present.version}
        super().__init__(data, initial=initial)
        for grade in Grade:
            self._text(
                f"half_widths__{grade.value}", f"Interval around grade {grade.value}, points", SIDES[grade]
            )
        for stage, name in STAGE_NAMES.items():
            self._text(f"stage_thresholds__{stage.value}__coverage", f"{name}: answered at least, %")
            self._text(f"stage_thresholds__{stage.value}__verified", f"{name}: verified at least, %")
        self._text(
            "indifference",
            "Practically equal within, points",
            "Said beside the ranking; ranks stay as they are.",
        )
        self.fields["policy"] = forms.ChoiceField(
            label="New scorecards treat unknowns as", choices=Policy.choices()
        )
        self._text("draws", "Simulated cases", "More cases are steadier and slower.")
        for name, (label, help_text) in PAIRS.items():
            self._text(f"pairs__{name}", label, help_text)

    def _text(self, name: str, label: str, help_text: str = "") -> None:
        self.fields[name] = forms.CharField(label=label, max_length=8, help_text=help_text)

    def given(self) -> dict[str, Any]:
        """What was changed, by the names of the service."""
        return {self.names[name]: self.cleaned_data[name] for name in self.changed_data if name in self.names}


def _names() -> Iterator[tuple[str, str]]:
    """Form field → the service's name of it."""
    for field in (
        *(f"half_widths.{grade.value}" for grade in Grade),
        *(f"stage_thresholds.{stage.value}.{part}" for stage in Stage for part in ("coverage", "verified")),
        "indifference", "policy", "draws", *(f"pairs.{name}" for name in PAIR_FIELDS),
    ):  # fmt: skip
        yield field.replace(".", "__"), field


def _values(present: ScoringDefaults) -> Iterator[tuple[str, Any]]:
    for grade in Grade:
        yield f"half_widths__{grade.value}", shown(present.half_widths[grade.value])
    for stage, limit in present.thresholds.items():
        yield f"stage_thresholds__{stage.value}__coverage", shown(limit.coverage)
        yield f"stage_thresholds__{stage.value}__verified", shown(limit.verified)
    yield "indifference", shown(present.indifference)
    yield "policy", present.policy
    yield "draws", str(present.draws)
    for name in PAIR_FIELDS:
        yield f"pairs__{name}", shown(getattr(present.pairs, name))
