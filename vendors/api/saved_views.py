"""`vendor-views/`: looks at the directory under a name, one's own and those that others share."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import PublicId, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output
from vendors import services
from vendors.models import SavedView
from vendors.models.saved_view import MOST_CHARACTERS


class SavedViewIn(Input):
    """A name and the query of the directory's address. `shared`: every member sees it."""

    name = serializers.CharField(max_length=80)
    query = text(MOST_CHARACTERS)
    shared = serializers.BooleanField(default=False)


class SavedViewOut(Output):
    """A kept view. `query` is what follows the question mark of the directory's address."""

    id = PublicId()
    name = serializers.CharField()
    query = serializers.CharField()
    shared = serializers.BooleanField()
    owner = serializers.CharField(source="owner_name", help_text="Who keeps it.")
    mine = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_mine(self, row: SavedView) -> bool:
        """Whether the caller keeps it."""
        return bool(row.owner_id == self.context["user_id"])


class SavedViewViews(ListRetrieve):
    """Added and removed; a changed view is another one."""

    model = SavedView
    serializer_class = SavedViewOut
    write_permission: ClassVar = Permission.OWN_VIEWS

    def queryset_for(self, actor: Actor) -> QuerySet[SavedView]:
        """The caller's and the shared ones, by name."""
        rows: QuerySet[SavedView] = SavedView.objects.for_organization(actor.organization).of_reader(
            actor.user.pk if actor.user else None
        )
        return rows.select_related("organization").order_by("name", "id")

    def get_serializer_context(self) -> dict[str, object]:
        """With the caller, to tell their own views."""
        actor = getattr(self, "actor", None)
        user_id = actor.user.pk if actor is not None and actor.user else None
        return {**super().get_serializer_context(), "user_id": user_id}

    @extend_schema(request=SavedViewIn, responses={201: SavedViewOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Keep a view."""
        view = services.save_view(
            organization=self.actor.organization, by=self.actor, **self.input(SavedViewIn)
        )
        return self.show(view, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Forget a view: one's own, or a shared one of another member for who edits vendors."""
        services.remove_view(view=self.get_object(), by=self.actor)
        return Response(status=204)
