"""Rows of results and leaves as JSON. Every number is the text of `scorecards.presentation`, read as a number.

Written as plain dictionaries, because bulk answers have hundreds of thousands of fields; the classes beside them
describe the same keys for the OpenAPI document, and a test holds the two together.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from rest_framework import serializers

from cdmo_eval.http.serializers import Output
from scorecards.api.references import NamedOut, WholeNumber
from scorecards.models import Result
from scorecards.presentation import Figures, GateFigures, GroupFigures, LeafFigures, Lineage
from scorecards.selectors.leaves import Leaf
from vendors.vocabulary import GateOutcome


def number(text: str | None) -> float | None:
    """A shown figure as a JSON number; it keeps exactly the shown digits."""
    return None if text is None else float(text)


def digits(exact: int | None) -> str | None:
    """An exact integer as text: many JSON readers lose digits beyond 2^53."""
    return None if exact is None else str(exact)


class GateResultOut(Output):
    """The outcome of one must-have. Unknown is not a pass; conditional counts as unknown until waived."""

    gate = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in GateOutcome])
    reason = serializers.CharField()
    waived_until = serializers.DateField(allow_null=True)
    references = serializers.ListField(child=serializers.CharField())


class GroupResultOut(Output):
    """One group of criteria. `score` is null where nothing is weighed."""

    score = serializers.FloatField(allow_null=True)
    weight = serializers.FloatField()
    contribution = serializers.FloatField()
    coverage = serializers.FloatField()
    contribution_exact = WholeNumber(
        help_text="Over `denominator_exact`; the contributions sum to `score_exact`."
    )
    weight_ppb = serializers.IntegerField()


class ResultCandidateOut(Output):
    """The candidate of a row; `assumed`: nobody has described its supply map."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    sites = NamedOut(many=True)
    assumed = serializers.BooleanField()


class CalculationOut(Output):
    """A published calculation."""

    scorecard_id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    run_number = serializers.IntegerField()
    computed_at = serializers.DateTimeField()
    as_of = serializers.DateField()
    framework_version = serializers.IntegerField()
    policy = serializers.CharField()
    stage = serializers.CharField(help_text="screen: an early screen, not for award.")
    digest = serializers.CharField(help_text="SHA-256 of all published figures of this calculation.")


class LineageOut(CalculationOut):
    """Where a row comes from."""

    framework = serializers.CharField()
    fresh = serializers.BooleanField()


class PlacedOut(Output):
    """In which place a candidate is. Every answer that shows figures of candidates is made of this and what follows."""

    state = serializers.ChoiceField(choices=Result.State.values)
    rank = serializers.IntegerField(allow_null=True)
    rank_tied = serializers.BooleanField()
    denominator_exact = WholeNumber()


class FiguresOut(PlacedOut):
    """A candidate's figures. Scores, ends of intervals and percentages run from 0 to 100, with two decimals."""

    score = serializers.FloatField(allow_null=True, help_text="Null when nothing at all is known.")
    low = serializers.FloatField()
    high = serializers.FloatField()
    coverage = serializers.FloatField()
    verified_coverage = serializers.FloatField()
    score_exact = WholeNumber(allow_null=True, help_text="Over `denominator_exact`.")


class RangedOut(FiguresOut):
    """With the ranks that the intervals allow."""

    best_rank = serializers.IntegerField(allow_null=True)
    worst_rank = serializers.IntegerField(allow_null=True)


class StandingOut(LineageOut, PlacedOut):
    """What a ranked row and its groups as rows have in common."""

    vendor = NamedOut()
    candidate = ResultCandidateOut()
    eligible = serializers.BooleanField(help_text="Whether it has a rank.")


class ResultOut(StandingOut, RangedOut):
    """One candidate's row."""

    position = serializers.IntegerField(help_text="Place in the list, ties and unranked rows included.")
    confidence = serializers.FloatField(help_text="Strength of the evidence: grade and age, by weight.")
    low_exact = WholeNumber(help_text="In units of 1e-15.")
    high_exact = WholeNumber(help_text="In units of 1e-15.")
    gates = GateResultOut(many=True)
    gates_passed = serializers.IntegerField()
    gates_failed = serializers.IntegerField()
    gates_open = serializers.IntegerField()
    groups = serializers.DictField(child=GroupResultOut())


