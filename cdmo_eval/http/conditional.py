"""Conditional requests of the API: ETag on every answer, If-None-Match → 304, If-Match → 412."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import get_conditional_response

from cdmo_eval.core.errors import PreconditionFailed


class ApiConditionalMiddleware(ConditionalGetMiddleware):
    """Django's own conditional answers, for /api/ only, with strong tags."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
        """304 where the client has it already."""
        if not request.path.startswith("/api/") or response.status_code != 200 or response.streaming:
            return response
        if request.method in {"GET", "HEAD"} and not response.has_header("ETag"):
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        return super().process_response(request, response)


def version_etag(version: int) -> str:
    """The strong tag of a shared record."""
    return f'"{version}"'


def check_if_match(request: HttpRequest, etag: str) -> None:
    """Raise PreconditionFailed when the client's If-Match names another version than the present one."""
    if "If-Match" not in request.headers:
        return
    answer = get_conditional_response(request, etag=etag)
    if answer is not None and answer.status_code == 412:
        raise PreconditionFailed(
            f"Somebody changed this since you read it: its tag is {etag} now. Read it again, then repeat your change."
        )
