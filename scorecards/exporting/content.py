"""What a ranking's file says: the same columns and figures in every format, from `scorecards.presentation`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from cdmo_eval.core.policies import Actor
from scorecards.frameworks import Framework
from scorecards.models import Result, Run, Scorecard
from scorecards.presentation import Figures, LeafFigures, Lineage
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.freshness import Freshness, freshness_of
from scorecards.selectors.leaves import AT_ONCE, Leaf, evidence_ids, leaves_from
from scorecards.selectors.results import Ranking, present, result_rows, run_of
from vendors.vocabulary import Policy, Stage

EARLY = "Early screen, not for award."


@dataclass(frozen=True)
class Points:
    """A figure as shown, two decimals: a number in every format."""

    text: str


Cell = str | int | Points | bool | date | datetime | None


@dataclass(frozen=True)
class Column:
    """A titled column of one table."""

    title: str
    value: Callable[[Any], Cell]
    width: int = 12


@dataclass(frozen=True)
class LeafLine:
    """A criterion of a candidate as this reader may see it, with the public ids of its records."""

    leaf: Leaf
    shown: LeafFigures
    records: tuple[str, ...]


class RankingContent:
    """A published ranking, read piece by piece inside one snapshot. `run` is None before the first calculation."""

    def __init__(self, scorecard: Scorecard, *, by: Actor, now: datetime) -> None:
        """`scorecard` comes from `scorecard_list`, with its freshness."""
        self.scorecard, self.now = scorecard, now
        self.freshness: Freshness = freshness_of(scorecard, now=now)
        self.run: Run | None = run_of(scorecard, self.freshness)
        self.framework: Framework = criteria_of(scorecard.framework)
        self.curtain = Curtain(by, scorecard, self.framework)

    @property
    def lineage(self) -> Lineage | None:
        """Where the figures come from."""
        return Ranking(self.scorecard, self.framework, self.run, self.freshness, ()).lineage

    def rows(self) -> Iterator[Figures]:
        """The rows as ranked."""
        results = result_rows(self.scorecard)
        while piece := list(results[:AT_ONCE]):
            yield from map(self.curtain.row, present(self.scorecard, piece, now=self.now).rows)
            if len(piece) < AT_ONCE:
                return
            results = result_rows(self.scorecard).filter(position__gt=piece[-1].position)

    def leaves(self) -> Iterator[LeafLine]:
        """Every criterion of every candidate."""
        if self.run is None:
            return
        found = leaves_from(self.scorecard, self.run)
        while piece := list(islice(found, AT_ONCE * len(self.framework.leaves))):
            shown = [self.curtain.leaf(leaf.figures) for leaf in piece]
            records = evidence_ids(self.scorecard, shown, commercial=self.curtain.lifted)
            for leaf, figures in zip(piece, shown, strict=True):
                yield LeafLine(leaf, figures, tuple(records[r] for r in figures.evidence if r in records))

    def note(self, row: Figures) -> str:
        """What must be said beside a score."""
        notes = [EARLY] if self.run is not None and self.run.stage == Stage.SCREEN else []
        if self.run is not None and self.run.policy == Policy.KNOWN_ONLY:
            notes.append(f"On {row.coverage} % of the weight.")
        if not self.freshness.fresh:
            notes.append("Being recalculated: newer facts are not in it yet.")
        return " ".join(notes)


def ranking_columns(content: RankingContent) -> list[Column]:
    """The columns of the table of results."""
    columns = [
        Column("Rank", lambda r: r.rank, 7),
        Column("Tied", lambda r: r.rank_tied, 7),
        Column("Vendor", lambda r: r.vendor, 30),
        Column("Offer", lambda r: r.label, 18),
        Column("State", lambda r: Result.State(r.state).label, 22),
        Column("Score", lambda r: points(r.score)),
        Column("Low", lambda r: Points(r.low)),
        Column("High", lambda r: Points(r.high)),
        Column("Answered (% of weight)", lambda r: Points(r.coverage)),
        Column("Verified (% of weight)", lambda r: Points(r.verified_coverage)),
        Column("Evidence strength (%)", lambda r: Points(r.strength)),
        Column("Best rank", lambda r: r.best_rank),
        Column("Worst rank", lambda r: r.worst_rank),
        Column("Must-haves met", lambda r: r.gates_passed),
        Column("Must-haves failed", lambda r: r.gates_failed),
        Column("Must-haves unknown", lambda r: r.gates_open),
        Column("Must-haves not met", _not_met, 50),
        Column("Sites", lambda r: "; ".join(r.sites), 40),
        Column("Supply map assumed", lambda r: r.assumed),
        Column("Note", content.note, 30),
    ]
    for number, group in enumerate(content.framework.groups):
        columns += _group_columns(group.code, number)
    return [
        *columns,
        Column("Score exact", lambda r: r.score_exact, 18),
        Column("Low exact", lambda r: r.low_exact, 18),
        Column("High exact", lambda r: r.high_exact, 18),
        Column("Denominator exact", lambda r: r.denominator_exact, 18),
        Column("Vendor id", lambda r: r.vendor_id, 38),
        Column("Candidate id", lambda r: r.candidate_id, 38),
        *(_same_for_all(title, value) for title, value in method_lines(content)),
    ]


def _group_columns(code: str, number: int) -> list[Column]:
    return [
        Column(f"{code} score", lambda r: points(r.groups[number].score)),
        Column(f"{code} weight (%)", lambda r: Points(r.groups[number].weight)),
        Column(f"{code} contribution", lambda r: Points(r.groups[number].contribution)),
        Column(f"{code} answered (%)", lambda r: Points(r.groups[number].coverage)),
    ]


def _same_for_all(title: str, value: Cell) -> Column:
    return Column(title, lambda _: value, 18)


def leaf_columns() -> list[Column]:
    """The columns of the table of criteria; rows are `LeafLine`."""
    return [
        Column("Vendor", lambda line: line.leaf.result.candidate.vendor.name, 30),
        Column("Offer", lambda line: line.leaf.result.candidate.label, 18),
        Column("Criterion", lambda line: line.shown.code),
        Column("Name", lambda line: line.shown.name, 40),
        Column("Group", lambda line: line.shown.group, 8),
        Column("State", lambda line: line.shown.state, 14),
        Column("Value", lambda line: points(line.shown.value)),
        Column("Low", lambda line: Points(line.shown.low)),
        Column("High", lambda line: Points(line.shown.high)),
        Column("Weight (%)", lambda line: Points(line.shown.weight)),
        Column("Contribution", lambda line: Points(line.shown.contribution)),
        Column("Known (%)", lambda line: Points(line.shown.known_share)),
        Column("Verified (%)", lambda line: Points(line.shown.verified_share)),
        Column("Raw", lambda line: raw_text(line.shown.raw), 24),
        Column("Unit", lambda line: line.shown.unit),
        Column("Reason", lambda line: line.shown.reason, 50),
        Column("Grade", lambda line: line.shown.grade, 7),
        Column("Freshness", lambda line: line.shown.freshness),
        Column("References", lambda line: "; ".join(line.shown.references), 30),
        Column("Evidence", lambda line: "; ".join(line.records), 38),
        Column("Outside the scale", lambda line: line.shown.clipped),
        Column("Supply map assumed", lambda line: line.shown.assumed),
        Column("Contribution exact", lambda line: line.shown.contribution_exact, 18),
        Column("Candidate id", lambda line: str(line.leaf.result.candidate.public_id), 38),
    ]


def method_lines(content: RankingContent) -> list[tuple[str, Cell]]:
    """Where the figures come from, titled."""
    lineage = content.lineage
    if lineage is None:
        return []
    return [
        ("Scorecard id", lineage.scorecard_id), ("Calculation id", lineage.run_id),
        ("Calculation", lineage.run_number), ("Calculated at", lineage.computed_at), ("As of", lineage.as_of),
        ("Criteria set", lineage.framework), ("Criteria set version", lineage.framework_version),
        ("Policy", lineage.policy), ("Stage", lineage.stage), ("Digest", lineage.digest),
        ("Up to date", lineage.fresh),
    ]  # fmt: skip


def points(text: str | None) -> Points | None:
    """A figure, or nothing where there is none."""
    return None if text is None else Points(text)


def raw_text(raw: Any) -> str:
    """What was measured, in one cell."""
    if isinstance(raw, dict):
        return "; ".join(f"{name}: {raw_text(value)}" for name, value in raw.items())
    if isinstance(raw, list | tuple):
        return ", ".join(raw_text(value) for value in raw)
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return "" if raw is None else str(raw)


def _not_met(row: Figures) -> str:
    missing = (
        f"{gate.label}: {gate.outcome}{f', waived until {gate.waived_until}' if gate.waived_until else ''} ({gate.reason})"
        for gate in row.gates
        if gate.outcome != "pass"
    )
    return "; ".join(missing)
