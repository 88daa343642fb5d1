"""What every page of this app does: who asks, what exists, errors as form errors, fragments for htmx."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from cdmo_eval.core.errors import DomainError, PermissionDenied
from cdmo_eval.core.policies import Actor, Permission, require

NOT_FORM_ERRORS = {403, 404}


def signed_in(request: HttpRequest, permission: Permission = Permission.VIEW) -> Actor:
    """The member who asks. Raises PermissionDenied without a membership or without the permission."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise PermissionDenied("You do not belong to an organisation yet. An administrator can add you.")
    require(actor, permission)
    return actor


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; a page that it restores from its history is whole."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A whole page, or the part of it that `template` names when it is asked for by htmx."""
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go(url: str) -> HttpResponse:
    """After a POST: the page to read next."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def say(form: BaseForm, error: DomainError, *, names: Mapping[str, str] | None = None) -> int:
    """Put a refusal onto the form, each part at its field, and return the status of the answer.

    `names` maps a field path of the service to a field of the form where they differ; a longer path is found by its
    beginning ("scale_needs.0.value"). Raises the error again when it is not about what was entered.
    """
    if error.status in NOT_FORM_ERRORS:
        raise error
    renamed = names or {}
    found = error.errors or ()
    for part in found:
        field = _field(form, part.field, renamed)
        form.add_error(field, part.message)
    if not found:
        form.add_error(NON_FIELD_ERRORS, error.message)
    return error.status if error.status in {409, 412} else 400


def _field(form: BaseForm, path: str, names: Mapping[str, str]) -> str:
    steps = path.split(".") if path else []
    while steps:
        name = names.get(".".join(steps), ".".join(steps))
        for candidate in (name, name.replace(".", "-")):
            if candidate in form.fields:
                return candidate
        steps.pop()
    return NON_FIELD_ERRORS


def whole_number(text: str | None, default: int = 1) -> int:
    """A page number or version from an address or hidden field; the default for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default
