"""Jobs of an organisation."""

from django.db.models import QuerySet

from cdmo_eval.core.models import Job, Organization


def job_list(organization: Organization) -> QuerySet[Job]:
    """All jobs with the person who asked, newest first."""
    return Job.objects.for_organization(organization).select_related("requested_by").order_by("-id")
