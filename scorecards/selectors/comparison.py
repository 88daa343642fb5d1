"""Two to five candidates side by side: every criterion, what makes the difference of two, and who dominates whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np

from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.policies import Actor
from scorecards.engine.cells import Cells, MissingPolicy
from scorecards.engine.display import percent_text, share_text
from scorecards.engine.exact import EXACT_ONE
from scorecards.engine.explain import (
    Account,
    Outline,
    Point,
    Waterfall,
    account,
    deciding,
    outline,
    waterfall,
)
from scorecards.models import Result, Scorecard
from scorecards.presentation import Figures, LeafFigures, leaf_figures
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.dominances import Dominance, dominances_of, name_of
from scorecards.selectors.leaves import packed_cells
from scorecards.selectors.pages import cited_records
from scorecards.selectors.price_front import CostLine, costs_of
from scorecards.selectors.results import Ranking, present, result_rows, steadily
from vendors.models import Evidence

FEWEST, MOST = 2, 5


@dataclass(frozen=True)
class CompareCell:
    """One criterion of one candidate. `best` where nobody compared has more; `records` are those this reader may see."""

    leaf: LeafFigures
    best: bool
    records: tuple[Evidence, ...]

    @property
    def newest(self) -> date | None:
        """When the newest record behind it was obtained."""
        return max((record.obtained_on for record in self.records), default=None)

    @property
    def claim(self) -> str:
        """Whether the value is verified, claimed, or in part one and the other; blank where nothing is known."""
        if self.leaf.state != "known":
            return ""
        if self.leaf.verified_share == self.leaf.known_share:
            return "verified"
        return "claimed" if self.leaf.verified_share == "0.00" else "partly verified"

    @property
    def ppm(self) -> int | None:
        """The value for drawings; None when there is none to draw."""
        return None if self.leaf.value is None else _hundredths(self.leaf.value) * 100


@dataclass(frozen=True)
class CompareLine:
    """One criterion of all compared. `gap` is the widest difference of values, ppm."""

    code: str
    name: str
    group: str
    weight: str
    weight_ppb: int
    gap: int
    differs: bool
    cells: tuple[CompareCell, ...]

    @property
    def worth(self) -> str:
        """The widest difference times the weight, in points."""
        return worth(self.gap, self.weight_ppb)


@dataclass(frozen=True)
class CompareGroup:
    """One group of criteria with its lines, those that matter most for the difference first."""

    code: str
    name: str
    slot: int
    weight: str
    weight_ppb: int
    scores: tuple[str | None, ...]
    gap: int
    lines: tuple[CompareLine, ...]

    @property
    def worth(self) -> str:
        """The widest difference times the weight, in points."""
        return worth(self.gap, self.weight_ppb)

    @property
    def best(self) -> tuple[bool, ...]:
        """Where nobody compared has more, unless all have the same."""
        most = max((value for value in self.values if value is not None), default=None)
        return tuple(bool(self.gap) and value == most for value in self.values)

    @property
    def values(self) -> tuple[int | None, ...]:
        """The group's scores for drawings, ppm."""
        return tuple(None if score is None else _hundredths(score) * 100 for score in self.scores)


@dataclass(frozen=True)
class TermLine:
    """What one criterion adds to the difference of a pair, over the waterfall's denominator; a range where it is open."""

    code: str
    name: str
    group: str
    amount: Fraction
    low: int | None
    high: int | None
    decides: bool

    @property
    def text(self) -> str:
        """Points with their sign, two decimals."""
        return share_text(self.amount)

    @property
    def range_text(self) -> tuple[str, str] | None:
        """Both ends of the range in points."""
        if self.low is None or self.high is None:
            return None
        return share_text(Fraction(self.low, EXACT_ONE)), share_text(Fraction(self.high, EXACT_ONE))


@dataclass(frozen=True)
class GroupTerm:
    """The terms of one group and their sum."""

    code: str
    name: str
    slot: int
    amount: Fraction
    lines: tuple[TermLine, ...]

    @property
    def text(self) -> str:
        """Points with their sign, two decimals."""
        return share_text(self.amount)


@dataclass(frozen=True)
class Difference:
    """Why the first of a pair is ahead of the second, or behind it."""

    first: Figures
    second: Figures
    found: Waterfall
    groups: tuple[GroupTerm, ...]
    deciding: tuple[TermLine, ...]
    sentence: str

    @property
    def text(self) -> str:
        """Points with their sign, two decimals."""
        return share_text(self.found.exact)

    @property
    def range_text(self) -> tuple[str, str]:
        """The least and the largest difference that the intervals allow."""
        return share_text(Fraction(self.found.low, EXACT_ONE)), share_text(
            Fraction(self.found.high, EXACT_ONE)
        )


