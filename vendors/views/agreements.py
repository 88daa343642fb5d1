"""Confidentiality agreements of all vendors on one page."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import page
from vendors.selectors.agreements import AgreementState, agreements

A_PAGE = 50
TONES = {
    AgreementState.NONE: "unknown",
    AgreementState.REQUESTED: "warn",
    AgreementState.SIGNED: "good",
    AgreementState.ENDING: "warn",
    AgreementState.EXPIRED: "bad",
}


@page()
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/agreements/?state=`: a state that means nothing is left aside."""
    as_of = timezone.now().date()
    known = {state.value: state for state in AgreementState}
    chosen = frozenset(known[text] for text in request.GET.getlist("state") if text in known)
    listed = agreements(actor.organization, as_of=as_of, states=chosen)
    shown = Paginator(listed, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": [
            {"one": each, "tone": TONES[each.state], "word": each.state.label} for each in shown.object_list
        ],
        "page_shown": shown,
        "states": [
            {"code": state.value, "label": state.label, "chosen": state in chosen} for state in AgreementState
        ],
        "filtered": bool(chosen),
        "as_of": as_of,
        "directory_url": reverse("vendors:directory"),
        "may_cda": allows(actor, Permission.EDIT_CDAS),
    }
    return render(request, "vendors/agreements.html", context)
