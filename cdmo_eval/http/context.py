"""What the frame of every page needs: navigation, theme, organisation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cdmo_eval.core.models import Membership, MemberState
from cdmo_eval.core.policies import Actor, Permission, allows

THEMES = ("light", "dark", "system")
DENSITIES = ("comfortable", "compact")
KEYS = ("on", "off")
GROUPS = (30, 60, 90, 99)
"""A hairline stands before the first line of the sidebar from each of these on: work, upkeep, house."""


def chosen(request: HttpRequest, cookie: str, values: tuple[str, ...]) -> str:
    """What this browser has chosen, or the first of the values."""
    value = request.COOKIES.get(cookie, "")
    return value if value in values else values[0]


@dataclass(frozen=True)
class NavigationItem:
    """One line of the sidebar, registered by the app whose page it is."""

    code: str
    label: str
    view_name: str
    order: int
    permission: Permission = Permission.VIEW
    count: Callable[[Actor], int] | None = None
    words: str = ""
    """What else people call the page, for the search; names with commas between."""


navigation: dict[str, NavigationItem] = {}


def register_navigation(item: NavigationItem) -> None:
    """For AppConfig.ready."""
    navigation[item.code] = item


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: theme and density from cookies (so that nothing flashes), the sidebar, the organisation."""
    actor: Actor | None = getattr(request, "actor", None)
    frame: dict[str, Any] = {
        "theme": chosen(request, "theme", THEMES),
        "density": chosen(request, "density", DENSITIES),
        "actor": actor,
        "navigation": [],
    }
    if actor:
        frame["navigation"] = [
            _line(item, request, actor)
            for item in sorted(navigation.values(), key=lambda i: i.order)
            if allows(actor, item.permission)
        ]
        frame["organization"] = actor.organization
        frame["memberships"] = getattr(request, "memberships", [])
        frame["unread"] = _unread(frame["memberships"], actor)
    return frame


def _unread(memberships: list[Membership], actor: Actor) -> int:
    """How many notifications the person has not read here; the count came with the membership, without a query."""
    for membership in memberships:
        if membership.organization_id == actor.organization.pk:
            state: MemberState | None = getattr(membership, "state", None)
            return state.unread if state else 0
    return 0


def _line(item: NavigationItem, request: HttpRequest, actor: Actor) -> dict[str, Any]:
    url = reverse(item.view_name)
    return {
        "code": item.code,
        "label": item.label,
        "url": url,
        "group": sum(item.order >= first for first in GROUPS),
        "count": item.count(actor) if item.count else None,
        "current": request.path == url or (url != "/" and request.path.startswith(url)),
    }
