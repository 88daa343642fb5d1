"""What the ranking and the candidate page say: bars, the answer in a sentence, and the records behind a value."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Func, JSONField, Q

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.figures.bars import (
    WHOLE_PPB,
    WHOLE_PPM,
    Layout,
    Part,
    ScoreBar,
    WeightRuler,
    score_bar,
    weight_ruler,
)
from cdmo_eval.core.models import Organization
from scorecards.engine.cells import Cells as PackedCells
from scorecards.engine.display import percent_text
from scorecards.engine.exact import EXACT_ONE
from scorecards.models import Candidate, Program, Result, ResultCells, Scorecard
from scorecards.presentation import Figures, effective_weights
from scorecards.selectors.results import Ranking, present, result_rows, steadily
from vendors.models import Evidence
from vendors.vocabulary import Policy

PER_PAGE = 50
EXACT_PER_PPM = EXACT_ONE // WHOLE_PPM
EXACT_PER_PPB = EXACT_ONE // WHOLE_PPB


class View(StrEnum):
    """How the board shows the parts of a score."""

    STACKED = "stacked"
    SPLIT = "split"
    NUMBERS = "numbers"

    @property
    def label(self) -> str:
        """The layout as the page names it."""
        return {"stacked": "Stacked", "split": "Split by criterion", "numbers": "Numbers"}[self.value]


@dataclass(frozen=True)
class BoardRow:
    """One line of the board: the published figures, one decimal beside the bar, and the bar."""

    figures: Figures
    bar: ScoreBar | None
    score: str
    low: str
    high: str
    answered: int
    verified: int
    strength: int
    records: Mapping[str, int]
    """Answered criteria by the freshness of what answers them."""

    @property
    def out(self) -> bool:
        """Whether the row stands outside the ranking."""
        return not self.figures.eligible


@dataclass(frozen=True)
class Answer:
    """What the ranking says. `kind` picks the sentence; the other fields fill it."""

    kind: str
    leader: BoardRow | None = None
    second: BoardRow | None = None
    tied: int = 0
    lead: str = ""
    overlap: bool = False
    unranked: int = 0


@dataclass(frozen=True)
class Board:
    """A page of a ranking with everything the page draws. `ranked`, `gated` and `insufficient` count all rows."""

    ranking: Ranking
    view: View
    rows: tuple[BoardRow, ...]
    ruler: WeightRuler | None
    answer: Answer
    page: "Page[Result]"
    ranked: int
    gated: int
    insufficient: int

    @property
    def candidates(self) -> int:
        """Everybody, also those a filter hides."""
        return self.ranked + self.gated + self.insufficient


def ranking_board(
    scorecard: Scorecard, *, view: View, start: str, page: int, now: datetime, ranked_only: bool = False
) -> Board:
    """A page of the board, all of one calculation; `start` is the group the bars begin with ("": the first).

    `ranked_only` leaves out who stands outside the ranking. A constant number of statements however many rows.
    """

    def read() -> Board:
        rows = result_rows(scorecard)
        counts = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard).aggregate(
            ranked=Count("pk", filter=Q(state=Result.State.RANKED)),
            gated=Count("pk", filter=Q(state=Result.State.GATED)),
            insufficient=Count("pk", filter=Q(state=Result.State.INSUFFICIENT)),
        )  # fmt: skip
        listed = rows.filter(state=Result.State.RANKED) if ranked_only else rows
        shown = Paginator(listed, PER_PAGE).get_page(page)
        results = list(shown.object_list)
        if shown.number == 1:
            ranking = present(scorecard, results, now=now)
            first, lines = ranking, board_rows(ranking, results, view=view, start=start)
            leaders = lines[:2]
        else:
            top = list(rows[:2])
            ranking, first = present(scorecard, results, now=now), present(scorecard, top, now=now)
            lines = board_rows(ranking, results, view=view, start=start)
            leaders = board_rows(first, top, view=View.NUMBERS, start=start)
        ruler = (
            weight_ruler(_weight_parts(ranking, results[0]), baseline=start or None)
            if results and ranking.run
            else None
        )
        return Board(
            ranking, view, tuple(lines), ruler, _answer(leaders, counts), shown,
            counts["ranked"], counts["gated"], counts["insufficient"],
        )  # fmt: skip

    return steadily(scorecard, read)


class Asked(Protocol):
    """A ranking added up anew (scorecards.services.what_if.WhatIf)."""

    @property
    def rows(self) -> Sequence[Result]:
        """Everybody in the order of the table: who is ranked, who fails a must-have, who says too little."""

    @property
    def states(self) -> Sequence[str]:
        """The state of each row."""

    @property
    def ranking(self) -> Ranking:
        """What is the same for all rows."""

    def shown(self, rows: Sequence[Result]) -> tuple[Figures, ...]:
        """Some of the rows as they are shown."""


def preview_board(found: Asked, *, view: View, start: str, page: int, ranked_only: bool = False) -> Board:
    """A page of the board as it would be under other weights, drawn as the published one is."""
    states = found.states
    listed = found.rows[: states.count(Result.State.RANKED)] if ranked_only else found.rows
    shown = Paginator(listed, PER_PAGE).get_page(page)
    results, top = list(shown.object_list), listed[:2]
    ranking = replace(found.ranking, rows=found.shown(results))
    lines = board_rows(ranking, results, view=view, start=start)
    first = replace(found.ranking, rows=found.shown(top))
    counts = {
        "ranked": states.count(Result.State.RANKED), "gated": states.count(Result.State.GATED),
        "insufficient": states.count(Result.State.INSUFFICIENT),
    }  # fmt: skip
    ruler = weight_ruler(_weight_parts(ranking, results[0]), baseline=start or None) if results else None
    answer = _answer(board_rows(first, top, view=View.NUMBERS, start=start), counts)
    return Board(ranking, view, tuple(lines), ruler, answer, shown, *counts.values())


def board_rows(ranking: Ranking, results: Sequence[Result], *, view: View, start: str = "") -> list[BoardRow]:
    """The lines of the board for rows in the order of `ranking.rows`; one statement when bars are drawn."""
    if ranking.run is None:
        return []
    drawn = view is not View.NUMBERS
    packed = _packed(ranking.scorecard, results) if drawn else {}
    aged = _ages(ranking.scorecard, results) if drawn else {}
    lines = []
    for result, row in zip(results, ranking.rows, strict=True):
        bar = None
        if drawn:
            known = assumed_by_group(packed.get(result.candidate_id), ranking)
            bar = _bar(row, result, known, view=view, start=start)
        lines.append(
            BoardRow(
                figures=row, bar=bar,
                score=percent_text(result.score_exact, result.denominator_exact, decimals=1) if result.score_exact is not None else "",
                low=percent_text(result.low_exact, decimals=1), high=percent_text(result.high_exact, decimals=1),
                answered=_ppm(result.coverage), verified=_ppm(result.verified_coverage), strength=_ppm(result.strength),
                records=aged.get(result.candidate_id, {}),
            )
        )  # fmt: skip
    return lines


def _ages(scorecard: Scorecard, results: Sequence[Result]) -> dict[int, Mapping[str, int]]:
    """How fresh the answers of some candidates are: criteria by freshness, counted in the database."""
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=[row.candidate_id for row in results]
    )
    states = Func(
        "detail", template="jsonb_path_query_array(%(expressions)s, '$.leaves.*.freshness')", output_field=JSONField()
    )  # fmt: skip
    found = rows.order_by().annotate(ages=states).values_list("candidate_id", "ages")
    return {candidate: Counter(age for age in ages if age) for candidate, ages in found}


def _ppm(exact: int) -> int:
    """Parts of 1e15 as parts per million, half up."""
    return (exact + EXACT_PER_PPM // 2) // EXACT_PER_PPM


def _packed(scorecard: Scorecard, results: Sequence[Result]) -> dict[int, bytes]:
    rows = ResultCells.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, candidate_id__in=[row.candidate_id for row in results]
    )
    return {candidate: bytes(packed) for candidate, packed in rows.values_list("candidate_id", "packed")}


def assumed_by_group(packed: bytes | None, ranking: Ranking) -> dict[str, int]:
    """What the policy adds for open questions, by group, in 1e-15 of the whole; nothing unless unknowns count half.

    A refused answer counts nothing, so nothing is assumed for it.
    """
    if packed is None or ranking.run is None or ranking.run.policy != Policy.NEUTRAL:
        return {}
    groups = ranking.run.criteria["groups"]
    codes = [code for group in groups for code in group["leaves"]]
    table = PackedCells.unpacked([packed], leaves=len(codes))
    weights = effective_weights(
        table,
        [int(ranking.run.criteria["leaves"][code]["weight_ppb"]) for code in codes],
        policy=ranking.run.policy,
    )
    by_leaf = {
        code: 0
        if table.counts_zero[0][column]
        else weights[column] * (WHOLE_PPM - int(table.known[0, column])) // 2
        for column, code in enumerate(codes)
    }
    return {group["code"]: sum(by_leaf[code] for code in group["leaves"]) for group in groups}


def _bar(row: Figures, result: Result, assumed: dict[str, int], *, view: View, start: str) -> ScoreBar | None:
    if row.score_exact is None:
        return None
    parts = []
    for number, group in enumerate(row.groups):
        weight = _share(result.group_weights[number] * WHOLE_PPM, row.denominator_exact)
        given = min(_share(result.group_points[number], row.denominator_exact), weight)
        open_part = min(_share(assumed.get(group.code, 0), row.denominator_exact), given)
        known = _share(result.group_known[number], row.denominator_exact)
        parts.append(
            Part(
                code=group.code, name=group.name, slot=group.slot, weight=weight, known=given - open_part,
                assumed=open_part, unknown=max(0, weight - known),
            )
        )  # fmt: skip
    score = _share(row.score_exact, row.denominator_exact) // (WHOLE_PPB // WHOLE_PPM)
    interval = (min(_ppm(row.low_exact), score), max(_ppm(row.high_exact), score))
    subject = f"{row.vendor}, {row.label}" if row.label else row.vendor
    layout = Layout.SPLIT if view is View.SPLIT else Layout.STACKED
    return score_bar(subject, parts, layout=layout, score=score, interval=interval, baseline=start or None)


def _share(exact: int, denominator: int) -> int:
    """A part of the score in ppb of what the score is measured on."""
    return exact * WHOLE_PPB // denominator if denominator else 0


def _weight_parts(ranking: Ranking, result: Result) -> list[Part]:
    figures = ranking.rows[0]
    return [
        Part(code=group.code, name=group.name, slot=group.slot, weight=group.weight_ppb, known=0)
        for group in figures.groups
    ]


def _answer(rows: Sequence[BoardRow], counts: dict[str, int]) -> Answer:
    """Who leads and by how much. Two rows are enough: the board is in the order of the ranking."""
    unranked = counts["gated"] + counts["insufficient"]
    ranked = [row for row in rows if row.figures.eligible]
    if not ranked:
        return Answer("nobody" if unranked else "empty", unranked=unranked)
    leader = ranked[0]
    if len(ranked) == 1:
        return Answer("alone", leader, unranked=unranked)
    second = ranked[1]
    if leader.figures.rank == second.figures.rank:
        return Answer("tied", leader, second, tied=2, unranked=unranked)
    overlap = second.figures.high_exact > leader.figures.low_exact
    return Answer(
        "leads",
        leader,
        second,
        lead=_difference(leader.figures, second.figures),
        overlap=overlap,
        unranked=unranked,
    )


def _difference(first: Figures, second: Figures) -> str:
    """Points between two scores, one decimal, rounded once from the exact scores."""
    top = (first.score_exact or 0) * second.denominator_exact - (
        second.score_exact or 0
    ) * first.denominator_exact
    return percent_text(top, first.denominator_exact * second.denominator_exact, decimals=1)


# One candidate --------------------------------------------------------------------------------------------------


def find_scorecard(organization: Organization, public_id: UUID) -> Scorecard:
    """The scorecard with its programme and criteria set. Raises NotFound."""
    rows = Scorecard.objects.for_organization(organization).select_related(
        "program", "framework", "organization"
    )
    found: Scorecard | None = rows.filter(public_id=public_id, archived_at__isnull=True).first()
    if found is None:
        raise NotFound("There is no such scorecard.")
    return found


def find_program(organization: Organization, public_id: UUID) -> Program:
    """The programme. Raises NotFound."""
    rows = Program.objects.for_organization(organization).select_related("organization")
    found: Program | None = rows.filter(public_id=public_id, archived_at__isnull=True).first()
    if found is None:
        raise NotFound("There is no such programme.")
    return found


def standing_candidates(scorecard: Scorecard) -> list[Candidate]:
    """The candidates a scorecard judges, by vendor name."""
    rows = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    return list(rows.select_related("vendor", "program").order_by("vendor__name", "label", "id"))


def standing_order(scorecard: Scorecard) -> list[tuple[int, str]]:
    """The same candidates in the same order as (id, name): of thousands only those that are shown are read whole."""
    rows = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    named = rows.select_related("vendor").order_by("vendor__name", "label", "id")
    return [
        (pk, f"{name} ({label})" if label else name)
        for pk, name, label in named.values_list("pk", "vendor__name", "label")
    ]


def standing_among(scorecard: Scorecard, ids: Sequence[int]) -> list[Candidate]:
    """Some of them, whole, in the given order."""
    rows = Candidate.objects.for_organization(scorecard.organization).filter(pk__in=ids)
    found = {row.pk: row for row in rows.select_related("vendor", "program")}
    return [found[pk] for pk in ids if pk in found]


def find_candidate(scorecard: Scorecard, public_id: UUID) -> Candidate:
    """A candidate of the scorecard's programme. Raises NotFound."""
    rows = Candidate.objects.for_organization(scorecard.organization).filter(
        program_id=scorecard.program_id, public_id=public_id, archived_at__isnull=True
    )
    found: Candidate | None = rows.select_related("vendor", "program", "organization").first()
    if found is None:
        raise NotFound("There is no such candidate on this scorecard.")
    return found


def cited_records(organization: Organization, ids: Sequence[int], *, commercial: bool) -> dict[int, Evidence]:
    """The records behind values, by number, without those this reader may not see."""
    if not ids:
        return {}
    rows = Evidence.objects.for_organization(organization).visible(commercial=commercial).filter(pk__in=ids)
    return {row.pk: row for row in rows.select_related("site", "vendor").order_by("id")}


def pickable_rows(scorecard: Scorecard, picked: Sequence[str]) -> list[Result]:
    """The first candidates of the ranking and those picked already, to choose from: one statement.

    What is no id is left out.
    """
    ids = [UUID(text) for text in picked if is_uuid(text)]
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    wanted = rows.filter(Q(position__lte=PER_PAGE) | Q(candidate__public_id__in=ids))
    return list(wanted.select_related("candidate__vendor").order_by("position", "id"))


def is_uuid(text: str) -> bool:
    """Whether a text is an id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
