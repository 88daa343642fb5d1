"""A request id on every log line, answer and audit event; cache rules of organisation data."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from cdmo_eval.http.metrics import REQUEST_SECONDS

ACCEPTED = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
QUIET = ("/static/", "/health/", "/metrics")

log = structlog.get_logger(__name__)


class RequestIdMiddleware:
    """Outermost: names the request, logs its end, and forbids caches to keep what only members may see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTED.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            match = getattr(request, "resolver_match", None)
            REQUEST_SECONDS.labels(
                route=match.route if match else "unknown", status=str(response.status_code)
            ).observe(seconds)
            if not request.path.startswith(QUIET):
                log.info(
                    "request",
                    method=request.method,
                    path=request.path,
                    status=response.status_code,
                    ms=round(seconds * 1000, 1),
                )
        response["X-Request-ID"] = request_id
        if not request.path.startswith("/static/") and "Cache-Control" not in response:
            response["Cache-Control"] = (
                "private, no-cache" if request.path.startswith("/api/") else "no-store"
            )
        return response
