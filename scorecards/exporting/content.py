"""What a ranking's file says: the same columns and figures in every format, from `scorecards.presentation`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from cdmo_eval.core.policies import Actor
from scorecards.exporting.tables import Cell, Column, Formula, Points, Type
from scorecards.frameworks import Framework
from scorecards.models import Result, Run, Scorecard
from scorecards.presentation import Figures, LeafFigures, Lineage, leaf_figures
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.freshness import Freshness, freshness_of
from scorecards.selectors.leaves import AT_ONCE, evidence_ids, packed_cells
from scorecards.selectors.results import Ranking, present, result_rows, run_of
from vendors.vocabulary import Policy, Stage

EARLY = "Early screen, not for award."
CRITERIA_SHEET = "Criteria"
COUNTS_AS, RESTS_ON = "Counts as (ppm)", "Weight it rests on (ppb)"
"""The two columns whose products add up to the exact score."""


@dataclass(frozen=True)
class RankedLine:
    """A row of the ranking and its place in the table, from 0."""

    place: int
    figures: Figures


@dataclass(frozen=True)
class LeafLine:
    """A criterion of a candidate as this reader may see it, with the public ids of its records."""

    vendor: str
    label: str
    candidate_id: str
    shown: LeafFigures
    records: tuple[str, ...]


class RankingContent:
    """A published ranking, read piece by piece. `run` is None before the first calculation."""

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

    @property
    def leaf_count(self) -> int:
        """How many criteria each candidate has."""
        return 0 if self.run is None else sum(len(group["leaves"]) for group in self.run.criteria["groups"])

    def page(self, place: Any) -> tuple[list[RankedLine], Any]:
        """Rows of the ranking from a place on, and the next place."""
        if self.run is None:
            return [], None
        results, start, following = self._results(place)
        shown = present(self.scorecard, results, now=self.now).rows if results else ()
        rows = [RankedLine(start + at, self.curtain.row(row)) for at, row in enumerate(shown)]
        return rows, following

    def rows(self) -> Iterator[Figures]:
        """All rows as ranked."""
        place: Any = None
        while True:
            lines, place = self.page(place)
            yield from (line.figures for line in lines)
            if place is None:
                return

    def leaf_page(self, place: Any) -> tuple[list[LeafLine], Any]:
        """Every criterion of some candidates, in the order of the ranking, and the next place."""
        if self.run is None:
            return [], None
        results, _, following = self._results(place)
        cells = packed_cells(self.scorecard, [row.candidate_id for row in results])
        found = [
            (row, self.curtain.leaf(leaf))
            for row in results
            for leaf in leaf_figures(row, cells[row.candidate_id], self.run, self.framework)
        ]
        records = evidence_ids(self.scorecard, [leaf for _, leaf in found], commercial=self.curtain.lifted)
        lines = [
            LeafLine(
                row.candidate.vendor.name, row.candidate.label, str(row.candidate.public_id), leaf,
                tuple(records[number] for number in leaf.evidence if number in records),
            )
            for row, leaf in found
        ]  # fmt: skip
        return lines, following

    def _results(self, place: Any) -> tuple[list[Result], int, Any]:
        """Some results, where they stand in the table, and the place after them."""
        position, start = place or (None, 0)
        rows = result_rows(self.scorecard)
        if position is not None:
            rows = rows.filter(position__gt=position)
        results = list(rows[:AT_ONCE])
        more = len(results) == AT_ONCE
        return results, start, (results[-1].position, start + AT_ONCE) if more else None

    def note(self, row: Figures) -> str:
        """What must be said beside a score."""
        notes = [EARLY] if self.run is not None and self.run.stage == Stage.SCREEN else []
        if self.run is not None and self.run.policy == Policy.KNOWN_ONLY:
            notes.append(f"On {row.coverage} % of the weight.")
        if not self.freshness.fresh:
            notes.append("Being recalculated: newer facts are not in it yet.")
        return " ".join(notes)


def ranking_columns(content: RankingContent) -> list[Column]:
    """The columns of the table of results; rows are `RankedLine`."""
    number, yes_no, points_ = Type.INTEGER, Type.BOOLEAN, Type.POINTS
    columns = [
        _column("Rank", lambda r: r.rank, 7, number, "rank", "Empty unless ranked."),
        _column("Tied", lambda r: r.rank_tied, 7, yes_no, "rank_tied"),
        _column("Vendor", lambda r: r.vendor, 30, name="vendor"),
        _column("Offer", lambda r: r.label, 18, name="label"),
        _column("State", lambda r: Result.State(r.state).label, 22, name="state"),
        _column("Score", lambda r: points(r.score), 12, points_, "score", "0 to 100, rounded half to even."),
        _column("Low", lambda r: Points(r.low), 12, points_, "low", "How low the score may be with what is not known."),
        _column("High", lambda r: Points(r.high), 12, points_, "high", "How high it may be."),
        _column("Answered (% of weight)", lambda r: Points(r.coverage), 12, points_, "coverage"),
        _column("Verified (% of weight)", lambda r: Points(r.verified_coverage), 12, points_, "verified_coverage"),
        _column("Evidence strength (%)", lambda r: Points(r.strength), 12, points_, "confidence"),
        _column("Best rank", lambda r: r.best_rank, 12, number, "best_rank"),
        _column("Worst rank", lambda r: r.worst_rank, 12, number, "worst_rank"),
        _column("Must-haves met", lambda r: r.gates_passed, 12, number),
        _column("Must-haves failed", lambda r: r.gates_failed, 12, number),
        _column("Must-haves unknown", lambda r: r.gates_open, 12, number),
        _column("Must-haves not met", _not_met, 50),
        _column("Sites", lambda r: "; ".join(r.sites), 40),
        _column("Supply map assumed", lambda r: r.assumed, 12, yes_no, "assumed"),
        _column("Note", content.note, 30),
    ]  # fmt: skip
    for at, group in enumerate(content.framework.groups):
        columns += _group_columns(group.code, at)
    exact = "In units of 1e-15 of the scale, over the denominator."
    return [
        *columns,
        _column("Score exact", lambda r: r.score_exact, 18, number, "score_exact", exact),
        _column("Low exact", lambda r: r.low_exact, 18, number, "low_exact", exact),
        _column("High exact", lambda r: r.high_exact, 18, number, "high_exact", exact),
        _column("Denominator exact", lambda r: r.denominator_exact, 18, number, "denominator_exact"),
        _column("Vendor id", lambda r: r.vendor_id, 38),
        _column("Candidate id", lambda r: r.candidate_id, 38),
        *(_same_for_all(title, value) for title, value in method_lines(content)),
    ]


def live_columns(content: RankingContent, before: int) -> list[Column]:
    """Columns that a spreadsheet works out itself from the criteria: the sum of weight x value, and whether it agrees.

    `before` is how many columns stand before them.
    """
    leaves, codes = content.leaf_count, [column.title for column in leaf_columns()]
    value, weight = (xl_col_to_name(codes.index(title)) for title in (COUNTS_AS, RESTS_ON))
    total = xl_col_to_name(before)
    exact, denominator = (
        xl_col_to_name(_place(content, "Score exact")),
        xl_col_to_name(_place(content, "Denominator exact")),
    )

    def sum_of(line: RankedLine) -> Cell:
        if line.figures.score_exact is None:
            return None
        first, last = 2 + line.place * leaves, 1 + (line.place + 1) * leaves
        rows = (f"{CRITERIA_SHEET}!${letter}${first}:${letter}${last}" for letter in (value, weight))
        return Formula(f"SUMPRODUCT({','.join(rows)})", line.figures.score_exact)

    def score_of(line: RankedLine) -> Cell:
        row = line.place + 2
        if line.figures.score is None:
            return None
        return Formula(f"{total}{row}/{denominator}{row}*100", Points(line.figures.score))

    def agrees(line: RankedLine) -> Cell:
        row = line.place + 2
        return None if line.figures.score is None else Formula(f"{total}{row}={exact}{row}", value=True)

    return [
        Column("Sum of weight x value", sum_of, 20, Type.INTEGER, only_xlsx=True),
        Column("Score recomputed", score_of, 12, Type.POINTS, only_xlsx=True),
        Column("Agrees with the score", agrees, 12, Type.BOOLEAN, only_xlsx=True),
    ]


def _place(content: RankingContent, title: str) -> int:
    return [column.title for column in ranking_columns(content)].index(title)


def _column(title: str, value: Any, width: int = 12, kind: Type = Type.TEXT, name: str = "", description: str = "") -> Column:  # fmt: skip
    """A column of the figures of a ranked line."""
    return Column(title, lambda line: value(line.figures), width, kind, name, description)


def _group_columns(code: str, number: int) -> list[Column]:
    def part(name: str, title: str, read: Any) -> Column:
        return _column(
            f"{code} {title}", lambda r: read(r.groups[number]), 12, Type.POINTS, f"{code.lower()}_{name}"
        )

    return [
        part("score", "score", lambda group: points(group.score)),
        part("weight", "weight (%)", lambda group: Points(group.weight)),
        part("contribution", "contribution", lambda group: Points(group.contribution)),
        part("coverage", "answered (%)", lambda group: Points(group.coverage)),
    ]


def _same_for_all(title: str, value: Cell) -> Column:
    return Column(title, lambda _: value, 18, type_of(value))


def type_of(value: Cell) -> Type:
    """The type of a cell that is the same in every row."""
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, int):
        return Type.INTEGER
    if isinstance(value, datetime):
        return Type.MOMENT
    return Type.TEXT if value is None or isinstance(value, str) else Type.DATE


def leaf_columns() -> list[Column]:
    """The columns of the table of criteria; rows are `LeafLine`."""
    number, yes_no, points_ = Type.INTEGER, Type.BOOLEAN, Type.POINTS
    column = _leaf_column
    return [
        Column("Vendor", lambda line: line.vendor, 30, name="vendor"),
        Column("Offer", lambda line: line.label, 18, name="label"),
        column("Criterion", lambda leaf: leaf.code, name="criterion"),
        column("Name", lambda leaf: leaf.name, 40),
        column("Group", lambda leaf: leaf.group, 8),
        column("State", lambda leaf: leaf.state, 14),
        column("Value", lambda leaf: points(leaf.value), 12, points_, "value", "0 to 100; empty where unknown."),
        column("Low", lambda leaf: Points(leaf.low), 12, points_),
        column("High", lambda leaf: Points(leaf.high), 12, points_),
        column("Weight (%)", lambda leaf: Points(leaf.weight), 12, points_, "weight"),
        column("Contribution", lambda leaf: Points(leaf.contribution), 12, points_),
        column("Known (%)", lambda leaf: Points(leaf.known_share), 12, points_, "known_share"),
        column("Verified (%)", lambda leaf: Points(leaf.verified_share), 12, points_, "verified_share"),
        column("Raw", lambda leaf: raw_text(leaf.raw), 24),
        column("Unit", lambda leaf: leaf.unit),
        column("Reason", lambda leaf: leaf.reason, 50),
        column("Grade", lambda leaf: leaf.grade, 7),
        column("Freshness", lambda leaf: leaf.freshness),
        column("References", lambda leaf: "; ".join(leaf.references), 30),
        Column("Evidence", lambda line: "; ".join(line.records), 38),
        column("Outside the scale", lambda leaf: leaf.clipped, 12, yes_no, "clipped"),
        column("Supply map assumed", lambda leaf: leaf.assumed, 12, yes_no, "assumed"),
        column(COUNTS_AS, lambda leaf: leaf.counts_as, 14, number, "counts_as_ppm", "What enters the score; an unknown counts by the policy."),
        column(RESTS_ON, lambda leaf: leaf.rests_on, 16, number, "rests_on_ppb"),
        column("Weight exact (ppb)", lambda leaf: leaf.weight_ppb, 16, number, "weight_ppb"),
        column("Contribution exact", lambda leaf: leaf.contribution_exact, 18, number, "contribution_exact"),
        Column("Candidate id", lambda line: line.candidate_id, 38),
    ]  # fmt: skip


def _leaf_column(title: str, value: Any, width: int = 12, kind: Type = Type.TEXT, name: str = "", description: str = "") -> Column:  # fmt: skip
    """A column of the figures of a leaf line."""
    return Column(title, lambda line: value(line.shown), width, kind, name, description)


def method_lines(content: RankingContent) -> Sequence[tuple[str, Cell]]:
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