class GroupRowOut(StandingOut, GroupResultOut):
    """One group of one candidate as a row (`shape=long`)."""

    group = serializers.CharField()
    group_name = serializers.CharField()


class ValueOut(Output):
    """What a criterion is worth for a candidate, and why."""

    state = serializers.ChoiceField(choices=["known", "unknown", "refused", "overdue", "not_applicable"])
    value = serializers.FloatField(
        allow_null=True, help_text="0 to 100; null when unknown or not applicable."
    )
    low = serializers.FloatField()
    high = serializers.FloatField()
    raw = serializers.JSONField(allow_null=True)
    unit = serializers.CharField()
    reason = serializers.CharField()
    grade = serializers.CharField()
    freshness = serializers.CharField()
    evidence = serializers.ListField(
        child=serializers.UUIDField(), help_text="Records of `evidence/` it rests on."
    )


class LeafOut(ValueOut):
    """One criterion of one candidate."""

    criterion = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    weight = serializers.FloatField()
    contribution = serializers.FloatField()
    known_share = serializers.FloatField()
    verified_share = serializers.FloatField()
    weight_ppb = serializers.IntegerField()
    contribution_exact = WholeNumber()
    references = serializers.ListField(child=serializers.CharField())
    clipped = serializers.BooleanField()
    assumed = serializers.BooleanField()


class DetailOut(ResultOut):
    """One candidate with every criterion."""

    leaves = LeafOut(many=True)


class LeafCandidateOut(Output):
    """The candidate of a leaf."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]


class LeafRowOut(LineageOut, LeafOut):
    """One criterion of one candidate as a row of its own."""

    vendor = NamedOut()
    candidate = LeafCandidateOut()
    denominator_exact = WholeNumber()


def lineage_json(lineage: Lineage) -> dict[str, Any]:
    """Where a row comes from."""
    return {
        "scorecard_id": lineage.scorecard_id, "run_id": lineage.run_id, "run_number": lineage.run_number,
        "computed_at": lineage.computed_at, "as_of": lineage.as_of, "framework": lineage.framework,
        "framework_version": lineage.framework_version, "policy": lineage.policy, "stage": lineage.stage,
        "digest": lineage.digest, "fresh": lineage.fresh,
    }  # fmt: skip


def standing_json(row: Figures, lineage: Lineage) -> dict[str, Any]:
    """Who, where from, and in which place."""
    sites = [{"id": public_id, "name": name} for public_id, name in zip(row.site_ids, row.sites, strict=True)]
    return {
        **lineage_json(lineage),
        "vendor": {"id": row.vendor_id, "name": row.vendor},
        "candidate": {"id": row.candidate_id, "label": row.label, "sites": sites, "assumed": row.assumed},
        **placed_json(row), "eligible": row.eligible,
    }  # fmt: skip


class Ranked(Protocol):
    """What has a place."""

    @property
    def state(self) -> str: ...
    @property
    def rank(self) -> int | None: ...
    @property
    def rank_tied(self) -> bool: ...
    @property
    def score_exact(self) -> int | None: ...
    @property
    def denominator_exact(self) -> int: ...


class Ranges(Protocol):
    """What has the ranks that its interval allows."""

    @property
    def best_rank(self) -> int | None: ...
    @property
    def worst_rank(self) -> int | None: ...


class Shown(Protocol):
    """Figures as they are shown."""

    @property
    def score(self) -> str | None: ...
    @property
    def low(self) -> str: ...
    @property
    def high(self) -> str: ...
    @property
    def coverage(self) -> str: ...
    @property
    def verified_coverage(self) -> str: ...


def placed_json(row: Ranked) -> dict[str, Any]:
    """As `PlacedOut` has it."""
    return {
        "state": row.state, "rank": row.rank, "rank_tied": row.rank_tied, "denominator_exact": digits(row.denominator_exact),
    }  # fmt: skip


def figures_json(row: Ranked, shown: Shown) -> dict[str, Any]:
    """As `FiguresOut` has it."""
    return {
        **placed_json(row), "score": number(shown.score), "low": number(shown.low), "high": number(shown.high),
        "coverage": number(shown.coverage), "verified_coverage": number(shown.verified_coverage),
        "score_exact": digits(row.score_exact),
    }  # fmt: skip


def range_json(row: Ranges) -> dict[str, Any]:
    """What `RangedOut` has beside the figures."""
    return {"best_rank": row.best_rank, "worst_rank": row.worst_rank}


def result_json(row: Figures, lineage: Lineage) -> dict[str, Any]:
    """One candidate's row."""
    return {
        **standing_json(row, lineage), **figures_json(row, row), **range_json(row),
        "position": row.position, "confidence": number(row.strength),
        "low_exact": digits(row.low_exact), "high_exact": digits(row.high_exact),
        "gates": [gate_json(gate) for gate in row.gates],
        "gates_passed": row.gates_passed, "gates_failed": row.gates_failed, "gates_open": row.gates_open,
        "groups": {group.code: group_json(group) for group in row.groups},
    }  # fmt: skip


