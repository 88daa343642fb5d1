"""A shortlist as an export: who is on it, why, what people said and declared."""

from uuid import UUID

from cdmo_eval.core.policies import Actor
from scorecards.exporting.asking import Asked, Kind, Subject, needed
from scorecards.exporting.content import points
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.tables import Cell, Document, Type, item, lines_table
from scorecards.models.export import ExportKind
from scorecards.selectors.shortlists import (
    STATES,
    decision_list,
    find_shortlist,
    item_lines,
    remark_list,
    standing_declarations,
)


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A shortlist."""
    row = find_shortlist(actor.organization, needed(subject_id, "shortlist"))
    return Subject(row.name, row.public_id, row)


ITEMS = [
    item(0, "Place", 7, Type.INTEGER, name="position"), item(1, "Candidate", 34, name="candidate"), item(2, "Decision", 10), item(3, "Reason", 50),
    item(4, "Rank when added", 10, Type.INTEGER, name="rank_when_added"), item(5, "Rank now", 10, Type.INTEGER, name="rank_now"),
    item(6, "State", 22), item(7, "Score", 10, Type.POINTS), item(8, "Low", 10, Type.POINTS), item(9, "High", 10, Type.POINTS),
    item(10, "Answered (% of weight)", 12, Type.POINTS, name="coverage"), item(11, "Added by", 24), item(12, "Candidate id", 38),
]  # fmt: skip
REMARKS = [
    item(0, "When", 20, Type.MOMENT),
    item(1, "Who", 26),
    item(2, "Kind", 10),
    item(3, "About", 30),
    item(4, "What", 80),
]
DECLARED = [item(0, "Who", 26), item(1, "A conflict", 10, Type.BOOLEAN, name="conflict"), item(2, "In words", 60), item(3, "When", 20, Type.MOMENT)]  # fmt: skip
EDITIONS = [
    item(0, "Edition", 8, Type.INTEGER), item(1, "Frozen at", 20, Type.MOMENT), item(2, "Calculation", 10, Type.INTEGER), item(3, "SHA-256", 66, name="digest"),
    item(4, "Superseded at", 20, Type.MOMENT), item(5, "By", 26), item(6, "Because", 50),
]  # fmt: skip


def document(asked: Asked) -> Document:
    """Everything of it as it stands now."""
    row = asked.subject.row
    items: list[tuple[Cell, ...]] = [
        (
            line.item.position, str(line.item.candidate), line.item.decision, line.item.reason, line.item.added_rank, line.rank_now,
            STATES[line.state_now], points(line.score or None), points(line.low or None), points(line.high or None), points(line.coverage or None),
            line.item.added_by_name, str(line.item.candidate.public_id),
        )
        for line in item_lines(row)
    ]  # fmt: skip
    remarks: list[tuple[Cell, ...]] = [
        (one.written_at, one.author_name, one.kind, str(one.candidate) if one.candidate else "", one.text)
        for one in remark_list(row)
    ]
    declared: list[tuple[Cell, ...]] = [
        (one.person_name, one.conflict, one.text, one.declared_at) for one in standing_declarations(row)
    ]
    editions: list[tuple[Cell, ...]] = [
        (one.edition, one.frozen_at, one.snapshot.run.number, one.snapshot.digest, one.superseded_at, one.superseded_by_name, one.superseded_reason)
        for one in decision_list(row)
    ]  # fmt: skip
    about: list[tuple[str, Cell]] = [
        ("Shortlist", row.name), ("Scorecard", row.scorecard.name), ("Programme", row.scorecard.program.name), ("Purpose", row.purpose),
        ("First choice", str(row.primary) if row.primary else ""), ("Backup", str(row.backup) if row.backup else ""), ("Reason", row.reason),
        ("Next steps", row.next_steps), ("Edition", row.edition), ("Owner", row.owner_name), ("Read at", asked.now),
    ]  # fmt: skip
    return Document(
        title=row.name, stem=f"{safe_file_name(row.name)}-shortlist-{asked.now.date().isoformat()}", made=asked.now, facts=tuple(about),
        tables=(
            lines_table("items", "Shortlist", ITEMS, items), lines_table("remarks", "Remarks", REMARKS, remarks),
            lines_table("declarations", "Conflicts of interest", DECLARED, declared), lines_table("editions", "Frozen editions", EDITIONS, editions),
            lines_table("about", "About", [("What", 20), ("Value", 100)], about),
        ),
    )  # fmt: skip


KIND = Kind(
    ExportKind.SHORTLIST, "shortlist", find, document, tables=("items", "remarks", "declarations", "editions", "about"), commercial=False,
)  # fmt: skip
