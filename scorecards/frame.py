"""The frame of a calculation: everything about a scorecard that is the same for all its candidates."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from scorecards import loading
from scorecards.binary_rows import read_rows
from scorecards.engine import ENGINE_VERSION
from scorecards.engine.aggregate import Stage, Thresholds
from scorecards.engine.cells import Int64Array
from scorecards.engine.digest import canonical_digest
from scorecards.engine.weights import LeafWeights, WeightNode, leaf_weights, weighted_leaves
from scorecards.fit import Rater
from scorecards.fit.gates import GateSpec
from scorecards.fit.inputs import ProgramNeeds
from scorecards.frameworks import Framework, weight_tree
from scorecards.judgements import Judgements, judgements_of
from scorecards.models import Candidate, Scorecard, ScorecardGate
from scorecards.models.program import NEEDS
from scorecards.proposal_facts import rates_to
from scorecards.scoring_defaults import thresholds_of
from scorecards.selectors.criteria import criteria_of
from vendors.models import Vendor
from vendors.selectors.regulatory import source_reads
from vendors.vocabulary import GateOperator, Policy

RATING_VERSION = 2  # raised when the rating of the same facts may differ


class Member(NamedTuple):
    """A candidate on a scorecard, as the list names it."""

    public_id: str
    vendor: str
    label: str


class Members(Mapping[int, Member]):
    """The candidates a scorecard judges: arrays in the order of their public ids (text, ASCII), and each of them by id.

    Names are read when first asked for: a calculation needs them inside a tie only.
    """

    def __init__(self, scorecard: Scorecard, ids: Int64Array, public_ids: NDArray[np.bytes_]) -> None:
        self.ids, self.public_ids = ids, public_ids
        self._scorecard = scorecard

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self.ids.tolist())

    def __getitem__(self, candidate_id: int) -> Member:
        return self._named[candidate_id]

    @cached_property
    def _named(self) -> dict[int, Member]:
        """Plain reads joined here, not by the planner: right after a bulk load it has no statistics and chooses badly."""
        scorecard = self._scorecard
        vendors = dict(Vendor.objects.for_organization(scorecard.organization).values_list("id", "name"))
        candidates = Candidate.objects.for_organization(scorecard.organization).filter(
            program_id=scorecard.program_id
        )
        named = {
            pk: (vendors[vendor], label)
            for pk, vendor, label in candidates.values_list("id", "vendor_id", "label")
        }
        return {
            pk: Member(public_id.decode(), *named[pk])
            for pk, public_id in zip(self.ids.tolist(), self.public_ids.tolist(), strict=True)
        }

    def rows_of(self, ids: Int64Array) -> Int64Array:
        """The rows of these members in the arrays."""
        order = np.argsort(self.ids)
        return order[np.searchsorted(self.ids, ids, sorter=order)]


class Names(Sequence[tuple[str, str]]):
    """Vendor name and label of each member, in the order of the arrays."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, row: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, row: slice) -> list[tuple[str, str]]: ...
    def __getitem__(self, row: int | slice) -> tuple[str, str] | list[tuple[str, str]]:
        return self._all[row]

    @cached_property
    def _all(self) -> list[tuple[str, str]]:
        return [(member.vendor, member.label) for member in self._members.values()]


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
    members: Members
    judgements: Judgements
    past_gates: frozenset[str] = frozenset()
    """Codes of must-haves that were taken away since and count here once more, with the waivers they had."""

    @property
    def leaves(self) -> tuple[str, ...]:
        """Leaf codes in column order."""
        return self.weights.codes

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """The group number of each leaf."""
        return tuple(number for number, group in enumerate(self.framework.groups) for _ in group.leaves)

    @cached_property
    def thresholds(self) -> Thresholds:
        """How much must be answered and verified for a rank: a decision of the organisation, by stage."""
        return thresholds_of(self.scorecard.organization.settings, Stage(self.scorecard.stage))

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
            | self._rates
        )

    @property
    def _rates(self) -> dict[str, Any]:
        """The exchange rates that count, where there are any."""
        rates = self.rater.scorecard.settings.exchange_rates
        told = [[rate.source, str(rate.rate), rate.on.isoformat(), rate.published_by] for rate in rates]
        return {"rates": told} if told else {}

    def identity(self) -> dict[str, Any]:
        """The settings that enter the input digest beside the candidates'."""
        return {
            "engine": ENGINE_VERSION,
            "framework": self.scorecard.framework.digest,
            "policy": self.scorecard.policy,
            "stage": self.scorecard.stage,
            "thresholds": [self.thresholds.coverage, self.thresholds.verified],
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
            "thresholds": {"coverage": self.thresholds.coverage, "verified": self.thresholds.verified},
        }


