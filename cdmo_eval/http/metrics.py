"""Counters for Prometheus, and the gauges that apps register."""

import hmac
from collections.abc import Callable, Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cdmo_eval import env

registry = CollectorRegistry()
REQUEST_SECONDS = Histogram(
    "cdmo_request_seconds", "Time to answer", ["route", "status"], registry=registry,
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)  # fmt: skip

gauges: dict[str, tuple[str, Callable[[], float]]] = {}


def register_gauge(name: str, description: str, read: Callable[[], float]) -> None:
    """For AppConfig.ready: a number that is read when the metrics page is."""
    gauges[name] = (description, read)


class _Registered(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (description, read) in gauges.items():
            yield GaugeMetricFamily(name, description, value=read())


registry.register(_Registered())


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics page; needs `Authorization: Bearer $CDMO_METRICS_TOKEN`, and is closed while that is unset."""
    token = env.text("CDMO_METRICS_TOKEN")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        return HttpResponseForbidden(
            "Set CDMO_METRICS_TOKEN and send it as a bearer token.", content_type="text/plain"
        )
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
