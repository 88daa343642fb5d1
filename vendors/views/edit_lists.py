"""Pages of list screens, and of a vendor's other names, by which official records are matched."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet
from vendors import services
from vendors.forms.lists import AliasForm, ListScreenForm
from vendors.forms.profile import ReasonForm
from vendors.models import ListScreen, VendorAlias
from vendors.selectors import get_one
from vendors.views.frame import find_vendor, trail, vendor_url
from vendors.vocabulary import ListCode

NOT_ADVICE = "Not legal advice: a screen says what a list said on a day. What follows from it is for counsel."


@page(Permission.EDIT_EVIDENCE, **FORM)
def screen_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Record what one version of a list says of the vendor."""
    vendor = find_vendor(actor, vendor_id)
    today = timezone.now().date()
    form = ListScreenForm(request.POST or None, initial={"read_on": today, "screened_on": today})

    def save() -> str:
        services.record_list_screen(vendor=vendor, by=actor, now=timezone.now(), **form.cleaned_data)
        return vendor_url(vendor, "dealings")

    sheet = Sheet(
        title="Record a list screen",
        act="Record the screen",
        back=vendor_url(vendor, "dealings"),
        trail=trail(vendor, ("Dealings", vendor_url(vendor, "dealings"))),
        lede=NOT_ADVICE,
        done="The screen was recorded.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_EVIDENCE, **FORM)
def screen_retract(request: HttpRequest, actor: Actor, screen_id: UUID) -> HttpResponse:
    """Take back a screen that was entered wrongly; it stays with its reason."""
    rows = ListScreen.objects.for_organization(actor.organization).select_related("vendor")
    screen: ListScreen = get_one(rows, screen_id)
    form = ReasonForm(request.POST or None)
    back = vendor_url(screen.vendor, "dealings")

    def save() -> str:
        services.retract_list_screen(
            screen=screen, reason=form.cleaned_data["reason"], by=actor, now=timezone.now()
        )
        return back

    sheet = Sheet(
        title=f"Retract the screen against {ListCode(screen.list_name).label}",
        act="Retract the screen",
        kind="danger",
        back=back,
        trail=trail(screen.vendor, ("Dealings", back)),
        done="The screen was retracted.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_VENDORS, **FORM)
def alias_add(request: HttpRequest, actor: Actor, vendor_id: UUID) -> HttpResponse:
    """Record another name; official records of that name are looked for."""
    vendor = find_vendor(actor, vendor_id)
    form = AliasForm(request.POST or None)
    back = vendor_url(vendor, "dealings")

    def save() -> str:
        services.add_alias(vendor=vendor, by=actor, **form.cleaned_data)
        return back

    sheet = Sheet(
        title="Add another name",
        act="Add the name",
        back=back,
        trail=trail(vendor, ("Dealings", back)),
        lede="Official records of that name are looked for; what is not sure waits in the review queue.",
        done="The name was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_VENDORS, methods=("POST",))
def alias_archive(request: HttpRequest, actor: Actor, alias_id: UUID) -> HttpResponse:
    """Stop using a name; matches that were made by it stay."""
    rows = VendorAlias.objects.for_organization(actor.organization).select_related("vendor")
    alias: VendorAlias = get_one(rows, alias_id)
    services.archive_alias(alias=alias, by=actor, now=timezone.now())
    messages.success(request, f"{alias.name} is no longer used as a name.")
    return HttpResponseRedirect(vendor_url(alias.vendor, "dealings"))
