"""Criteria sets: versions, one with its tree, editing a draft, what it would change, publishing, moving scorecards."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import Conflict, NotFound
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.sheet import Sheet, form_sheet
from scorecards.engine.exact import EngineError
from scorecards.forms.frameworks import CriterionForm, GroupForm, NameForm
from scorecards.frameworks.editing import changes_between
from scorecards.models import Framework
from scorecards.previews import preview_of
from scorecards.scale_drawings import scale_of
from scorecards.selectors.framework_drafts import base_of, find_framework, scorecards_on, versions
from scorecards.selectors.pages import find_scorecard
from scorecards.services.framework_drafts import (
    copy_framework,
    discard_draft,
    edit_draft,
    move_scorecard,
    publish_framework,
    refused,
)
from scorecards.views.edge import go, is_fragment, page, signed_in, whole_number

PUBLISHED = "A published criteria set never changes. Copy it to a new version."


@require_safe
def sets(request: HttpRequest) -> HttpResponse:
    """Every version of every criteria set, the newest first."""
    actor = signed_in(request)
    rows = list(versions(actor.organization))
    drafted = {row.code for row in rows if row.state == Framework.State.DRAFT}
    context = {
        "rows": [(row, row.state == Framework.State.PUBLISHED and row.code not in drafted) for row in rows],
        "may_edit": allows(actor, Permission.EDIT_SCORECARDS),
    }
    return page(request, "scorecards/criteria/list.html", context)


@require_safe
def one(request: HttpRequest, framework_id: UUID) -> HttpResponse:
    """One version with its tree."""
    actor = signed_in(request)
    framework = find_framework(actor.organization, framework_id)
    may_edit = allows(actor, Permission.EDIT_SCORECARDS)
    context = {
        "framework": framework, "groups": framework.definition["group"], "draft": _is_draft(framework), "may_edit": may_edit,
        "editable": may_edit and _is_draft(framework),
    }  # fmt: skip
    return page(request, "scorecards/criteria/one.html", context)


@require_POST
def copy(request: HttpRequest, framework_id: UUID) -> HttpResponse:
    """Begin the next version as a draft."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    draft = copy_framework(
        framework=find_framework(actor.organization, framework_id), by=actor, now=timezone.now()
    )
    messages.success(
        request, f"Version {draft.number} is a draft now. Nothing changes until it is published."
    )
    return go(_address("criteria:one", draft))


@require_http_methods(["GET", "HEAD", "POST"])
def name(request: HttpRequest, framework_id: UUID) -> HttpResponse:
    """The name of a draft."""
    actor, framework = _draft(request, framework_id)
    form = NameForm(request.POST or None, initial={"name": framework.name, "version": framework.version})
    return _edit(
        request, actor, framework, form, "Name of the draft", lambda: {"name": form.cleaned_data["name"]}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, framework_id: UUID, group: str) -> HttpResponse:
    """A group of a draft: its name and which criteria count."""
    actor, framework = _draft(request, framework_id)
    found = next((each for each in framework.definition["group"] if each["code"] == group), None)
    if found is None:
        raise NotFound("There is no such group.")
    form = GroupForm(found, request.POST or None, initial={"version": framework.version})
    return _edit(request, actor, framework, form, f"{found['name']} ({group})", form.changes)


@require_http_methods(["GET", "HEAD", "POST"])
def criterion(request: HttpRequest, framework_id: UUID, criterion: str) -> HttpResponse:
    """A criterion: how its measured value becomes points; of a draft its form (name, ages, texts and numbers, never its meaning)."""
    actor = signed_in(request, Permission.VIEW if request.method != "POST" else Permission.EDIT_SCORECARDS)
    framework = find_framework(actor.organization, framework_id)
    groups = framework.definition["group"]
    found = next(
        ((each, leaf) for each in groups for leaf in each["leaf"] if leaf["code"] == criterion), None
    )
    if found is None:
        raise NotFound("There is no such criterion.")
    inside, leaf = found
    if not _is_draft(framework) and request.method == "POST":
        raise Conflict(PUBLISHED, code="published")
    if not _is_draft(framework) or not allows(actor, Permission.EDIT_SCORECARDS):
        context = {
            "framework": framework, "group": inside, "leaf": leaf, "scale": scale_of(leaf),
            "may_copy": allows(actor, Permission.EDIT_SCORECARDS) and not _is_draft(framework),
        }  # fmt: skip
        part = (
            "scorecards/criteria/scale.html" if is_fragment(request) else "scorecards/criteria/criterion.html"
        )
        return page(request, part, context)
    form = CriterionForm(leaf, request.POST or None, initial={"version": framework.version})

    def changes() -> dict[str, Any]:
        try:
            return {"criteria": {criterion: form.changes()}}
        except EngineError as error:
            raise refused(error) from error

    lede = f"Asked: {leaf['question']} Measured: {leaf['indicator']}. These, and where the answer comes from, are its meaning and stay."
    return _edit(
        request, actor, framework, form, f"{leaf['name']} ({criterion})", changes, lede=lede,
        template="scorecards/criteria/edit_criterion.html",
    )  # fmt: skip


