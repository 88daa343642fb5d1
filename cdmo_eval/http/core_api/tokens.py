"""`tokens/`: a person's own access tokens; the administrator sees and ends everybody's."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import ApiToken
from cdmo_eval.core.policies import ALL_SCOPES, SHORTHANDS, Actor, Permission, allows
from cdmo_eval.core.tokens import create_token, revoke_token
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import PublicId, texts
from cdmo_eval.http.serializers import Input, Output

SCOPE_WORDS = (*SHORTHANDS, *ALL_SCOPES)


class TokenFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the tokens' list, on the page and in the API."""

    include = django_filters.ChoiceFilter(
        choices=[("revoked", "Revoked")], method="with_revoked", help_text="`revoked`: with revoked ones."
    )

    def filter_queryset(self, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        """Without revoked tokens, unless they are asked for."""
        rows: QuerySet[ApiToken] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("include") else rows.filter(revoked_at__isnull=True)

    def with_revoked(self, queryset: QuerySet[ApiToken], name: str, value: str) -> QuerySet[ApiToken]:
        """Nothing to leave out."""
        return queryset


class TokenIn(Input):
    """A new token."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPE_WORDS), min_length=1, max_length=len(SCOPE_WORDS)
    )
    expires_at = serializers.DateTimeField(help_text="At most 365 days ahead.")
    networks = texts(43, help_text="Networks from which it may be used, such as 203.0.113.0/24; none: any.")


class TokenOut(Output):
    """A token, without its secret."""

    id = PublicId()
    name = serializers.CharField()
    key_id = serializers.CharField(help_text="The part of the token by which people recognise it.")
    owner_id = PublicId("owner.public_id")
    owner_name = serializers.CharField(source="owner.name")
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(source="use.last_used_at", allow_null=True, default=None)
    last_used_from = serializers.IPAddressField(source="use.last_used_from", allow_null=True, default=None)


class NewTokenOut(TokenOut):
    """The only answer that holds the token itself."""

    token = serializers.SerializerMethodField(help_text="Shown this once, and kept nowhere.")

    def get_token(self, row: ApiToken) -> str:
        """The text to send as `Authorization: Bearer …`."""
        return str(self.context["token"])


class TokenViews(ListRetrieve):
    """For people who are signed in: no token makes or ends tokens."""

    model = ApiToken
    serializer_class = TokenOut
    filterset_class = TokenFilters
    read_permission = Permission.OWN_TOKENS
    write_permission = Permission.OWN_TOKENS

    def queryset_for(self, actor: Actor) -> QuerySet[ApiToken]:
        """One's own; everybody's with the permission to manage them."""
        rows = ApiToken.objects.filter(organization=actor.organization).select_related("owner", "use")
        if not allows(actor, Permission.MANAGE_TOKENS):
            rows = rows.filter(owner=actor.user)
        return rows.order_by("-id")

    @extend_schema(request=TokenIn, responses={201: NewTokenOut})
    def create(self, request: Request) -> Response:
        """Make a token. Its answer is never stored, so `Idempotency-Key` is refused here."""
        if "Idempotency-Key" in request.headers:
            message = "A token is shown once, so its answer is not kept to be repeated."
            raise Invalid(message, errors=[FieldError("Idempotency-Key", "not_here", message)])
        token, words = create_token(by=self.actor, now=self.now, **self.input(TokenIn))
        return self.answer(NewTokenOut, token, status=201, token=words)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Revoke it: it stops working at once."""
        revoke_token(by=self.actor, token=self.get_object(), now=self.now)
        return Response(status=204)
