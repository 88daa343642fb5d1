"""`organization/members/`: who works here, in which role, until when."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core import members
from cdmo_eval.core.models import Membership
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.roles import Role
from cdmo_eval.http.api import ListRetrieve, conditional
from cdmo_eval.http.fields import Code, PublicId, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output


class MemberFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the members' list, on the page and in the API."""

    role = django_filters.ChoiceFilter(choices=[(role.value, role.label) for role in Role])
    include = django_filters.ChoiceFilter(
        choices=[("ended", "Ended")], method="with_ended", help_text="`ended`: with memberships that ended."
    )

    def __init__(self, *args: Any, now: Any = None, **kwargs: Any) -> None:
        self.now = now
        super().__init__(*args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """Present members, unless those who left are asked for."""
        rows: QuerySet[Membership] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("include") else members.current(rows, now=self.now)

    def with_ended(self, queryset: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        """Nothing to leave out."""
        return queryset


class MemberIn(Input):
    """A new member."""

    email = serializers.EmailField(max_length=254)
    name = text(200)
    role = Code(Role)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class MemberChange(Input):
    """What may change about a member."""

    role = Code(Role)
    expires_at = serializers.DateTimeField(allow_null=True)


class MemberOut(Output):
    """A member. `id` is the membership's, `user_id` the person's."""

    id = PublicId()
    user_id = PublicId("user.public_id")
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class MemberViews(ListRetrieve):
    """Read by every member who is signed in, and by tokens with `audit:read`; changed by administrators."""

    model = Membership
    serializer_class = MemberOut
    filterset_class = MemberFilters
    reading = "audit:read"
    write_permission = Permission.MANAGE_MEMBERS

    def queryset_for(self, actor: Actor) -> QuerySet[Membership]:
        """All memberships."""
        return members.member_list(actor.organization)

    def filter_arguments(self) -> dict[str, Any]:
        """Who is still a member depends on the time."""
        return {"now": self.now}

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a person."""
        fields = self.input(MemberIn)
        row = members.add_member(organization=self.actor.organization, by=self.actor, now=self.now, **fields)
        return self.show(row, status=201)

    @extend_schema(request=MemberChange, responses=MemberOut)
    @conditional
    def partial_update(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Change role or end."""
        row = self.get_object()
        fields = self.input(MemberChange, partial=True)
        members.change_member(
            membership=row, expected_version=self.expected_version(row), by=self.actor, now=self.now, **fields
        )
        return self.show(row)

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002
        """End the membership; it stays on file."""
        row = self.get_object()
        members.end_membership(
            membership=row, expected_version=self.expected_version(row), by=self.actor, now=self.now
        )
        return Response(status=204)
