"""Conditional requests of the API: ETag on every answer, If-None-Match → 304, If-Match → 412."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags

from cdmo_eval.core.errors import PreconditionFailed


class ApiConditionalMiddleware(ConditionalGetMiddleware):
    """Django's own conditional answers, for /api/ only, with strong tags."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """304 where the client has it already."""
        if not request.path.startswith("/api/") or response.status_code != 200:
            return response
        if not isinstance(response, HttpResponse):  # streamed: there is no content to compare
            return response
        if request.method in {"GET", "HEAD"} and not response.has_header("ETag"):
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        return super().process_response(request, response)


def version_etag(version: int, content: bytes = b"") -> str:
    """The strong tag of a shared record: its version.

    A record that is shown with others inside it (a vendor with its sites) changes with them although its own version
    stays. Its tag has a digest of the whole answer after the version: "7.5f0c9a…".
    """
    return f'"{version}.{hashlib.sha256(content).hexdigest()[:20]}"' if content else f'"{version}"'


def check_if_match(request: HttpRequest, version: int) -> None:
    """Raise PreconditionFailed when the client's If-Match names another version of the record than the present one.

    Only the version counts, not what lies inside the record: two people may change a vendor and its site.
    """
    if "If-Match" not in request.headers:
        return
    plain = version_etag(version)
    etag = plain
    for given in parse_etags(request.headers["If-Match"]):
        if given.startswith(f"{plain[:-1]}."):
            etag = given
    answer = get_conditional_response(request, etag=etag)
    if answer is not None and answer.status_code == 412:
        raise PreconditionFailed(
            f"Somebody changed this since you read it: its version is {version} now. "
            "Read it again, then repeat your change."
        )
