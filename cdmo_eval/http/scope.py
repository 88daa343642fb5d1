"""The edge of every request: whose rows exist, who acts, and whether the work is kept or rolled back."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.models.organization import Membership
from cdmo_eval.core.models.user import User
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.http.problems import database_is_busy, error_page

SESSION_KEY = "organization"


@dataclass
class Scope:
    """One request's organisation scope. Opened by the session, or by the API after authentication; closed after rendering."""

    stack: ExitStack = field(default_factory=ExitStack)
    failed: bool = False
    actor: Actor | None = None

    def enter(self, actor: Actor) -> None:
        """Open the transaction in which `actor`'s organisation exists. Once a request."""
        if self.actor is not None:
            raise RuntimeError("scope entered twice")
        self.stack.enter_context(organization_scope(actor.organization.pk, actor))
        self.actor = actor


class ScopeMiddleware:
    """Wraps view *and* rendering: lazy templates query while they render, and an error must roll back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve inside the scope of the session's organisation; the API enters its own."""
        scope = Scope()
        request.scope, request.actor = scope, None  # type: ignore[attr-defined]
        try:
            with scope.stack:
                if request.user.is_authenticated and not request.path.startswith("/api/"):
                    actor = session_actor(request)
                    if actor:
                        scope.enter(actor)
                        request.actor = actor  # type: ignore[attr-defined]
                response = self.get_response(request)
                if scope.actor and (scope.failed or response.status_code >= 500):
                    transaction.set_rollback(True)
        except OperationalError as error:  # a lock or statement time-out at commit
            if not database_is_busy(error):
                raise
            return error_page(request, error)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Roll back; turn what a person can mend into a page that says so."""
        request.scope.failed = True  # type: ignore[attr-defined]
        if isinstance(exception, DomainError) or database_is_busy(exception):
            return error_page(request, exception)
        return None


def memberships_of(user: User) -> list[Membership]:
    """The person's memberships that have not ended, oldest first."""
    now = timezone.now()
    rows = Membership.objects.filter(user=user).select_related("organization", "user", "state").order_by("id")
    return [m for m in rows if m.expires_at is None or m.expires_at > now]


def actor_of(membership: Membership) -> Actor:
    """The signed-in member as an actor."""
    return Actor(
        organization=membership.organization,
        role=Role(membership.role),
        name=membership.user.name,
        user=membership.user,
    )


def session_actor(request: HttpRequest) -> Actor | None:
    """The signed-in member in the organisation chosen in the session, else in the first one; None without any."""
    assert isinstance(request.user, User)  # noqa: S101 - asked only when signed in
    memberships = memberships_of(request.user)
    request.memberships = memberships  # type: ignore[attr-defined]
    chosen = request.session.get(SESSION_KEY)
    for membership in memberships:
        if membership.organization_id == chosen:
            return actor_of(membership)
    return actor_of(memberships[0]) if memberships else None
