"""A page with one form: checked, saved by a service, and shown again with every word kept when that is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from cdmo_eval.core.errors import DomainError, PreconditionFailed
from cdmo_eval.core.templatetags.display import UNKNOWN, day

NOT_FOR_A_FORM = frozenset({403, 404, 413, 503})
"""Statuses that no change of the entry would mend: they get a page of their own."""


class VersionedForm(forms.Form):
    """A form that remembers which version of the row it was filled in for."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def entered(self) -> dict[str, Any]:
        """What was changed against the stored row, by field."""
        return {
            name: self.cleaned_data[name]
            for name in self.changed_data
            if name in self.cleaned_data and name != "version"
        }


@dataclass(frozen=True)
class Stored:
    """A row as it stands now, as the form would show it."""

    version: int
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the page says around its form."""

    title: str
    act: str
    back: str
    trail: tuple[tuple[str, str], ...] = ()
    lede: str = ""
    meta: str = ""
    done: str = ""
    kind: str = "primary"
    template: str = "core/form.html"
    context: Mapping[str, Any] = field(default_factory=dict)


def form_sheet(
    request: HttpRequest,
    *,
    sheet: Sheet,
    form: forms.Form,
    save: Callable[[], str | HttpResponse],
    stored: Callable[[], Stored] | None = None,
) -> HttpResponse:
    """Show the form, or save it and go to the address that `save` returns, or answer with the page it returns.

    A refusal is shown at its fields with status 400, or 409 when somebody else changed the row meanwhile: then
    both values stand side by side (`stored` rereads the row) and saving again keeps the person's own.
    """
    status = 200
    conflicts: list[dict[str, str]] = []
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                with transaction.atomic():
                    target = save()
            except PreconditionFailed:
                status, conflicts = 409, _conflict(form, stored)
            except DomainError as error:
                if error.status in NOT_FOR_A_FORM:
                    raise
                status = 409 if error.status == 409 else 400
                show_error(form, error)
            else:
                if isinstance(target, HttpResponse):
                    return target
                if sheet.done:
                    messages.success(request, sheet.done)
                return HttpResponseRedirect(target)
    context = {
        "sheet": sheet,
        "form": form,
        "conflicts": conflicts,
        "links": [{"label": label, "url": url} for label, url in sheet.trail],
        **sheet.context,
    }
    return render(request, sheet.template, context, status=status)


def show_error(form: forms.Form, error: DomainError) -> None:
    """Put a service's refusal where the person can mend it: at the fields it names, else above the form."""
    if not error.errors:
        form.add_error(None, error.message)
    for found in error.errors:
        name = _field_of(form, found.field)
        message = forms.ValidationError(found.message, code=found.code)
        if name is None or name in form.cleaned_data or name in form.errors:
            form.add_error(name, message)
        else:
            form.add_error(None, message)


def _field_of(form: forms.Form, path: str) -> str | None:
    """The form's field for a path such as "value.flags.gmp" or "scope.modality": the longest that exists."""
    parts = path.split(".")
    while parts:
        for name in ("__".join(parts), parts[-1]):
            if name in form.fields:
                return name
        parts.pop()
    return None


def _conflict(form: forms.Form, stored: Callable[[], Stored] | None) -> list[dict[str, str]]:
    """Say who is ahead, field by field, and let the next attempt start from the row as it is now."""
    form.add_error(
        None,
        forms.ValidationError(
            "Somebody changed this since you opened it. Nothing of yours is lost: look at both values below, "
            "change what you like, and save again.",
            code="version_mismatch",
        ),
    )
    if stored is None:
        return []
    now = stored()
    data: Any = form.data.copy()  # type: ignore[attr-defined]  # the QueryDict of the request
    data["version"] = str(now.version)
    form.data = data
    rows = []
    for name, bound in form.fields.items():
        if name == "version" or name not in now.values or name not in form.cleaned_data:
            continue
        theirs, mine = now.values[name], form.cleaned_data[name]
        if in_words(bound, theirs) != in_words(bound, mine):
            rows.append(
                {"label": str(bound.label), "theirs": in_words(bound, theirs), "mine": in_words(bound, mine)}
            )
    return rows


def in_words(bound: forms.Field, value: Any) -> str:
    """A field's value as its form would call it."""
    if value is None or value in ("", []):
        return UNKNOWN
    if isinstance(value, list | tuple):
        return ", ".join(in_words(bound, one) for one in value)
    choices = getattr(bound, "choices", None)
    if choices is not None:
        named = {str(code): str(label) for code, label in choices}
        return named.get(str(value), str(value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return day(value)
    return str(value)
