"""What the background processes do for the directory: look for its official records."""

from datetime import datetime

from django.db import connection

from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from vendors.services import match_records

MATCHING_LOCK = 4715


def look_for_records(*, organization_id: int, now: datetime) -> bool:
    """Match the organisation's official records; False when another process is at it: it, or the night, finds them."""
    organization = Organization.objects.get(pk=organization_id)
    with organization_scope(organization_id, "matching"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [MATCHING_LOCK, organization_id])
        if not cursor.fetchone()[0]:
            return False
        match_records(organization=organization, now=now)
    return True
