"""Pages of imports: what was loaded, a file to check, what the check found, load it, discard it or undo it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.policies import Actor, Permission, allows, require
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet
from vendors.forms.imports import ImportForm
from vendors.forms.profile import ReasonForm
from vendors.imports import uploads
from vendors.models import LoadState, PublicLoad, UploadedLoad
from vendors.selectors.loads import public_loads, uploaded_load, uploaded_loads

A_PAGE = 25
PUBLIC_SHOWN = 25
REJECTED_SHOWN = 50
TONES = {
    LoadState.CHECKED.value: "warn",
    LoadState.LOADED.value: "good",
    LoadState.UNDONE.value: "unknown",
    LoadState.DISCARDED.value: "unknown",
}
WORDS: Mapping[str, str] = {
    "read": "Rows read",
    "new": "New",
    "changed": "Changed",
    "unchanged": "Unchanged",
    "outdated": "Known from a newer file",
    "repeated": "Repeated in the file",
    "public": "Public already, left out",
    "skipped": "Rows without a record",
    "closed": "Closed: no longer in the list",
    "matched": "Of a site in the directory",
    "unmatched": "Of no site: kept until a site has their number",
    "new_sites": "New sites",
    "changed_sites": "Changed sites",
    "new_capabilities": "New capabilities",
    "changed_capabilities": "Changed capabilities",
    "evidence": "Records of evidence",
    "rejections": "Rejected",
}


@page()
def imports(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/imports/`: the organisation's own files, then the public ones."""
    paginator = Paginator(uploaded_loads(actor.organization), A_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    context = {
        "lines": [_line(row) for row in shown.object_list],
        "page_shown": shown,
        "public": [_line(row) for row in public_loads()[:PUBLIC_SHOWN]],
        "may_import": _may_upload(actor),
        "directory_url": reverse("vendors:directory"),
    }
    return render(request, "vendors/imports.html", context)


def _line(row: UploadedLoad | PublicLoad) -> dict[str, Any]:
    """A load as the lists show it."""
    counts = {name: row.counts.get(name, 0) for name in ("read", "new", "changed", "rejections")}
    return {"row": row, "kind": uploads.kinds().get(row.kind, row.kind), "tone": TONES[row.state], **counts}


def _may_upload(actor: Actor) -> bool:
    return allows(actor, Permission.EDIT_RECORDS) or allows(actor, Permission.IMPORT)


@page(Permission.EDIT_RECORDS, **FORM)
def import_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose a file; it is checked, and nothing of it is loaded yet."""
    kinds = [pair for pair in uploads.kinds().items() if allows(actor, uploads.permission_of(pair[0]))]
    form = ImportForm(request.POST or None, request.FILES or None, kinds=kinds)

    def save() -> str:
        given = form.cleaned_data
        load = uploads.check_upload(
            organization=actor.organization,
            kind=given["kind"],
            content=given["file"],
            name=given["file"].name,
            read_on=given["read_on"],
            sheet=given["sheet"],
            mapping=uploads.read_mapping(given["mapping"]),
            only_mapped=given["only_mapped"],
            by=actor,
            now=timezone.now(),
        )
        return import_url(load)

    sheet = Sheet(
        title="Import a file",
        act="Check the file",
        back=reverse("vendors:imports"),
        trail=_trail(),
        lede="The file is checked first: you see what it would change before anything is loaded.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _trail(*more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("Vendors", reverse("vendors:directory")), ("Imports", reverse("vendors:imports")), *more)


def import_url(load: UploadedLoad) -> str:
    """The address of one import."""
    return reverse("vendors:import", args=[load.public_id])


@page()
def one_import(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """What a file brings, or brought."""
    load = uploaded_load(actor.organization, import_id)
    may = allows(actor, uploads.permission_of(load.kind))
    refused = load.kind == uploads.VENDORS and bool(load.counts.get("rejections"))
    context = {
        "load": load,
        "kind": uploads.kinds().get(load.kind, load.kind),
        "tone": TONES[load.state],
        "facts": _facts(load),
        "rejected": [
            {"row": row[0], "column": row[1], "reason": row[2]} for row in load.rejected[:REJECTED_SHOWN]
        ],
        "rejections": load.counts.get("rejections", 0),
        "more": max(0, load.counts.get("rejections", 0) - REJECTED_SHOWN),
        "may_load": may and load.state == LoadState.CHECKED and not refused,
        "may_discard": may and load.state == LoadState.CHECKED,
        "may_undo": may and load.state == LoadState.LOADED and load.kind != uploads.VENDORS,
        "may_download": may and bool(load.rejected),
        "refused": refused,
        "links": [{"label": label, "url": url} for label, url in _trail()],
    }
    return render(request, "vendors/import.html", context)


def _facts(load: UploadedLoad) -> list[tuple[str, str]]:
    """The numbers of the report in words; zeros of rare outcomes are left out."""
    always = {"read", "new", "changed", "unchanged", "rejections"}
    return [
        (word, f"{load.counts[name]:,}")
        for name, word in WORDS.items()
        if name in load.counts and (load.counts[name] or name in always)
    ]


@page(Permission.EDIT_RECORDS, methods=("POST",))
def import_commit(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Load a file that was checked."""
    load = uploaded_load(actor.organization, import_id)
    uploads.commit_upload(load=load, by=actor, now=timezone.now())
    messages.success(request, f"{load.file_name} was loaded.")
    return HttpResponseRedirect(import_url(load))


@page(Permission.EDIT_RECORDS, methods=("POST",))
def import_discard(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Throw a checked file away."""
    load = uploaded_load(actor.organization, import_id)
    uploads.discard_upload(load=load, by=actor)
    messages.success(request, f"{load.file_name} was discarded.")
    return HttpResponseRedirect(reverse("vendors:imports"))


@page(Permission.EDIT_RECORDS, **FORM)
def import_undo(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Take a loaded file back, with the reason."""
    load = uploaded_load(actor.organization, import_id)
    form = ReasonForm(request.POST or None)
    back = import_url(load)

    def save() -> str:
        now: datetime = timezone.now()
        uploads.undo_upload(load=load, reason=form.cleaned_data["reason"], by=actor, now=now)
        return back

    sheet = Sheet(
        title=f"Undo the import of {load.file_name}",
        act="Undo the import",
        back=back,
        trail=_trail((load.file_name, back)),
        lede="What it brought no longer counts, and what it changed is as it was before. Nothing is deleted.",
        done=f"The import of {load.file_name} was undone.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.EDIT_RECORDS)
def import_rejected(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """The rejected rows as a CSV file: number, column, reason, then the row itself."""
    load = uploaded_load(actor.organization, import_id)
    require(actor, uploads.permission_of(load.kind))
    response = HttpResponse(uploads.rejected_text(load), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rejected-rows.csv"'
    return response
