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

from cdmo_eval.core.errors import Invalid, PermissionDenied
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.sheet import Sheet, form_sheet
from vendors.forms.import_repairs import LEAVE, MAKE, chosen_mapping, chosen_repairs
from vendors.forms.imports import ImportForm
from vendors.forms.profile import ReasonForm
from vendors.imports import jobs, uploads
from vendors.imports.kinds import own_kinds
from vendors.imports.repairs import KEPT, ORDERS, SIGNS
from vendors.models import LoadState, PublicLoad, UploadedLoad
from vendors.selectors.loads import public_loads, uploaded_load, uploaded_loads
from vendors.views.import_words import answer_of, steps_of

A_PAGE = 25
PUBLIC_SHOWN = 25
REJECTED_SHOWN = 50
PREVIEW_SHOWN = 100
TONES = {
    LoadState.CHECKED.value: "warn",
    LoadState.LOADED.value: "good",
    LoadState.UNDONE.value: "unknown",
    LoadState.DISCARDED.value: "unknown",
}
WORDS: Mapping[str, str] = {
    "read": "Rows read",
    "ready": "Rows ready",
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
    "new_vendors": "New vendors",
    "changed_vendors": "Changed vendors",
    "left_out": "Left out by choice",
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
    return bool(uploads.kinds_for(actor))


@page(**FORM)
def import_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose a file; it is checked, and nothing of it is loaded yet."""
    if not _may_upload(actor):
        raise PermissionDenied("Your role imports no files.")
    own = [pair for pair in uploads.kinds().items() if uploads.may_import(actor, pair[0])]
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, label in own:
        kind = own_kinds().get(code)
        groups.setdefault(kind.group if kind else "Official records", []).append((code, label))
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        kinds=list(groups.items()),
        initial={"kind": request.GET.get("kind", "")},
    )

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
        template="vendors/import_add.html",
        act="Check the file",
        back=reverse("vendors:imports"),
        trail=_trail(),
        lede="The file is checked first: you match its columns, mend what is wrong, and see what it would change before "
        "anything is loaded.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _trail(*more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("Vendors", reverse("vendors:directory")), ("Imports", reverse("vendors:imports")), *more)


def import_url(load: UploadedLoad) -> str:
    """The address of one import."""
    return reverse("vendors:import", args=[load.public_id])


@page()
def one_import(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """What a file brings, or brought: its columns, its errors by repair, and old → new."""
    load = uploaded_load(actor.organization, import_id)
    sees, checked = uploads.may_see(actor, load), load.state == LoadState.CHECKED
    own, counts, findings = uploads.is_own(load.kind), load.counts, load.findings if sees else {}
    last = jobs.latest_job(load)
    job = last if last is not None and last.state in OPEN else None
    # an official file may be loaded without its unreadable rows; one of ours when the person says so
    header_fault = any(group["header"] for group in findings.get("groups", ()))
    may_act = sees and checked and job is None
    columns = _columns(load) if own and sees and checked else []
    answer, rest = answer_of(load, own=own, header_fault=header_fault)
    context = {
        "steps": steps_of(load, header_fault=header_fault) if own and sees else [],
        "answer": answer,
        "answer_rest": rest,
        "matched": sum(bool(column["field"]) for column in columns),
        "load": load,
        "kind": uploads.kinds().get(load.kind, load.kind),
        "tone": TONES[load.state],
        "facts": facts_of(load),
        "own": own,
        "sees": sees,
        "job": job,
        "job_title": jobs.title_of(job) if job else "",
        "job_error": last.error if last is not None and sees and last.state == last.State.FAILED else "",
        "columns": columns,
        "groups": [_group(number, group) for number, group in enumerate(findings.get("groups", ()))],
        "left_out": findings.get("left_out", []),
        "repairs": _repairs(load) if sees else [],
        "preview": findings.get("preview", [])[:PREVIEW_SHOWN],
        "more_objects": max(0, findings.get("objects", 0) - PREVIEW_SHOWN),
        "rejected": [
            {"row": row[0], "column": row[1], "reason": row[2]} for row in load.rejected[:REJECTED_SHOWN]
        ]
        if sees
        else [],
        "rejections": counts.get("rejections", 0),
        "more": max(0, counts.get("rejections", 0) - REJECTED_SHOWN),
        "header_fault": header_fault,
        "may_load": may_act and not header_fault and (not own or bool(counts.get("ready"))),
        "partly": own and bool(counts.get("errors")),
        "ready": counts.get("ready", 0),
        "may_mend": may_act and own,
        "may_discard": may_act,
        "may_undo": sees and load.state == LoadState.LOADED and job is None,
        "may_download": sees and bool(load.rejected),
        "links": [{"label": label, "url": url} for label, url in _trail()],
    }
    return render(request, "vendors/import.html", context)


def _columns(load: UploadedLoad) -> list[dict[str, Any]]:
    """The columns of the file, each with the fields that it could be."""
    kind = own_kinds()[load.kind]
    fields = [(path, f"{path}: {field.meaning}"[:90]) for path, field in kind.fields().items()]
    return [
        {"number": number, **column, "word": HOW[column["how"]], "fields": fields}
        for number, column in enumerate(load.findings.get("columns", ()))
    ]


def _group(number: int, group: Mapping[str, Any]) -> dict[str, Any]:
    """A group of errors with what its form offers."""
    names = {repair["repair"] for repair in group["repairs"]}
    for_all = [
        (f"{repair['repair']}:{repair['option']}", f"{repair['label']} ({repair['mends']})")
        for repair in group["repairs"]
        if repair["repair"] != "replace"
    ]
    extra = [(MAKE, "Make it new")] if "create" in names else []
    return {
        "number": number,
        **group,
        "for_all": for_all,
        "one_by_one": "replace" in names,
        "extra": [*extra, (LEAVE, "Leave its rows out")],
    }


def _repairs(load: UploadedLoad) -> list[dict[str, Any]]:
    """The repairs that were chosen, in words."""
    return [
        {"number": number, "words": _repair_words(repair), "field": repair["field"]}
        for number, repair in enumerate(load.options.get("repairs", ()))
    ]


def _repair_words(repair: Mapping[str, Any]) -> str:
    values = repair["values"]
    match repair["repair"]:
        case "dates":
            return f"Dates are read as {ORDERS[repair['option']]}"
        case "numbers":
            return f"Numbers are read like {SIGNS[repair['option']]}"
        case "keep":
            return f"Of rows about the same, {KEPT[repair['option']]} counts"
        case "replace":
            return ", ".join(f"“{old}” is “{new}”" for old, new in list(values.items())[:_VALUES_NAMED])
    what = {"blank": "taken as unknown", "skip": "left out with their rows", "create": "made new"}
    named = ", ".join(f"“{value}”" for value in list(values)[:_VALUES_NAMED])
    return f"{named or 'All values of this error'}: {what[repair['repair']]}"


_VALUES_NAMED = 5
HOW = {
    "named": "has the field’s name",
    "known": "recognised",
    "mapped": "matched by you",
    "saved": "as matched last time",
    "left_out": "left out",
    "unknown": "not known",
}


@page(methods=("POST",))
def import_columns(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Match the columns as chosen, and check again."""
    load = uploaded_load(actor.organization, import_id)
    uploads.require_sight(load, actor)
    mapping = chosen_mapping(request.POST, load.findings.get("columns", ()))
    return _mended(request, load, actor, mapping=mapping, only_mapped=False)


@page(methods=("POST",))
def import_repairs(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Add the chosen repairs, or take one back, and check again."""
    load = uploaded_load(actor.organization, import_id)
    uploads.require_sight(load, actor)
    repairs = list(load.options.get("repairs", ()))
    taken_back = request.POST.get("take_back", "")
    if taken_back.isascii() and taken_back.isdigit() and int(taken_back) < len(repairs):
        del repairs[int(taken_back)]
    else:
        repairs += chosen_repairs(request.POST)
    return _mended(request, load, actor, repairs=repairs)


def _mended(request: HttpRequest, load: UploadedLoad, actor: Actor, **changes: Any) -> HttpResponse:
    """Check again and go back to the page; a refusal is said there."""
    try:
        uploads.mend_upload(load=load, by=actor, now=timezone.now(), **changes)
    except Invalid as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(import_url(load))


def facts_of(load: UploadedLoad | PublicLoad) -> list[tuple[str, str]]:
    """The numbers of the report in words; zeros of rare outcomes are left out."""
    always = {"read", "new", "changed", "unchanged", "rejections"}
    return [
        (word, f"{load.counts[name]:,}")
        for name, word in WORDS.items()
        if name in load.counts and (load.counts[name] or name in always)
    ]


@page(methods=("POST",))
def import_commit(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Load a file that was checked; a large one as a job."""
    load = uploaded_load(actor.organization, import_id)
    only_valid = request.POST.get("only_valid") == "on"
    try:
        job = jobs.request_commit(load=load, only_valid=only_valid, by=actor, now=timezone.now())
    except Invalid as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(import_url(load))
    words = "is being loaded; you can leave this page." if job else "was loaded."
    messages.success(request, f"{load.file_name} {words}")
    return HttpResponseRedirect(import_url(load))


@page(methods=("POST",))
def import_discard(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Throw a checked file away."""
    load = uploaded_load(actor.organization, import_id)
    uploads.discard_upload(load=load, by=actor)
    messages.success(request, f"{load.file_name} was discarded.")
    return HttpResponseRedirect(reverse("vendors:imports"))


@page(**FORM)
def import_undo(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """Take a loaded file back, with the reason."""
    load = uploaded_load(actor.organization, import_id)
    uploads.require_sight(load, actor)
    form = ReasonForm(request.POST or None)
    back, name = import_url(load), load.file_name or uploads.kinds().get(load.kind, load.kind)

    def save() -> str:
        now: datetime = timezone.now()
        jobs.request_undo(load=load, reason=form.cleaned_data["reason"], by=actor, now=now)
        return back

    sheet = Sheet(
        title=f"Undo the import of {name}",
        act="Undo the import",
        back=back,
        trail=_trail((name, back)),
        lede="What it brought no longer counts, and what it changed is as it was before. Nothing is deleted.",
        done=f"The import of {name} is being taken back."
        if load.counts.get("read", 0) > uploads.LARGE and uploads.is_own(load.kind)
        else f"The import of {name} was undone.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page()
def import_rejected(request: HttpRequest, actor: Actor, import_id: UUID) -> HttpResponse:
    """The rejected rows as a CSV file: number, column, reason, then the row itself."""
    load = uploaded_load(actor.organization, import_id)
    uploads.require_sight(load, actor)
    response = HttpResponse(uploads.rejected_text(load), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rejected-rows.csv"'
    return response
