"""Take a small file in as a member does, without pages."""

import io

from cdmo_eval.core.policies import Actor
from tests.factories.core import NOW
from vendors.imports import uploads
from vendors.models import UploadedLoad


def check_text(by: Actor, kind: str, table: str | bytes, *, name: str = "file.csv") -> UploadedLoad:
    """Check a table; inside the organisation's scope."""
    content = table.encode() if isinstance(table, str) else table
    return uploads.check_upload(
        organization=by.organization, kind=kind, content=io.BytesIO(content), name=name, by=by, now=NOW
    )


def take_in(by: Actor, kind: str, table: str | bytes) -> UploadedLoad:
    """Check a table and load it."""
    return uploads.commit_upload(load=check_text(by, kind, table), by=by, now=NOW)
