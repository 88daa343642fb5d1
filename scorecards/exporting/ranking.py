"""A published ranking as a document: results, criteria, weights and must-haves, evidence, method."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB
from scorecards.exporting.content import (
    CRITERIA_SHEET,
    EARLY,
    RankingContent,
    leaf_columns,
    live_columns,
    method_lines,
    ranking_columns,
)
from scorecards.exporting.evidence import record_columns, record_lines, record_rows
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.tables import Cell, Document, Formula, Points, Table, Type, item, lines_table, whole
from scorecards.models import ResultCells, Scorecard
from scorecards.selectors.freshness import scorecard_freshness
from scorecards.selectors.leaves import AT_ONCE
from scorecards.selectors.results import result_rows
from vendors.vocabulary import Policy, Stage

METHOD = (
    "The score is the sum over all criteria of weight x value; values and weights run from 0 to 100.",
    "Low and high say how far the score may move with what is not known or only claimed.",
    "Answered is the weight of the criteria that are known; verified the weight of those that were checked.",
    "An unknown must-have is not met. Figures are rounded half to even, from the exact integers in the last columns.",
    "No record found is never a clean record.",
    "In a workbook the sum of weight x value is a formula over the sheet of criteria: it is worked out anew when opened.",
)
Line = tuple[Cell, ...]


def ranking_document(content: RankingContent) -> Document:
    """All tables of a ranking."""
    scorecard, run = content.scorecard, content.run
    candidates = 0 if run is None else run.candidates
    columns = ranking_columns(content)
    tables = (
        Table("results", "Results", [*columns, *live_columns(content, len(columns))], content.page, candidates),
        Table("criteria", CRITERIA_SHEET, leaf_columns(), content.leaf_page, candidates * content.leaf_count),
        Table("weights", "Weights and must-haves", WEIGHT_COLUMNS, whole(lambda: _weights(content)), finish=_sum_of_weights),
        Table("evidence", "Evidence", record_columns(criteria=True), _evidence(content), candidates),
        lines_table("method", "Method", [("What", 24), ("Value", 100)], lambda: _method(content)),
    )  # fmt: skip
    number = "none" if run is None else f"{run.number}-{run.as_of.isoformat()}"
    return Document(
        title=scorecard.name, stem=f"{safe_file_name(scorecard.name)}-calculation-{number}",
        made=run.finished_at if run is not None else content.now, tables=tables, facts=tuple(_method(content)),
        stamp=lambda: stamp_of(scorecard, now=content.now),
    )  # fmt: skip


def stamp_of(scorecard: Scorecard, *, now: datetime) -> str:
    """Which calculation is published, and whether it is up to date: another one between two pieces means to begin anew."""
    found = scorecard_freshness(scorecard, now=now)
    return f"{found.last_run_id} {found.fresh}"


WEIGHT_COLUMNS = [
    item(0, "Kind", 12),
    item(1, "Code", 18),
    item(2, "Name", 50),
    item(3, "Points", 12, name="points"),
    item(4, "Weight (%)", 12, Type.POINTS, name="weight"),
    item(5, "Weight exact (ppb)", 16, Type.INTEGER, name="weight_ppb"),
    item(6, "Does not apply because", 50, name="not_applicable"),
    item(7, "Rule", 50, name="rule"),
]


def _weights(content: RankingContent) -> Iterable[Line]:
    if content.run is None:
        return
    used = content.run.criteria
    texts = used["points"]
    shares = {group["code"]: int(group["weight_ppb"]) for group in used["groups"]}
    for group in content.framework.groups:
        share = shares[group.code]
        weight = Points(percent_text(share, PPB))
        yield ("Group", group.code, group.name, _points(texts.get(group.code)), weight, share, "", "")
        for leaf in group.leaves:
            kept = used["leaves"][leaf.code]
            ppb = int(kept["weight_ppb"])
            reason = kept.get("not_applicable", "")
            yield ("Criterion", leaf.code, leaf.name, _points(texts.get(leaf.code)), Points(percent_text(ppb, PPB)), ppb, reason, "")  # fmt: skip
    for gate in content.scorecard.gates.all():
        rule = f"{gate.subject} {gate.operator} {gate.value}" if gate.subject else ""
        yield ("Must-have", gate.code, gate.label, None, None, None, "", rule)


def _sum_of_weights(count: int) -> list[Line]:
    """All criteria together: 1,000,000,000 parts per billion, which is 100 %."""
    if not count:
        return []
    last = count + 1
    exact = Formula(f'SUMIF($A$2:$A${last},"Criterion",$F$2:$F${last})', PPB)
    share = Formula(f"F{count + 3}/10000000", Points("100.00"))
    return [("Sum", "", "Of all criteria", None, share, exact)]


def _points(text: str | None) -> Cell:
    """Points as a number with two decimals where that is exact, else as the fraction they are."""
    if text is None:
        return None
    exact = Fraction(text)
    if exact.denominator == 1:
        return exact.numerator
    hundredths = exact * 100
    return Points(f"{float(exact):.2f}") if hundredths.denominator == 1 else text


def _evidence(content: RankingContent) -> Any:
    """The records that each candidate rests on, in the order of the ranking."""
    scorecard = content.scorecard

    def read(place: Any) -> tuple[list[Any], Any]:
        rows = result_rows(scorecard)
        if place is not None:
            rows = rows.filter(position__gt=place)
        results = list(rows[:AT_ONCE])
        kept = ResultCells.objects.for_organization(scorecard.organization).filter(
            scorecard=scorecard, candidate_id__in=[row.candidate_id for row in results]
        )
        criteria: dict[tuple[int, int], list[str]] = defaultdict(list)
        numbers: dict[int, dict[int, None]] = defaultdict(dict)
        for candidate, detail in kept.order_by("id").values_list("candidate_id", "detail"):
            for code, leaf in detail.get("leaves", {}).items():
                if code in content.curtain.criteria:
                    continue
                for pk in leaf.get("evidence", ()):
                    criteria[candidate, pk].append(code)
                    numbers[candidate][pk] = None
        records = record_rows(scorecard.organization, commercial=content.curtain.lifted).filter(
            pk__in={pk for found in numbers.values() for pk in found}
        )
        wanted = [(row.candidate_id, str(row.candidate), numbers[row.candidate_id]) for row in results]
        lines = record_lines(records, criteria, wanted) if numbers else []
        return lines, results[-1].position if len(results) == AT_ONCE else None

    return read


def _method(content: RankingContent) -> Iterable[tuple[str, Cell]]:
    scorecard = content.scorecard
    yield ("Scorecard", scorecard.name)
    yield ("Programme", scorecard.program.name)
    yield from method_lines(content)
    if content.run is not None:
        yield ("Calculated by engine", content.run.engine_version)
        yield ("Policy in words", Policy(content.run.policy).label)
        if content.run.stage == Stage.SCREEN:
            yield ("Stage in words", EARLY)
    for number, sentence in enumerate(METHOD, start=1):
        yield (f"Method {number}", sentence)
