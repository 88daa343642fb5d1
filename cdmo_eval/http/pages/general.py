"""Small pages of the house: help, status, the switch between organisations, the style guide."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.glossary import SECTIONS
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.styleguide import styleguide_context
from cdmo_eval.http import health
from cdmo_eval.http.pages.access import page
from cdmo_eval.http.scope import SESSION_KEY

CHECK_WORDS = {
    "database": "The database",
    "recompute": "Calculations after a change",
    "queue": "Background work",
    "migrations": "The version of the database",
    "consistency": "Published scores against the facts they rest on",
}


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """The words of the product, and the keys."""
    sections = [
        (name, sorted(entries, key=lambda entry: entry.word.casefold())) for name, entries in SECTIONS.items()
    ]
    return render(request, "core/help.html", {"sections": sections, **_base(request)})


@login_not_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Whether each part works, in words."""
    lines = []
    for name, check in sorted(health.checks.items()):
        problem = check()
        lines.append({"name": CHECK_WORDS.get(name, name.replace("_", " ").capitalize()), "problem": problem})
    failing = sum(bool(line["problem"]) for line in lines)
    context = {"lines": lines, "failing": failing, "at": timezone.now(), **_base(request)}
    return render(request, "core/status.html", context, status=503 if failing else 200)


def _base(request: HttpRequest) -> dict[str, Any]:
    """Signed-in people keep their frame; others get the public one."""
    signed_in = getattr(request, "actor", None) is not None
    return {"frame": "base.html" if signed_in else "base_public.html", "signed_in": signed_in}


@page(methods=("POST",))
def switch_organization(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Work in another organisation one belongs to. NotFound for any other, existing or not."""
    slug = request.POST.get("organization", "")
    for membership in getattr(request, "memberships", []):
        if membership.organization.slug == slug:
            request.session[SESSION_KEY] = membership.organization_id
            messages.success(request, f"You are in {membership.organization.name} now.")
            return HttpResponse(status=303, headers={"Location": "/"})
    raise NotFound("You do not belong to such an organisation.")


@page()
def styleguide(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every component in both themes, for staff of the operator."""
    if actor.user is None or not actor.user.is_staff:
        raise Http404
    return render(request, "styleguide.html", styleguide_context())
