"""Reads of loads: a member's own imports and the public files that the operator loaded."""

from uuid import UUID

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from vendors.models import PublicLoad, UploadedLoad
from vendors.querysets import PublicLoadQuerySet, UploadedLoadQuerySet


def uploaded_loads(organization: Organization) -> UploadedLoadQuerySet[UploadedLoad]:
    """An organisation's imports, newest first, without their rejected rows."""
    return UploadedLoad.objects.for_organization(organization).newest_first()


def uploaded_load(organization: Organization, public_id: UUID | str) -> UploadedLoad:
    """One import with its rejected rows; NotFound also for another organisation's."""
    row: UploadedLoad | None = (
        UploadedLoad.objects.for_organization(organization)
        .select_related("organization")
        .defer("added", "met")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise NotFound("There is no such import.")
    return row


def public_loads() -> PublicLoadQuerySet[PublicLoad]:
    """The public files that were loaded for everybody, newest first."""
    return PublicLoad.objects.newest_first()


def public_load(public_id: UUID | str) -> PublicLoad:
    """One public file with its rejected rows."""
    row: PublicLoad | None = PublicLoad.objects.defer("added", "met").filter(public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such public file.")
    return row
