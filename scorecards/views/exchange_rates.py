"""The organisation's dated exchange rates."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.forms.proposals import RateForm, ReasonForm
from scorecards.selectors.proposals import rate_list
from scorecards.services.exchange_rates import record_rate, withdraw_rate
from scorecards.views.edge import go, page, say, signed_in, whole_number

A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """Every rate, the newest day first; a new one is entered on top."""
    if request.method != "POST":
        return _show(request, signed_in(request, Permission.VIEW_COMMERCIAL), RateForm())
    actor, form = signed_in(request, Permission.EDIT_COMMERCIAL), RateForm(request.POST)
    if not form.is_valid():
        return _show(request, actor, form, 400)
    try:
        rate = record_rate(organization=actor.organization, by=actor, now=timezone.now(), **form.entered())
    except DomainError as error:
        return _show(request, actor, form, say(form, error))
    messages.success(request, f"{rate} is kept. Scorecards budgeted in {rate.target} are being recomputed.")
    return go(reverse("exchange_rates"))


@require_POST
def withdraw(request: HttpRequest, rate_id: UUID) -> HttpResponse:
    """Take a rate back, for a reason."""
    actor, form = signed_in(request, Permission.EDIT_COMMERCIAL), ReasonForm(request.POST)
    rate = rate_list(actor.organization).filter(public_id=rate_id).first()
    if rate is None:
        raise NotFound("There is no such rate.")
    if form.is_valid():
        withdraw_rate(rate=rate, by=actor, now=timezone.now(), **form.cleaned_data)
        messages.success(request, f"{rate} is taken back.")
    else:
        messages.error(request, "Say why the rate is taken back. Nothing was changed.")
    return go(reverse("exchange_rates"))


def _show(request: HttpRequest, actor: Actor, form: RateForm, status: int = 200) -> HttpResponse:
    everything = request.GET.get("include") == "replaced"
    rows = rate_list(actor.organization, everything=everything)
    context = {
        "form": form, "everything": everything, "may_edit": allows(actor, Permission.EDIT_COMMERCIAL),
        "rows": Paginator(rows, A_PAGE).get_page(whole_number(request.GET.get("page"))),
    }  # fmt: skip
    return page(request, "scorecards/rates/list.html", context, status=status)
