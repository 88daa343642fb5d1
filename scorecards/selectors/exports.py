"""Recorded exports as people and programs see them."""

from uuid import UUID

from django.db.models import QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.models import Export

JOB_KIND = "export"


def export_list(actor: Actor, *, subject_id: UUID | None = None) -> QuerySet[Export]:
    """The exports whose content this actor may see, with their jobs, newest first; of one subject where it is named."""
    held = [permission.value for permission in Permission if allows(actor, permission)]
    rows: QuerySet[Export] = Export.objects.for_organization(actor.organization).filter(
        needs__contained_by=held
    )
    if subject_id is not None:
        rows = rows.filter(subject_id=subject_id)
    return rows.select_related("job").order_by("-id")


def find_export(actor: Actor, public_id: UUID) -> Export:
    """One export; NotFound also when the actor may not see what is in it."""
    found = export_list(actor).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such export.")
    return found
