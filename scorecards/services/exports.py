"""Ask for a file, stop its making, open it: recorded, so that an audit can say who took what, when, and its SHA-256."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, NotFound
from cdmo_eval.core.models import Job, Organization
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor, Permission, require
from scorecards.exporting.asking import Asked, checked_options
from scorecards.exporting.kinds import KINDS
from scorecards.models import Export, ExportFormat, ExportKind
from scorecards.selectors.exports import JOB_KIND
from vendors.services.writing import begin, clean, constraints_in_words

TASK = "scorecards.write_export"
MOST_OPEN = 20
"""Exports of an organisation that may wait or be written at the same time; two are written at once."""

log = structlog.get_logger(__name__)


@transaction.atomic
def request_export(
    *,
    organization: Organization,
    kind: ExportKind,
    format: ExportFormat,  # noqa: A002 - the word of everybody who asks
    subject: UUID | None = None,
    options: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> Export:
    """Record the wish and ask a worker to write the file.

    Raises PermissionDenied without the right to export or to see what is in it, NotFound for a subject of another
    organisation, Invalid for a format or option this kind does not have, Conflict for what cannot be exported yet and
    when too many files are waiting.
    """
    begin(organization, by, Permission.EXPORT)
    known = KINDS[kind]
    for permission in known.permissions:
        require(by, permission)
    about = known.find(by, subject)
    chosen = checked_options(known, format, options or {}, about)
    known.check(Asked(by, about, chosen, now))
    # two requests at once are counted one after the other
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    waiting = Job.objects.for_organization(organization).filter(kind=JOB_KIND, state__in=OPEN).count()
    if waiting >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} exports are waiting already. Wait for some of them, or stop them.", code="too_many_jobs", retry_after=10
        )  # fmt: skip
    words = f"{kind.label} as {format.label}: {about.name}"[:200]
    row = Export(
        organization=organization, kind=kind.value, format=format.value, subject_type=known.subject_type if about.id else "",
        subject_id=about.id, subject=about.name[:300], options=chosen, needs=known.needs(by),
        scopes=None if by.scopes is None else sorted(by.scopes), requested_by=by.user, requested_by_name=by.name,
    )  # fmt: skip
    row.job = Job.objects.create(
        organization=organization, kind=JOB_KIND, subject=words, target_public_id=row.public_id, message="Waiting for a worker.",
        requested_by=by.user, parameters={},
    )  # fmt: skip
    clean(row)
    with constraints_in_words():
        row.save(force_insert=True)
    transaction.on_commit(partial(ask, organization.pk, row.job.pk))
    return row


def ask(organization_id: int, job_id: int) -> bool:
    """Ask a worker for a slice of a job; a hint only."""
    return wakeup.publish(TASK, organization_id=organization_id, job_id=job_id)


@transaction.atomic
def stop_export(*, export: Export, by: Actor, now: datetime) -> Export:
    """Stop writing a file. Raises Conflict when it is written already."""
    begin(export.organization, by, Permission.EXPORT)
    check_sight(export, by)
    stopped = Job.objects.filter(pk=export.job_id, state__in=OPEN).update(
        state=Job.State.CANCELLED, finished_at=now, message=f"Stopped by {by.name}."
    )
    if not stopped:
        raise Conflict("This export is not being written any more.", code="not_running")
    export.parts.all().delete()
    export.job.refresh_from_db()
    return export


def check_sight(export: Export, by: Actor) -> None:
    """Raise NotFound unless the actor has every permission that the content rests on."""
    if by.organization.pk != export.organization_id:
        raise NotFound("There is no such export.")
    for need in export.needs:
        require(by, Permission(need))


def open_export(*, export: Export, by: Actor, now: datetime) -> File:  # type: ignore[type-arg]
    """The bytes of a file that is written.

    Raises PermissionDenied without a right that the content rests on, Conflict while it is being written, and Conflict
    with the status 410 when it has expired.
    """
    check_sight(export, by)
    if export.made_at is None:
        raise Conflict("This file is not written yet.", code="not_ready", retry_after=2)
    if export.removed_at is not None or not default_storage.exists(export.storage_name):
        raise Conflict(
            "This file has expired. Its record stays; ask for it again.", code="expired", status=410
        )
    log.info("export_opened", export=str(export.public_id), by=by.identity, sha256=export.sha256)
    return default_storage.open(export.storage_name, "rb")


def remove_older(organization: Organization, before: datetime) -> int:
    """Delete the bytes of files from before a moment, as the organisation decided; the record of each stays. Returns how many.

    A legal hold keeps them: whoever calls this has asked for one.
    """
    kept = Export.objects.for_organization(organization).filter(
        made_at__isnull=False, removed_at__isnull=True
    )
    rows = kept.filter(made_at__lt=before)
    found = list(rows.order_by("id").values_list("pk", "storage_name"))
    for pk, name in found:
        Export.objects.filter(pk=pk).update(removed_at=Now())
        transaction.on_commit(partial(default_storage.delete, name))
    return len(found)
