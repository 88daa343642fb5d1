"""Building and changing a scorecard: one step a page, in any order, each saved by itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import Conflict, DomainError
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.engine.elicitation import Method
from scorecards.forms.builder import (
    ArchetypeForm,
    RulesForm,
    StartForm,
    VendorsForm,
    WeightsForm,
    archetype_difference,
    kinds_of_programme,
)
from scorecards.forms.must_haves import GatesForm
from scorecards.frameworks import load_archetypes
from scorecards.frameworks.scales import names_of
from scorecards.gate_previews import every_outcome
from scorecards.models import Program, Scorecard, ScorecardGate
from scorecards.selectors.building import published_outcomes, standing_count, step_words
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
from scorecards.views.choosing import candidates_to_choose, chooser, picked, shown_address
from scorecards.views.drafts import Draft, drafted_steps, drop_draft, keep_draft, kept_draft
from scorecards.views.edge import go, is_fragment, page, say, signed_in, whole_number
from scorecards.views.effects import effect_of
from scorecards.views.preregistration import registration_context
from scorecards.views.weight_sets import method_step

PER_PAGE = 50
MOST_AT_ONCE = 300
"""Vendors up to which a page with a draft says at once what it would change; above, it says so when asked."""
STEPS = (
    ("start", "Programme"),
    ("weights", "Criteria and weights"),
    ("must-haves", "Must-haves"),
    ("vendors", "Vendors"),
    ("rules", "Result"),
)


@require_safe
def scorecard_list(request: HttpRequest) -> HttpResponse:
    """Every scorecard with its leader."""
    actor = signed_in(request)
    sought = request.GET.get("q", "").strip()
    lines = scorecard_lines(actor.organization, now=timezone.now(), limit=None)
    found = [
        line
        for line in lines
        if sought.casefold() in f"{line.scorecard.name} {line.scorecard.program.name}".casefold()
    ]
    shown = Paginator(found, PER_PAGE).get_page(whole_number(request.GET.get("page")))
    context = {
        "lines": list(shown), "page_of": shown, "total": len(lines), "q": sought,
        "may_edit": allows(actor, Permission.EDIT_SCORECARDS),
        "has_programs": Program.objects.for_organization(actor.organization).active().exists(),
    }  # fmt: skip
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
        "form": form, "programs": programs, "archetype": template, "steps": _steps(request, None, "start"),
        "difference": archetype_difference(criteria, blank, template), "kinds": kinds_of_programme(known.values(), template.code),
        "may_program": allows(actor, Permission.EDIT_PROGRAMS),
    }  # fmt: skip
    return page(request, "scorecards/builder/new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 1 later on: the name, and a template's weights anew; a GET with an archetype shows the difference only."""

    def form_of(scorecard: Scorecard, data: Any) -> ArchetypeForm:
        initial = {
            "name": request.GET.get("name") or scorecard.name,
            "archetype": request.GET.get("archetype", ""),
            "version": scorecard.version,
        }
        return ArchetypeForm(data, initial=initial)

    def changes(form: Any) -> dict[str, Any]:
        return {"name": form.cleaned_data["name"], "archetype": form.cleaned_data["archetype"] or None}

    def more(scorecard: Scorecard, form: Any) -> dict[str, Any]:
        criteria = criteria_of(scorecard.framework)
        known = {archetype.code: archetype for archetype in load_archetypes()}
        template = known.get(request.GET.get("archetype") or form["archetype"].value() or "")
        difference = archetype_difference(criteria, scorecard.weights, template) if template else []
        return {
            "archetype": template, "difference": difference, "present": known.get(scorecard.archetype),
            "may_program": allows(signed_in(request), Permission.EDIT_PROGRAMS), "kinds": kinds_of_programme(known.values(), form["archetype"].value()),
        }  # fmt: skip

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
            "scorecard": scorecard, "step": "weights", "steps": _steps(request, scorecard, "weights"), "title": "Criteria and weights",
            "stale": found["status"] == 412, **found, "tabs": [*found["tabs"], _named_sets(scorecard)],
        }  # fmt: skip
        return page(request, "scorecards/builder/weights_by_method.html", context, status=found["status"])

    def form_of(scorecard: Scorecard, data: Any) -> WeightsForm:
        return WeightsForm.of(scorecard, data)

    def changes(form: Any) -> dict[str, Any]:
        return {"weights": form.changed_weights(), "locked_weights": form.locked()}

    def more(scorecard: Scorecard, _: Any) -> dict[str, Any]:
        titles = names_of(criteria_of(scorecard.framework))
        address = reverse("scorecards:weights_step", args=[scorecard.public_id])
        methods = [
            {
                "label": m.label,
                "url": f"{address}?method={m.value}",
                "current": m is Method.POINTS,
                "count": None,
            }
            for m in Method
        ]
        return {
            "tabs": [*methods, _named_sets(scorecard)],
            "stale_weights": [
                (code, titles[code]) for code in stale_codes(scorecard, scorecard.weight_scales)
            ],
        }

    return _step(request, scorecard_id, "weights", form_of, changes, more)