def frame_of(scorecard: Scorecard, *, as_of: date) -> Frame:
    """Prepare a calculation. Raises WeightError when the weights leave nothing to weigh."""
    framework = criteria_of(scorecard.framework)
    needs = loading.program_needs(scorecard.program)
    rater = Rater(
        framework,
        needs,
        policy=Policy(scorecard.policy),
        as_of=as_of,
        settings=loading.fit_settings(
            scorecard.organization,
            rates_to(scorecard.organization, scorecard.program.budget_currency, as_of=as_of),
        ),
        weighted=weighted_leaves(_points(framework, scorecard)),
    )
    not_applicable = frozenset(code for code, answer in rater.applicability.items() if not answer.applies)
    return Frame(
        scorecard=scorecard, as_of=as_of, framework=framework, needs=needs, rater=rater,
        weights=weights_of(framework, scorecard, not_applicable), gates=must_haves(scorecard),
        reads={kind.value: day.isoformat() for kind, day in source_reads(scorecard.organization).items()}, members=members_of(scorecard),
        judgements=judgements_of(scorecard),
    )  # fmt: skip


def weights_of(framework: Framework, scorecard: Scorecard, not_applicable: frozenset[str]) -> LeafWeights:
    """The leaf weights of a scorecard; remembered, since most recomputes leave them as they are."""
    key = (scorecard.framework.digest, tuple(sorted(scorecard.weights.items())), not_applicable)
    if key not in _weights:
        if len(_weights) >= KEEP_WEIGHTS:
            _weights.clear()
        _weights[key] = leaf_weights(_points(framework, scorecard), not_applicable=not_applicable)
    return _weights[key]


def _points(framework: Framework, scorecard: Scorecard) -> WeightNode:
    return weight_tree(framework, {code: Fraction(text) for code, text in scorecard.weights.items()})


KEEP_WEIGHTS = 512
_weights: dict[tuple[str, tuple[tuple[str, str], ...], frozenset[str]], LeafWeights] = {}


def members_of(scorecard: Scorecard) -> Members:
    """The candidates a scorecard judges: neither they nor their vendor are archived, and chosen where one chooses."""
    key = {"org": scorecard.organization_id, "program": scorecard.program_id, "scorecard": scorecard.pk}
    rows = read_rows(CANDIDATES, key, {"id": ">i8", "public_id": "S36", "vendor_id": ">i8"})
    standing = np.isin(rows["vendor_id"], read_rows(VENDORS, key, {"id": ">i8"})["id"])
    if scorecard.selection == Scorecard.Selection.CHOSEN:
        standing &= np.isin(rows["id"], read_rows(CHOSEN, key, {"id": ">i8"})["id"])
    rows = rows if standing.all() else rows[standing]
    ids, public_ids = rows["id"].astype(np.int64), np.ascontiguousarray(rows["public_id"])
    if (public_ids[1:] < public_ids[:-1]).any():  # ids grow with time, so mostly they come in order
        order = np.argsort(public_ids)
        ids, public_ids = ids[order], public_ids[order]
    return Members(scorecard, ids, public_ids)


CANDIDATES = """SELECT id, public_id::text, vendor_id FROM scorecards_candidate
                WHERE organization_id = %(org)s AND program_id = %(program)s AND archived_at IS NULL"""
VENDORS = "SELECT id FROM vendors_vendor WHERE organization_id = %(org)s AND archived_at IS NULL"
CHOSEN = "SELECT candidate_id FROM scorecards_scorecardchoice WHERE organization_id = %(org)s AND scorecard_id = %(scorecard)s"


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
