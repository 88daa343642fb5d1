"""The dossier as a workbook: every section a sheet, the scores of the frozen cells as live formulas."""

from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from scorecards.engine.display import value_text
from scorecards.exporting.dossier.blocks import Block, words
from scorecards.exporting.dossier.frozen import Frozen, name_of, weight_text
from scorecards.exporting.dossier.pdf import dossier_data
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.tables import (
    Cell,
    Document,
    Formula,
    Points,
    Table,
    Type,
    chunked,
    item,
    lines_table,
)
from scorecards.exporting.writers import write_at_once
from scorecards.models.export import ExportFormat

CRITERIA = "Criteria"
KNOWN_ONLY = "known_only"


def stem_of(frozen: Frozen) -> str:
    """The name of every file of a dossier, without its ending."""
    name = safe_file_name(frozen.content["scorecard"]["name"])
    return f"{name}-dossier-{frozen.number}-{frozen.digest[:12]}"


def write_workbook(frozen: Frozen, target: BinaryIO) -> None:
    """The same frozen document gives the same bytes."""
    write_at_once(target, ExportFormat.XLSX, dossier_document(frozen))


def dossier_document(frozen: Frozen) -> Document:
    """The scores with their formulas, the cells they come from, and everything the PDF says."""
    data = dossier_data(frozen)
    facts = [*((name, words(value)) for name, value in data["facts"]), ("Of", data["footer"][1])]
    tables = [
        lines_table("about", "About", [("What", 26), ("Value", 100)], [("Answer", data["answer"]), *facts]),
        Table("results", "Results", RESULTS, chunked(_results(frozen)), len(frozen.content["candidates"])),
        Table("criteria", CRITERIA, CELLS, chunked(_cells(frozen))),
        *(_sheet(number, one) for number, one in enumerate(data["sections"], start=1)),
    ]  # fmt: skip
    return Document(
        title=f"{data['kicker']}: {data['title']}",
        stem=stem_of(frozen),
        made=frozen.made,
        tables=tuple(tables),
        facts=tuple(facts),
    )


RESULTS = [
    item(0, "Rank", 7), item(1, "Candidate", 34), item(2, "State", 22), item(3, "Score", 10, Type.POINTS), item(4, "Low", 10, Type.POINTS),
    item(5, "High", 10, Type.POINTS), item(6, "Answered (%)", 10, Type.POINTS), item(7, "Verified (%)", 10, Type.POINTS),
    item(8, "Score exact", 18, Type.INTEGER), item(9, "Denominator exact", 18, Type.INTEGER),
    item(10, "Sum of weight x value", 20, Type.INTEGER), item(11, "Score recomputed", 12, Type.POINTS), item(12, "Agrees with the score", 12, Type.BOOLEAN),
]  # fmt: skip
CELLS = [
    item(0, "Candidate", 34), item(1, "Group", 8), item(2, "Criterion", 10), item(3, "Name", 40), item(4, "State", 14), item(5, "Value", 10, Type.POINTS),
    item(6, "Weight (%)", 10, Type.POINTS), item(7, "Counts as (ppm)", 14, Type.INTEGER), item(8, "Weight exact (ppb)", 16, Type.INTEGER),
    item(9, "Low (ppm)", 12, Type.INTEGER), item(10, "High (ppm)", 12, Type.INTEGER), item(11, "Known (ppm)", 12, Type.INTEGER),
    item(12, "Verified (ppm)", 12, Type.INTEGER), item(13, "Grade", 7), item(14, "Freshness", 12), item(15, "Reason", 50), item(16, "Evidence", 40),
]  # fmt: skip


def _codes(frozen: Frozen) -> list[tuple[str, str]]:
    """Every criterion with its group."""
    return [(group["code"], leaf) for group in frozen.content["groups"] for leaf in group["leaves"]]


def _results(frozen: Frozen) -> list[tuple[Cell, ...]]:
    """With `known_only` a weight shrinks with what is not known, so there is no plain sum to check."""
    count, live = len(_codes(frozen)), frozen.content["policy"] != KNOWN_ONLY
    lines: list[tuple[Cell, ...]] = []
    for place, one in enumerate(frozen.standings()):
        row, first, last = place + 2, 2 + place * count, 1 + (place + 1) * count
        checks: tuple[Cell, ...] = (None, None, None)
        if live and one.score_exact is not None:
            checks = (
                Formula(f"SUMPRODUCT({CRITERIA}!$H${first}:$H${last},{CRITERIA}!$I${first}:$I${last})", one.score_exact),
                Formula(f"K{row}/J{row}*100", Points(one.score)), Formula(f"K{row}=I{row}", value=True),
            )  # fmt: skip
        lines.append((
            one.rank_label, one.name, one.state, Points(one.score) if one.score else None, Points(one.low), Points(one.high), Points(one.coverage),
            Points(one.verified), one.score_exact, one.denominator, *checks,
        ))  # fmt: skip
    return lines


def _cells(frozen: Frozen) -> list[tuple[Cell, ...]]:
    content, names = frozen.content, frozen.leaf_names()
    lines: list[tuple[Cell, ...]] = []
    for one in content["candidates"]:
        name = name_of(one)
        for group, code in _codes(frozen):
            cell, weight = one["cells"][code], content["weights"][code]
            shown = (
                Points(value_text(cell["point"]))
                if cell["state"] in {"known", "refused", "overdue"}
                else None
            )
            lines.append((
                name, group, code, names.get(code, ""), cell["state"], shown, Points(weight_text(weight)), cell["point"], weight, cell["low"],
                cell["high"], cell["known"], cell["verified"], cell["grade"], cell["freshness"], cell["reason"], "; ".join(cell["evidence"]),
            ))  # fmt: skip
    return lines


def _sheet(number: int, section: Block) -> Table:
    """A section as a sheet: its paragraphs as lines, its tables below one another."""
    rows: list[list[Cell]] = []
    for block in section["blocks"]:
        rows += _lines(block)
    width = max((len(row) for row in rows), default=1)
    columns = [
        item(at, section["title"] if at == 0 else f"({at + 1})", 40 if at == 0 else 28) for at in range(width)
    ]
    filled: list[tuple[Cell, ...]] = [(*row, *([None] * (width - len(row)))) for row in rows]
    return Table(f"section_{number}", f"{number} {section['title']}", columns, chunked(filled))


def _lines(block: Block) -> list[list[Cell]]:
    if block["kind"] == "table":
        titles: list[Cell] = [column["title"] for column in block["columns"]]
        kinds = [column["number"] for column in block["columns"]]
        lines: list[list[Cell]] = [titles]
        for row in block["rows"]:
            cells, below = (row["cells"], [row["below"]]) if isinstance(row, dict) else (row, [])
            lines.append(
                [
                    *(
                        _typed(words(value), number=number)
                        for value, number in zip(cells, kinds, strict=True)
                    ),
                    *below,
                ]
            )
        return lines
    if block["kind"] == "facts":
        return [[row[0], words(row[1])] for row in block["rows"]]
    if block["kind"] == "drawing":
        return [[block["alt"]]]
    return [[block["text"]]]


def _typed(text: str, *, number: bool) -> Cell:
    """A column of numbers holds numbers where they are plain ones."""
    if not number:
        return text
    try:
        plain = Decimal(text.removesuffix(" %"))
    except InvalidOperation:
        return text
    return int(plain) if plain == plain.to_integral_value() and "." not in text else Points(f"{plain:.2f}")
