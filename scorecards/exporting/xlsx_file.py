"""A ranking as XLSX: results, criteria, weights and must-haves, method."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, BinaryIO

import xlsxwriter

from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPB
from scorecards.exporting.content import (
    EARLY,
    Cell,
    Column,
    Points,
    RankingContent,
    leaf_columns,
    method_lines,
    ranking_columns,
)
from scorecards.exporting.guard import safe_text
from vendors.vocabulary import Policy, Stage

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}
MOST_ROWS = 1_048_575  # of one sheet, below its header
METHOD = (
    "The score is the sum over all criteria of weight x value; values and weights run from 0 to 100.",
    "Low and high say how far the score may move with what is not known or only claimed.",
    "Answered is the weight of the criteria that are known; verified the weight of those that were checked.",
    "An unknown must-have is not met. Figures are rounded half to even, from the exact integers in the last columns.",
    "No record found is never a clean record.",
)


def write_xlsx(content: RankingContent, target: BinaryIO) -> None:
    """Write the whole workbook. The same calculation gives the same bytes."""
    book = Book(target, made=content.run.finished_at if content.run else content.now)
    book.table("Results", ranking_columns(content), content.rows())
    book.table("Criteria", leaf_columns(), content.leaves())
    book.table("Weights and must-haves", WEIGHT_COLUMNS, _weights(content))
    book.table("Method", METHOD_COLUMNS, _method(content))
    book.close()


class Book:
    """A workbook of plain tables: typed cells, a header that stays in sight, a filter over every column."""

    def __init__(self, target: BinaryIO, *, made: datetime) -> None:
        self.book: Any = xlsxwriter.Workbook(target, OPTIONS)
        self.book.set_properties({"created": made.astimezone(UTC).replace(tzinfo=None), "title": "CDMO Eval"})
        self.header = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.points = self.book.add_format({"num_format": "0.00"})
        self.whole = self.book.add_format({"num_format": "0"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> None:
        """One sheet."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        for number, column in enumerate(columns):
            sheet.write_string(0, number, safe_text(column.title), self.header)
        last = 0
        for last, row in enumerate(rows, start=1):
            if last > MOST_ROWS:
                break
            for number, column in enumerate(columns):
                self._cell(sheet, last, number, column.value(row))
        sheet.autofilter(0, 0, max(1, min(last, MOST_ROWS)), len(columns) - 1)

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        """One typed cell. Texts are written as texts: nothing here can become a formula or a link."""
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell)
        elif isinstance(cell, Points):
            sheet.write_number(row, column, float(cell.text), self.points)
        elif isinstance(cell, int):
            sheet.write_number(row, column, cell, self.whole)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None), self.moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self.day)
        else:
            # XML reads a carriage return as a line feed
            sheet.write_string(row, column, safe_text(cell).replace("\r\n", "\n").replace("\r", "\n"))

    def close(self) -> None:
        """Write everything out."""
        self.book.close()


Line = tuple[Cell, ...]
WEIGHT_COLUMNS = [
    Column("Kind", lambda line: line[0], 12),
    Column("Code", lambda line: line[1], 18),
    Column("Name", lambda line: line[2], 50),
    Column("Points", lambda line: line[3], 12),
    Column("Weight (%)", lambda line: line[4], 12),
    Column("Does not apply because", lambda line: line[5], 50),
]
METHOD_COLUMNS = [Column("What", lambda line: line[0], 24), Column("Value", lambda line: line[1], 100)]


def _weights(content: RankingContent) -> Iterable[Line]:
    if content.run is None:
        return
    used = content.run.criteria
    texts = used["points"]
    shares = {group["code"]: int(group["weight_ppb"]) for group in used["groups"]}
    for group in content.framework.groups:
        weight = Points(percent_text(shares[group.code], PPB))
        yield ("Group", group.code, group.name, _points(texts.get(group.code)), weight, "")
        for leaf in group.leaves:
            kept = used["leaves"][leaf.code]
            share = Points(percent_text(int(kept["weight_ppb"]), PPB))
            reason = kept.get("not_applicable", "")
            yield ("Criterion", leaf.code, leaf.name, _points(texts.get(leaf.code)), share, reason)
    for gate in content.scorecard.gates.all():
        rule = f"{gate.subject} {gate.operator} {gate.value}" if gate.subject else gate.label
        yield ("Must-have", gate.code, gate.label, None, None, rule if gate.subject else "")


def _points(text: str | None) -> Cell:
    """Points as a number with two decimals where that is exact, else as the fraction they are."""
    if text is None:
        return None
    exact = Fraction(text)
    if exact.denominator == 1:
        return exact.numerator
    hundredths = exact * 100
    return Points(f"{float(exact):.2f}") if hundredths.denominator == 1 else text


def _method(content: RankingContent) -> Iterable[Line]:
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
