"""Download a ranking. The file is written inside its own organisation scope, in one snapshot, while it is sent."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import StreamingHttpResponse

from cdmo_eval.core.errors import Conflict, NotFound, Unavailable
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.content import RankingContent
from scorecards.exporting.csv_file import csv_pieces
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.xlsx_file import write_xlsx
from scorecards.models import Scorecard
from scorecards.selectors.scorecards import scorecard_list
from scorecards.selectors.visibility import check_visible

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
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


def find_scorecard(actor: Actor, scorecard_id: UUID) -> Scorecard:
    """The scorecard with its freshness and last calculation; NotFound when it is not the actor's organisation's."""
    found = scorecard_list(actor.organization).filter(public_id=scorecard_id).first()
    if found is None:
        raise NotFound("There is no such scorecard.")
    return found


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
        if kind == "csv":
            yield from csv_pieces(content, mark=mark)
            return
        with tempfile.TemporaryFile() as file:
            write_xlsx(content, file)
            file.seek(0)
            read: Callable[[], bytes] = lambda: file.read(PIECE)  # noqa: E731
            yield from iter(read, b"")
