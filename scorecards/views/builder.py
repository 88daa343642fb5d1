"""Building and changing a scorecard: one step a page, in any order, each saved by itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.engine.elicitation import Method
from scorecards.forms.builder import (
    ArchetypeForm,
    RulesForm,
    StartForm,
    VendorsForm,
    WeightsForm,
    archetype_difference,
)
from scorecards.forms.must_haves import GatesForm
from scorecards.frameworks import load_archetypes
from scorecards.frameworks.scales import names_of
from scorecards.models import Candidate, Program, Scorecard, ScorecardGate
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.dashboard import scorecard_lines
from scorecards.selectors.pages import find_program, find_scorecard
from scorecards.selectors.scorecards import newest_framework
from scorecards.selectors.weighting import stale_codes
from scorecards.services.scorecards import (
    archive_scorecard,
    as_text,
    create_scorecard,
    find_archetype,
    update_scorecard,
)
from scorecards.views.edge import go, page, say, signed_in, whole_number
from scorecards.views.preregistration import registration_context
from scorecards.views.weight_sets import method_step

STEPS = (
    ("start", "Programme"),
    ("weights", "Weights"),
    ("must-haves", "Must-haves"),
    ("vendors", "Vendors"),
    ("rules", "Unknowns and stage"),
)


@require_safe
def scorecard_list(request: HttpRequest) -> HttpResponse:
    """Every scorecard with its leader."""
    actor = signed_in(request)
    context = {
        "lines": scorecard_lines(actor.organization, now=timezone.now(), limit=None),
        "may_edit": allows(actor, Permission.EDIT_SCORECARDS),
        "has_programs": Program.objects.for_organization(actor.organization).active().exists(),
    }
    return page(request, "scorecards/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Step 1: programme and archetype, with what the archetype means, before anything is saved."""
    actor, now = signed_in(request, Permission.EDIT_SCORECARDS), timezone.now()
    programs = list(Program.objects.for_organization(actor.organization).active().order_by("name", "id"))
    framework = newest_framework(actor.organization)
    criteria = criteria_of(framework)
    given = request.POST if request.method == "POST" else request.GET
    chosen = next(
        (p for p in programs if str(p.public_id) == given.get("program")), programs[0] if programs else None
    )
    initial = {
        "program": str(chosen.public_id) if chosen else "",
        "archetype": given.get("archetype") or (chosen.archetype if chosen else "") or "G",
        "name": given.get("name", ""),
    }
    form = StartForm(programs, request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                scorecard = create_scorecard(
                    program=find_program(actor.organization, form.cleaned_data["program"]), framework=framework,
                    name=form.cleaned_data["name"], archetype=form.cleaned_data["archetype"], by=actor, now=now,
                    hide_until_locked=form.cleaned_data["hide_until_locked"],
                )  # fmt: skip
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(
                    request, "Scorecard created. Its first calculation runs now; fine-tune it in any order."
                )
                return go(reverse("scorecards:weights_step", args=[scorecard.public_id]))
    blank = {code: as_text(points) for code, points in find_archetype("G").points(criteria).items()}
    known = {archetype.code: archetype for archetype in load_archetypes()}
    template = known.get(str(initial["archetype"]), known["G"])
    context = {
        "form": form, "programs": programs, "archetype": template, "steps": _steps(None, "start"),
        "difference": archetype_difference(criteria, blank, template),
        "may_program": allows(actor, Permission.EDIT_PROGRAMS),
    }  # fmt: skip
    return page(request, "scorecards/builder/new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 1 later on: the name, and a template's weights anew; a GET with an archetype shows the difference only."""

    def form_of(scorecard: Scorecard) -> ArchetypeForm:
        initial = {
            "name": request.GET.get("name") or scorecard.name,
            "archetype": request.GET.get("archetype", ""),
            "version": scorecard.version,
        }
        return ArchetypeForm(request.POST if request.method == "POST" else None, initial=initial)

    def changes(form: Any) -> dict[str, Any]:
        return {"name": form.cleaned_data["name"], "archetype": form.cleaned_data["archetype"] or None}

    def more(scorecard: Scorecard) -> dict[str, Any]:
        criteria = criteria_of(scorecard.framework)
        known = {archetype.code: archetype for archetype in load_archetypes()}
        template = known.get(request.GET.get("archetype") or request.POST.get("archetype") or "")
        difference = archetype_difference(criteria, scorecard.weights, template) if template else []
        return {"archetype": template, "difference": difference, "present": known.get(scorecard.archetype)}

    return _step(request, scorecard_id, "start", form_of, changes, more)


@require_http_methods(["GET", "HEAD", "POST"])
def weights(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 2: eleven groups first, the criteria behind "Fine-tune"; or any siblings by another method."""
    if request.GET.get("method") in {method.value for method in Method if method is not Method.POINTS}:
        actor = signed_in(request, Permission.EDIT_SCORECARDS)
        scorecard = find_scorecard(actor.organization, scorecard_id)
        found = method_step(request, scorecard, actor)
        if isinstance(found, HttpResponse):
            return found
        context = {
            "scorecard": scorecard, "step": "weights", "steps": _steps(scorecard, "weights"), "title": "Weights",
            "stale": found["status"] == 412, **found,
        }  # fmt: skip
        return page(request, "scorecards/builder/weights_by_method.html", context, status=found["status"])

    def form_of(scorecard: Scorecard) -> WeightsForm:
        return WeightsForm.of(scorecard, request.POST if request.method == "POST" else None)

    def changes(form: Any) -> dict[str, Any]:
        return {"weights": form.changed_weights(), "locked_weights": form.locked()}

    def more(scorecard: Scorecard) -> dict[str, Any]:
        titles = names_of(criteria_of(scorecard.framework))
        address = reverse("scorecards:weights_step", args=[scorecard.public_id])
        return {
            "tabs": [{"label": m.label, "url": f"{address}?method={m.value}", "current": m is Method.POINTS, "count": None} for m in Method],
            "stale_weights": [(code, titles[code]) for code in stale_codes(scorecard, scorecard.weight_scales)],
        }  # fmt: skip

    return _step(request, scorecard_id, "weights", form_of, changes, more)


@require_http_methods(["GET", "HEAD", "POST"])
def must_haves(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 3: must-haves by name, and own ones."""

    def form_of(scorecard: Scorecard) -> GatesForm:
        gates = ScorecardGate.objects.for_organization(scorecard.organization).active()
        present = list(gates.filter(scorecard=scorecard).order_by("position", "id"))
        own = [gate for gate in present if gate.code.startswith("X_")]
        return GatesForm(
            criteria_of(scorecard.framework), own, request.POST if request.method == "POST" else None,
            initial=GatesForm.initial_of(scorecard, present),
        )  # fmt: skip

    return _step(request, scorecard_id, "must-haves", form_of, lambda form: {"gates": form.gates()})


@require_http_methods(["GET", "HEAD", "POST"])
def vendors(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 4: every vendor or chosen ones."""

    def form_of(scorecard: Scorecard) -> VendorsForm:
        rows = (
            Candidate.objects.for_organization(scorecard.organization)
            .standing()
            .filter(program=scorecard.program_id)
        )
        candidates = list(rows.select_related("vendor").order_by("vendor__name", "label", "id"))
        chosen = [str(key) for key in scorecard.choices.values_list("candidate__public_id", flat=True)]
        initial = {"version": scorecard.version, "selection": scorecard.selection, "candidates": chosen}
        return VendorsForm(candidates, request.POST if request.method == "POST" else None, initial=initial)

    return _step(request, scorecard_id, "vendors", form_of, lambda form: {"candidates": form.chosen()})


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 5: what an unknown counts, the stage, the day."""

    def form_of(scorecard: Scorecard) -> RulesForm:
        initial = {name: getattr(scorecard, name) for name in ("version", "policy", "stage", "as_of")}
        return RulesForm(request.POST if request.method == "POST" else None, initial=initial)

    def more(scorecard: Scorecard) -> dict[str, Any]:
        return registration_context(scorecard, signed_in(request, Permission.EDIT_SCORECARDS))

    return _step(request, scorecard_id, "rules", form_of, lambda form: form.rules(), more)


@require_POST
def archive(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Put a scorecard away; its calculations stay."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    version = whole_number(request.POST.get("version"), scorecard.version)
    archive_scorecard(scorecard=scorecard, expected_version=version, by=actor, now=timezone.now())
    messages.success(request, f"“{scorecard.name}” is archived. Its calculations and history stay.")
    return go(reverse("scorecards:list"))


def _step(
    request: HttpRequest,
    scorecard_id: UUID,
    step: str,
    form_of: Callable[[Scorecard], Any],
    changes: Callable[[Any], dict[str, Any]],
    more: Callable[[Scorecard], dict[str, Any]] = lambda _: {},
) -> HttpResponse:
    """One step: show the form, or save it and go on to the next one (or to the ranking)."""
    actor, now = signed_in(request, Permission.EDIT_SCORECARDS), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    form = form_of(scorecard)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                _save(scorecard, form, changes(form), actor, now)
            except DomainError as error:
                status = say(form, error, names=_names(form))
            else:
                messages.success(request, "Saved. The ranking is being recomputed.")
                return go(_next_url(request, scorecard, step))
    context = {
        "scorecard": scorecard, "form": form, "step": step, "steps": _steps(scorecard, step),
        "stale": status == 412, "title": dict(STEPS)[step], **more(scorecard),
    }  # fmt: skip
    return page(request, f"scorecards/builder/{step.replace('-', '_')}.html", context, status=status)


def _save(scorecard: Scorecard, form: Any, changes: dict[str, Any], actor: Actor, now: Any) -> None:
    update_scorecard(
        scorecard=scorecard, expected_version=form.cleaned_data["version"], by=actor, now=now, **changes
    )


def _names(form: BaseForm) -> dict[str, str]:
    names = dict(getattr(form, "names", {}))
    if isinstance(form, GatesForm):
        names |= {f"gates.{part}": "named" for part in ("subject", "operator", "value", "code")} | {
            "gates": "named"
        }
    return names


def _steps(scorecard: Scorecard | None, current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label, "current": code == current,
            "url": reverse(f"scorecards:{code.replace('-', '_')}_step", args=[scorecard.public_id]) if scorecard else "",
        }
        for code, label in STEPS
    ]  # fmt: skip


def _next_url(request: HttpRequest, scorecard: Scorecard, step: str) -> str:
    codes = [code for code, _ in STEPS]
    at = codes.index(step)
    if request.POST.get("then") == "next" and at + 1 < len(codes):
        return reverse(f"scorecards:{codes[at + 1].replace('-', '_')}_step", args=[scorecard.public_id])
    return reverse("scorecards:ranking", args=[scorecard.public_id])
