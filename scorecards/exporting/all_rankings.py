"""The current ranking rows of every scorecard in one table: for a warehouse, or to look across programmes."""

from dataclasses import dataclass
from typing import Any

from scorecards.exporting.asking import Asked
from scorecards.exporting.content import RankedLine, RankingContent
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.ranking import stamp_of
from scorecards.exporting.tables import Cell, Column, Document, Piece, Points, Table, Type, facts_table
from scorecards.models import Result, Scorecard
from scorecards.selectors.scorecards import scorecard_list
from vendors.vocabulary import Stage


@dataclass(frozen=True)
class AcrossLine:
    """A row of the ranking of one of the scorecards."""

    content: RankingContent
    line: RankedLine


def scorecards_to_export(asked: Asked) -> list[Scorecard]:
    """Every calculated scorecard whose scores may be seen, by name."""
    rows = scorecard_list(asked.actor.organization).order_by("name", "id")
    return [row for row in rows if not row.scores_hidden and getattr(row, "last_run", None) is not None]


def document(asked: Asked) -> Document:
    """Everything that is published now."""
    scorecards = scorecards_to_export(asked)
    contents: dict[int, RankingContent] = {}

    def content_of(number: int) -> RankingContent:
        if number not in contents:
            contents.clear()  # one at a time: a scorecard's content is read whole
            contents[number] = RankingContent(scorecards[number], by=asked.actor, now=asked.now)
        return contents[number]

    def read(place: Any) -> Piece:
        number, inner = place or (0, None)
        if number >= len(scorecards):
            return [], None
        content = content_of(number)
        lines, following = content.page(inner)
        rows = [AcrossLine(content, line) for line in lines]
        if following is not None:
            return rows, [number, following]
        return rows, [number + 1, None] if number + 1 < len(scorecards) else None

    runs: list[Any] = [getattr(row, "last_run", None) for row in scorecards]  # annotated by scorecard_list
    expected = sum(int(run["candidates"]) for run in runs)
    about: list[tuple[str, Cell]] = [
        ("About", asked.subject.name), ("Read at", asked.now), ("Scorecards", len(scorecards)), ("Rows", expected),
        ("Left out", "scorecards without a calculation, and those whose scores are hidden until their weights are locked"),
    ]  # fmt: skip
    return Document(
        title=asked.subject.name, stem=f"rankings-{safe_file_name(asked.actor.organization.name)}-{asked.now.date().isoformat()}",
        made=asked.now, tables=(Table("results", "Results", _columns(), read, expected), facts_table(about)), facts=tuple(about),
        stamp=lambda: " ".join(stamp_of(row, now=asked.now) for row in scorecards),
    )  # fmt: skip


def _columns() -> list[Column]:
    number, shown = Type.INTEGER, Type.POINTS
    return [
        Column("Scorecard", lambda row: row.content.scorecard.name, 30, name="scorecard"),
        Column("Programme", lambda row: row.content.scorecard.program.name, 30, name="program"),
        Column("Stage", lambda row: Stage(row.content.run.stage).label, 12, name="stage"),
        Column("Rank", lambda row: row.line.figures.rank, 7, number, "rank", "Empty unless ranked."),
        Column("Tied", lambda row: row.line.figures.rank_tied, 7, Type.BOOLEAN, "rank_tied"),
        Column("Vendor", lambda row: row.line.figures.vendor, 30, name="vendor"),
        Column("Offer", lambda row: row.line.figures.label, 18, name="label"),
        Column("State", lambda row: Result.State(row.line.figures.state).label, 22, name="state"),
        Column("Score", _score, 12, shown, "score", "0 to 100, rounded half to even."),
        Column("Low", lambda row: Points(row.line.figures.low), 12, shown, "low"),
        Column("High", lambda row: Points(row.line.figures.high), 12, shown, "high"),
        Column("Answered (% of weight)", lambda row: Points(row.line.figures.coverage), 12, shown, "coverage"),
        Column("Verified (% of weight)", lambda row: Points(row.line.figures.verified_coverage), 12, shown, "verified_coverage"),
        Column("Must-haves met", lambda row: row.line.figures.gates_passed, 12, number),
        Column("Must-haves failed", lambda row: row.line.figures.gates_failed, 12, number),
        Column("Must-haves unknown", lambda row: row.line.figures.gates_open, 12, number),
        Column("Note", lambda row: row.content.note(row.line.figures), 30),
        Column("Calculation", lambda row: row.content.run.number, 12, number, "run_number"),
        Column("As of", lambda row: row.content.run.as_of, 12, Type.DATE, "as_of"),
        Column("Calculated at", lambda row: row.content.run.finished_at, 20, Type.MOMENT, "computed_at"),
        Column("Score exact", lambda row: row.line.figures.score_exact, 18, number, "score_exact"),
        Column("Denominator exact", lambda row: row.line.figures.denominator_exact, 18, number, "denominator_exact"),
        Column("Scorecard id", lambda row: str(row.content.scorecard.public_id), 38, name="scorecard_id"),
        Column("Vendor id", lambda row: row.line.figures.vendor_id, 38),
        Column("Candidate id", lambda row: row.line.figures.candidate_id, 38),
    ]  # fmt: skip


def _score(row: AcrossLine) -> Cell:
    score = row.line.figures.score
    return None if score is None else Points(score)
