"""Who stands before a page, and whether the page is for them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from cdmo_eval.core.errors import PermissionDenied
from cdmo_eval.core.policies import Actor, Permission, require

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in member. Raises PermissionDenied for somebody who belongs to no organisation."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise PermissionDenied(
            "You do not belong to an organisation yet: ask an administrator to invite you."
        )
    return actor


def page(
    permission: Permission = Permission.VIEW, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Make a view a page: `(request, actor, …)`, for members with the permission, for these methods only."""

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def served(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in (*methods, "HEAD"):
                return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
            actor = actor_of(request)
            require(actor, permission)
            return view(request, actor, *args, **kwargs)

        return served

    return decorate


FORM: dict[str, Any] = {"methods": ("GET", "POST")}
"""For pages with a form: `@page(Permission.EDIT_VENDORS, **FORM)`."""


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page. Going back in the browser's history needs all of it."""
    headers = request.headers
    restored = "HX-History-Restore-Request" in headers or "HX-Boosted" in headers
    return headers.get("HX-Request") == "true" and not restored