@require_http_methods(["GET", "HEAD", "POST"])
def must_haves(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 3: must-haves by name, and own ones."""

    def form_of(scorecard: Scorecard, data: Any) -> GatesForm:
        gates = ScorecardGate.objects.for_organization(scorecard.organization).active()
        present = list(gates.filter(scorecard=scorecard).order_by("position", "id"))
        own = [gate for gate in present if gate.code.startswith("X_")]
        return GatesForm(
            criteria_of(scorecard.framework), own, data, initial=GatesForm.initial_of(scorecard, present),
        )  # fmt: skip

    def more(scorecard: Scorecard, form: Any) -> dict[str, Any]:
        every = "effects" in request.GET
        refused, found = "", None
        try:
            found = (
                every_outcome(scorecard, today=timezone.now().date())
                if every
                else published_outcomes(scorecard)
            )
        except Conflict as error:
            refused = error.message
        too_many = every and found is None and not refused
        return {
            "catalogue": form.catalogue(found or {}),
            "own": form.own_rows(found or {}),
            "every": every,
            "too_many": too_many,
            "refused": refused,
        }

    return _step(request, scorecard_id, "must-haves", form_of, lambda form: {"gates": form.gates()}, more)


@require_http_methods(["GET", "HEAD", "POST"])
def vendors(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 4: every vendor or chosen ones."""

    def form_of(scorecard: Scorecard, data: Any) -> VendorsForm:
        saved = {str(key) for key in scorecard.choices.values_list("candidate__public_id", flat=True)}
        initial = {"version": scorecard.version, "selection": scorecard.selection}
        return VendorsForm(candidates_to_choose(scorecard), saved, data, initial=initial)

    def more(scorecard: Scorecard, form: Any) -> dict[str, Any]:
        return chooser(request, scorecard, form)

    return _step(request, scorecard_id, "vendors", form_of, lambda form: {"candidates": form.chosen()}, more)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """Step 5: what an unknown counts, the stage, the day."""

    def form_of(scorecard: Scorecard, data: Any) -> RulesForm:
        initial = {name: getattr(scorecard, name) for name in ("version", "policy", "stage", "as_of")}
        return RulesForm(data, initial=initial)

    def more(scorecard: Scorecard, _: Any) -> dict[str, Any]:
        context = registration_context(scorecard, signed_in(request, Permission.EDIT_SCORECARDS))
        lines = scorecard_lines(scorecard.organization, now=timezone.now(), limit=None, only=scorecard.pk)
        return context | {"line": lines[0] if lines else None}

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
    form_of: Callable[[Scorecard, Any], Any],
    changes: Callable[[Any], dict[str, Any]],
    more: Callable[[Scorecard, Any], dict[str, Any]] = lambda *_: {},
) -> HttpResponse:
    """One step: show the form with the reader's draft, keep a draft, say what it would change, or save it and go on."""
    actor, now = signed_in(request, Permission.EDIT_SCORECARDS), timezone.now()
    scorecard = find_scorecard(actor.organization, scorecard_id)
    then = request.POST.get("then", "") if request.method == "POST" else ""
    if then == "discard":
        drop_draft(request, scorecard, step)
        messages.info(request, "The draft is discarded. The form shows what is saved.")
        return go(request.get_full_path())
    if then == "draft" or then.startswith("show"):
        return _keep(request, scorecard, step, form_of, then, actor, now)
    draft = kept_draft(request, scorecard, step)
    form = form_of(scorecard, _entered(request, scorecard, draft))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                _save(scorecard, form, changes(form), actor, now)
            except DomainError as error:
                status = say(form, error, names=_names(form))
            else:
                drop_draft(request, scorecard, step)
                messages.success(request, f"Saved {now:%H:%M} UTC. The ranking is being recomputed.")
                return go(_next_url(request, scorecard, step))
        draft = keep_draft(request, scorecard, step, data=request.POST, now=now) if status == 412 else draft
    context = {
        "scorecard": scorecard, "form": form, "step": step, "steps": _steps(request, scorecard, step),
        "stale": status == 412, "title": dict(STEPS)[step], "draft": draft,
        "outdated": bool(draft and draft.version != scorecard.version and not form.is_bound), **more(scorecard, form),
    }  # fmt: skip
    if draft is not None and form.is_bound and request.method != "POST" and form.is_valid():
        asked = "effect" in request.GET or standing_count(scorecard) <= MOST_AT_ONCE
        context["effect"] = effect_of(scorecard, form, by=actor, now=now) if asked else None
    return page(request, f"scorecards/builder/{step.replace('-', '_')}.html", context, status=status)