@dataclass(frozen=True)
class OutlineLine:
    """A strength, gap or unknown in words: points won, lost or open."""

    code: str
    name: str
    points: str


@dataclass(frozen=True)
class OutlineLines:
    """What speaks for a candidate, what against it, and what is not known."""

    strengths: tuple[OutlineLine, ...]
    gaps: tuple[OutlineLine, ...]
    unknowns: tuple[OutlineLine, ...]


@dataclass(frozen=True)
class Compared:
    """Everything the comparison shows, all of one calculation; columns in the order of the table.

    `costs` are empty for those who may not see offers.
    """

    ranking: Ranking
    columns: tuple[Figures, ...]
    groups: tuple[CompareGroup, ...]
    outlines: tuple[OutlineLines, ...]
    difference: Difference | None
    dominances: tuple[Dominance, ...]
    costs: tuple[CostLine, ...]


def chosen_candidates(texts: Sequence[str]) -> list[UUID]:
    """The ids of 2 to 5 candidates, each once. Raises Invalid for fewer, more, doubles and what is no id."""
    try:
        ids = [UUID(text.strip()) for text in texts if text.strip()]
    except ValueError:
        raise _wrong("An id is a UUID.") from None
    if len(set(ids)) != len(ids):
        raise _wrong("Name each candidate once.")
    if not FEWEST <= len(ids) <= MOST:
        raise _wrong(f"Choose {FEWEST} to {MOST} candidates to compare.")
    return ids


def _wrong(message: str) -> Invalid:
    return Invalid(message, errors=[FieldError("candidates", "invalid", message)])


def compare(
    scorecard: Scorecard, ids: Sequence[UUID], *, pair: Sequence[UUID] = (), actor: Actor, now: datetime
) -> Compared:
    """Candidates side by side, as far as this reader may see them. `pair` are the two whose difference is split.

    Without a pair: the two best placed. A constant number of statements. Raises NotFound for a candidate that the last
    calculation did not have, Invalid for a pair that is not among the candidates.
    """
    if pair and (len(set(pair)) != FEWEST or not set(pair) <= set(ids)):
        message = "The pair is two of the compared candidates."
        raise Invalid(message, errors=[FieldError("pair", "invalid", message)])

    def read() -> tuple[Ranking, list[Result], Mapping[int, Any]]:
        rows = list(result_rows(scorecard).filter(candidate__public_id__in=ids))
        return (
            present(scorecard, rows, now=now),
            rows,
            packed_cells(scorecard, [row.candidate_id for row in rows]),
        )

    ranking, rows, kept = steadily(scorecard, read)
    if ranking.run is None or len(rows) != len(ids):
        raise NotFound("There is no such candidate in the last calculation of this scorecard.")
    run, framework = ranking.run, ranking.framework
    curtain = Curtain(actor, scorecard, framework)
    columns = tuple(curtain.row(row) for row in ranking.rows)
    leaves = [
        [curtain.leaf(leaf) for leaf in leaf_figures(row, kept[row.candidate_id], run, framework)]
        for row in rows
    ]
    records = cited_records(
        scorecard.organization, [n for column in leaves for leaf in column for n in leaf.evidence], commercial=curtain.lifted
    )  # fmt: skip
    codes = [code for group in run.criteria["groups"] for code in group["leaves"]]
    cells = Cells.unpacked([bytes(kept[row.candidate_id].packed) for row in rows], leaves=len(codes))
    weights = np.array([run.criteria["leaves"][code]["weight_ppb"] for code in codes], dtype=np.int64)
    policy = MissingPolicy(run.policy)
    accounts = [account(cells, row, weights, policy=policy) for row in range(len(rows))]
    places = {UUID(column.candidate_id): at for at, column in enumerate(columns)}
    first, second = (places[each] for each in pair) if pair else (0, 1)
    return Compared(
        ranking=ranking, columns=columns, groups=_groups(columns, leaves, records),
        outlines=tuple(_outline(outline(one), leaves[0]) for one in accounts),
        difference=_difference(columns, accounts, first, second, leaves[0]),
        dominances=tuple(dominances_of(columns, cells, weights, policy)),
        costs=costs_of(scorecard, columns, leaves) if curtain.lifted else (),
    )  # fmt: skip


