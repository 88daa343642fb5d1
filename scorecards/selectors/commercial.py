"""What of a calculation only those may read who may read offers: prices and terms, not the points they earn."""

from collections.abc import Iterable
from dataclasses import replace

from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.frameworks import Aggregation, Framework
from scorecards.models import Scorecard, ScorecardGate
from scorecards.presentation import Figures, LeafFigures

WITHHELD = "Commercial: needs the right to read offers."


class Curtain:
    """Hides raw values, reasons and records of what comes from a proposal. Lifted for those who may see offers."""

    def __init__(self, actor: Actor, scorecard: Scorecard, framework: Framework) -> None:
        self.lifted = self.lifts_for(actor)
        self.criteria: frozenset[str] = frozenset() if self.lifted else offered_criteria(framework)
        self.gates = hidden_must_haves(scorecard, framework, commercial=self.lifted)

    @staticmethod
    def lifts_for(actor: Actor) -> bool:
        """Whether this reader sees everything."""
        return allows(actor, Permission.VIEW_COMMERCIAL)

    def leaf(self, leaf: LeafFigures) -> LeafFigures:
        """A criterion as this reader may see it."""
        if self.lifted or not (leaf.code in self.criteria or _rests_on_an_offer(leaf)):
            return leaf
        return replace(leaf, raw=None, reason=WITHHELD, evidence=(), references=())

    def row(self, row: Figures) -> Figures:
        """A row of a ranking as this reader may see it."""
        if not self.gates:
            return row
        gates = tuple(
            replace(gate, reason=WITHHELD, references=()) if gate.code in self.gates else gate
            for gate in row.gates
        )
        return replace(row, gates=gates)


def offered_criteria(framework: Framework) -> frozenset[str]:
    """Criteria that are worked out from proposals."""
    return frozenset(leaf.code for leaf in framework.leaves if leaf.aggregation is Aggregation.PROPOSAL)


def hidden_must_haves(scorecard: Scorecard, framework: Framework, *, commercial: bool) -> frozenset[str]:
    """Must-haves whose reasons come from proposals, for a reader without the right to these: one statement."""
    if commercial:
        return frozenset()
    gates = ScorecardGate.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return offered(gates.exclude(subject="").values_list("code", "subject"), framework)


def offered(gates: Iterable[tuple[str, str]], framework: Framework) -> frozenset[str]:
    """Those must-haves, given as (code, subject), that rest on offers."""
    criteria = offered_criteria(framework)
    return frozenset(
        code for code, subject in gates if subject.startswith("proposal.") or subject in criteria
    )


def _rests_on_an_offer(leaf: LeafFigures) -> bool:
    """Whether nothing but a proposal is behind a value, as behind a lead time to the slot it names."""
    return bool(leaf.references) and all(words.startswith("Proposal version") for words in leaf.references)