def group_rows_json(row: Figures, lineage: Lineage) -> Iterator[dict[str, Any]]:
    """The groups of a candidate as rows."""
    for group in row.groups:
        yield {
            **standing_json(row, lineage),
            "group": group.code,
            "group_name": group.name,
            **group_json(group),
        }


def group_json(group: GroupFigures) -> dict[str, Any]:
    """One group."""
    return {
        "score": number(group.score), "weight": number(group.weight), "contribution": number(group.contribution),
        "coverage": number(group.coverage), "contribution_exact": digits(group.contribution_exact),
        "weight_ppb": group.weight_ppb,
    }  # fmt: skip


def gate_json(gate: GateFigures) -> dict[str, Any]:
    """One must-have."""
    return {
        "gate": gate.code, "label": gate.label, "outcome": gate.outcome, "reason": gate.reason,
        "waived_until": gate.waived_until or None, "references": list(gate.references),
    }  # fmt: skip


def leaf_json(leaf: LeafFigures, evidence: Mapping[int, str]) -> dict[str, Any]:
    """One criterion; `evidence` are the public ids of the records that may be shown."""
    return {
        "criterion": leaf.code, "name": leaf.name, "group": leaf.group, **value_json(leaf),
        "weight": number(leaf.weight), "contribution": number(leaf.contribution),
        "known_share": number(leaf.known_share), "verified_share": number(leaf.verified_share),
        "weight_ppb": leaf.weight_ppb, "contribution_exact": digits(leaf.contribution_exact),
        "evidence": [evidence[record] for record in leaf.evidence if record in evidence],
        "references": list(leaf.references), "clipped": leaf.clipped, "assumed": leaf.assumed,
    }  # fmt: skip


def value_json(leaf: LeafFigures) -> dict[str, Any]:
    """As `ValueOut` has it, but for the records."""
    return {
        "state": leaf.state, "value": number(leaf.value), "low": number(leaf.low), "high": number(leaf.high), "raw": leaf.raw,
        "unit": leaf.unit, "reason": leaf.reason, "grade": leaf.grade, "freshness": leaf.freshness,
    }  # fmt: skip


def leaf_row_json(
    leaf: Leaf, shown: LeafFigures, lineage: Lineage, evidence: Mapping[int, str]
) -> dict[str, Any]:
    """One criterion of one candidate as a row of its own; `shown` is the criterion as this reader may see it."""
    candidate = leaf.result.candidate
    return {
        **lineage_json(lineage),
        "vendor": {"id": str(candidate.vendor.public_id), "name": candidate.vendor.name},
        "candidate": {"id": str(candidate.public_id), "label": candidate.label},
        "denominator_exact": digits(leaf.result.denominator_exact),
        **leaf_json(shown, evidence),
    }  # fmt: skip
