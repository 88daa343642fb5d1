"""Reads of matches: which record is said, or thought, to be of which site."""

from django.db.models import QuerySet

from cdmo_eval.core.models import Organization
from vendors.models import RecordMatch


def match_resources(organization: Organization) -> QuerySet[RecordMatch]:
    """All matches of living sites with their record and site, the newest first."""
    rows: QuerySet[RecordMatch] = (
        RecordMatch.objects.for_organization(organization)
        .filter(site__archived_at__isnull=True, site__vendor__archived_at__isnull=True)
        .select_related("site__vendor", "public_record", "uploaded_record")
        .order_by("-id")
    )
    return rows


def decided_matches(organization: Organization, *, accepted: bool) -> QuerySet[RecordMatch]:
    """What counts, or what was turned down, by a person or by the matching itself, the newest first."""
    rows = match_resources(organization).filter(proposed=False)
    return rows.filter(rejected_on__isnull=accepted)


def review_queue(organization: Organization) -> QuerySet[RecordMatch]:
    """What waits for a person: proposals whose record still stands, the surest first."""
    rows: QuerySet[RecordMatch] = (
        RecordMatch.objects.for_organization(organization)
        .waiting()
        .select_related("site__vendor", "public_record", "uploaded_record")
        .order_by("-confidence_pct", "id")
    )
    return rows