def _entered(request: HttpRequest, scorecard: Scorecard, draft: Draft | None) -> Any:
    """What the form holds: what was sent, else the draft over the version it was made for (or laid over the present one)."""
    if request.method == "POST":
        return request.POST
    if draft is not None and (draft.version == scorecard.version or request.GET.get("draft") == "mine"):
        return draft.over(scorecard.version)
    return None


def _keep(
    request: HttpRequest,
    scorecard: Scorecard,
    step: str,
    form_of: Callable[[Scorecard, Any], Any],
    then: str,
    actor: Actor,
    now: Any,
) -> HttpResponse:
    """Keep a draft; answer with what it would change, or with the page that the reader asked for."""
    form = form_of(scorecard, request.POST)
    data: QueryDict = request.POST
    if isinstance(form, VendorsForm):
        data = picked(request, form)
        form = form_of(scorecard, data)
    draft = keep_draft(request, scorecard, step, data=data, now=now)
    if is_fragment(request):
        good = form.is_valid()
        effect = effect_of(scorecard, form, by=actor, now=now) if good else None
        if effect is not None and effect.nothing:
            drop_draft(request, scorecard, step)
        context = {"scorecard": scorecard, "form": form, "draft": draft, "effect": effect, "kept": True}
        return page(request, "scorecards/builder/effect.html", context)
    if draft is None:
        messages.error(request, "This is too much to keep as a draft. Save it, then go on.")
    if then.startswith("show"):
        return go(f"{request.path}{shown_address(request)}")
    return go(f"{request.path}?effect=1#effect")


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


def _steps(request: HttpRequest, scorecard: Scorecard | None, current: str) -> list[dict[str, Any]]:
    words = step_words(scorecard) if scorecard else {}
    drafts = drafted_steps(request, scorecard) if scorecard else frozenset()
    return [
        {
            "label": label, "current": code == current, "words": words.get(code, ""), "draft": code in drafts,
            "url": reverse(f"scorecards:{code.replace('-', '_')}_step", args=[scorecard.public_id]) if scorecard else "",
        }
        for code, label in STEPS
    ]  # fmt: skip


def _named_sets(scorecard: Scorecard) -> dict[str, Any]:
    """The tab beside the methods: the weights of several people."""
    url = reverse("scorecards:weight_sets", args=[scorecard.public_id])
    return {"label": "Named sets, side by side", "url": url, "current": False, "count": None}


def _next_url(request: HttpRequest, scorecard: Scorecard, step: str) -> str:
    codes = [code for code, _ in STEPS]
    at = codes.index(step)
    if request.POST.get("then") == "next" and at + 1 < len(codes):
        return reverse(f"scorecards:{codes[at + 1].replace('-', '_')}_step", args=[scorecard.public_id])
    return reverse("scorecards:ranking", args=[scorecard.public_id])
