"""The audit trail: who changed what, when, from what to what. For administrators, quality and auditors."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from cdmo_eval.core.audit_chain import head_of
from cdmo_eval.core.models import AuditEvent, Membership
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.core_api.audit import AuditFilters
from cdmo_eval.http.pages.access import page
from cdmo_eval.http.pages.audit_words import by_day, read_events, tables
from cdmo_eval.http.pages.days import DayInput

A_PAGE = 50


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput())


class TrailForm(forms.Form):
    """Filters of the trail; each narrows the API's own filters."""

    actor = forms.ChoiceField(label="Who", required=False)
    table = forms.ChoiceField(label="What", required=False)
    object = forms.UUIDField(label="Object", required=False)
    since = _day("From")
    until = _day("To")

    def __init__(self, data: QueryDict, people: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="trail-%s")
        for name, choices in (("actor", people), ("table", tables())):
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above
            chosen.choices = [("", "Everybody" if name == "actor" else "Everything"), *choices]


@page(Permission.VIEW_AUDIT)
def trail(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/audit/`: filters, then events under day headings, newest first."""
    people = [
        (str(row.user.public_id), row.user.name)
        for row in Membership.objects.filter(organization=actor.organization)
        .select_related("user")
        .order_by("user__name", "id")
    ]
    form = TrailForm(request.GET, people)
    valid = form.is_valid()
    number = request.GET.get("page", "1")
    at = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    rows = AuditEvent.objects.for_organization(actor.organization).select_related("organization")
    found = (
        AuditFilters(_asked(form.cleaned_data), queryset=rows.order_by("-id")).qs if valid else rows.none()
    )
    events = list(found[(at - 1) * A_PAGE : at * A_PAGE + 1])
    context = {
        "form": form,
        "valid": valid,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "days": by_day(read_events(events[:A_PAGE], commercial=allows(actor, Permission.VIEW_COMMERCIAL))),
        "head": head_of(actor.organization),
        "newer": at - 1,
        "older": at + 1 if len(events) > A_PAGE else 0,
        "newer_url": _page_url(request.GET, at - 1),
        "older_url": _page_url(request.GET, at + 1),
    }
    return render(request, "core/audit.html", context, status=200 if valid else 400)


def _asked(given: dict[str, Any]) -> dict[str, str]:
    """The page's filters in the terms of the API's: days become moments, the last day counts as a whole."""
    asked = {name: str(given[name]) for name in ("actor", "table", "object") if given.get(name)}
    if given.get("since"):
        asked["since"] = datetime.combine(given["since"], time(), UTC).isoformat()
    if given.get("until"):
        asked["until"] = datetime.combine(given["until"] + timedelta(days=1), time(), UTC).isoformat()
    return asked


def _page_url(query: QueryDict, number: int) -> str:
    changed = query.copy()
    changed["page"] = str(number)
    return f"?{changed.urlencode()}"
