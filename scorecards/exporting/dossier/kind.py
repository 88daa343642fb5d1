"""The dossier of a frozen calculation as an export."""

from typing import BinaryIO
from uuid import UUID

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from scorecards.exporting.asking import Asked, Kind, Subject, needed
from scorecards.exporting.dossier.package import write_package
from scorecards.exporting.dossier.pdf import write_pdf
from scorecards.exporting.dossier.reading import frozen_of
from scorecards.exporting.dossier.workbook import dossier_document, stem_of
from scorecards.exporting.tables import Document
from scorecards.models.export import ExportFormat, ExportKind
from scorecards.selectors.snapshots import snapshot_list
from scorecards.snapshots.document import file_of


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A frozen calculation."""
    snapshot = (
        snapshot_list(actor.organization).filter(public_id=needed(subject_id, "frozen calculation")).first()
    )
    if snapshot is None:
        raise NotFound("There is no such frozen calculation.")
    return Subject(
        f"{snapshot.scorecard.name}, frozen calculation {snapshot.number}", snapshot.public_id, snapshot
    )


def document(asked: Asked) -> Document:
    """The dossier's tables."""
    return dossier_document(frozen_of(asked.subject.row))


def pdf(asked: Asked, target: BinaryIO) -> str:
    """The PDF."""
    frozen = frozen_of(asked.subject.row)
    target.write(write_pdf(frozen))
    return stem_of(frozen)


def package(asked: Asked, target: BinaryIO) -> str:
    """The package."""
    frozen = frozen_of(asked.subject.row)
    write_package(frozen, asked, target)
    return stem_of(frozen)


def frozen_json(asked: Asked, target: BinaryIO) -> str:
    """The frozen document itself, as `manage.py verify_snapshot` reads it."""
    frozen = frozen_of(asked.subject.row)
    target.write(file_of(frozen.content))
    return stem_of(frozen)


KIND = Kind(
    ExportKind.DOSSIER, "snapshot", find, document, tables=("about",), permissions=(Permission.VIEW_COMMERCIAL,),
    formats=(ExportFormat.PDF, ExportFormat.ZIP, ExportFormat.XLSX, ExportFormat.JSON),
    whole={ExportFormat.PDF: pdf, ExportFormat.ZIP: package, ExportFormat.JSON: frozen_json},
)  # fmt: skip
