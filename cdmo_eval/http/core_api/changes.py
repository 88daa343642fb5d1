"""`changes/`: what was written since one last asked, so that a copy elsewhere stays true."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.changes import Place, feed_types, latest_place, read_changes, readable_types
from cdmo_eval.core.errors import FieldError, Invalid, PermissionDenied
from cdmo_eval.core.models import Change
from cdmo_eval.http.api import ScopedView
from cdmo_eval.http.cursors import BrokenCursorError, opened, sealed
from cdmo_eval.http.pagination import checked_page_size
from cdmo_eval.http.serializers import Output, Problem

PURPOSE = "changes"
LARGEST_PAGE = 1000
BEGINNING = "now"
WORDS = {
    "after": "The `cursor` of the last answer, or the `seq` of a row. `now`: nothing but a cursor to begin with. "
    "Left out: from the oldest change that is kept (90 days).",
    "types": "Types to tell, separated by commas. Left out: all that the caller may read.",
    "page_size": f"At most {LARGEST_PAGE}; 200 when left out.",
}


class ChangeOut(Output):
    """One resource that was written."""

    seq = serializers.CharField(help_text="The place of this row: what to ask `after` next.")
    type = serializers.CharField(help_text="The resource, such as `vendor`.")
    id = serializers.UUIDField(
        allow_null=True,
        help_text="Null (results and leaves only): too many to name, read the scorecard's again.",
    )
    scorecard_id = serializers.UUIDField(
        allow_null=True, help_text="The scorecard whose address the resource stands under."
    )
    op = serializers.ChoiceField(choices=Change.Op.values, help_text="How the resource stands now.")
    merged_into = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField()


class ChangesOut(Output):
    """Changes in order."""

    cursor = serializers.CharField(
        help_text="Ask with this as `after` next time, whether or not there was anything."
    )
    more = serializers.BooleanField(help_text="Whether there is more already.")
    results = ChangeOut(many=True)


class ChangesView(ScopedView):
    """Everybody who may read anything; each is told of what they may read."""

    read_permission = None
    parameters = WORDS

    @extend_schema(
        operation_id="changes",
        parameters=[
            OpenApiParameter("page_size", OpenApiTypes.INT, description=WORDS["page_size"]),
        ],
        responses={200: ChangesOut, (410, "application/problem+json"): Problem},
    )
    def get(self, request: Request) -> Response:
        """The next changes, at least once each and in an order in which none can be missed."""
        types = self._types(request)
        size = checked_page_size(request, default=200, largest=LARGEST_PAGE)
        given = request.query_params.get("after")
        if given == BEGINNING:
            body: dict[str, Any] = {
                "cursor": _cursor(latest_place(now=self.now)),
                "more": False,
                "results": [],
            }
            return Response(ChangesOut(body).data)
        page = read_changes(self.actor, after=self._place(given), types=types, size=size, now=self.now)
        rows = [
            {
                "seq": _cursor(page.place_of(row)), "type": row.type, "id": row.public_id, "op": row.op, "at": row.at,
                "scorecard_id": row.scorecard_public_id, "merged_into": row.merged_into,
            }
            for row in page.rows
        ]  # fmt: skip
        return Response(ChangesOut({"cursor": _cursor(page.end), "more": page.more, "results": rows}).data)

    def _types(self, request: Request) -> frozenset[str]:
        """The types asked for; raises Invalid for an unknown one, PermissionDenied for one that may not be read."""
        allowed = readable_types(self.actor)
        if not allowed:
            raise PermissionDenied("This token has no scope to read anything.", code="scope_missing")
        given = request.query_params.get("types")
        if given is None:
            return allowed
        asked = frozenset(given.split(","))
        known = feed_types()
        if asked - set(known):
            words = f"Choose from {', '.join(known)}."
            raise Invalid(words, errors=[FieldError("types", "unknown_type", words)])
        if asked - allowed:
            lacking = ", ".join(sorted(asked - allowed))
            raise PermissionDenied(f"You may not read {lacking}.", code="scope_missing")
        return asked

    def _place(self, given: str | None) -> Place | None:
        if given is None:
            return None
        try:
            return Place.parse(opened(given, purpose=PURPOSE), zone=self.now)
        except BrokenCursorError:
            words = "This is no cursor of the changes. Begin with after=now."
            raise Invalid(words, errors=[FieldError("after", "invalid", words)]) from None


def _cursor(place: Place) -> str:
    return sealed(place.text(), purpose=PURPOSE)
