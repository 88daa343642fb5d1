"""What was locked before scores were seen, and what has happened to it since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from scorecards.engine.digest import canonical_digest
from scorecards.models import Preregistration, RulesChange, Run, Scorecard, ScorecardGate
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.weighting import shares_of

PARTS = ("weights", "must_haves", "policy", "stage", "framework")
PART_WORDS = {
    "weights": "weights",
    "must_haves": "must-haves",
    "policy": "what an unknown counts",
    "stage": "stage",
    "framework": "criteria set",
}


@dataclass(frozen=True)
class Registration:
    """How a scorecard stands: hidden, locked or neither. `differs` are the parts that are no longer as locked."""

    scorecard: Scorecard
    locked: Preregistration | None
    differs: tuple[str, ...]
    changes: tuple[RulesChange, ...]

    @property
    def hidden(self) -> bool:
        """Whether scores wait for the lock."""
        return self.scorecard.scores_hidden

    @property
    def flagged(self) -> bool:
        """Whether a change made after the lock has ever changed who leads."""
        return any(change.changes_leader for change in self.changes)

    @property
    def flags(self) -> tuple[RulesChange, ...]:
        """The changes that changed who leads."""
        return tuple(change for change in self.changes if change.changes_leader)

    @property
    def differs_in_words(self) -> str:
        """ "weights and stage"."""
        return in_words(self.differs)


def in_words(parts: Sequence[str]) -> str:
    """Parts of what was locked, as pages name them."""
    words = [PART_WORDS[part] for part in parts]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def registration_of(scorecard: Scorecard) -> Registration:
    """Lock and changes of a scorecard: three statements when it is locked, none when it is not."""
    if scorecard.weights_locked_at is None:
        return Registration(scorecard, None, (), ())
    organization = scorecard.organization
    row = Preregistration.objects.for_organization(organization).filter(scorecard=scorecard).first()
    changes = RulesChange.objects.for_organization(organization).filter(scorecard=scorecard)
    differs = differing(row.content, rules_of(scorecard)) if row else ()
    return Registration(scorecard, row, differs, tuple(changes.select_related("run").order_by("id")))


def scores_seen(scorecard: Scorecard) -> bool:
    """Whether a calculation has ever been published, so that somebody may have seen it."""
    rows = Run.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return bool(rows.exists())


def rules_of(scorecard: Scorecard) -> dict[str, Any]:
    """Everything by which a scorecard judges, in a form that has one canonical spelling.

    `weights` has the points as entered and the leaf weights they come to in ppb, before anything is left out as not
    applicable; `must_haves` the rules in their order; `framework` the digest of the criteria set, rubrics included.
    """
    criteria, framework = criteria_of(scorecard.framework), scorecard.framework
    shares = shares_of(criteria, scorecard.weights)
    gates = (
        ScorecardGate.objects.for_organization(scorecard.organization).active().filter(scorecard=scorecard)
    )
    return {
        "weights": {
            "points": {code: str(Fraction(text)) for code, text in scorecard.weights.items()},
            "ppb": dict(zip(shares.codes, shares.ppb.tolist(), strict=True)),
        },
        "must_haves": [
            {
                "code": gate.code, "label": gate.label, "subject": gate.subject, "operator": gate.operator,
                "value": json.dumps(gate.value, sort_keys=True), "waivable": gate.waivable,
            }
            for gate in gates.order_by("position", "id")
        ],
        "policy": scorecard.policy,
        "stage": scorecard.stage,
        "framework": {"code": framework.code, "version": framework.number, "digest": framework.digest},
    }  # fmt: skip


def rules_digest(rules: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return canonical_digest(rules)


def differing(locked: Mapping[str, Any], present: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts that are not as they were locked. Weights are compared as they weigh, not as they were typed."""

    def compared(rules: Mapping[str, Any], part: str) -> Any:
        return rules[part]["ppb"] if part == "weights" else rules[part]

    return tuple(part for part in PARTS if compared(locked, part) != compared(present, part))
