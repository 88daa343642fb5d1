"""Downloads of a ranking, behind the buttons of its page."""

from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor
from scorecards.exports import CONTENT_TYPES, ranking_response


@require_GET
def export_ranking(request: HttpRequest, scorecard_id: UUID, format: str) -> StreamingHttpResponse:  # noqa: A002 - the URL's own word
    """The ranking as CSV or XLSX; `?bom=1` for a byte order mark.

    404 for an unknown format or scorecard, 403 without the right to export, 409 before the first calculation.
    """
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or format not in CONTENT_TYPES:
        raise NotFound("There is no such file.")
    mark = request.GET.get("bom", "") in {"1", "true"}
    return ranking_response(actor, scorecard_id, format, now=timezone.now(), mark=mark)
