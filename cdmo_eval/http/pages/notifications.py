"""What a person was told, and how they want to be told."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Notification, NotificationSetting
from cdmo_eval.core.notices import NoticeKind, sentence
from cdmo_eval.core.notifications import Choice, choices_of, choose, mark_read, notifications_of
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.subjects import address_of
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet

A_PAGE = 50


def notification_line(row: Notification) -> dict[str, Any]:
    """A notification as lists show it: what happened, where it leads, whether it was read."""
    return {
        "row": row,
        "kind": NoticeKind(row.kind).label,
        "text": sentence(row.type, row.data, happened=row.happened),
        "url": address_of(row.subject_type, row.subject_id, row.data) if row.happened == 1 else "",
        "unread": row.read_at is None,
    }


@page()
def notification_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/notifications/`: newest first; `?show=unread` and `?kind=` narrow it, what means nothing is left aside."""
    rows = notifications_of(actor)
    unread = request.GET.get("show") == "unread"
    kind = request.GET.get("kind", "")
    if unread:
        rows = rows.unread()
    if kind in set(NoticeKind):
        rows = rows.filter(kind=kind)
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": [notification_line(row) for row in shown.object_list],
        "page_shown": shown,
        "kinds": [{"code": one.value, "label": one.label, "chosen": one.value == kind} for one in NoticeKind],
        "unread_only": unread,
        "filtered": unread or kind in set(NoticeKind),
    }
    return render(request, "core/notifications.html", context)


@page(Permission.OWN_NOTIFICATIONS, methods=("POST",))
def notification_open(request: HttpRequest, actor: Actor, notification_id: UUID) -> HttpResponse:
    """Mark one as read and go to what it is about; with `unread` mark it as unread and stay."""
    row = notifications_of(actor).filter(public_id=notification_id).first()
    if row is None:
        raise NotFound("There is no such notification.")
    back = reverse("notifications")
    if "unread" in request.POST:
        mark_read(by=actor, now=timezone.now(), notifications=[row], read=False)
        return HttpResponseRedirect(back)
    mark_read(by=actor, now=timezone.now(), notifications=[row])
    there = notification_line(row)["url"] if "go" in request.POST else ""
    return HttpResponseRedirect(there or back)


@page(Permission.OWN_NOTIFICATIONS, methods=("POST",))
def notifications_read(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Mark everything as read."""
    changed = mark_read(by=actor, now=timezone.now())
    messages.success(request, f"{changed:,} marked as read.")
    return HttpResponseRedirect(reverse("notifications"))


class SettingsForm(forms.Form):
    """For each kind: in the list or not, and by mail daily, weekly or never."""

    def __init__(self, choices: list[Choice], data: Any = None) -> None:
        super().__init__(data)
        self.kinds = [choice.kind for choice in choices]
        for choice in choices:
            self.fields[f"{choice.kind.value}__in_app"] = forms.BooleanField(
                label="In the list", required=False, initial=choice.in_app
            )
            self.fields[f"{choice.kind.value}__email"] = forms.ChoiceField(
                label="By mail", choices=NotificationSetting.Email.choices, initial=choice.email
            )

    def rows(self) -> list[dict[str, Any]]:
        """The table: a kind and its two fields."""
        return [
            {
                "label": kind.label,
                "in_app": self[f"{kind.value}__in_app"],
                "email": self[f"{kind.value}__email"],
            }
            for kind in self.kinds
        ]

    def given(self) -> dict[str, dict[str, Any]]:
        """What was changed, as the service takes it."""
        found: dict[str, dict[str, Any]] = {}
        for name in self.changed_data:
            kind, _, field = name.partition("__")
            found.setdefault(kind, {})[field] = self.cleaned_data[name]
        return found


@page(Permission.OWN_NOTIFICATIONS, **FORM)
def notification_settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How this person is told in this organisation."""
    assert actor.user is not None  # noqa: S101 - a page has somebody signed in
    form = SettingsForm(choices_of(actor.organization, actor.user), request.POST or None)
    back = reverse("notifications")

    def save() -> str:
        choose(by=actor, given=form.given())
        return reverse("notification_settings")

    sheet = Sheet(
        title="How you are told",
        act="Save",
        back=back,
        trail=(("Notifications", back),),
        lede="One mail a day at most, to the address you sign in with. It holds names and links, never scores, prices or notes.",
        done="Saved.",
        template="core/notification_settings.html",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)
