"""`audit/chain/`: the head of the chain that seals the audit trail."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.audit_chain import hash_at, head_of
from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.policies import Permission
from cdmo_eval.http.api import ScopedView
from cdmo_eval.http.serializers import Output


class ChainOut(Output):
    """Up to which change the trail is sealed. Compare `number` and `hash` with a head that was kept outside."""

    number = serializers.IntegerField(help_text="Changes sealed; with ?number= that one.")
    hash = serializers.CharField(help_text="SHA-256 (hex) over all changes up to this one.")
    sealed_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.IntegerField(help_text="Changes that are not sealed yet.")


class AuditChainView(ScopedView):
    """Administrators, quality and auditors."""

    reading = "audit:read"
    read_permission = Permission.VIEW_AUDIT
    parameters = {"number": "Shows the hash as the chain stood at this number instead of its head."}

    @extend_schema(operation_id="audit_chain_retrieve", responses=ChainOut)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The head. `manage.py verify_audit` works every hash out again."""
        organization = self.actor.organization
        head = head_of(organization)
        body = {
            "number": head.number,
            "hash": head.hash,
            "sealed_at": head.sealed_at,
            "waiting": head.waiting,
        }
        asked = request.query_params.get("number", "")
        if asked:
            body |= {"number": _number(asked), "hash": hash_at(organization, _number(asked))}
            if not body["hash"]:
                raise NotFound("The chain has no such number.")
        return Response(ChainOut(body).data)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        message = "A whole number."
        raise Invalid(message, errors=[FieldError("number", "invalid", message)])
    return int(text)
