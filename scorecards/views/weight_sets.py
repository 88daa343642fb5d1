"""Weight sets of a scorecard, methods of setting weights, and their rankings side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from cdmo_eval.core.errors import Conflict, DomainError, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.engine.elicitation import Method
from scorecards.forms.weights import (
    FORMS,
    MethodForm,
    NewSetForm,
    SetNameForm,
    Weights,
    method_named,
    node_named,
)
from scorecards.frameworks import Framework
from scorecards.frameworks.scales import GROUPS, names_of
from scorecards.models import Scorecard, WeightSet
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.pages import find_scorecard
from scorecards.selectors.weight_sets import pairwise_checks, rankings_of, weight_set_list
from scorecards.selectors.weighting import aligned, stale_codes
from scorecards.services.weight_sets import (
    archive_weight_set,
    check_may_edit,
    create_weight_set,
    may_edit,
    put_in_force,
    set_in_force,
    update_weight_set,
)
from scorecards.services.weighting import confirm_weights
from scorecards.views.edge import go, page, say, signed_in, whole_number

IN_FORCE_NAME = "Agreed weights"


@dataclass(frozen=True)
class Line:
    """A weight set with who leads under it and whether this reader may change it."""

    weight_set: WeightSet
    leaders: str
    problem: str
    editable: bool


@require_http_methods(["GET", "HEAD", "POST"])
def weight_sets(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """All weight sets with their rankings; a POST begins a new one."""
    actor, now = signed_in(request), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    form, status = NewSetForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        require(actor, Permission.RATE)
        status = 400
        if form.is_valid():
            try:
                row = create_weight_set(scorecard=scorecard, by=actor, now=now, **form.cleaned_data)
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(request, f"“{row.name}” begins with the weights chosen. Change them here.")
                return go(_address(row))
    return page(
        request, "scorecards/weights/sets.html", _sets(actor, scorecard) | {"form": form}, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def weight_set(request: HttpRequest, scorecard_id: UUID, set_id: UUID) -> HttpResponse:
    """One weight set: its name, and its weights by the method chosen."""
    actor, now = signed_in(request), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    row = _find(scorecard, set_id)
    if request.method == "POST":
        check_may_edit(actor, row)
    criteria = criteria_of(scorecard.framework)
    weights = Weights(aligned(criteria, row.points), row.inputs, row.locks, row.version)
    naming = request.method == "POST" and request.POST.get("act") == "rename"
    form = method_form(request, criteria, weights, bound=not naming)
    name_form = SetNameForm(
        request.POST if naming else None,
        initial={"version": row.version, "name": row.name},
        auto_id="rename_%s",
    )
    status = 200
    if request.method == "POST":
        status = 400
        given: Any = name_form if naming else form
        if given.is_valid():
            changes = {"name": given.cleaned_data["name"]} if naming else given.changes()
            try:
                update_weight_set(
                    weight_set=row,
                    expected_version=given.cleaned_data["version"],
                    by=actor,
                    now=now,
                    **changes,
                )
            except DomainError as error:
                status = say(given, error, names=getattr(given, "names", {}))
            else:
                follow = " The ranking is being recomputed." if row.in_force and not naming else ""
                messages.success(request, f"Saved.{follow}")
                return go(f"{_address(row)}?{urlencode({'of': form.node, 'method': form.method.value})}")
    context = {
        "scorecard": scorecard, "set": row, "form": form, "name_form": name_form, "editable": may_edit(actor, row),
        "may_force": allows(actor, Permission.EDIT_SCORECARDS), "checks": pairwise_checks(row), "stale": status == 412,
        "stale_names": _names(criteria, stale_codes(scorecard, row.scales)), **method_context(criteria, form, _address(row)),
    }  # fmt: skip
    return page(request, "scorecards/weights/set.html", context, status=status)


@require_POST
def archive_set(request: HttpRequest, scorecard_id: UUID, set_id: UUID) -> HttpResponse:
    """Put a weight set away."""
    actor = signed_in(request)
    row = _find(find_scorecard(actor.organization, scorecard_id), set_id)
    version = whole_number(request.POST.get("version"), row.version)
    archive_weight_set(weight_set=row, expected_version=version, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is archived.")
    return go(reverse("scorecards:weight_sets", args=[scorecard_id]))


@require_POST
def force_set(request: HttpRequest, scorecard_id: UUID, set_id: UUID) -> HttpResponse:
    """Calculate by these weights from now on."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    row = _find(find_scorecard(actor.organization, scorecard_id), set_id)
    version = whole_number(request.POST.get("version"), row.version)
    put_in_force(weight_set=row, expected_version=version, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is in force. The ranking is being recomputed.")
    return go(reverse("scorecards:weight_sets", args=[scorecard_id]))


@require_POST
def confirm(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Say that weights still stand on the scales as they are now."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    version = whole_number(request.POST.get("version"), scorecard.version)
    confirm_weights(
        scorecard=scorecard, codes=request.POST.getlist("criteria"), expected_version=version, by=actor, now=timezone.now()
    )  # fmt: skip
    messages.success(request, "The weights stand on the scales as they are now.")
    return go(reverse("scorecards:weights_step", args=[scorecard_id]))


def method_step(request: HttpRequest, scorecard: Scorecard, actor: Actor) -> HttpResponse | dict[str, Any]:
    """The weights step of the builder by another method than points: saved into the weight set in force.

    A finished answer after saving, otherwise the context of the page.
    """
    criteria, now = criteria_of(scorecard.framework), timezone.now()
    present = weight_set_list(scorecard).filter(in_force=True).first()
    inputs: Mapping[str, Any] = present.inputs if present else {}
    weights = Weights(scorecard.weights, inputs, scorecard.weight_locks, scorecard.version)
    form = method_form(request, criteria, weights)
    address = reverse("scorecards:weights_step", args=[scorecard.public_id])
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                if form.cleaned_data["version"] != scorecard.version:
                    raise Conflict("This scorecard was changed by somebody else.", status=412)
                row = set_in_force(scorecard, name=IN_FORCE_NAME, by=actor, now=now)
                update_weight_set(weight_set=row, expected_version=None, by=actor, now=now, **form.changes())
            except DomainError as error:
                status = say(form, error, names=form.names)
            else:
                messages.success(request, "Saved. The ranking is being recomputed.")
                kept = {"of": form.node, "method": form.method.value}
                return go(f"{address}?{urlencode(kept)}")
    checks = pairwise_checks(present) if present else []
    return {"form": form, "checks": checks, "status": status, **method_context(criteria, form, address)}


def method_form(
    request: HttpRequest, criteria: Framework, weights: Weights, *, bound: bool = True
) -> MethodForm:
    """The form of the siblings and the method in the address."""
    node = node_named(criteria, request.GET.get("of"))
    method = method_named(request.GET.get("method"), weights, node)
    return FORMS[method](
        criteria, node, weights, request.POST if request.method == "POST" and bound else None
    )


def method_context(criteria: Framework, form: MethodForm, address: str) -> dict[str, Any]:
    """Tabs of the methods and links to each set of siblings."""

    def to(node: str, method: Method) -> str:
        return f"{address}?{urlencode({'of': node, 'method': method.value})}"

    nodes = [(GROUPS, "The groups"), *((group.code, group.name) for group in criteria.groups)]
    return {
        "method": form.method,
        "tabs": [{"label": m.label, "url": to(form.node, m), "current": m is form.method, "count": None} for m in Method],
        "nodes": [{"label": name, "url": to(node, form.method), "current": node == form.node} for node, name in nodes],
        "node_name": dict(nodes)[form.node],
    }  # fmt: skip


def _sets(actor: Actor, scorecard: Scorecard) -> dict[str, Any]:
    rows = list(weight_set_list(scorecard))
    rankings = None
    if not scorecard.scores_hidden:
        try:
            rankings = rankings_of(scorecard, rows)
        except Conflict:
            rankings = None
    found = {r.weight_set.pk: r for r in rankings.rankings if r.weight_set} if rankings else {}
    lines = [
        Line(
            row, ", ".join(c.name for c in found[row.pk].leaders) if row.pk in found else "",
            found[row.pk].problem if row.pk in found else "", may_edit(actor, row),
        )
        for row in rows
    ]  # fmt: skip
    table = []
    if rankings:
        for at, candidate in enumerate(rankings.candidates):
            places = [each.places[at] if each.places else None for each in rankings.rankings]
            table.append((candidate, places, rankings.spread[at]))
    return {
        "scorecard": scorecard, "lines": lines, "rankings": rankings, "table": table,
        "may_rate": allows(actor, Permission.RATE), "may_force": allows(actor, Permission.EDIT_SCORECARDS),
    }  # fmt: skip


def _find(scorecard: Scorecard, set_id: UUID) -> WeightSet:
    row = weight_set_list(scorecard).filter(public_id=set_id).first()
    if row is None:
        raise NotFound("There is no such weight set on this scorecard.")
    return row


def _address(row: WeightSet) -> str:
    return reverse("scorecards:weight_set", args=[row.scorecard.public_id, row.public_id])


def _names(criteria: Framework, codes: list[str]) -> list[str]:
    titles = names_of(criteria)
    return [titles[code] for code in codes]
