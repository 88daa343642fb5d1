"""Whose call it is behind a reverse proxy: the address that tokens' networks and lock-outs go by."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class ClientAddressMiddleware:
    """Takes the caller's address from `X-Forwarded-For` when a trusted proxy (CDMO_TRUSTED_PROXIES) brings it.

    Read from the right, past the trusted proxies: what stands further left was written by whoever wanted to. From
    anybody else these headers are lies, and are taken away before something believes them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve."""
        meta = request.META
        if settings.TRUSTED_PROXIES:
            if is_trusted(meta.get("REMOTE_ADDR", "")):
                meta["REMOTE_ADDR"] = caller(meta["REMOTE_ADDR"], meta.get("HTTP_X_FORWARDED_FOR", ""))
                meta.pop("HTTP_X_FORWARDED_FOR", None)
            else:
                for name in FORWARDED:
                    meta.pop(name, None)
        return self.get_response(request)


def is_trusted(address: str) -> bool:
    """Whether an address is that of a trusted proxy. Without any address the call came through a socket: it is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in settings.TRUSTED_PROXIES)


def caller(proxy: str, forwarded: str) -> str:
    """The last address before the trusted proxies; that of the proxy where the header is missing or makes no sense."""
    last = proxy
    for part in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        try:
            last = str(ipaddress.ip_address(part))
        except ValueError:
            return last
        if not is_trusted(last):
            return last
    return last
