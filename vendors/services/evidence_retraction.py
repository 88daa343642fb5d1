"""Retract many records of evidence at once, for the undo of an import: a few statements instead of one by one."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from cdmo_eval.core import wakeup
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from vendors.models import Evidence, EvidenceRevision
from vendors.services import announce
from vendors.services.evidence import COPIED_TO_REVISION
from vendors.services.projection import project_fields


def retract_many(
    *, organization: Organization, evidence_ids: Collection[int], reason: str, by: Actor, now: datetime
) -> int:
    """Take records out of everything that counts, each with its reason and a revision; returns how many.

    What is retracted already stays as it is. For a service that has checked its permission and locked the vendors.
    """
    if not evidence_ids:
        return 0
    rows = Evidence.objects.for_organization(organization).filter(
        pk__in=list(evidence_ids), retracted_on__isnull=True
    )
    touched = list(rows.values_list("pk", "vendor_id", "target"))
    ids = [key for key, _, _ in touched]
    copied = ", ".join(COPIED_TO_REVISION)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {Evidence._meta.db_table}
            SET retracted_on = %s, retraction_reason = %s, version = version + 1, updated_at = %s
            WHERE organization_id = %s AND id = ANY(%s)
            """,
            [now.date(), reason[:500], now, organization.pk, ids],
        )
        cursor.execute(
            f"""
            INSERT INTO {EvidenceRevision._meta.db_table}
              (public_id, evidence_id, number, revised_at, revised_by_name, reason, {copied})
            SELECT gen_random_uuid(), id, version, %s, %s, %s, {copied} FROM {Evidence._meta.db_table}
            WHERE organization_id = %s AND id = ANY(%s) ORDER BY id
            """,
            [now, by.name, reason[:500], organization.pk, ids],
        )
    told = Evidence.objects.for_organization(organization).filter(pk__in=ids)
    announce.evidence_retracted(
        organization, told.select_related("vendor", "site").order_by("id"), by=by, now=now
    )
    project_fields(
        organization=organization,
        vendor_ids={vendor_id for _, vendor_id, _ in touched},
        targets={target for _, _, target in touched},
        now=now,
    )
    wakeup.after_commit(organization.pk)
    return len(ids)
