"""`scorecards/{id}/preregistration/`: settle weights and must-haves before anybody sees a score."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import conditional
from cdmo_eval.http.conditional import version_etag
from cdmo_eval.http.serializers import NothingIn, Output
from scorecards.api.references import OfScorecard
from scorecards.models import Scorecard
from scorecards.selectors.preregistration import registration_of
from scorecards.services.preregistration import hide_scores, lock_weights, show_scores


class RulesChangeOut(Output):
    """A change of what was locked, as the first calculation that used it found it. Both leaders rest on the same facts."""

    run_id = serializers.UUIDField(source="run.public_id")
    calculated_at = serializers.DateTimeField(source="run.finished_at")
    changed = serializers.ListField(
        child=serializers.CharField(),
        source="parts",
        help_text="What differs from the lock; empty: nothing any more.",
    )
    edited_by = serializers.ListField(child=serializers.CharField())
    edited_at = serializers.DateTimeField(allow_null=True)
    leader_before = serializers.ListField(
        child=serializers.CharField(), help_text="Who leads under the locked rules."
    )
    leader_after = serializers.ListField(child=serializers.CharField())
    changes_leader = serializers.BooleanField()
    digest = serializers.CharField()


class PreregistrationOut(Output):
    """How a scorecard stands: `hidden`, locked, or neither."""

    hidden = serializers.BooleanField()
    locked_at = serializers.DateTimeField(source="locked.locked_at", allow_null=True, default=None)
    locked_by = serializers.CharField(source="locked.locked_by_name", default="")
    digest = serializers.CharField(
        source="locked.digest", default="", help_text="SHA-256 of the canonical JSON (RFC 8785) of `content`."
    )
    content = serializers.JSONField(
        source="locked.content", default=None, allow_null=True, help_text="What was locked."
    )
    differs = serializers.ListField(
        child=serializers.CharField(),
        help_text="What is no longer as locked: weights, must_haves, policy, stage, framework.",
    )
    leader_changed = serializers.BooleanField(source="flagged", help_text="Never taken back.")
    changes = RulesChangeOut(many=True)


class PreregistrationViews(OfScorecard):
    """Read by every member; managers hide, show and lock."""

    model = Scorecard
    serializer_class = PreregistrationOut
    pagination_class = None
    filter_backends: Any = []
    write_permission = Permission.EDIT_SCORECARDS

    def queryset_for(self, actor: Actor) -> QuerySet[Scorecard]:
        """Only the scorecard of the address."""
        rows: QuerySet[Scorecard] = Scorecard.objects.for_organization(actor.organization)
        return rows.filter(public_id=self.kwargs["scorecard_id"])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What was locked, and every change since."""
        return self._answer()

    @extend_schema(request=NothingIn, responses=PreregistrationOut)
    @conditional
    def hide(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Calculate and show nothing until the weights are locked. 409 once scores were published."""
        return self._act(hide_scores)

    @extend_schema(request=NothingIn, responses=PreregistrationOut)
    @conditional
    def show_scores(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the waiting up: scores are shown, and nothing is locked."""
        return self._act(show_scores)

    @extend_schema(request=NothingIn, responses=PreregistrationOut)
    @conditional
    def lock(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lock weights, must-haves, policy, stage and criteria set for ever; then scores are calculated and shown."""
        return self._act(lock_weights)

    def _act(self, service: Any) -> Response:
        row = self.scorecard()
        version = self.expected_version(row)
        self.input(NothingIn)
        service(scorecard=row, expected_version=version, by=self.actor, now=self.now)
        return self._answer()

    def _answer(self) -> Response:
        row = self.scorecard()
        body = PreregistrationOut(registration_of(row)).data
        response = Response(body)
        response["ETag"] = version_etag(row.version, JSONRenderer().render(body))
        return response
