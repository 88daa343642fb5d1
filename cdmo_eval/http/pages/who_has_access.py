"""Who could do what on a day. For administrators, quality and auditors."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cdmo_eval.core.access_report import access_rows
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import page
from cdmo_eval.http.pages.days import DayInput


class DayForm(forms.Form):
    """The day of the report."""

    on = forms.DateField(label="On the day", required=False, widget=DayInput())


@page(Permission.VIEW_AUDIT)
def report(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/access/?on=2026-05-04`: members and tokens as they were at the end of that day; today without one."""
    form = DayForm(request.GET or None)
    today = timezone.now().date()
    chosen: date | None = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    on = min(chosen or today, today)
    rows = access_rows(actor.organization, on)
    context = {
        "form": form if form.is_bound else DayForm(initial={"on": on}),
        "on": on,
        "rows": rows,
        "may_export": allows(actor, Permission.EXPORT),
        "active": sum(row.active for row in rows),
    }
    return render(request, "core/access.html", context, status=400 if form.is_bound and form.errors else 200)
