"""The list of evidence, of the organisation or of one vendor, as an export."""

from uuid import UUID

from cdmo_eval.core.policies import Actor
from scorecards.exporting.asking import Asked, Kind, Subject
from scorecards.exporting.evidence import evidence_table
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.tables import Cell, Document, facts_table
from scorecards.models.export import ExportKind
from vendors.models import Vendor
from vendors.selectors.vendors import get_one


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A vendor, or the organisation where none is named."""
    if subject_id is None:
        return Subject(f"All evidence of {actor.organization.name}")
    vendor = get_one(Vendor.objects.for_organization(actor.organization), subject_id)
    return Subject(vendor.name, vendor.public_id, vendor)


def document(asked: Asked) -> Document:
    """Every record that this reader may see; retracted ones on request."""
    retracted = bool(asked.options.get("retracted"))
    vendors = None if asked.subject.row is None else [asked.subject.row]
    table = evidence_table(
        asked.actor.organization, commercial=asked.commercial, vendors=vendors, retracted=retracted
    )
    about: list[tuple[str, Cell]] = [
        ("About", asked.subject.name), ("Read at", asked.now), ("Records", table.count),
        ("Retracted records", "included" if retracted else "left out"),
        ("Commercial records", "included" if asked.commercial else "left out"),
    ]  # fmt: skip
    return Document(
        title=f"Evidence: {asked.subject.name}", stem=f"evidence-{safe_file_name(asked.subject.name)}-{asked.now.date().isoformat()}",
        made=asked.now, tables=(table, facts_table(about)), facts=tuple(about),
    )  # fmt: skip


KIND = Kind(
    ExportKind.EVIDENCE, "vendor", find, document, tables=("evidence", "about"), options=frozenset({"retracted"}), subject_needed=False,
)  # fmt: skip
