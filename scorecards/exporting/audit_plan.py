"""The plan of what an audit has to look at, as an export."""

from uuid import UUID

from cdmo_eval.core.policies import Actor
from scorecards.exporting.asking import Asked, Kind, Subject
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.tables import Cell, Column, Document, Table, Type, chunked, facts_table
from scorecards.models.export import ExportKind
from vendors.models import Vendor
from vendors.selectors.audit_plan import PlanLine, audit_plan
from vendors.selectors.vendors import get_one

COLUMNS = [
    Column("Vendor", lambda line: line.vendor.name, 30, name="vendor"),
    Column("Site", lambda line: line.site.name, 28, name="site"),
    Column("Country", lambda line: line.site.country, 8),
    Column("FEI", lambda line: line.site.fei, 12, name="fei"),
    Column("Matter", lambda line: line.matter.label, 22, name="matter"),
    Column("About", lambda line: line.about, 40),
    Column("Detail", lambda line: line.detail, 50),
    Column("Since or until", lambda line: line.on, 12, Type.DATE, name="on"),
    Column("What to ask", lambda line: line.question, 60, name="question"),
    Column("Fact", lambda line: line.target, 24, name="target"),
    Column("Vendor id", lambda line: str(line.vendor.public_id), 38),
    Column("Site id", lambda line: str(line.site.public_id), 38),
]


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A vendor, or the organisation where none is named."""
    if subject_id is None:
        return Subject(f"Audit plan of {actor.organization.name}")
    vendor = get_one(Vendor.objects.for_organization(actor.organization), subject_id)
    return Subject(vendor.name, vendor.public_id, vendor)


def _lines(asked: Asked) -> list[PlanLine]:
    return audit_plan(
        asked.actor.organization,
        as_of=asked.day("on") or asked.now.date(),
        commercial=asked.commercial,
        vendor=asked.subject.row,
    )


def check(asked: Asked) -> None:
    """Refuses what has too many sites before anything is recorded."""
    _lines(asked)


def document(asked: Asked) -> Document:
    """One line for each site and matter, the gravest first."""
    on = asked.day("on") or asked.now.date()
    lines = _lines(asked)
    about: list[tuple[str, Cell]] = [
        ("About", asked.subject.name),
        ("As of", on),
        ("Matters", len(lines)),
        ("Read at", asked.now),
    ]
    return Document(
        title=f"Audit plan: {asked.subject.name}", stem=f"audit-plan-{safe_file_name(asked.subject.name)}-{on.isoformat()}", made=asked.now,
        facts=tuple(about), tables=(Table("plan", "Audit plan", COLUMNS, chunked(lines), len(lines)), facts_table(about)),
    )  # fmt: skip


KIND = Kind(
    ExportKind.AUDIT_PLAN, "vendor", find, document, tables=("plan", "about"), options=frozenset({"on"}), subject_needed=False, check=check,
)  # fmt: skip
