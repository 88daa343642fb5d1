"""Then against now: two calculations laid side by side, each move split by cause, in figures and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from cdmo_eval.core.errors import Conflict, Invalid
from cdmo_eval.core.models import Organization
from scorecards.engine.aggregate import Stage
from scorecards.engine.cells import BoolArray, Cells, CellState
from scorecards.engine.display import share_text, value_text
from scorecards.engine.then_now import Cause, Step, ThenNow
from scorecards.engine.then_now import Moment as EngineMoment
from scorecards.frameworks.model import Leaf
from scorecards.models import Run, Scorecard
from scorecards.presentation import STATES
from scorecards.scoring_defaults import thresholds_of_run
from scorecards.selectors.board import PastBoard, Standing, board_of_run
from scorecards.selectors.commercial import Curtain
from scorecards.selectors.history import past_rows, run_before, run_named, versions_of
from scorecards.selectors.pages import cited_records
from scorecards.selectors.results import last_run
from scorecards.selectors.visibility import check_visible
from vendors.models import Evidence

NAMED_LEAVES = 2
SOURCE = "source"
"""Names the scorecard that an annual review was copied from, where a calculation is asked for."""
SCALE_OF = (
    "kind", "direction", "value_function", "variants", "rubric", "first_level", "items", "item_variants", "asks",
    "minimum_grade", "aggregation", "fresh_months", "expire_months", "age_rule",
)  # fmt: skip
"""What of a criterion makes its scale: another of these, and a value of then is no value of now."""

CAUSES = {
    Cause.SCALES: "Scales", Cause.EVIDENCE: "Evidence", Cause.EVALUATORS: "Evaluators", Cause.POLICY: "How unknowns count",
    Cause.WEIGHTS: "Weights", Cause.MUST_HAVES: "Must-haves and stage", Cause.COMPETITORS: "Competitors",
}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One leaf at one of the two moments. Texts have two decimals; `value` is None unless there is one."""

    value: str | None
    state: str
    weight_ppb: int
    grade: str
    evidence: tuple[int, ...]


@dataclass(frozen=True)
class LeafChange:
    """What one leaf did to a score. `came` and `went` are the numbers of evidence records that it rests on newly or no longer."""

    code: str
    name: str
    group: str
    amount: Fraction
    then: Side
    now: Side

    @property
    def text(self) -> str:
        """With its sign, two decimals."""
        return share_text(self.amount)

    @property
    def came(self) -> tuple[int, ...]:
        """Records of now that were not used then."""
        return tuple(sorted(set(self.now.evidence) - set(self.then.evidence)))

    @property
    def went(self) -> tuple[int, ...]:
        """Records of then that are no longer used."""
        return tuple(sorted(set(self.then.evidence) - set(self.now.evidence)))


@dataclass(frozen=True)
class CauseChange:
    """What one cause did to a score and a rank."""

    cause: Cause
    amount: Fraction
    rank_before: int | None
    rank_after: int | None
    leaves: tuple[LeafChange, ...]

    @property
    def label(self) -> str:
        """The cause as people read it."""
        return CAUSES[self.cause]

    @property
    def text(self) -> str:
        """With its sign, two decimals."""
        return share_text(self.amount)

    @property
    def moves_rank(self) -> bool:
        """Whether the rank is another after it."""
        return self.rank_before != self.rank_after


@dataclass(frozen=True)
class Move:
    """One candidate between two calculations. The causes sum to `difference`, which is None unless both have a score."""

    who: Standing
    rank_then: int | None
    rank_now: int | None
    score_then: str | None
    score_now: str | None
    difference: Fraction | None
    stood_then: bool
    stands_now: bool
    causes: tuple[CauseChange, ...]
    sentence: str

    @property
    def text(self) -> str:
        """The difference with its sign, two decimals; blank without one."""
        return "" if self.difference is None else share_text(self.difference)

    @property
    def told(self) -> tuple[CauseChange, ...]:
        """The causes that did something."""
        return tuple(cause for cause in self.causes if cause.amount or cause.moves_rank)