def _groups(
    columns: Sequence[Figures], leaves: Sequence[Sequence[LeafFigures]], records: Mapping[int, Evidence]
) -> tuple[CompareGroup, ...]:
    found = []
    for number, group in enumerate(columns[0].groups):
        if not group.weight_ppb:
            continue
        lines = [
            _line(each, records) for each in zip(*leaves, strict=True) if each[0].group == group.code and each[0].weight_ppb
        ]  # fmt: skip
        lines.sort(key=lambda line: (-line.gap * line.weight_ppb, -line.weight_ppb, line.code))
        scores = tuple(column.groups[number].score for column in columns)
        known = [_hundredths(score) * 100 for score in scores if score is not None]
        gap = max(known, default=0) - min(known, default=0)
        found.append(
            CompareGroup(
                group.code, group.name, group.slot, group.weight, group.weight_ppb, scores, gap, tuple(lines)
            )
        )
    return tuple(sorted(found, key=lambda group: (-group.gap * group.weight_ppb, group.slot)))


def _line(leaves: Sequence[LeafFigures], records: Mapping[int, Evidence]) -> CompareLine:
    values = [None if leaf.value is None else _hundredths(leaf.value) * 100 for leaf in leaves]
    known = [value for value in values if value is not None]
    most, least = max(known, default=0), min(known, default=0)
    differs = most != least or len({leaf.state for leaf in leaves}) > 1
    one = leaves[0]
    cells = tuple(
        CompareCell(leaf, value is not None and value == most and most != least, tuple(records[n] for n in leaf.evidence if n in records))
        for leaf, value in zip(leaves, values, strict=True)
    )  # fmt: skip
    return CompareLine(
        one.code, one.name, one.group, one.weight, one.weight_ppb, most - least, differs, cells
    )


def worth(gap: int, weight_ppb: int) -> str:
    """A difference of values (ppm) times its weight (ppb) as points, two decimals."""
    return percent_text(gap * weight_ppb, EXACT_ONE)


def _hundredths(text: str) -> int:
    """ "62.50" as 6250."""
    return int(text.replace(".", ""))


def _outline(found: Outline, leaves: Sequence[LeafFigures]) -> OutlineLines:
    def lines(points: Sequence[Point]) -> tuple[OutlineLine, ...]:
        return tuple(
            OutlineLine(leaves[p.leaf].code, leaves[p.leaf].name, percent_text(p.amount)) for p in points
        )

    return OutlineLines(lines(found.strengths), lines(found.gaps), lines(found.unknowns))


def _difference(
    columns: Sequence[Figures],
    accounts: Sequence[Account],
    first: int,
    second: int,
    leaves: Sequence[LeafFigures],
) -> Difference | None:
    if not (accounts[first].has_score and accounts[second].has_score):
        return None
    found = waterfall(accounts[first], accounts[second])
    carrying = {term.leaf for term in deciding(found)}
    lines = [
        TermLine(
            code=leaves[term.leaf].code, name=leaves[term.leaf].name, group=leaves[term.leaf].group, amount=found.share(term),
            low=term.low, high=term.high, decides=term.leaf in carrying,
        )
        for term in found.terms
        if term.amount or term.low is not None
    ]  # fmt: skip
    groups = []
    for group in columns[0].groups:
        own = tuple(line for line in lines if line.group == group.code)
        if own:
            groups.append(
                GroupTerm(
                    group.code, group.name, group.slot, sum((line.amount for line in own), Fraction(0)), own
                )
            )
    groups.sort(key=lambda group: (-abs(group.amount), group.slot))
    decides = tuple(line for line in lines if line.decides)
    return Difference(
        columns[first], columns[second], found, tuple(groups), decides,
        lead_sentence(name_of(columns[first]), name_of(columns[second]), found, decides),
    )  # fmt: skip


def lead_sentence(first: str, second: str, found: Waterfall, decides: Sequence[TermLine]) -> str:
    """ "Alder is 4.20 points ahead of Birch. Timeline fit (+3.10) and … carry the lead: without …" """
    if not found.difference:
        return f"{first} and {second} have the same score."
    ahead, behind = (first, second) if found.difference > 0 else (second, first)
    points = share_text(abs(found.exact), signed=False)
    told = [f"{line.name} ({share_text(abs(line.amount))})" for line in decides]
    listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    carry, them = ("carries", "it") if len(told) == 1 else ("carry", "them")
    return f"{ahead} is {points} points ahead of {behind}. {listed} {carry} the lead: without {them}, {ahead} would not be ahead."
