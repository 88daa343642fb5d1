"""A person's settings in one place: how pages look, single-letter keys, and the way to what the account holds."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.context import DENSITIES, KEYS, THEMES, chosen
from cdmo_eval.http.pages.access import page

YEAR = 365 * 24 * 60 * 60


class LooksForm(forms.Form):
    """How pages look for this browser; kept in cookies, so that the first byte is right and nothing flashes."""

    theme = forms.ChoiceField(
        label="Theme",
        choices=[("light", "Light"), ("dark", "Dark"), ("system", "As this device is set")],
        widget=forms.RadioSelect,
    )
    density = forms.ChoiceField(
        label="Rows",
        choices=[("comfortable", "Comfortable"), ("compact", "Compact: more rows on a page")],
        widget=forms.RadioSelect,
    )
    keys = forms.ChoiceField(
        label="Single-letter keys",
        choices=[("on", "On"), ("off", "Off: letters do nothing by themselves")],
        widget=forms.RadioSelect,
        help_text="Switch them off if you use speech input, or press letters by accident.",
    )


@page(methods=("GET", "POST"))
def settings_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/settings/`: the choices, and links to password, second factor, sessions, tokens, notifications."""
    now = {
        "theme": chosen(request, "theme", THEMES),
        "density": chosen(request, "density", DENSITIES),
        "keys": chosen(request, "keys", KEYS),
    }
    form = LooksForm(request.POST or None, initial=now)
    if form.is_bound and form.is_valid():
        messages.success(request, "Your settings are saved in this browser.")
        response = HttpResponse(status=303, headers={"Location": reverse("settings")})
        for name, value in form.cleaned_data.items():
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
        return response
    context = {"form": form, "may_token": allows(actor, Permission.OWN_TOKENS)}
    return render(request, "core/settings.html", context, status=400 if form.is_bound else 200)
