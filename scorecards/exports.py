"""Downloads: recorded files, and a ranking at once.

A ranking's file is written inside its own organisation scope, in one snapshot, while it is sent.
"""

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import FileResponse, StreamingHttpResponse

from cdmo_eval.core.errors import Conflict, Unavailable
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.content import RankingContent
from scorecards.exporting.finding import find_scorecard
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.ranking import ranking_document
from scorecards.exporting.text_files import BYTE_ORDER_MARK, csv_header
from scorecards.exporting.writers import CONTENT_TYPES as TYPES
from scorecards.exporting.writers import pieces_of, write_at_once
from scorecards.models import Export, ExportFormat
from scorecards.selectors.visibility import check_visible
from scorecards.services.exports import open_export

CONTENT_TYPES = {one.value: TYPES[one] for one in (ExportFormat.CSV, ExportFormat.XLSX)}
PIECE = 64 * 1024


def ranking_response(
    actor: Actor, scorecard_id: UUID, kind: str, *, now: datetime, mark: bool = False
) -> StreamingHttpResponse:
    """A ranking as an attachment whose name has the scorecard, the calculation and its date.

    Raises PermissionDenied without the right to export, NotFound, and Conflict before the first calculation
    and while scores are hidden.
    """
    require(actor, Permission.EXPORT)
    scorecard: Any = find_scorecard(actor, scorecard_id)
    check_visible(scorecard)
    run = scorecard.last_run
    if run is None:
        raise Conflict("This scorecard has not been calculated yet.", code="not_calculated")
    name = f"{safe_file_name(scorecard.name)}-calculation-{run['number']}-{run['as_of']}.{kind}"
    pieces = _pieces(actor, scorecard_id, kind, run_id=run["id"], now=now, mark=mark)
    return StreamingHttpResponse(
        pieces,
        content_type=CONTENT_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _pieces(
    actor: Actor, scorecard_id: UUID, kind: str, *, run_id: str, now: datetime, mark: bool
) -> Iterator[bytes]:
    """The file. Runs after the request's own transaction has ended.

    The name is sent already; when another calculation was published since, the download breaks off rather than giving
    other figures under that name.
    """
    # inside somebody's transaction the snapshot is theirs to choose
    isolation = "" if connection.in_atomic_block else "REPEATABLE READ"
    with organization_scope(actor.organization.pk, actor, isolation=isolation):
        content = RankingContent(find_scorecard(actor, scorecard_id), by=actor, now=now)
        if content.run is None or str(content.run.public_id) != run_id:
            raise Unavailable(
                "Another calculation was published meanwhile. Download it again.", retry_after=1
            )
        document = ranking_document(content)
        if kind == "csv":
            results = document.table("results")
            yield (BYTE_ORDER_MARK if mark else b"") + csv_header(results.fields())
            yield from (piece for _, piece in pieces_of(ExportFormat.CSV, results))
            return
        with tempfile.TemporaryFile() as file:
            write_at_once(file, ExportFormat.XLSX, document)
            file.seek(0)
            read: Callable[[], bytes] = lambda: file.read(PIECE)  # noqa: E731
            yield from iter(read, b"")


def export_response(export: Export, actor: Actor, *, now: datetime) -> FileResponse:
    """A recorded file as an attachment. Raises what `open_export` raises."""
    file = open_export(export=export, by=actor, now=now)
    answer = FileResponse(
        file, as_attachment=True, filename=export.file_name, content_type=export.content_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["ETag"] = f'"{export.sha256}"'
    return answer
