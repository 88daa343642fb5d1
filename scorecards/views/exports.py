"""Exports: the list, asking for a file, one file, its download; and a ranking at once behind the buttons of its page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor, Permission, allows, require
from scorecards.exporting.asking import Kind
from scorecards.exporting.kinds import KINDS
from scorecards.exports import CONTENT_TYPES, export_response, ranking_response
from scorecards.forms.exports import ExportForm, kind_of
from scorecards.models import Export, ExportFormat, ExportKind
from scorecards.selectors.exports import export_list, find_export
from scorecards.selectors.for_vendors import living_vendors
from scorecards.selectors.pages import is_uuid
from scorecards.services.exports import request_export, stop_export
from scorecards.views.edge import go, is_fragment, page, say, signed_in, whole_number

PER_PAGE = 50
UNITS = ("bytes", "KB", "MB", "GB")


@require_safe
def export_rows(request: HttpRequest) -> HttpResponse:
    """Every export whose content the reader may see, the newest first, and what can be asked for here."""
    actor = signed_in(request, Permission.EXPORT)
    shown = Paginator(export_list(actor), PER_PAGE).get_page(whole_number(request.GET.get("page")))
    offered = [
        (kind.about_all or kind.code.label, f"{reverse('exports:new')}?kind={code.value}")
        for code, kind in KINDS.items()
        if not kind.subject_needed and all(allows(actor, permission) for permission in kind.permissions)
    ]
    context = {"page": shown, "rows": [line_of(row) for row in shown], "offered": offered}
    return page(request, "scorecards/exports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a file. The address says what about: `?kind=ranking&subject=ID`, `&candidates=ID,ID` to compare."""
    actor = signed_in(request, Permission.EXPORT)
    now = timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    code, kind = _kind(actor, asked.get("kind", ExportKind.EVIDENCE.value))
    subject_id = _id(asked.get("subject", ""))
    subject = kind.find(actor, subject_id)
    candidates = ",".join(
        text for text in [*request.GET.getlist("c"), request.GET.get("candidates", "")] if text
    )
    vendors = asked.get("vendors", "")
    form = ExportForm(
        kind,
        subject,
        request.POST if request.method == "POST" else None,
        initial={"candidates": candidates, "vendors": vendors, "format": asked.get("format", "")},
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                row = request_export(
                    organization=actor.organization, kind=code, format=ExportFormat(form.cleaned_data["format"]), subject=subject_id,
                    options=form.options(), by=actor, now=now,
                )  # fmt: skip
            except DomainError as error:
                status = say(form, error)
            else:
                messages.success(request, "The file is being written. You can leave this page.")
                return go(reverse("exports:one", args=[row.public_id]))
    recent = [line_of(row) for row in export_list(actor, subject_id=subject_id)[:5]] if subject_id else []
    context = {
        "form": form,
        "kind": code,
        "subject": subject,
        "subject_id": subject_id or "",
        "recent": recent,
        "chosen": _names(actor, vendors) if vendors and subject_id is None else [],
    }
    return page(request, "scorecards/exports/new.html", context, status=status)


@require_safe
def one(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """One export: how far it is, then what came out; htmx asks for its progress alone until it has ended."""
    row = find_export(signed_in(request, Permission.EXPORT), export_id)
    address = reverse("exports:one", args=[row.public_id])
    context = {"line": line_of(row), "poll_url": address if row.job.state in OPEN else ""}
    return page(request, f"scorecards/exports/{'progress' if is_fragment(request) else 'one'}.html", context)


@require_GET
def download(request: HttpRequest, export_id: UUID) -> FileResponse:
    """The file. 409 while it is being written, 410 when it has expired."""
    actor = signed_in(request, Permission.EXPORT)
    return export_response(find_export(actor, export_id), actor, now=timezone.now())


@require_POST
def stop(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Stop writing it."""
    actor = signed_in(request, Permission.EXPORT)
    row = stop_export(export=find_export(actor, export_id), by=actor, now=timezone.now())
    return go(reverse("exports:one", args=[row.public_id]))


@require_GET
def export_ranking(request: HttpRequest, scorecard_id: UUID, format: str) -> StreamingHttpResponse:  # noqa: A002 - the URL's own word
    """The ranking as CSV or XLSX; `?bom=1` for a byte order mark.

    404 for an unknown format or scorecard, 403 without the right to export, 409 before the first calculation.
    """
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or format not in CONTENT_TYPES:
        raise NotFound("There is no such file.")
    mark = request.GET.get("bom", "") in {"1", "true"}
    return ranking_response(actor, scorecard_id, format, now=timezone.now(), mark=mark)


def _names(actor: Actor, vendors: str) -> list[str]:
    """The names of the vendors that an address lists, as far as there are such vendors."""
    return [
        row.name
        for row in living_vendors(
            actor.organization, [UUID(one) for one in vendors.split(",") if is_uuid(one)]
        )
    ]


def _kind(actor: Actor, text: str) -> tuple[ExportKind, Kind]:
    code = kind_of(text)
    if code is None or code not in KINDS:
        raise NotFound("There is no such kind of export.")
    for permission in KINDS[code].permissions:
        require(actor, permission)
    return code, KINDS[code]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("There is no such thing here.") from None


def line_of(row: Export) -> dict[str, Any]:
    """A row with what templates show."""
    gone = row.removed_at is not None
    return {
        "row": row, "job": row.job, "kind": ExportKind(row.kind).label, "format": ExportFormat(row.format).label, "gone": gone,
        "ready": row.made_at is not None and not gone, "size": size_words(row.size),
    }  # fmt: skip


def size_words(size: int | None) -> str:
    """ "1.4 MB"; "" when it is not known."""
    if size is None:
        return ""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{size} {UNITS[0]}" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"
