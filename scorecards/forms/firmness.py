"""Questions to a ranking: which weight to look at, whose value to raise, what if."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms

from cdmo_eval.core.long_choices import LongSelect
from scorecards.forms.builder import STAGES, shown_points
from scorecards.selectors.board import Board
from scorecards.selectors.firmness import Field
from scorecards.services.what_if import CellChange, Change

LINES = 3
"""Values that can be changed at once on the page; the interface takes more."""


class LinesForm(forms.Form):
    """Which weight the scores are drawn against."""

    criterion = forms.ChoiceField(
        label="Weight of", required=False, widget=forms.Select(attrs={"data-sends": ""})
    )

    def __init__(self, field: Field, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weighted = [one for one in field.criteria if one.weight_ppb]
        self.fields["criterion"].choices = [(one.code, _label(one)) for one in weighted]  # type: ignore[attr-defined]


class BreakEvenForm(forms.Form):
    """Whose value of which criterion would have to be what."""

    candidate = forms.ChoiceField(label="Vendor", required=False, widget=LongSelect)
    leaf = forms.ChoiceField(label="Criterion", required=False)

    def __init__(self, field: Field, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["candidate"].choices = [(one.public_id, one.name) for one in field.standings]  # type: ignore[attr-defined]
        self.fields["leaf"].choices = [  # type: ignore[attr-defined]
            (one.code, one.name) for one in field.criteria if not one.is_group and one.weight_ppb
        ]


def _label(one: Any) -> str:
    return one.name if one.is_group else f"{one.name} ({one.group})"


class WhatIfForm(forms.Form):
    """Other weights of the groups, must-haves left out, another stage, and up to three other values."""

    def __init__(self, board: Board, gates: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.board = board
        self.present = shown_points(board.framework, board.run.criteria["points"])
        self.names: dict[str, str] = {}
        for group in board.framework.groups:
            name = f"weight-{group.code}"
            self.names[f"weights.{group.code}"] = name
            self.fields[name] = forms.CharField(
                label=group.name, required=False, max_length=20, initial=self.present[group.code]
            )
        self.fields["off"] = forms.MultipleChoiceField(
            label="Leave out must-haves", required=False, choices=gates, widget=forms.CheckboxSelectMultiple
        )
        stages = [("", "As published"), *STAGES]
        self.fields["stage"] = forms.ChoiceField(label="Stage", required=False, choices=stages)
        vendors = [("", "No other value"), *((one.public_id, one.name) for one in board.standings)]
        leaves = [
            ("", "Choose a criterion"),
            *(
                (leaf.code, leaf.name)
                for leaf in board.framework.leaves
                if leaf.code in board.codes and leaf.code not in board.not_applicable
            ),
        ]
        for number in range(LINES):
            self.names |= {
                f"cells.{number}.{part}": f"{part}-{number}" for part in ("candidate", "criterion", "value")
            }
            self.fields[f"candidate-{number}"] = forms.ChoiceField(
                label="Vendor", required=False, choices=vendors, widget=LongSelect
            )
            self.fields[f"criterion-{number}"] = forms.ChoiceField(
                label="Criterion", required=False, choices=leaves
            )
            self.fields[f"value-{number}"] = forms.DecimalField(
                label="Value, 0 to 100",
                required=False,
                min_value=Decimal(0),
                max_value=Decimal(100),
                max_digits=7,
                decimal_places=4,
            )

    def clean(self) -> dict[str, Any]:
        """A value belongs to a vendor and a criterion."""
        data = super().clean() or self.cleaned_data
        for number in range(LINES):
            vendor, leaf, value = (
                data.get(f"{part}-{number}") for part in ("candidate", "criterion", "value")
            )
            if vendor and not leaf and f"criterion-{number}" not in self.errors:
                self.add_error(f"criterion-{number}", "Choose the criterion.")
            if leaf and not vendor and f"candidate-{number}" not in self.errors:
                self.add_error(f"candidate-{number}", "Choose the vendor.")
            if value is not None and not (vendor or leaf):
                self.add_error(f"candidate-{number}", "Choose whose value it is, and of which criterion.")
        return data

    def change(self) -> Change:
        """What would be different. Boxes that hold what is shown leave the exact points as they are."""
        data = self.cleaned_data
        entered = {
            group.code: data[f"weight-{group.code}"].strip() or self.present[group.code]
            for group in self.board.framework.groups
        }
        moved = any(entered[code] != self.present[code] for code in entered)
        return Change(
            weights=entered if moved else {},
            gates=dict.fromkeys(data["off"], False),
            cells=list(self._cells(data)),
            stage=data["stage"],
        )

    @staticmethod
    def _cells(data: Mapping[str, Any]) -> list[CellChange]:
        found = []
        for number in range(LINES):
            vendor, leaf, value = (
                data.get(f"{part}-{number}") for part in ("candidate", "criterion", "value")
            )
            if vendor and leaf:
                found.append(CellChange(vendor, leaf, None if value is None else Fraction(value)))
        return found

    def weight_fields(self) -> list[Any]:
        """The boxes of the groups."""
        return [self[f"weight-{group.code}"] for group in self.board.framework.groups]

    def cell_fields(self) -> list[tuple[Any, Any, Any]]:
        """The lines of other values."""
        return [(self[f"candidate-{n}"], self[f"criterion-{n}"], self[f"value-{n}"]) for n in range(LINES)]
