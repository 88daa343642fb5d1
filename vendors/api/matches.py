"""`record-matches/`: which official record is of which site, and what waits for a person."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.serializers import Input, Output
from vendors import services
from vendors.api.references import site_field
from vendors.filters import MatchFilters
from vendors.models import RecordMatch
from vendors.selectors.matches import match_resources


class MatchedRecordOut(Output):
    """The record of a match."""

    id = serializers.UUIDField(source="public_id")
    kind = serializers.CharField()
    authority = serializers.CharField()
    native_id = serializers.CharField()
    firm = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    event_on = serializers.DateField(allow_null=True)
    scope = serializers.CharField()


class MatchOut(Output):
    """A match: `proposed` ones wait for a person and count nowhere."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.SerializerMethodField()
    vendor = serializers.UUIDField(source="site.vendor.public_id")
    site = serializers.UUIDField(source="site.public_id")
    method = serializers.CharField()
    confidence_pct = serializers.IntegerField()
    origin = serializers.SerializerMethodField()
    record = serializers.SerializerMethodField()
    remembered = serializers.BooleanField()
    decided_by = serializers.CharField(source="matched_by_name")
    rejected_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_state(self, match: RecordMatch) -> str:
        """proposed, matched or rejected."""
        if match.proposed:
            return "proposed"
        return "matched" if match.rejected_on is None else "rejected"

    def get_origin(self, match: RecordMatch) -> str:
        """public or uploaded."""
        return "public" if match.public_record_id else "uploaded"

    @extend_schema(responses=MatchedRecordOut)
    def get_record(self, match: RecordMatch) -> dict[str, Any]:
        """The record itself."""
        return dict(MatchedRecordOut(match.public_record or match.uploaded_record).data)


class DecisionIn(Input):
    """Whether the decision also holds for the next record of the same spelling and place."""

    remember = serializers.BooleanField(required=False, default=False)


class ElsewhereIn(DecisionIn):
    """The site that the record is of."""

    site = site_field()


class MatchViews(ListRetrieve):
    """Matches of official records with sites; `state=proposed` is the review queue."""

    model = RecordMatch
    serializer_class = MatchOut
    filterset_class = MatchFilters
    write_permission = Permission.EDIT_RECORDS

    def queryset_for(self, actor: Actor) -> QuerySet[RecordMatch]:
        """All matches of living sites."""
        return match_resources(actor.organization)

    @extend_schema(request=DecisionIn, responses=MatchOut)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Say that the record is of this site; it counts from now on."""
        row = self.get_object()
        sent = self.input(DecisionIn)
        return self.show(services.accept_match(match=row, by=self.actor, now=self.now, **sent))

    @extend_schema(request=DecisionIn, responses=MatchOut)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, id: str) -> Response:  # noqa: A002
        """Say that the record is not of this site; it is never proposed again."""
        row = self.get_object()
        sent = self.input(DecisionIn)
        return self.show(services.reject_proposal(match=row, by=self.actor, now=self.now, **sent))

    @extend_schema(request=ElsewhereIn, responses=MatchOut)
    @action(detail=True, methods=["post"])
    def elsewhere(self, request: Request, id: str) -> Response:  # noqa: A002
        """Say that the record is of another site; the answer is the match with that site."""
        row = self.get_object()
        sent = self.input(ElsewhereIn)
        return self.show(services.match_elsewhere(match=row, by=self.actor, now=self.now, **sent))
