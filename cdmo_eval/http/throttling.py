"""Courtesy limits per token or session, told in RateLimit headers."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from cdmo_eval.core.models.token import ApiToken

if TYPE_CHECKING:  # at run time a circle: views reads the settings that name this class
    from rest_framework.views import APIView

WINDOW = 60


class TokenThrottle(BaseThrottle):
    """Per minute: 600 reads, 120 writes, 20 heavy (views with `throttle_kind = "heavy"`). A courtesy, not a control."""

    reset = WINDOW

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the call; False when the minute is used up."""
        kind = getattr(view, "throttle_kind", "") or (
            "read" if request.method in {"GET", "HEAD", "OPTIONS"} else "write"
        )
        limit = settings.THROTTLE_PER_MINUTE[kind]
        who = (
            f"t{request.auth.pk}"
            if isinstance(request.auth, ApiToken)
            else f"u{request.user.pk or request.META.get('REMOTE_ADDR')}"
        )
        now = time.time()
        window = int(now // WINDOW)
        self.reset = WINDOW - int(now % WINDOW)
        key = f"throttle:{who}:{kind}:{window}"
        cache.add(key, 0, WINDOW * 2)
        used = cache.incr(key)
        request._request.rate_limit = (limit, max(0, limit - used), self.reset)  # type: ignore[attr-defined]
        return bool(used <= limit)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return float(self.reset)
