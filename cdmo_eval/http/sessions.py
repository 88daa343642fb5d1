"""Limits of a session: 30 minutes idle, 12 hours in all."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

TOUCH_SECONDS = 60  # how exactly idleness is known; a write a minute is enough


class SessionLimitsMiddleware:
    """Signs out a session that was idle or signed in for too long. Kept in the database: no broker, no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve."""
        if request.user.is_authenticated:
            now, session = int(time.time()), request.session
            began, seen = session.get("signed_in_at", now), session.get("seen_at", now)
            if now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif "seen_at" not in session or now - seen > TOUCH_SECONDS:
                session["signed_in_at"], session["seen_at"] = began, now
        return self.get_response(request)
