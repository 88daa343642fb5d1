"""How long derived things are kept, and the legal holds that stop every purge. Auditors read, administrators decide."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core import retention
from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import LegalHold
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, Stored, VersionedForm, form_sheet


class RetentionForm(VersionedForm):
    """Days by kind."""

    def __init__(self, present: retention.Retention, data: Any = None) -> None:
        super().__init__(data, initial={**present.days, "version": present.version})
        for kind in retention.kinds():
            self.fields[kind.code] = forms.IntegerField(
                label=f"{kind.label}, days", min_value=retention.FEWEST_DAYS, max_value=retention.MOST_DAYS,
                help_text=f"{kind.help_text} Usually {kind.days}.",
            )  # fmt: skip


class HoldForm(forms.Form):
    """A new legal hold."""

    matter = forms.CharField(label="What it is about", max_length=200)
    program = forms.ChoiceField(label="On account of", required=False)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, *, programs: list[tuple[str, str]]) -> None:
        super().__init__(data)
        chosen = self.fields["program"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above
        chosen.choices = [("", "The whole organisation"), *programs]


class LiftForm(VersionedForm):
    """Why a hold ends."""

    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))


@page(Permission.VIEW_AUDIT)
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/retention/`: what is kept how long, and the holds."""
    organization = actor.organization
    organization.refresh_from_db(fields=["settings"])
    present = retention.retention_of(organization)
    holds = list(retention.holds_of(organization))
    context = {
        "kinds": [(kind, present.days[kind.code]) for kind in retention.kinds()],
        "holds": holds,
        "may_decide": allows(actor, Permission.MANAGE_SETTINGS),
        "standing": sum(hold.lifted_at is None for hold in holds),
    }
    return render(request, "core/retention.html", context)


@page(Permission.MANAGE_SETTINGS, **FORM)
def change(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Decide the days."""
    organization = actor.organization
    organization.refresh_from_db(fields=["settings"])
    form = RetentionForm(retention.retention_of(organization), request.POST or None)
    back = reverse("retention")

    def save() -> str:
        retention.change_retention(
            organization=organization,
            given=form.entered(),
            expected_version=form.cleaned_data["version"],
            by=actor,
        )
        return back

    def stored() -> Stored:
        organization.refresh_from_db(fields=["settings"])
        now = retention.retention_of(organization)
        return Stored(now.version, dict(now.days))

    sheet = Sheet(
        title="How long things are kept",
        act="Save",
        back=back,
        trail=(("Retention", back),),
        lede="Only what is derived is ever taken away: what was entered stays.",
        done="Saved. It holds from the next night on.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=stored)


@page(Permission.MANAGE_SETTINGS, **FORM)
def hold_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Place a legal hold."""
    form = HoldForm(request.POST or None, programs=retention.programs_of(actor.organization))
    back = reverse("retention")

    def save() -> str:
        given = form.cleaned_data
        retention.place_hold(
            organization=actor.organization, matter=given["matter"], reason=given["reason"], by=actor, now=timezone.now(),
            program_public_id=UUID(given["program"]) if given["program"] else None,
        )  # fmt: skip
        return back

    sheet = Sheet(
        title="Place a legal hold",
        act="Place this hold",
        back=back,
        trail=(("Retention", back),),
        lede="While it stands nothing of the organisation is purged, also when it is about one programme only.",
        done="The hold stands. Nothing is purged until it is lifted.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.MANAGE_SETTINGS, **FORM)
def hold_lift(request: HttpRequest, actor: Actor, hold_id: UUID) -> HttpResponse:
    """End a hold."""
    hold = LegalHold.objects.for_organization(actor.organization).filter(public_id=hold_id).first()
    if hold is None:
        raise NotFound("There is no such legal hold.")
    form = LiftForm(request.POST or None, initial={"version": hold.version})
    back = reverse("retention")

    def save() -> str:
        retention.lift_hold(
            hold=hold, reason=form.cleaned_data["reason"], expected_version=form.cleaned_data["version"], by=actor,
            now=timezone.now(),
        )  # fmt: skip
        return back

    sheet = Sheet(
        title=f"Lift the hold “{hold.matter}”",
        act="Lift this hold",
        kind="danger",
        back=back,
        trail=(("Retention", back),),
        lede="Without another hold the purge takes up its work in the coming night.",
        done="The hold is lifted.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)
