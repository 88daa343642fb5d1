"""Webhooks: where events are sent, what became of them; for administrators."""

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
from cdmo_eval.core.events import FOR_WEBHOOKS
from cdmo_eval.core.models import WebhookDelivery, WebhookEndpoint, WebhookHealth
from cdmo_eval.core.models.webhook import LONGEST_URL
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.webhooks import endpoints
from cdmo_eval.core.webhooks.reading import deliveries_of, endpoints_of
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, Stored, VersionedForm, form_sheet

A_PAGE = 25
STATES = {
    WebhookDelivery.State.WAITING: ("warn", "waiting"),
    WebhookDelivery.State.DELIVERED: ("good", "delivered"),
    WebhookDelivery.State.FAILED: ("bad", "given up"),
}
ERRORS = {
    "timeout": "no answer in 5 seconds", "connection": "no connection", "certificate": "its certificate is not trusted",
    "tls": "no encrypted connection", "redirect": "it answered with a redirect", "status": "it refused the message",
    "private_address": "its name leads into a closed network", "no_address": "its name has no address",
    "dns_timeout": "its name was not found in time", "not_http": "it does not speak HTTP", "no_answer": "it hung up",
    "answer_too_large": "its answer never ended", "no_secret": "its secret cannot be read: make a new one",
    "not_https": "it is not reached by https", "port": "its port is not open to messages",
}  # fmt: skip


class WebhookForm(VersionedForm):
    """A receiver."""

    name = forms.CharField(label="Name", max_length=100, help_text="The program that receives.")
    url = forms.CharField(
        label="Address",
        max_length=LONGEST_URL,
        help_text="It begins with https:// and is reached from the internet.",
    )
    types = forms.MultipleChoiceField(
        label="Events", choices=[(one.value, one.sentence) for one in FOR_WEBHOOKS], widget=forms.CheckboxSelectMultiple
    )  # fmt: skip


