"""The must-haves of a scorecard: named ones to tick, and own comparisons."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from scorecards.forms.builder import Versioned
from scorecards.frameworks import Framework, load_gates
from scorecards.models import Scorecard, ScorecardGate
from vendors.facts import FACTS
from vendors.vocabulary import GateOperator

NAMED_GATES = load_gates()
OWN_ROWS = 3


class GatesForm(Versioned):
    """The must-haves: those of the catalogue by name, and own ones comparing a criterion or field with a value."""

    named = forms.MultipleChoiceField(
        label="By name",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(g.code, g.label) for g in NAMED_GATES],
    )

    def __init__(self, criteria: Framework, own: Sequence[ScorecardGate], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        subjects = [
            ("", "Choose what is compared"),
            ("Criteria", [(leaf.code, leaf.name) for leaf in criteria.leaves]),
        ]
        subjects += [
            (
                "Facts",
                [
                    (fact.code, fact.label)
                    for fact in FACTS.values()
                    if fact.column and "." in fact.code and not fact.code.startswith("service.")
                ],
            )
        ]
        for row in range(len(own) + OWN_ROWS):
            self.fields[f"own-{row}-code"] = forms.CharField(
                required=False, widget=forms.HiddenInput, max_length=32
            )
            self.fields[f"own-{row}-subject"] = forms.ChoiceField(
                label="What", required=False, choices=subjects
            )
            self.fields[f"own-{row}-operator"] = forms.ChoiceField(
                label="has to be", required=False, choices=GateOperator.choices()
            )
            self.fields[f"own-{row}-value"] = forms.CharField(label="Value", required=False, max_length=200)
            self.fields[f"own-{row}-waivable"] = forms.BooleanField(label="May be waived", required=False)

    @staticmethod
    def initial_of(scorecard: Scorecard, gates: Sequence[ScorecardGate]) -> dict[str, Any]:
        """What the form shows of the present must-haves."""
        own = [gate for gate in gates if gate.code.startswith("X_")]
        initial: dict[str, Any] = {
            "version": scorecard.version, "named": [gate.code for gate in gates if not gate.code.startswith("X_")],
        }  # fmt: skip
        for row, gate in enumerate(own):
            initial |= {
                f"own-{row}-code": gate.code, f"own-{row}-subject": gate.subject, f"own-{row}-operator": gate.operator,
                f"own-{row}-value": value_text(gate.value), f"own-{row}-waivable": gate.waivable,
            }  # fmt: skip
        return initial

    def catalogue(self, outcomes: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The named must-haves, those asked for first, with their rule in words and what each does now."""
        ticked = set(self["named"].value() or ())
        rows = [
            {"code": g.code, "label": g.label, "fails_when": g.fails_when, "unknown_when": g.unknown_when, "note": g.note,
             "waivable": g.waivable, "checked": g.code in ticked, "outcomes": (outcomes or {}).get(g.code)}
            for g in NAMED_GATES
        ]  # fmt: skip
        return sorted(rows, key=lambda row: not row["checked"])

    def own_rows(self, outcomes: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The boxes of the own must-haves, and what each does now."""
        for row in range(len(self.own) + OWN_ROWS):
            boxes: dict[str, Any] = {
                name: self[f"own-{row}-{name}"]
                for name in ("code", "subject", "operator", "value", "waivable")
            }
            code = self.own[row].code if row < len(self.own) else ""
            yield boxes | {"outcomes": (outcomes or {}).get(code)}

    def gates(self) -> list[dict[str, Any]]:
        """The must-haves for the service, in the order of the page."""
        chosen: list[dict[str, Any]] = [{"code": code} for code in self.cleaned_data["named"]]
        before = {gate.code: gate for gate in self.own}
        for row in range(len(self.own) + OWN_ROWS):
            said = {
                name: self.cleaned_data.get(f"own-{row}-{name}")
                for name in ("code", "subject", "operator", "value", "waivable")
            }
            if not said["subject"]:
                continue
            gate: dict[str, Any] = {
                "subject": said["subject"], "operator": said["operator"], "value": typed_value(str(said["subject"]), str(said["operator"]), str(said["value"] or "")),
                "waivable": bool(said["waivable"]),
            }  # fmt: skip
            known = before.get(str(said["code"]))
            if known is not None:
                gate["code"] = known.code
                if (known.subject, known.operator, known.value) == (
                    gate["subject"],
                    gate["operator"],
                    gate["value"],
                ):
                    gate["label"] = known.label
            gate.setdefault(
                "label",
                f"{subject_label(gate['subject'])} {GateOperator(gate['operator']).label} {value_text(gate['value'])}",
            )
            chosen.append(gate)
        return chosen


def subject_label(code: str) -> str:
    """A criterion or field in words."""
    return FACTS[code].label if code in FACTS else code


def typed_value(subject: str, operator: str, text: str) -> Any:
    """What was typed, as the comparison needs it: a number, yes or no, a list, else the text. Blank is None."""
    said = text.strip()
    if not said:
        return None
    if operator == GateOperator.IN:
        return [_plain(part.strip()) for part in said.split(",") if part.strip()]
    if said.lower() in {"yes", "no"}:
        return said.lower() == "yes"
    return _plain(said)


def _plain(text: str) -> Any:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    if not number.is_finite():
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def value_text(value: Any) -> str:
    """A value of a must-have as a person types it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values())
    return "" if value is None else str(value)
