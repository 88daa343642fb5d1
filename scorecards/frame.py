"""The frame of a calculation: everything about a scorecard that is the same for all its candidates."""

import json
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from scorecards import loading
from scorecards.engine import ENGINE_VERSION
from scorecards.engine.digest import canonical_digest
from scorecards.engine.weights import LeafWeights, leaf_weights
from scorecards.fit import Rater
from scorecards.fit.gates import GateSpec
from scorecards.fit.inputs import ProgramNeeds
from scorecards.frameworks import Framework, weight_tree
from scorecards.models import Scorecard, ScorecardChoice, ScorecardGate
from scorecards.models.program import NEEDS
from scorecards.selectors.criteria import criteria_of
from vendors.models import Vendor
from vendors.selectors.regulatory import source_reads
from vendors.vocabulary import GateOperator, Policy

RATING_VERSION = 1  # raised when the rating of the same facts may differ


class Member(NamedTuple):
    """A candidate on a scorecard, as the list names it."""

    public_id: str
    vendor: str
    label: str


@dataclass(frozen=True)
class Frame:
    """Everything of a calculation that is the same for all candidates."""

    scorecard: Scorecard
    as_of: date
    framework: Framework
    needs: ProgramNeeds
    rater: Rater
    weights: LeafWeights
    gates: tuple[GateSpec, ...]
    reads: dict[str, str]
    members: dict[int, Member]

    @property
    def leaves(self) -> tuple[str, ...]:
        """Leaf codes in column order."""
        return self.weights.codes

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """The group number of each leaf."""
        return tuple(number for number, group in enumerate(self.framework.groups) for _ in group.leaves)

    @cached_property
    def rating_key(self) -> str:
        """What the rating of any candidate depends on besides its own facts; the as-of date is judged by `next_change`."""
        program, organization = self.scorecard.program, self.scorecard.organization
        return canonical_digest(
            {
                "version": RATING_VERSION,
                "engine": ENGINE_VERSION,
                "framework": self.scorecard.framework.digest,
                "program": json.dumps(
                    [getattr(program, name) for name in NEEDS], default=str, sort_keys=True
                ),
                "policy": self.scorecard.policy,
                "settings": json.dumps(organization.settings, sort_keys=True),
                "weighted": sorted(
                    code for code, ppb in zip(self.leaves, self.weights.ppb.tolist(), strict=True) if ppb
                ),
                "not_applicable": sorted(
                    code for code, a in self.rater.applicability.items() if not a.applies
                ),
                "gates": [
                    [gate.code, gate.target, gate.operator, json.dumps(gate.value, sort_keys=True)]
                    for gate in self.gates
                ],
                "reads": self.reads,
            }
        )

    def identity(self) -> dict[str, Any]:
        """The settings that enter the input digest beside the candidates'."""
        return {
            "engine": ENGINE_VERSION,
            "framework": self.scorecard.framework.digest,
            "policy": self.scorecard.policy,
            "stage": self.scorecard.stage,
            "weights": dict(zip(self.leaves, self.weights.ppb.tolist(), strict=True)),
        }

    def criteria(self) -> dict[str, Any]:
        """The tree of this calculation, as a run keeps it: codes in column order, weights, what does not apply and why."""
        reasons = {code: a.reason for code, a in self.rater.applicability.items() if not a.applies}
        ppb = dict(zip(self.leaves, self.weights.ppb.tolist(), strict=True))
        return {
            "groups": [
                {
                    "code": group.code,
                    "weight_ppb": sum(ppb[leaf.code] for leaf in group.leaves),
                    "leaves": [leaf.code for leaf in group.leaves],
                }
                for group in self.framework.groups
            ],
            "leaves": {
                code: {"weight_ppb": weight} | ({"not_applicable": reasons[code]} if code in reasons else {})
                for code, weight in ppb.items()
            },
            "points": self.scorecard.weights,
        }


def frame_of(scorecard: Scorecard, *, as_of: date) -> Frame:
    """Prepare a calculation. Raises WeightError when the weights leave nothing to weigh."""
    framework = criteria_of(scorecard.framework)
    needs = loading.program_needs(scorecard.program)
    asked = weights_of(framework, scorecard, frozenset())
    weighted = [code for code, ppb in zip(asked.codes, asked.ppb.tolist(), strict=True) if ppb]
    rater = Rater(
        framework,
        needs,
        policy=Policy(scorecard.policy),
        as_of=as_of,
        settings=loading.fit_settings(scorecard.organization),
        weighted=weighted,
    )
    not_applicable = frozenset(code for code, answer in rater.applicability.items() if not answer.applies)
    return Frame(
        scorecard=scorecard, as_of=as_of, framework=framework, needs=needs, rater=rater,
        weights=weights_of(framework, scorecard, not_applicable), gates=must_haves(scorecard),
        reads={kind.value: day.isoformat() for kind, day in source_reads().items()}, members=members_of(scorecard),
    )  # fmt: skip


def weights_of(framework: Framework, scorecard: Scorecard, not_applicable: frozenset[str]) -> LeafWeights:
    """The leaf weights of a scorecard; remembered, since most recomputes leave them as they are."""
    key = (scorecard.framework.digest, tuple(sorted(scorecard.weights.items())), not_applicable)
    if key not in _weights:
        if len(_weights) >= KEEP_WEIGHTS:
            _weights.clear()
        tree = weight_tree(framework, {code: Fraction(text) for code, text in scorecard.weights.items()})
        _weights[key] = leaf_weights(tree, not_applicable=not_applicable)
    return _weights[key]


KEEP_WEIGHTS = 512
_weights: dict[tuple[str, tuple[tuple[str, str], ...], frozenset[str]], LeafWeights] = {}


def members_of(scorecard: Scorecard) -> dict[int, Member]:
    """The candidates a scorecard judges, by id: neither they nor their vendor are archived, and chosen where one chooses.

    Plain reads joined here, not by the planner: right after a bulk load it has no statistics and chooses badly.
    """
    organization = scorecard.organization
    standing = Vendor.objects.for_organization(organization).filter(archived_at__isnull=True)
    names = dict(standing.values_list("id", "name"))
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, public_id::text, vendor_id, label FROM scorecards_candidate
               WHERE organization_id = %s AND program_id = %s AND archived_at IS NULL ORDER BY id""",
            [organization.pk, scorecard.program_id],
        )
        candidates = cursor.fetchall()
    members = {
        pk: Member(public_id, names[vendor], label)
        for pk, public_id, vendor, label in candidates
        if vendor in names
    }
    if scorecard.selection == Scorecard.Selection.CHOSEN:
        choices = ScorecardChoice.objects.for_organization(organization).filter(scorecard=scorecard)
        chosen = set(choices.values_list("candidate_id", flat=True))
        members = {pk: member for pk, member in members.items() if pk in chosen}
    return members


def must_haves(scorecard: Scorecard) -> tuple[GateSpec, ...]:
    """The scorecard's must-haves in their order."""
    rows = ScorecardGate.objects.for_organization(scorecard.organization).active().filter(scorecard=scorecard)
    return tuple(
        GateSpec(
            code=row.code,
            label=row.label,
            target=row.subject,
            operator=GateOperator(row.operator) if row.operator else None,
            value=row.value,
            waivable=row.waivable,
        )
        for row in rows.order_by("position", "id")
    )
