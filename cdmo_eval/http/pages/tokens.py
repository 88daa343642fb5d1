"""Access tokens: created once, shown once, revoked at any time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import ApiToken
from cdmo_eval.core.policies import ALL_SCOPES, Actor, Permission, allows, require
from cdmo_eval.core.tokens import create_token, revoke_token
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet

SCOPE_WORDS = {
    "scores": "scorecards, programmes and results",
    "vendors": "vendors, sites and capabilities",
    "evidence": "evidence and official records",
    "commercial": "prices and other commercial data",
    "audit": "the audit trail",
}
DAYS = ((30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "one year"))


def scope_words(scope: str) -> str:
    """A scope as a person reads it."""
    thing, _, way = scope.partition(":")
    if not way:
        return {"read": "read all but commercial data and audit", "write": "write all but commercial data"}[
            scope
        ]
    return f"{'write' if way == 'write' else 'read'} {SCOPE_WORDS[thing]}"


class TokenForm(forms.Form):
    """What a program may do, and until when."""

    name = forms.CharField(label="Name", max_length=100, help_text="The program that will use it.")
    scopes = forms.MultipleChoiceField(
        label="May",
        choices=[(scope, scope_words(scope).capitalize()) for scope in ALL_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text="Never more than your own role allows.",
    )
    days = forms.TypedChoiceField(label="Ends after", choices=DAYS, coerce=int, initial=90)
    networks = forms.CharField(
        label="Only from these networks",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, such as 203.0.113.0/24. Blank: from anywhere.",
    )


def _tokens(actor: Actor) -> QuerySet[ApiToken]:
    rows = ApiToken.objects.filter(organization=actor.organization).select_related("owner", "use")
    if not allows(actor, Permission.MANAGE_TOKENS):
        rows = rows.filter(owner=actor.user)
    return rows.order_by("-id")


@page(Permission.OWN_TOKENS)
def token_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One's own tokens; everybody's for an administrator."""
    return _tokens_page(request, actor)


def _tokens_page(
    request: HttpRequest, actor: Actor, *, made: ApiToken | None = None, text: str = ""
) -> HttpResponse:
    """The list; above it, once, the text of the token just made. It is kept nowhere, not even in the session."""
    now = timezone.now()
    rows = [_line(row, now) for row in _tokens(actor)]
    context = {
        "rows": rows,
        "made": made,
        "text": text,
        "everybody": allows(actor, Permission.MANAGE_TOKENS),
    }
    response = render(request, "core/tokens.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _line(row: ApiToken, now: Any) -> dict[str, Any]:
    if row.revoked_at is not None:
        state, word = "unknown", "revoked"
    elif row.expires_at <= now:
        state, word = "unknown", "ended"
    else:
        state, word = "good", "in use"
    try:
        used = row.use
    except ObjectDoesNotExist:
        used = None
    return {
        "row": row,
        "state": state if used or state != "good" else "plain",
        "word": word if used or word != "in use" else "never used",
        "live": state == "good",
        "used": used,
        "scopes": ", ".join(scope_words(scope) for scope in row.scopes),
    }


@page(Permission.OWN_TOKENS, **FORM)
def token_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new token; its text is shown on the next page and never again."""
    form = TokenForm(request.POST or None)
    back = reverse("tokens")

    def save() -> HttpResponse:
        given, now = form.cleaned_data, timezone.now()
        token, text = create_token(
            by=actor,
            name=given["name"],
            scopes=given["scopes"],
            expires_at=now + timedelta(days=given["days"]),
            networks=[line.strip() for line in given["networks"].splitlines() if line.strip()],
            now=now,
        )
        return _tokens_page(request, actor, made=token, text=text)

    sheet = Sheet(title="Create a token", act="Create token", back=back, trail=(("Access tokens", back),))
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(methods=("POST",))
def token_revoke(request: HttpRequest, actor: Actor, token_id: UUID) -> HttpResponse:
    """End a token at once."""
    require(actor, Permission.OWN_TOKENS)
    token = _tokens(actor).filter(public_id=token_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    revoke_token(by=actor, token=token, now=timezone.now())
    messages.success(request, f"The token “{token.name}” is revoked.")
    return HttpResponse(status=303, headers={"Location": reverse("tokens")})
