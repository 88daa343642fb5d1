"""Frozen calculations: lists, one with its content, and what a check of it finds."""

import json
from typing import Any

from django.db.models import QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from scorecards.models import Scorecard, Snapshot, SnapshotContent


def snapshot_list(organization: Organization, scorecard: Scorecard | None = None) -> QuerySet[Snapshot]:
    """Newest first, of one scorecard or of all."""
    rows: QuerySet[Snapshot] = Snapshot.objects.for_organization(organization).select_related(
        "scorecard", "run"
    )
    return (rows.filter(scorecard=scorecard) if scorecard is not None else rows).order_by("-id")


def snapshot_bytes(snapshot: Snapshot) -> bytes:
    """The frozen content, byte for byte. Raises NotFound for a snapshot without one."""
    rows = SnapshotContent.objects.for_organization(snapshot.organization).filter(snapshot=snapshot)
    found = rows.values_list("content", flat=True).first()
    if found is None:
        raise NotFound("There is no such thing here.")
    return bytes(found)


def snapshot_content(snapshot: Snapshot) -> dict[str, Any]:
    """The frozen content as values."""
    content: dict[str, Any] = json.loads(snapshot_bytes(snapshot))
    return content
