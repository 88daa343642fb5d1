"""Programmes: what the sponsor needs made."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.policies import Permission, allows
from scorecards.forms.programs import NAMES, ProgramForm
from scorecards.models import Program, Scorecard
from scorecards.selectors.pages import find_program
from scorecards.services.programs import archive_program, create_program, update_program
from scorecards.views.edge import go, page, say, signed_in, whole_number
from vendors import vocabulary as words


@require_safe
def program_list(request: HttpRequest) -> HttpResponse:
    """Every programme with its scorecards."""
    actor = signed_in(request)
    living = Prefetch(
        "scorecards",
        Scorecard.objects.for_organization(actor.organization).active().order_by("name", "id"),
        to_attr="living",
    )
    today = timezone.now().date()
    rows = (
        Program.objects.for_organization(actor.organization).active().prefetch_related(living).order_by("name", "id")
    )  # fmt: skip
    shown = [
        {
            "program": row, "modality": words.Modality(row.modality).label, "scorecards": row.living,
            "phases": " to ".join(dict.fromkeys(words.Phase(p).label for p in (row.phase_now, row.phase_target) if p)),
            "markets": ", ".join(row.target_markets),
            "late": row.need_first_gmp_date is not None and row.need_first_gmp_date <= today,
        }
        for row in rows
    ]  # fmt: skip
    context = {
        "rows": shown, "may_edit": allows(actor, Permission.EDIT_PROGRAMS), "may_score": allows(actor, Permission.EDIT_SCORECARDS),
    }  # fmt: skip
    return page(request, "scorecards/programs/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a programme; then its first scorecard."""
    actor, now = signed_in(request, Permission.EDIT_PROGRAMS), timezone.now()
    form = ProgramForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                program = create_program(
                    organization=actor.organization, by=actor, now=now, **form.needs_of()
                )
            except DomainError as error:
                status = say(form, error, names=NAMES)
            else:
                messages.success(request, f"“{program.name}” is added.")
                if allows(actor, Permission.EDIT_SCORECARDS):
                    return go(f"{reverse('scorecards:new')}?program={program.public_id}")
                return go(reverse("programs:list"))
    return page(request, "scorecards/programs/form.html", {"form": form, "program": None}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """Change a programme; its scorecards recompute."""
    actor, now = signed_in(request, Permission.EDIT_PROGRAMS), timezone.now()
    program = find_program(actor.organization, program_id)
    posted = request.POST if request.method == "POST" else None
    form = ProgramForm(posted, initial=ProgramForm.initial_of(program))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            version = form.cleaned_data["version"] or 0
            try:
                update_program(
                    program=program, expected_version=version, by=actor, now=now, **form.needs_of(program)
                )
            except DomainError as error:
                status = say(form, error, names=NAMES)
            else:
                messages.success(request, "Saved. Its scorecards are being recomputed.")
                return go(reverse("programs:list"))
    return page(
        request,
        "scorecards/programs/form.html",
        {
            "form": form,
            "program": program,
            "stale": status == 412,
            "may_score": allows(actor, Permission.EDIT_SCORECARDS),
            "scorecards": program.scorecards.filter(archived_at__isnull=True).count(),
        },
        status=status,
    )


@require_POST
def archive(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """Put a programme away; its scorecards stay readable."""
    actor = signed_in(request, Permission.EDIT_PROGRAMS)
    program = find_program(actor.organization, program_id)
    version = whole_number(request.POST.get("version"), program.version)
    archive_program(program=program, expected_version=version, by=actor, now=timezone.now())
    messages.success(request, f"“{program.name}” is archived.")
    return go(reverse("programs:list"))