@page(Permission.MANAGE_WEBHOOKS)
def webhook_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/webhooks/`: the receivers and how they are doing."""
    rows = [_line(row) for row in endpoints_of(actor.organization)]
    return render(request, "core/webhooks.html", {"rows": rows})


def _line(row: WebhookEndpoint) -> dict[str, Any]:
    health = next(iter(row.health.all()), None)
    return {"row": row, "health": health, "state": _state(row, health), "events": _events(row)}


def _state(row: WebhookEndpoint, health: WebhookHealth | None) -> tuple[str, str]:
    if not row.enabled:
        return "plain", "off"
    if health and health.failing_since:
        return "bad", "failing"
    return ("good", "working") if health and health.last_success_at else ("plain", "nothing sent yet")


def _events(row: WebhookEndpoint) -> list[str]:
    return [one.sentence for one in FOR_WEBHOOKS if one.value in row.types]


@page(Permission.MANAGE_WEBHOOKS)
def webhook_detail(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponse:
    """One receiver with its log."""
    return _detail_page(request, actor, webhook_id)


def _detail_page(
    request: HttpRequest, actor: Actor, webhook_id: UUID, *, secret: str = "", first: bool = False
) -> HttpResponse:
    """The page; above it, once, the secret just made. It is not kept in a form in which it could be shown again."""
    row = endpoints_of(actor.organization).filter(public_id=webhook_id).first()
    if row is None:
        raise NotFound("There is no such webhook.")
    shown = Paginator(deliveries_of(row), A_PAGE).get_page(request.GET.get("page"))
    context = {
        **_line(row), "secret": secret, "first": first, "page_shown": shown,
        "deliveries": [_delivery(one) for one in shown.object_list],
    }  # fmt: skip
    response = render(request, "core/webhook.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _delivery(row: Any) -> dict[str, Any]:
    last = row.log[-1] if row.log else None
    why = ERRORS.get(last.error, last.error) if last else ""
    return {
        "row": row, "state": STATES[WebhookDelivery.State(row.state)], "last": last, "why": why, "count": len(row.log),
    }  # fmt: skip


@page(Permission.MANAGE_WEBHOOKS, **FORM)
def webhook_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new receiver; its secret is shown on the next page and never again."""
    form = WebhookForm(request.POST or None)
    back = reverse("webhooks")

    def save() -> HttpResponse:
        given = form.cleaned_data
        row, secret = endpoints.create_endpoint(
            by=actor, now=timezone.now(), name=given["name"], url=given["url"], types=given["types"]
        )
        return _detail_page(request, actor, row.public_id, secret=secret, first=True)

    sheet = Sheet(title="Add a webhook", act="Add webhook", back=back, trail=(("Webhooks", back),))
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.MANAGE_WEBHOOKS, **FORM)
def webhook_edit(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponse:
    """Change name, address or events."""
    row = endpoints.endpoint_of(actor, webhook_id)
    form = WebhookForm(request.POST or None, initial=_values(row) | {"version": row.version})
    back = reverse("webhook", args=[row.public_id])

    def save() -> str:
        endpoints.update_endpoint(
            endpoint=row, expected_version=form.cleaned_data["version"], by=actor, now=timezone.now(), **form.entered()
        )  # fmt: skip
        return back

    def stored() -> Stored:
        row.refresh_from_db()
        return Stored(row.version, _values(row))

    sheet = Sheet(
        title=f"Change {row.name}", act="Save", back=back, trail=(("Webhooks", reverse("webhooks")), (row.name, back)), done="Saved."
    )  # fmt: skip
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)


def _values(row: WebhookEndpoint) -> dict[str, Any]:
    return {"name": row.name, "url": row.url, "types": row.types}


@page(Permission.MANAGE_WEBHOOKS, methods=("POST",))
def webhook_switch(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponse:
    """Switch it on or off: `on` in the form says which."""
    row = endpoints.endpoint_of(actor, webhook_id)
    enabled = request.POST.get("on") == "1"
    endpoints.update_endpoint(
        endpoint=row, expected_version=None, by=actor, now=timezone.now(), enabled=enabled
    )
    messages.success(request, f"“{row.name}” is switched {'on' if enabled else 'off'}.")
    return _back(row)


@page(Permission.MANAGE_WEBHOOKS, methods=("POST",))
def webhook_test(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponse:
    """Send a message to try it out."""
    row = endpoints.endpoint_of(actor, webhook_id)
    endpoints.send_test(endpoint=row, by=actor, now=timezone.now())
    messages.success(request, "A test message is on its way: load this page again to see what came of it.")
    return _back(row)


@page(Permission.MANAGE_WEBHOOKS, methods=("POST",))
def webhook_secret(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponse:
    """A new secret, shown on this answer only."""
    row, secret = endpoints.rotate_secret(
        endpoint=endpoints.endpoint_of(actor, webhook_id), by=actor, now=timezone.now()
    )
    return _detail_page(request, actor, row.public_id, secret=secret)


@page(Permission.MANAGE_WEBHOOKS, methods=("POST",))
def webhook_redeliver(
    request: HttpRequest, actor: Actor, webhook_id: UUID, delivery_id: UUID
) -> HttpResponse:
    """Send one message again."""
    row = endpoints.endpoint_of(actor, webhook_id)
    delivery = deliveries_of(row).filter(public_id=delivery_id).first()
    if delivery is None:
        raise NotFound("There is no such message.")
    endpoints.redeliver(delivery=delivery, by=actor, now=timezone.now())
    messages.success(request, "The message is on its way again, with the same id.")
    return _back(row)


@page(Permission.MANAGE_WEBHOOKS, methods=("POST",))
def webhook_archive(request: HttpRequest, actor: Actor, webhook_id: UUID) -> HttpResponse:
    """Take it away."""
    row = endpoints.endpoint_of(actor, webhook_id)
    endpoints.archive_endpoint(endpoint=row, expected_version=None, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is taken away. Nothing is sent to it any more.")
    return HttpResponseRedirect(reverse("webhooks"))


def _back(row: WebhookEndpoint) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": reverse("webhook", args=[row.public_id])})
