"""Imports and jobs: work that takes longer than a page."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Job
from cdmo_eval.core.models.job import OPEN
from scorecards.selectors.jobs import job_list
from scorecards.views.edge import is_fragment, page, signed_in, whole_number

PER_PAGE = 50
KINDS = {
    "recompute": "Calculation",
    "import": "Import",
    "import_vendors": "Import of vendors",
    "import_evidence": "Import of evidence",
    "import_records": "Import of official records",
    "export": "Export",
    "robustness": "Simulation",
}


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Every job of the organisation, the newest first."""
    actor = signed_in(request)
    shown = Paginator(job_list(actor.organization), PER_PAGE).get_page(whole_number(request.GET.get("page")))
    return page(
        request, "scorecards/jobs.html", {"page": shown, "rows": [(job, words_of(job)) for job in shown]}
    )


@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job; htmx asks for its progress alone until it has ended."""
    actor = signed_in(request)
    found = job_list(actor.organization).filter(public_id=job_id).first()
    if found is None:
        raise NotFound("There is no such job.")
    target = ""
    if found.kind == "recompute" and found.target_public_id:
        target = reverse("scorecards:ranking", args=[found.target_public_id])
    context = {
        "job": found,
        "title": words_of(found),
        "poll_url": reverse("job", args=[found.public_id]) if found.state in OPEN else "",
        "target": target,
    }
    return page(
        request, "scorecards/parts/job.html" if is_fragment(request) else "scorecards/job.html", context
    )


def words_of(job: Job) -> str:
    """What the job does, in words."""
    kind = KINDS.get(job.kind, job.kind.replace("_", " ").capitalize())
    return f"{kind}: {job.subject}" if job.subject else kind
