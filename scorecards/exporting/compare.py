"""Two to five candidates side by side as an export."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from xlsxwriter.utility import xl_col_to_name

from cdmo_eval.core.policies import Actor
from scorecards.exporting.asking import Asked, Kind, Subject
from scorecards.exporting.content import method_lines, points, raw_text
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.ranking import stamp_of
from scorecards.exporting.scorecard_ranking import find as find_calculated
from scorecards.exporting.tables import (
    Cell,
    Column,
    Document,
    Formula,
    Points,
    Table,
    Type,
    item,
    lines_table,
    whole,
)
from scorecards.models.export import ExportKind
from scorecards.selectors.comparison import Compared, chosen_candidates, compare

STATES = {"ranked": "ranked", "gated": "fails a must-have", "insufficient_evidence": "not enough evidence"}


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A scorecard that was calculated."""
    return find_calculated(actor, subject_id)


def check(asked: Asked) -> None:
    """Two to five candidates that the last calculation has."""
    ids = chosen_candidates([str(one) for one in asked.options.get("candidates", ())])
    compare(asked.subject.row, ids, actor=asked.actor, now=asked.now)


def document(asked: Asked) -> Document:
    """The criteria of those compared, their scores, and what makes the difference of the two best placed."""
    scorecard = asked.subject.row
    ids = chosen_candidates([str(one) for one in asked.options.get("candidates", ())])
    found = compare(scorecard, ids, actor=asked.actor, now=asked.now)
    names = [f"{one.vendor} ({one.label})" if one.label else one.vendor for one in found.columns]
    tables = [
        Table("criteria", "Criteria", _criteria_columns(names), whole(_lines(found)), finish=lambda count: _sums(found, count)),
        lines_table("candidates", "Candidates", SUMMARY, _summary(found, names)),
    ]  # fmt: skip
    tables.append(lines_table("difference", "Difference", DIFFERENCE, _difference(found)))
    tables.append(lines_table("outline", "Strengths and gaps", OUTLINE, _outline(found, names)))
    run = found.ranking.run
    facts: list[tuple[str, Cell]] = [("Scorecard", scorecard.name), ("Programme", scorecard.program.name)]
    if found.ranking.lineage is not None:
        facts += method_lines(found.ranking)  # type: ignore[arg-type]  # has the lineage, which is all that is read
    tables.append(lines_table("method", "Method", [("What", 24), ("Value", 100)], facts))
    number = "none" if run is None else f"{run.number}-{run.as_of.isoformat()}"
    return Document(
        title=f"{scorecard.name}: {', '.join(names)}", stem=f"{safe_file_name(scorecard.name)}-comparison-{number}",
        made=run.finished_at if run is not None else asked.now, tables=tuple(tables), facts=tuple(facts),
        stamp=lambda: stamp_of(scorecard, now=asked.now),
    )  # fmt: skip


def _criteria_columns(names: Sequence[str]) -> list[Column]:
    """Rows are (group, line)."""
    found = [
        Column("Group", lambda row: row[0].code, 8),
        Column("Group name", lambda row: row[0].name, 26),
        Column("Criterion", lambda row: row[1].code, 10),
        Column("Name", lambda row: row[1].name, 40),
        Column("Weight (%)", lambda row: Points(row[1].weight), 10, Type.POINTS, name="weight"),
        Column("Weight exact (ppb)", lambda row: row[1].weight_ppb, 14, Type.INTEGER, name="weight_ppb"),
        Column("Widest gap", lambda row: _value(row[1].gap), 10, Type.POINTS, name="gap"),
    ]
    for at, name in enumerate(names):
        found += _candidate_columns(at, name)
    return found


def _value(ppm: int) -> Points:
    return Points(f"{ppm // 10_000}.{ppm % 10_000 // 100:02d}")


def _candidate_columns(at: int, name: str) -> list[Column]:
    number = at + 1

    def column(code: str, title: str, read: Any, width: int, kind: Type = Type.TEXT) -> Column:
        return Column(
            f"{name}: {title}",
            lambda row: read(row[1].cells[at]),
            width,
            kind,
            f"candidate_{number}_{code}",
            name,
        )

    return [
        column("value", "value", lambda cell: points(cell.leaf.value), 10, Type.POINTS),
        column("low", "low", lambda cell: Points(cell.leaf.low), 10, Type.POINTS),
        column("high", "high", lambda cell: Points(cell.leaf.high), 10, Type.POINTS),
        column("state", "state", lambda cell: cell.leaf.state, 12),
        column("raw", "raw", lambda cell: raw_text(cell.leaf.raw), 22),
        column("grade", "grade", lambda cell: cell.leaf.grade, 7),
        column("newest", "newest evidence", lambda cell: cell.newest, 12, Type.DATE),
        column("contribution", "contribution", lambda cell: Points(cell.leaf.contribution), 12, Type.POINTS),
        column("exact", "contribution exact", lambda cell: cell.leaf.contribution_exact, 18, Type.INTEGER),
    ]


