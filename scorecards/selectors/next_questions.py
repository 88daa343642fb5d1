"""Which question to ask next: open and stale answers by their chance of changing who is first, or who is in the top three."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import F, Func, JSONField, Value

from scorecards.engine.cells import CellState
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB, PPM
from scorecards.engine.questions import TOP, chances
from scorecards.models import ResultCells, Scorecard
from scorecards.selectors.board import Standing
from scorecards.selectors.firmness import Criterion, Field
from vendors.facts import FACTS
from vendors.vocabulary import Freshness

MOST_READ = 2_000
"""Open cells whose reasons are looked up: those that can change anything, then those that come nearest to it."""
STALE_LEAVES = '$.leaves.keyvalue() ? (@.value.freshness == "stale" || @.value.freshness == "expired").key'
STALE = frozenset({Freshness.STALE.value, Freshness.EXPIRED.value})


@dataclass(frozen=True)
class Question:
    """One open answer. Chances in parts per million; `short` is by how many points it fails to change first place.

    `target` names the fact the evidence form asks for ("": choose there).
    """

    standing: Standing
    criterion: Criterion
    text: str
    why: str
    reason: str
    leader_ppm: int
    top_ppm: int
    short: str
    weight: str
    target: str


@dataclass(frozen=True)
class NextQuestions:
    """The open answers, the most telling first; the first `telling` of them can change something by themselves."""

    field: Field
    questions: tuple[Question, ...]
    telling: int


def next_questions(field: Field) -> NextQuestions:
    """The open answers of a calculation's ranked candidates in the order in which to ask. Two queries beside the board's."""
    if len(field.rows) < 2:  # nobody to pass or be passed by
        return NextQuestions(field, (), 0)
    low, high = field.interval
    found = chances(field.terms, low, high)
    weighs = np.asarray(field.board.weights > 0)
    rows, columns = np.nonzero((high > low) & weighs)
    leader, top = found.leader[rows, columns], found.top[rows, columns]
    short = found.short[rows, columns]
    order = np.lexsort((columns, rows, short, -top, -leader))[:MOST_READ].tolist()
    aged = [place for place in order if _may_be_stale(field, int(rows[place]), int(columns[place]))]
    ages = _freshness(field.board.scorecard, {field.standings[int(rows[place])].id for place in aged})
    by_code = {criterion.code: criterion for criterion in field.criteria}
    leaves = {leaf.code: leaf for leaf in field.board.framework.leaves}
    questions = []
    for place in order:
        row, column = int(rows[place]), int(columns[place])
        standing, code = field.standings[row], field.board.codes[column]
        why, reason = _why(field, row, column, ages.get(standing.id, {}).get(code, ""))
        if not why:
            continue
        leaf = leaves[code]
        questions.append(
            Question(
                standing, by_code[code], leaf.question, why, reason, _ppm(leader[place]), _ppm(top[place]), percent_text(round(float(short[place])), PPM),
                percent_text(by_code[code].weight_ppb, PPB), next((one for one in (code, *leaf.fields) if one in FACTS), ""),
            )
        )  # fmt: skip
    return NextQuestions(
        field, tuple(questions), sum(1 for one in questions if one.leader_ppm or one.top_ppm)
    )


def _may_be_stale(field: Field, row: int, column: int) -> bool:
    """Whether the age of the answer says anything: there is one."""
    state = CellState(int(field.board.cells.state[field.rows[row], column]))
    return state not in {CellState.REFUSED, CellState.OVERDUE, CellState.UNKNOWN}


def _why(field: Field, row: int, column: int, freshness: str) -> tuple[str, str]:
    """Why a cell is open: a code and words; blank when it is verified and fresh."""
    cells, at = field.board.cells, (field.rows[row], column)
    state, known, verified = CellState(int(cells.state[at])), int(cells.known[at]), int(cells.verified[at])
    if state in {CellState.REFUSED, CellState.OVERDUE}:
        return "refused", "Refused, or not answered in time"
    if state is CellState.UNKNOWN:
        return "unknown", "Unknown"
    if freshness in STALE:
        return "stale", "The record is stale"
    if known < 1_000_000:
        return "partly_unknown", f"Only {percent_text(known, 1_000_000, decimals=0)}% of it is known"
    if verified < known:
        return "claimed", "Claimed, not verified"
    return "", ""


def _freshness(scorecard: Scorecard, candidates: set[int]) -> Mapping[int, Mapping[str, str]]:
    # the words of every criterion of thousands would be read to look at one word of some: the database picks it
    stale = Func(
        F("detail"), Value(STALE_LEAVES), function="jsonb_path_query_array", arg_joiner=", ", output_field=JSONField(),
        template="%(function)s(%(expressions)s::jsonpath)",
    )  # fmt: skip
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=candidates
    )
    return {
        candidate: dict.fromkeys(codes, Freshness.STALE.value)
        for candidate, codes in rows.values_list("candidate_id").annotate(codes=stale)
    }


def _ppm(share: float) -> int:
    return round(float(share) * 1_000_000)


__all__ = ["TOP", "NextQuestions", "Question", "next_questions"]