class Comparison:
    """Two calculations on one layout: all candidates and criteria of either."""

    def __init__(self, then: PastBoard, now: PastBoard) -> None:
        self.then, self.now = then, now
        known = dict.fromkeys(standing.id for standing in now.standings)
        known.update(dict.fromkeys(standing.id for standing in then.standings))
        self.candidates = tuple(known)
        self.codes = tuple(dict.fromkeys((*then.codes, *now.codes)))
        self.who = {standing.id: standing for board in (then, now) for standing in board.standings}
        self.engine = ThenNow(
            self._moment(then), self._moment(now), rescaled=self._rescaled, rated=self._rated
        )

    @property
    def rescaled(self) -> tuple[str, ...]:
        """The criteria whose scale is another now."""
        return tuple(code for code, other in zip(self.codes, self._rescaled.tolist(), strict=True) if other)

    @cached_property
    def moved(self) -> tuple[int, ...]:
        """The rows that moved: who came or left first, then by how far the score moved, then by rank of now."""
        return tuple(sorted((int(row) for row in self.engine.moved()), key=self._first))

    def _first(self, row: int) -> tuple[Fraction, int, int]:
        then, now = (self.engine.score(row, now=each) for each in (False, True))
        far = Fraction(1) if then is None or now is None else abs(now - then)
        return -far, self.engine.rank(row, now=True) or len(self.candidates) + 1, row

    def row_of(self, public_id: str) -> int | None:
        """The row of a candidate that stood at either moment."""
        return next(
            (row for row, pk in enumerate(self.candidates) if self.who[pk].public_id == public_id), None
        )

    def moves(self, rows: Sequence[int]) -> list[Move]:
        """Some candidates' moves, with what was known of them then and now: four statements."""
        then, now = (self._known(board, rows) for board in (self.then, self.now))
        return [
            self._move(row, then.get(self.candidates[row], {}), now.get(self.candidates[row], {}))
            for row in rows
        ]

    def _known(self, board: PastBoard, rows: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        ids = [self.candidates[row] for row in rows]
        kept = past_rows(board.run).filter(candidate_id__in=ids)
        return {
            candidate: facts or {} for candidate, (facts,) in versions_of(board.run, kept, "facts").items()
        }

    def _moment(self, board: PastBoard) -> EngineMoment:
        rows, columns = self._rows_of(board), self._columns_of(board)
        shape = (len(self.candidates), len(self.codes))

        def spread(values: Any, filler: int, kind: type) -> Any:
            table: Any = np.full(shape, filler, dtype=kind)
            table[np.ix_(rows, columns)] = values
            return table

        numbers = {name: spread(table, 0, np.int64) for name, table in board.cells.numbers.items()}
        weights = np.zeros(shape[1], dtype=np.int64)
        weights[columns] = board.weights
        gated, present = np.zeros(shape[0], dtype=np.bool_), np.zeros(shape[0], dtype=np.bool_)
        gated[rows], present[rows] = board.gated, True
        return EngineMoment(
            cells=Cells(state=spread(board.cells.state, int(CellState.NOT_APPLICABLE), np.uint8), **numbers), weights=weights,
            policy=board.policy, thresholds=thresholds_of_run(board.run.criteria, Stage(board.run.stage)), gated=gated, present=present,
        )  # fmt: skip

    def _rows_of(self, board: PastBoard) -> list[int]:
        at = {pk: row for row, pk in enumerate(self.candidates)}
        return [at[standing.id] for standing in board.standings]

    def _columns_of(self, board: PastBoard) -> list[int]:
        at = {code: column for column, code in enumerate(self.codes)}
        return [at[code] for code in board.codes]

    @cached_property
    def _rescaled(self) -> BoolArray:
        leaves = [{leaf.code: leaf for leaf in board.framework.leaves} for board in (self.then, self.now)]
        return np.array([all(code in known for known in leaves) and _other_scale(*(known[code] for known in leaves)) for code in self.codes], dtype=np.bool_)  # fmt: skip

    @cached_property
    def _rated(self) -> BoolArray:
        """Where what people judged is another now."""
        column = {code: number for number, code in enumerate(self.codes)}
        judged: list[dict[int, Mapping[str, Any]]] = [
            {standing.id: each for standing, each in zip(board.standings, board.judged, strict=True)}
            for board in (self.then, self.now)
        ]
        found = np.zeros((len(self.candidates), len(self.codes)), dtype=np.bool_)
        for row, pk in enumerate(self.candidates):
            before, after = (known.get(pk, {}) for known in judged)
            for code in {*before, *after} & column.keys():
                found[row, column[code]] = before.get(code) != after.get(code)
        return found

    def _move(self, row: int, then: Mapping[str, Any], now: Mapping[str, Any]) -> Move:
        engine = self.engine
        scores = [engine.score(row, now=each) for each in (False, True)]
        causes = tuple(self._cause(step, row, then, now) for step in engine.steps(row))
        stood = [bool(moment.present[row]) for moment in (engine.then, engine.now)]
        move = Move(
            who=self.who[self.candidates[row]], rank_then=engine.rank(row, now=False), rank_now=engine.rank(row, now=True),
            score_then=_score(scores[0]), score_now=_score(scores[1]),
            difference=None if scores[0] is None or scores[1] is None else scores[1] - scores[0],
            stood_then=stood[0], stands_now=stood[1], causes=causes, sentence="",
        )  # fmt: skip
        return replace(move, sentence=sentence(move, unmet=_unmet(now) if engine.now.gated[row] else None))

    def _cause(self, step: Step, row: int, then: Mapping[str, Any], now: Mapping[str, Any]) -> CauseChange:
        leaves: tuple[LeafChange, ...] = ()
        if step.split is not None:
            leaves = tuple(
                self._leaf(term.leaf, step.split.share(term), row, then, now)
                for term in step.split.terms
                if term.amount
            )
        return CauseChange(step.cause, step.amount, step.rank_before, step.rank_after, leaves)

    def _leaf(
        self, column: int, amount: Fraction, row: int, then: Mapping[str, Any], now: Mapping[str, Any]
    ) -> LeafChange:
        code = self.codes[column]
        board = self.now if code in self._groups_of(self.now) else self.then
        return LeafChange(
            code=code, name=board.framework.leaf(code).name, group=self._groups_of(board)[code], amount=amount,
            then=_side(self.engine.then, row, column, then, code), now=_side(self.engine.now, row, column, now, code),
        )  # fmt: skip

    def _groups_of(self, board: PastBoard) -> Mapping[str, str]:
        return self._groups[board.run.pk]

    @cached_property
    def _groups(self) -> dict[int, dict[str, str]]:
        return {
            board.run.pk: {
                code: group["code"] for group in board.run.criteria["groups"] for code in group["leaves"]
            }
            for board in (self.then, self.now)
        }


def compare_runs(then: Run, now: Run) -> Comparison:
    """Two calculations of one programme, of one scorecard or of one and its annual review. Raises Invalid for others."""
    if then.scorecard.program_id != now.scorecard.program_id:
        raise Invalid("Only calculations of the same programme can be compared.")
    return Comparison(board_of_run(then), board_of_run(now))


def changes_between(scorecard: Scorecard, *, since: str = "", until: str = "") -> Comparison:
    """Two calculations named by id, number or date: `until` blank is the last one, `since` blank the one before it.

    Raises Conflict when there are not two, NotFound and Invalid as `run_named` does.
    """
    check_visible(scorecard)
    now = run_named(scorecard, until, field="until") if until else last_run(scorecard)
    if now is None:
        raise Conflict("This scorecard has not been calculated yet.", code="nothing_to_compare")
    if since == SOURCE:
        source = scorecard.copied_from
        then = last_run(source) if source else None
    else:
        then = run_named(scorecard, since, field="since") if since else run_before(now)
    if then is None:
        raise Conflict("There is no earlier calculation to compare with.", code="nothing_to_compare")
    if then.scorecard_id == now.scorecard_id and then.number > now.number:
        raise Invalid("The calculation to compare with must be the earlier one.")
    return compare_runs(then, now)


def change_records(
    organization: Organization, moves: Sequence[Move], curtain: Curtain
) -> dict[int, Evidence]:
    """The evidence that came or went, by number, as far as this reader may see it: one statement."""
    leaves = [
        leaf
        for move in moves
        for cause in move.causes
        for leaf in cause.leaves
        if leaf.code not in curtain.criteria
    ]
    wanted = sorted({number for leaf in leaves for number in (*leaf.came, *leaf.went)})
    return cited_records(organization, wanted, commercial=curtain.lifted)


def _other_scale(then: Leaf, now: Leaf) -> bool:
    return any(getattr(then, name) != getattr(now, name) for name in SCALE_OF)


def _side(moment: EngineMoment, row: int, column: int, facts: Mapping[str, Any], code: str) -> Side:
    state = CellState(int(moment.cells.state[row, column]))
    evidence, grade = facts.get("evidence", {}).get(code, ([], ""))
    told = state in {CellState.KNOWN, CellState.REFUSED, CellState.OVERDUE} and moment.present[row]
    return Side(
        value=value_text(int(moment.cells.point[row, column])) if told else None, state=STATES[state],
        weight_ppb=int(moment.weights[column]), grade=grade, evidence=tuple(evidence),
    )  # fmt: skip


def _unmet(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The must-haves that were not met and not waived, by name; failed ones where there are any."""
    opened = [
        (label, outcome)
        for _, label, outcome, _, waived in facts.get("gates", ())
        if outcome != "pass" and not waived
    ]
    failed = tuple(label for label, outcome in opened if outcome == "fail")
    return failed or tuple(label for label, _ in opened)


def _score(score: Fraction | None) -> str | None:
    return None if score is None else share_text(score, signed=False)


# In words --------------------------------------------------------------------------------------------------------


def sentence(move: Move, *, unmet: Sequence[str] | None) -> str:
    """ "Birch fell from 1 to 3: its inspection history (−6.20), the new weights (−1.10)."

    `unmet` are the must-haves that keep it out of the ranking now; None when none does.
    """
    happened, direction = _happened(move)
    reasons = [words for cause in move.causes for words in _reasons(cause, direction, unmet)]
    told = [words for _, words in sorted(reasons, key=lambda reason: -reason[0])]
    return f"{move.who.name} {happened}{': ' + ', '.join(told) if told else ''}."


def _happened(move: Move) -> tuple[str, int]:
    """What the rank did in words, and whether that is up (1), down (-1) or neither (0)."""
    then, now = move.rank_then, move.rank_now
    if not move.stood_then:
        return (f"joined at rank {now}" if now else "joined and is not ranked"), 0
    if not move.stands_now:
        return ("left the scorecard" + (f" (was {then})" if then else "")), 0
    if then is None:
        return (f"entered the ranking at {now}", 1) if now else ("is not ranked", 0)
    if now is None:
        return f"left the ranking (was {then})", -1
    if now == then:
        return f"stays at rank {now}", 0
    return (f"rose from {then} to {now}", 1) if now < then else (f"fell from {then} to {now}", -1)


def _reasons(cause: CauseChange, direction: int, unmet: Sequence[str] | None) -> list[tuple[Fraction, str]]:
    """Words for what a cause did in the direction of the move, each with how weighty it is."""
    if cause.cause is Cause.COMPETITORS:
        before, after = cause.rank_before, cause.rank_after
        if before is None or after is None or before == after:
            return []
        return [(Fraction(-1), "others fell behind" if after < before else "others moved ahead")]
    if cause.cause is Cause.MUST_HAVES:
        if not cause.moves_rank:
            return []
        lost = "too little is known for this stage"
        if unmet is not None:
            lost = f"it does not meet {' and '.join(f'“{name}”' for name in unmet) or 'a must-have'}"
        return [(Fraction(1), lost if cause.rank_after is None else "its must-haves or the stage")]
    if not cause.amount or cause.amount * direction < 0:
        return []
    if cause.cause in (Cause.WEIGHTS, Cause.POLICY):
        about = "the new weights" if cause.cause is Cause.WEIGHTS else "how unknowns count now"
        return [(abs(cause.amount), f"{about} ({cause.text})")]
    about = {Cause.SCALES: "the new scale of", Cause.EVALUATORS: "the evaluators’", Cause.EVIDENCE: "its"}[
        cause.cause
    ]
    told = [leaf for leaf in cause.leaves if leaf.amount * cause.amount > 0][:NAMED_LEAVES]
    return [(abs(leaf.amount), f"{about} {_lower(leaf.name)} ({leaf.text})") for leaf in told]


def _lower(name: str) -> str:
    """A criterion's name inside a sentence; abbreviations keep their capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