PER_CANDIDATE, FIRST = 9, 7


def _lines(found: Compared) -> list[Any]:
    return [(group, line) for group in found.groups for line in group.lines]


def _sums(found: Compared, count: int) -> list[list[Cell]]:
    """Below the criteria: the sum of the exact contributions of each, which is its score, as live formulas."""
    if not count:
        return []
    total: list[Cell] = ["Sum of contributions"]
    score: list[Cell] = ["Score"]
    for at, one in enumerate(found.columns):
        place = FIRST + at * PER_CANDIDATE + PER_CANDIDATE - 1
        total += [None] * (place - len(total))
        score += [None] * (place - len(score))
        letter = xl_col_to_name(place)
        if one.score_exact is None or one.score is None:
            continue
        total.append(Formula(f"SUM({letter}2:{letter}{count + 1})", one.score_exact))
        score.append(Formula(f"{letter}{count + 3}/{one.denominator_exact}*100", Points(one.score)))
    return [total, score]


SUMMARY = [
    item(0, "Vendor", 34, name="vendor"), item(1, "State", 22), item(2, "Rank", 7, Type.INTEGER), item(3, "Score", 10, Type.POINTS),
    item(4, "Low", 10, Type.POINTS), item(5, "High", 10, Type.POINTS), item(6, "Answered (% of weight)", 12, Type.POINTS, name="coverage"),
    item(7, "Verified (% of weight)", 12, Type.POINTS, name="verified_coverage"), item(8, "Must-haves met", 10, Type.INTEGER),
    item(9, "Must-haves failed", 10, Type.INTEGER), item(10, "Must-haves unknown", 10, Type.INTEGER), item(11, "Sites", 40),
    item(12, "Candidate id", 38),
]  # fmt: skip


def _summary(found: Compared, names: Sequence[str]) -> list[tuple[Cell, ...]]:
    return [
        (
            name, STATES[one.state], one.rank, points(one.score), Points(one.low), Points(one.high), Points(one.coverage),
            Points(one.verified_coverage), one.gates_passed, one.gates_failed, one.gates_open, "; ".join(one.sites), one.candidate_id,
        )
        for name, one in zip(names, found.columns, strict=True)
    ]  # fmt: skip


DIFFERENCE = [
    item(0, "Group", 8), item(1, "Criterion", 10), item(2, "Name", 40), item(3, "Adds to the difference (points)", 16, name="points"),
    item(4, "Least", 12), item(5, "Most", 12), item(6, "Decides", 10, Type.BOOLEAN),
]  # fmt: skip


def _difference(found: Compared) -> list[tuple[Cell, ...]]:
    difference = found.difference
    if difference is None:
        return []
    lines: list[tuple[Cell, ...]] = []
    for group in difference.groups:
        for line in group.lines:
            least, most = line.range_text or ("", "")
            lines.append((group.code, line.code, line.name, line.text, least, most, line.decides))
    first, second = difference.first.vendor, difference.second.vendor
    return [*lines, ("", "", f"{first} against {second}", difference.text, *difference.range_text, None)]


OUTLINE = [item(0, "Vendor", 34, name="vendor"), item(1, "Kind", 12), item(2, "Criterion", 10), item(3, "Name", 40), item(4, "Points", 10, Type.POINTS)]  # fmt: skip


def _outline(found: Compared, names: Sequence[str]) -> list[tuple[Cell, ...]]:
    return [
        (name, kind, line.code, line.name, Points(line.points))
        for name, outline in zip(names, found.outlines, strict=True)
        for kind, lines in (
            ("strength", outline.strengths),
            ("gap", outline.gaps),
            ("unknown", outline.unknowns),
        )
        for line in lines
    ]


KIND = Kind(
    ExportKind.COMPARE, "scorecard", find, document, tables=("criteria", "candidates", "difference", "outline", "method"),
    options=frozenset({"candidates"}), check=check,
)  # fmt: skip
