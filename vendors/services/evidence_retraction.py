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


def retract_many(
    *, organization: Organization, evidence_ids: Collection[int], reason: str, by: Actor, now: datetime
) -> set[str]:
    """Take records out of everything that counts, each with its reason and a revision; returns what they were about.

    What is retracted already stays as it is. For a service that has checked its permission, locked the vendors, and refills
    the columns of their profiles when it is done (`project_fields`).
    """
    if not evidence_ids:
        return set()
    rows = Evidence.objects.for_organization(organization).filter(
        pk__in=list(evidence_ids), retracted_on__isnull=True
    )
    targets = dict(rows.values_list("pk", "target"))
    ids = list(targets)
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
    told = Evidence.objects.for_organization(organization).filter(pk__in=ids).only(*announce.ABOUT)
    announce.evidence_retracted(
        organization, told.select_related("vendor", "site").order_by("id"), by=by, now=now
    )
    wakeup.after_commit(organization.pk)
    return set(targets.values())