@require_safe
def preview(request: HttpRequest, framework_id: UUID) -> HttpResponse:
    """What a version changes against the one before, and what that does to a chosen scorecard; nothing is stored."""
    actor = signed_in(request)
    framework = find_framework(actor.organization, framework_id)
    rows = list(scorecards_on(actor.organization, framework.code))
    wanted = request.GET.get("scorecard", "")
    chosen = next((row for row in rows if str(row.public_id) == wanted), None)
    found, hidden = None, ""
    if chosen is not None:
        try:
            found = preview_of(chosen, framework, today=timezone.now().date())
        except Conflict as error:
            hidden = error.message
    context = {
        "framework": framework, "changes": _changes(framework), "scorecards": rows, "chosen": chosen, "preview": found, "hidden": hidden,
        "may_move": allows(actor, Permission.EDIT_SCORECARDS) and not _is_draft(framework) and chosen is not None
        and chosen.framework_id != framework.pk,
        "draft": _is_draft(framework), "may_edit": allows(actor, Permission.EDIT_SCORECARDS),
    }  # fmt: skip
    return page(request, "scorecards/criteria/preview.html", context)


@require_POST
def publish(request: HttpRequest, framework_id: UUID) -> HttpResponse:
    """Publish a draft; scorecards stay on their version until moved."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    framework = find_framework(actor.organization, framework_id)
    version = whole_number(request.POST.get("version"), framework.version)
    publish_framework(framework=framework, expected_version=version, by=actor, now=timezone.now())
    messages.success(
        request, f"Version {framework.number} is published. Scorecards stay on theirs until you move them."
    )
    return go(_address("criteria:preview", framework))


@require_POST
def discard(request: HttpRequest, framework_id: UUID) -> HttpResponse:
    """Put a draft away."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    framework = find_framework(actor.organization, framework_id)
    version = whole_number(request.POST.get("version"), framework.version)
    discard_draft(framework=framework, expected_version=version, by=actor, now=timezone.now())
    messages.success(request, f"The draft of version {framework.number} is discarded.")
    return go(reverse("criteria:list"))


@require_POST
def move(request: HttpRequest, scorecard_id: UUID, framework_id: UUID) -> HttpResponse:
    """Judge a scorecard by another published version of its criteria set."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    framework = find_framework(actor.organization, framework_id)
    version = whole_number(request.POST.get("version"), scorecard.version)
    move_scorecard(
        scorecard=scorecard, framework=framework, expected_version=version, by=actor, now=timezone.now()
    )
    messages.success(
        request,
        f"Judged by {framework.name}, version {framework.number}, from now on. The ranking is being recomputed.",
    )
    return go(reverse("scorecards:ranking", args=[scorecard_id]))


def _is_draft(framework: Framework) -> bool:
    return framework.state == Framework.State.DRAFT and framework.archived_at is None


def _address(view: str, framework: Framework) -> str:
    return reverse(view, args=[framework.public_id])


def _changes(framework: Framework) -> list[Any]:
    """What differs from the version before; nothing for the first."""
    try:
        before = base_of(framework)
    except NotFound:
        return []
    return changes_between(before.definition, framework.definition)


def _draft(request: HttpRequest, framework_id: UUID) -> tuple[Actor, Framework]:
    """Who edits which draft. Raises Conflict for a published version."""
    actor = signed_in(request, Permission.EDIT_SCORECARDS)
    framework = find_framework(actor.organization, framework_id)
    if not _is_draft(framework):
        raise Conflict(PUBLISHED, code="published")
    return actor, framework


def _edit(
    request: HttpRequest,
    actor: Actor,
    framework: Framework,
    form: Any,
    title: str,
    changes: Any,
    *,
    lede: str = "",
    template: str = "core/form.html",
) -> HttpResponse:
    """A form over a part of a draft, saved by the service."""

    def save() -> str:
        given: Mapping[str, Any] = changes()
        edit_draft(
            framework=framework,
            expected_version=form.cleaned_data["version"],
            by=actor,
            now=timezone.now(),
            **given,
        )
        return _address("criteria:one", framework)

    back = _address("criteria:one", framework)
    trail = (
        ("Criteria sets", reverse("criteria:list")),
        (f"{framework.name}, version {framework.number}", back),
    )
    sheet = Sheet(
        title=title,
        act="Save in the draft",
        back=back,
        trail=trail,
        lede=lede,
        done="Saved in the draft.",
        template=template,
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)
