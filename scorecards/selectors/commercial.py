"""What of a calculation only those may read who may read offers: prices and terms, not the points they earn."""

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
        self.criteria: frozenset[str] = frozenset()
        self.gates: frozenset[str] = frozenset()
        if not self.lifted:
            self.criteria = frozenset(
                leaf.code for leaf in framework.leaves if leaf.aggregation is Aggregation.PROPOSAL
            )
            subjects = ScorecardGate.objects.for_organization(scorecard.organization).filter(
                scorecard=scorecard
            )
            self.gates = frozenset(
                code
                for code, subject in subjects.exclude(subject="").values_list("code", "subject")
                if subject.startswith("proposal.") or subject in self.criteria
            )

    @staticmethod
    def lifts_for(actor: Actor) -> bool:
        """Whether this reader sees everything."""
        return allows(actor, Permission.VIEW_COMMERCIAL)

    def leaf(self, leaf: LeafFigures) -> LeafFigures:
        """A criterion as this reader may see it."""
        if leaf.code not in self.criteria:
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
