"""`ratings/`: an evaluator's own ratings; others' only after submitting."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import PublicId, RowField, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import candidate_rows
from scorecards.models import Rating
from scorecards.models.evaluation import LONGEST_COMMENT
from scorecards.selectors.evaluators import current_ratings, own_invitations, readable_ratings
from scorecards.services.evaluators import Entry, save_ratings


class RatingIn(Input):
    """One's own rating of a candidate by a criterion: a level of its described scale, or an abstention.

    Neither takes an earlier rating back. Kept as a draft until the invitation is submitted.
    """

    invitation = RowField(own_invitations)
    candidate = RowField(candidate_rows)
    criterion = serializers.CharField(max_length=32)
    level = serializers.IntegerField(min_value=0, max_value=10, required=False, allow_null=True, default=None)
    abstained = serializers.BooleanField(required=False, default=False)
    comment = text(LONGEST_COMMENT, default="")


class RatingOut(Output):
    """The present revision of a rating."""

    id = PublicId()
    invitation = PublicId("invitation.public_id")
    scorecard = PublicId("invitation.scorecard.public_id")
    evaluator = serializers.CharField(source="invitation.evaluator.name")
    own = serializers.SerializerMethodField()
    candidate = PublicId("candidate.public_id")
    vendor_name = serializers.CharField(source="candidate.vendor.name")
    criterion = serializers.CharField(source="leaf")
    level = serializers.IntegerField(allow_null=True)
    abstained = serializers.BooleanField()
    comment = serializers.CharField()
    revision = serializers.IntegerField()
    rated_at = serializers.DateTimeField()
    state = serializers.CharField(
        source="invitation.state", help_text="draft while the invitation is `open`."
    )

    def get_own(self, row: Rating) -> bool:
        """By the caller."""
        return bool(row.invitation.evaluator_id == getattr(self.context["view"].actor.user, "pk", None))


class RatingFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`scorecard`, `candidate`, `criterion`, `invitation`."""

    scorecard = filters.UUIDFilter(field_name="invitation__scorecard__public_id")
    candidate = filters.UUIDFilter(field_name="candidate__public_id")
    invitation = filters.UUIDFilter(field_name="invitation__public_id")
    criterion = filters.CharFilter(field_name="leaf")

    class Meta:
        model = Rating
        fields: tuple[str, ...] = ()


class RatingViews(ListRetrieve):
    """Ratings that the caller may read. While an own invitation is open, nobody else's of that scorecard are there."""

    model = Rating
    serializer_class = RatingOut
    filterset_class = RatingFilters
    reading = "scores:read"
    write_permission = Permission.RATE

    def queryset_for(self, actor: Actor) -> QuerySet[Rating]:
        """Newest first."""
        return readable_ratings(actor)

    @extend_schema(request=RatingIn, responses={201: RatingOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Rate. Each change is a revision of its own; the earlier ones stay on record."""
        fields = self.input(RatingIn)
        invitation, candidate, leaf = fields["invitation"], fields["candidate"], fields["criterion"]
        entry = Entry(candidate, leaf, fields["level"], fields["abstained"], fields["comment"])
        save_ratings(invitation=invitation, entries=[entry], by=self.actor, now=self.now)
        rows: Any = current_ratings(self.actor.organization).filter(
            invitation=invitation, candidate=candidate, leaf=leaf
        )
        row = rows.select_related(
            "invitation__scorecard", "invitation__evaluator", "candidate__vendor"
        ).first()
        if row is None:
            raise NotFound("There is no rating to take back.")
        return self.answer(RatingOut, row, status=201)
