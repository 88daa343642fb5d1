"""`me/`: who the server takes the caller for, and what they may do."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.models import ApiToken
from cdmo_eval.core.policies import Permission, allows
from cdmo_eval.http.api import ScopedView
from cdmo_eval.http.serializers import Output


class UserOut(Output):
    """A person."""

    id = serializers.UUIDField(source="public_id")
    email = serializers.EmailField()
    name = serializers.CharField()


class OrganizationOut(Output):
    """The organisation in which the call happens."""

    id = serializers.UUIDField(source="public_id")
    slug = serializers.CharField()
    name = serializers.CharField()


class MyTokenOut(Output):
    """The token of the call."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    expires_at = serializers.DateTimeField()


class MeOut(Output):
    """The caller."""

    user = UserOut()
    organization = OrganizationOut()
    role = serializers.CharField()
    permissions = serializers.ListField(
        child=serializers.CharField(), help_text="What role and scopes allow together."
    )
    scopes = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Of the token; null when signed in."
    )
    token = MyTokenOut(allow_null=True)


class MeView(ScopedView):
    """The caller: any token and any member may ask."""

    read_permission = None

    @extend_schema(operation_id="me", responses=MeOut)
    def get(self, request: Request) -> Response:
        """Who you are here, and what you may do."""
        actor = self.actor
        token = request.auth if isinstance(request.auth, ApiToken) else None
        found: dict[str, Any] = {
            "user": actor.user,
            "organization": actor.organization,
            "role": actor.role.value,
            "permissions": [permission.value for permission in Permission if self._may(permission)],
            "scopes": None if actor.scopes is None else sorted(actor.scopes),
            "token": token,
        }
        return Response(MeOut(found).data)

    def _may(self, permission: Permission) -> bool:
        if permission is not Permission.VIEW:
            return allows(self.actor, permission)
        return any(
            allows(self.actor, permission, reading=f"{subject}:read")
            for subject in ("vendors", "evidence", "scores")
        )
