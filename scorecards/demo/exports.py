"""Recorded exports of the demo, so that their page has something to show."""

from collections.abc import Callable
from datetime import datetime

from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.news import manager_of
from scorecards.demo.simulated import SIMULATED
from scorecards.models import Export, ExportFormat, ExportKind, Scorecard, Snapshot
from scorecards.services.export_slices import write_slice
from scorecards.services.exports import request_export
from scorecards.services.snapshots import freeze_calculation

REASON = "Kept for the steering committee (fictional)."


def export_launch(organization: Organization, *, clock: Callable[[], datetime]) -> int:
    """Write the launch shortlist's ranking and a dossier of it; 0 when there are exports already. Outside any transaction."""
    manager = manager_of(organization)
    with organization_scope(organization.pk, manager, reason="demo data"):
        if Export.objects.for_organization(organization).exists():
            return 0
        scorecard = (
            Scorecard.objects.for_organization(organization)
            .select_related("organization")
            .get(name=SIMULATED)
        )
        kept: Snapshot | None = (
            Snapshot.objects.for_organization(organization)
            .filter(decisions__isnull=False)
            .order_by("-id")
            .first()
        )
        snapshot = kept or freeze_calculation(scorecard=scorecard, reason=REASON, by=manager, now=clock())
        wishes = (
            (ExportKind.RANKING, ExportFormat.XLSX, scorecard.public_id), (ExportKind.DOSSIER, ExportFormat.PDF, snapshot.public_id),
            (ExportKind.DOSSIER, ExportFormat.ZIP, snapshot.public_id),
        )  # fmt: skip
        asked = [
            request_export(
                organization=organization,
                kind=kind,
                format=file_format,
                subject=subject,
                by=manager,
                now=clock(),
            )
            for kind, file_format, subject in wishes
        ]
    for row in asked:
        while not write_slice(organization_id=organization.pk, job_id=row.job_id, clock=clock):
            pass
    return len(asked)
