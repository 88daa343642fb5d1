"""`Idempotency-Key` on creating POSTs: a repeated request gets the first answer, and creates nothing twice."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files import File
from django.db import connection
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models.job import IdempotencyKey

LONGEST_KEY = 200


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a creating method of an ApiViewSet.

    Same key and body: the stored answer, marked `Idempotent-Replay: true`. Another body: 422. In flight: 409.
    """

    @wraps(method)
    def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return method(view, request, *args, **kwargs)
        if len(key) > LONGEST_KEY:
            message = f"At most {LONGEST_KEY} characters."
            raise Invalid(message, errors=[FieldError("Idempotency-Key", "too_long", message)])
        actor = view.actor
        who = f"token:{actor.token_id}" if actor.token_id else f"user:{actor.user.pk}"
        body = json.dumps([request.path, request.data], sort_keys=True, default=_content)
        sha256 = hashlib.sha256(body.encode()).hexdigest()
        if not _lock(f"{actor.organization.pk}:{who}:{key}"):
            raise Conflict(
                "The same request is being worked on. Wait, then repeat it.", code="in_flight", retry_after=1
            )
        kept = IdempotencyKey.objects.for_organization(actor.organization).filter(actor=who, key=key).first()
        if kept is not None:
            if kept.body_sha256 != sha256:
                raise Conflict(
                    "This Idempotency-Key was used for another request.", code="key_reused", status=422
                )
            return Response(
                kept.body, status=kept.status, headers={**kept.headers, "Idempotent-Replay": "true"}
            )
        response = method(view, request, *args, **kwargs)
        headers = {name: response[name] for name in ("ETag", "Location") if name in response}
        stored = json.loads(JSONRenderer().render(response.data))
        IdempotencyKey.objects.create(
            organization=actor.organization,
            actor=who,
            key=key,
            body_sha256=sha256,
            status=response.status_code,
            body=stored,
            headers=headers,
        )
        return response

    wrapper.is_idempotent = True  # type: ignore[attr-defined]  # the OpenAPI document names the header
    return wrapper


def _content(part: Any) -> str:
    """What stands for a part of a body that is no JSON: an uploaded file for its bytes."""
    if not isinstance(part, File):
        return str(part)
    digest = hashlib.sha256()
    for chunk in part.chunks():
        digest.update(chunk)
    part.seek(0)
    return f"{part.name} {digest.hexdigest()}"


def _lock(name: str) -> bool:
    """Take a lock that ends with the transaction; False when another request holds it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])
