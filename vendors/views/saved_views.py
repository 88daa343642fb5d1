"""Views of the directory under a name: kept, shared and removed."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet
from vendors import services
from vendors.models import SavedView
from vendors.models.saved_view import MOST_CHARACTERS
from vendors.selectors import get_one


class SavedViewForm(forms.Form):
    """A name for what the directory shows."""

    name = forms.CharField(label="Name", max_length=80, help_text="Such as “mAb in Europe, audited”.")
    shared = forms.BooleanField(
        label="Share it with everybody of the organisation", required=False,
        help_text="Others see the filters and open them; each sees only what they may.",
    )  # fmt: skip
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=MOST_CHARACTERS)


@page(Permission.OWN_VIEWS, **FORM)
def view_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep the filters, words and order of the address that one comes from."""
    query = (request.POST if request.method == "POST" else request.GET).get("query", "")
    form = SavedViewForm(request.POST or None, initial={"query": query})
    directory = reverse("vendors:directory")

    def save() -> str:
        view = services.save_view(organization=actor.organization, by=actor, **form.cleaned_data)
        messages.success(request, f"The view “{view.name}” is kept.")
        return f"{directory}?{view.query}"

    sheet = Sheet(
        title="Keep this view",
        act="Keep the view",
        back=f"{directory}?{query}" if query else directory,
        trail=(("Vendors", directory),),
        lede="A view is the filters, the words searched for and the order. Who opens it sees the vendors of that day.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.OWN_VIEWS, methods=("POST",))
def view_remove(request: HttpRequest, actor: Actor, view_id: UUID) -> HttpResponse:
    """Forget a view; the vendors stay as they are."""
    user_id = actor.user.pk if actor.user else None
    view = get_one(SavedView.objects.for_organization(actor.organization).of_reader(user_id), view_id)
    services.remove_view(view=view, by=actor)
    messages.success(request, f"The view “{view.name}” is removed.")
    return HttpResponseRedirect(reverse("vendors:directory"))
