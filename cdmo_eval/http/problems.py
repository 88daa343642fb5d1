"""Errors at the edges: problem+json (RFC 9457) in the API, a page elsewhere."""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response

from cdmo_eval.core.errors import DomainError, FieldError, NotFound, Unavailable, from_validation

TITLES = {
    400: "Bad request", 401: "Sign in first", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    406: "Not acceptable", 409: "Conflict", 410: "Gone", 412: "Changed meanwhile", 413: "Too large",
    415: "Unsupported media type", 422: "Unprocessable", 428: "Precondition required", 429: "Too many requests",
    500: "Server error", 503: "Busy, try again",
}  # fmt: skip
BUSY = "The database was busy for too long. Nothing was changed; try again in a moment."

log = structlog.get_logger(__name__)


def database_is_busy(error: BaseException) -> bool:
    """Whether a lock or statement time-out caused it."""
    cause = error.__cause__ if isinstance(error, OperationalError) else error
    return isinstance(
        cause,
        psycopg.errors.LockNotAvailable | psycopg.errors.QueryCanceled | psycopg.errors.DeadlockDetected,
    )


def as_domain_error(error: BaseException) -> DomainError | None:
    """The error in the domain's terms, or None when it is a fault of ours."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404):
        return NotFound("There is no such thing here.")
    if isinstance(error, DjangoPermissionDenied):
        return DomainError("This is not allowed.", code="permission_denied", status=403)
    if isinstance(error, RequestDataTooBig):
        return DomainError("The body is too large.", code="too_large", status=413)
    if isinstance(error, SuspiciousOperation):
        return DomainError("This request cannot be read.", code="malformed", status=400)
    if isinstance(error, DjangoValidationError):
        return from_validation(error)
    if database_is_busy(error):
        return Unavailable(BUSY, retry_after=3)
    if isinstance(error, exceptions.ValidationError):
        errors = tuple(flatten(error.detail))
        return DomainError(
            "; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in errors), errors=errors
        )
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        retry = getattr(error, "wait", None)
        return DomainError(
            str(error.detail), code=codes if isinstance(codes, str) else "error", status=error.status_code,
            retry_after=int(retry) + 1 if retry else 0,
        )  # fmt: skip
    return None


def flatten(detail: Any, path: str = "") -> Iterable[FieldError]:
    """DRF's nested error details as (field path, code, message)."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from flatten(value, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            yield from flatten(value, f"{path}.{index}" if isinstance(value, Mapping | list) else path)
    else:
        yield FieldError(path, getattr(detail, "code", None) or "invalid", str(detail))


def problem(request: HttpRequest, error: DomainError) -> dict[str, Any]:
    """The body of an error answer."""
    return {
        "type": f"about:blank#{error.code}",
        "title": TITLES.get(error.status, "Error"),
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "errors": [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors],
        "request_id": getattr(request, "request_id", ""),
    }


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler: rolls the request's scope back (DRF itself only knows ATOMIC_REQUESTS)."""
    request = context["request"]._request
    request.scope.failed = True
    known = as_domain_error(error)
    if known is None:
        return None
    response = Response(problem(request, known), status=known.status, content_type="application/problem+json")
    if known.status == 401:
        response["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    if known.retry_after:
        response["Retry-After"] = str(known.retry_after)
    return response


def error_page(request: HttpRequest, error: BaseException) -> HttpResponse:
    """A page (or, under /api/, a problem document) for an error that a person can understand."""
    known = as_domain_error(error) or DomainError("Something went wrong.", code="error", status=500)
    status = 409 if known.status == 503 and request.method == "POST" and not is_api(request) else known.status
    if is_api(request):
        response: HttpResponse = JsonResponse(
            problem(request, known), status=known.status, content_type="application/problem+json"
        )
    else:
        template = {403: "403.html", 404: "404.html"}.get(status, "error.html")
        # who is signed in keeps the way to everything else; after a fault of the database nothing more is asked of it
        inside = getattr(request, "actor", None) is not None and status in {403, 404}
        context = {
            "error": known,
            "title": TITLES.get(status, "Error"),
            "frame": "base.html" if inside else "base_public.html",
            "inside": inside,
        }
        response = render(request, template, context, status=status)
    if known.retry_after:
        response["Retry-After"] = str(known.retry_after)
    return response


def is_api(request: HttpRequest) -> bool:
    """Whether programs, not people, read the answer."""
    return request.path.startswith("/api/")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old, or did not come from our page."""
    error = DomainError(
        "This form was open for too long or came from another place. Go back, reload, and send it again.",
        code="csrf",
        status=403,
    )
    log.info("csrf_refused", reason=reason)
    return error_page(request, error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return error_page(request, NotFound("There is no such page, or it is not in this organisation."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return error_page(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: says what was kept and gives the reference number under which the log has the rest."""
    if is_api(request):
        fault = DomainError("A fault on our side. Nothing was changed.", code="server_error", status=500)
        return JsonResponse(problem(request, fault), status=500, content_type="application/problem+json")
    return render(request, "500.html", {"request_id": getattr(request, "request_id", "")}, status=500)
