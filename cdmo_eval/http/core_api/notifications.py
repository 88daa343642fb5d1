"""`notifications/`: what the caller was told, and how they want to be told."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import Notification, NotificationSetting
from cdmo_eval.core.notices import NoticeKind, sentence
from cdmo_eval.core.notifications import choices_of, choose, mark_read, notifications_of
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.subjects import address_of
from cdmo_eval.http.api import ListRetrieve, ScopedView
from cdmo_eval.http.fields import Code, PublicId
from cdmo_eval.http.serializers import Input, NothingIn, Output


class NotificationFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the list."""

    kind = django_filters.MultipleChoiceFilter(choices=[(kind.value, kind.label) for kind in NoticeKind])
    unread = django_filters.BooleanFilter(
        field_name="read_at", lookup_expr="isnull", help_text="`true`: not read yet."
    )


class NotificationOut(Output):
    """One thing that happened. `events` counts those that are told together; `url` is a path of this server, or empty."""

    id = PublicId()
    kind = serializers.CharField()
    type = serializers.CharField(help_text="The type of the event, as webhooks have it.")
    text = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField()
    events = serializers.IntegerField(source="happened")
    at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)

    def get_text(self, row: Notification) -> str:
        """In words, as the page has it."""
        return sentence(row.type, row.data, happened=row.happened)

    def get_url(self, row: Notification) -> str:
        """Where it leads."""
        return address_of(row.subject_type, row.subject_id, row.data) if row.happened == 1 else ""


class MarkedOut(Output):
    """How many changed."""

    changed = serializers.IntegerField()


class NotificationViews(ListRetrieve):
    """One's own, newest first. A token sees those of kinds that its scopes read; marking needs a signed-in person."""

    model = Notification
    serializer_class = NotificationOut
    filterset_class = NotificationFilters
    reading = "vendors:read"
    write_permission = Permission.OWN_NOTIFICATIONS

    def queryset_for(self, actor: Actor) -> QuerySet[Notification]:
        """The caller's."""
        return notifications_of(actor)

    @extend_schema(request=NothingIn, responses=NotificationOut)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Mark it as read."""
        return self._mark(read=True)

    @extend_schema(request=NothingIn, responses=NotificationOut)
    @action(detail=True, methods=["post"])
    def unread(self, request: Request, id: str) -> Response:  # noqa: A002
        """Mark it as unread."""
        return self._mark(read=False)

    def _mark(self, *, read: bool) -> Response:
        row = self.get_object()
        self.input(NothingIn)
        mark_read(by=self.actor, now=self.now, notifications=[row], read=read)
        return self.show(row)

    @extend_schema(request=NothingIn, responses=MarkedOut)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark everything as read."""
        self.input(NothingIn)
        return Response(MarkedOut({"changed": mark_read(by=self.actor, now=self.now)}).data)


class ChoiceOut(Output):
    """How the caller is told of a kind."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's attribute
    in_app = serializers.BooleanField()
    email = serializers.CharField(help_text="`daily`, `weekly` or `never`.")


class ChoicesOut(Output):
    """Every kind."""

    settings = ChoiceOut(many=True)


class ChoiceIn(Input):
    """A change of one kind; what is left out stays."""

    kind = Code(NoticeKind)
    in_app = serializers.BooleanField(required=False)
    email = serializers.ChoiceField(choices=NotificationSetting.Email.choices, required=False)


class ChoicesIn(Input):
    """Changes by kind; kinds that are left out stay."""

    settings = serializers.ListField(child=ChoiceIn(), max_length=len(NoticeKind))


class NotificationSettingsView(ScopedView):
    """One's own settings in this organisation; any token reads them, a signed-in person changes them."""

    read_permission = None
    write_permission = Permission.OWN_NOTIFICATIONS
    serializer_class: ClassVar[Any] = ChoicesOut

    @extend_schema(operation_id="notification_settings_retrieve", responses=ChoicesOut)
    def get(self, request: Request) -> Response:
        """How the caller is told of every kind."""
        return self._answer()

    @extend_schema(operation_id="notification_settings_change", request=ChoicesIn, responses=ChoicesOut)
    def patch(self, request: Request) -> Response:
        """Change some."""
        sent = ChoicesIn(data=request.data, context={"view": self})
        sent.is_valid(raise_exception=True)
        given: dict[str, dict[str, Any]] = {}
        for position, each in enumerate(sent.validated_data["settings"]):
            fields = dict(each)
            kind = fields.pop("kind")
            if kind in given:
                message = "Name a kind once."
                raise Invalid(message, errors=[FieldError(f"settings.{position}.kind", "duplicate", message)])
            given[kind] = fields
        choose(by=self.actor, given=given)
        return self._answer()

    def _answer(self) -> Response:
        assert self.actor.user is not None  # noqa: S101 - a call has a person behind it
        choices = [
            {"kind": one.kind.value, "label": one.kind.label, "in_app": one.in_app, "email": one.email}
            for one in choices_of(self.actor.organization, self.actor.user)
        ]
        return Response(ChoicesOut({"settings": choices}).data)
