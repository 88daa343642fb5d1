"""The method page: public, so that a buyer can check how scores are made before signing in."""

from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cdmo_eval.core.glossary import GLOSSARY
from scorecards.engine.weights import display_percentages
from scorecards.frameworks import Archetype, Leaf, load_archetypes, load_framework, load_gates
from scorecards.frameworks.model import AgeRule

GRADES = (
    ("A", "Regulator or public record", "0", "1.00"),
    ("B", "Audit by the sponsor or an independent party", "5, both sides", "0.95"),
    ("C", "Document reviewed by the organisation", "15, both sides", "0.80"),
    ("D", "Vendor's own declaration", "30, downward only", "0.50"),
    ("E", "Estimate", "40, downward only", "0.30"),
)
PREDICTION = (
    ("0 to 20", "40% (of 25)"), ("20 to 40", "57%"), ("40 to 60", "43%"), ("60 to 75", "15%"), ("75 to 85", "12%"), ("85 to 92", "5.6%"),
    ("92 to 100", "3.6%"),
)  # fmt: skip
"""What `backtest_regulatory` prints for the public inspections that ended from 2019 on."""


@login_not_required
@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """How a fact becomes a score, with the shipped criteria set, weights and must-haves."""
    framework, archetypes = load_framework(), load_archetypes()
    groups = [
        {
            "code": group.code, "name": group.name, "slot": slot,
            "leaves": [
                {"leaf": leaf, "ages": _ages(leaf), "levels": list(enumerate(leaf.rubric, start=leaf.first_level))}
                for leaf in group.leaves
            ],
        }
        for slot, group in enumerate(framework.groups, start=1)
    ]  # fmt: skip
    context: dict[str, Any] = {
        "framework": framework, "groups": groups, "archetypes": archetypes, "gates": load_gates(),
        "leaves": len(framework.leaves), "core": sum(1 for leaf in framework.leaves if leaf.core),
        "weights": [(group["code"], group["name"], group["slot"], [_percent(a, str(group["code"])) for a in archetypes]) for group in groups],
        "grades": GRADES, "prediction": PREDICTION, "glossary": list(GLOSSARY.values()),
    }  # fmt: skip
    return render(request, "method.html", context)


def _percent(archetype: Archetype, code: str) -> str:
    """A group's weight in a template, in percent; all of a template's sum to 100.0."""
    weights = dict(archetype.group_weights)
    total = sum(weights.values(), Fraction(0))
    shown = dict(zip(weights, display_percentages([w / total for w in weights.values()]), strict=True))
    return shown.get(code, "0.0")


def _ages(leaf: Leaf) -> str:
    """How old an answer may be, in words."""
    if leaf.age_rule is AgeRule.INSPECTION:
        return "Counted from the latest inspection: fresh up to 36 months, getting old up to 60, then stale; it never expires."
    if leaf.age_rule is AgeRule.SUPPLY_MAP or leaf.fresh_months is None:
        return "As old as the supply map it is read from."
    return f"Fresh up to {leaf.fresh_months} months, getting old up to {leaf.expire_months}, then stale."
