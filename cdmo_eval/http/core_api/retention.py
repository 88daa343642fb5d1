"""`organization/retention/`, `legal-holds/` and `organization/access/`: what is kept, what must be, and who had access."""

from datetime import date
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core import retention
from cdmo_eval.core.access_report import access_rows
from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import LegalHold, Membership
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, ListRetrieve, ScopedView, conditional
from cdmo_eval.http.conditional import check_if_match, version_etag
from cdmo_eval.http.fields import Day, NoId, PublicId
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output, ReasonIn


class RetentionOut(Output):
    """Days by kind of derived things."""

    days = serializers.DictField(child=serializers.IntegerField())
    version = serializers.IntegerField()


class RetentionIn(Input):
    """Changes; kinds that are left out stay."""

    days = serializers.DictField(
        child=serializers.IntegerField(min_value=retention.FEWEST_DAYS, max_value=retention.MOST_DAYS)
    )


class RetentionView(ScopedView):
    """One document; administrators change it, signed in."""

    reading = "audit:read"
    read_permission = Permission.VIEW_AUDIT
    write_permission = Permission.MANAGE_SETTINGS
    serializer_class: ClassVar[Any] = RetentionOut

    @extend_schema(operation_id="organization_retention_retrieve", responses=RetentionOut)
    def get(self, request: Request) -> Response:
        """How many days each kind is kept."""
        return self._answer(retention.retention_of(self.actor.organization))

    @extend_schema(operation_id="organization_retention_change", request=RetentionIn, responses=RetentionOut)
    @conditional
    def patch(self, request: Request) -> Response:
        """Change some."""
        sent = RetentionIn(data=request.data, context={"view": self})
        sent.is_valid(raise_exception=True)
        version = None
        if "If-Match" in request.headers:
            version = retention.retention_of(self.actor.organization).version
            check_if_match(request._request, version)
        found = retention.change_retention(
            organization=self.actor.organization,
            given=sent.validated_data["days"],
            expected_version=version,
            by=self.actor,
        )
        return self._answer(found)

    def _answer(self, found: retention.Retention) -> Response:
        response = Response(RetentionOut({"days": found.days, "version": found.version}).data)
        response["ETag"] = version_etag(found.version)
        return response


class HoldIn(Input):
    """A new hold, of the whole organisation or on account of a programme."""

    matter = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=10_000)
    program = serializers.UUIDField(required=False, allow_null=True)


class HoldOut(Output):
    """A legal hold; while one stands nothing is purged."""

    id = PublicId()
    program = NoId("program_public_id")
    matter = serializers.CharField()
    reason = serializers.CharField()
    placed_by_name = serializers.CharField()
    placed_at = serializers.DateTimeField()
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_by_name = serializers.CharField()
    lifted_reason = serializers.CharField()
    version = serializers.IntegerField()


class HoldFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the list of holds."""

    standing = django_filters.BooleanFilter(field_name="lifted_at", lookup_expr="isnull")


class HoldViews(ListRetrieve):
    """Read by those who read the audit trail; placed and lifted by administrators, signed in."""

    model = LegalHold
    serializer_class = HoldOut
    filterset_class = HoldFilters
    reading = "audit:read"
    read_permission = Permission.VIEW_AUDIT
    write_permission = Permission.MANAGE_SETTINGS

    def queryset_for(self, actor: Actor) -> QuerySet[LegalHold]:
        """All of them, the standing ones first."""
        return retention.holds_of(actor.organization)

    @extend_schema(request=HoldIn, responses={201: HoldOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Place a hold."""
        sent = self.input(HoldIn)
        row = retention.place_hold(
            organization=self.actor.organization, matter=sent["matter"], reason=sent["reason"], by=self.actor, now=self.now,
            program_public_id=sent.get("program"),
        )  # fmt: skip
        return self.show(row, status=201)

    @extend_schema(request=ReasonIn, responses=HoldOut)
    @conditional
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """End it, with a reason."""
        row = self.get_object()
        sent = self.input(ReasonIn)
        retention.lift_hold(
            hold=row,
            reason=sent["reason"],
            expected_version=self.expected_version(row),
            by=self.actor,
            now=self.now,
        )
        return self.show(row)


class AccessOut(Output):
    """One access: of a member, or of a token that a member holds."""

    kind = serializers.CharField(help_text="`member` or `token`.")
    person = serializers.CharField()
    email = serializers.CharField()
    role = serializers.CharField()
    token = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())
    since = serializers.DateTimeField()
    role_since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    active = serializers.BooleanField(help_text="Whether it could be used at the end of the day.")
    given_by = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())


class AccessViews(ApiViewSet):
    """Read from the audit trail, as it stood at the end of a day."""

    model = Membership
    serializer_class = AccessOut
    filter_backends: Any = []
    reading = "audit:read"
    read_permission = Permission.VIEW_AUDIT
    parameters = {"on": "The day (UTC), such as 2026-05-04; today without it."}

    @extend_schema(operation_id="organization_access_list", responses=AccessOut(many=True))
    def list(self, request: Request) -> Response:
        """Members by name, each with their tokens; ended ones too."""
        return self.answer_page(access_rows(self.actor.organization, self._on(request)))

    def _on(self, request: Request) -> date:
        text = request.query_params.get("on")
        if text is None:
            return self.today
        on: date | None = Day().run_validation(text) if text else None
        if on is None or on > self.today:
            message = "Give a day that is not in the future."
            raise Invalid(message, errors=[FieldError("on", "out_of_range", message)])
        return on
