"""Limits of a session: 30 minutes idle, 12 hours in all.

A page that looks for news by itself says so (`X-Background`): that is no activity of a person and does not keep a session.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

TOUCH_SECONDS = 60  # how exactly idleness is known; a write a minute is enough
BACKGROUND = "X-Background"


class SessionLimitsMiddleware:
    """Signs out a session that was idle or signed in for too long. Kept in the database: no broker, no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve."""
        background = BACKGROUND in request.headers and "HX-Request" in request.headers
        if request.user.is_authenticated:
            now, session = int(time.time()), request.session
            began, seen = session.get("signed_in_at", now), session.get("seen_at", now)
            if now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif "seen_at" not in session or (now - seen > TOUCH_SECONDS and not background):
                session["signed_in_at"], session["seen_at"] = began, now
        if background and not request.user.is_authenticated:
            # the page in the browser is of somebody who is signed out by now: it loads anew and asks to sign in
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        return self.get_response(request)
