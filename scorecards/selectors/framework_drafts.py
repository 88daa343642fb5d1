"""Versions of criteria sets: one by its id, the version a draft is compared with, and the scorecards on a set."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from scorecards.models import Framework, Scorecard
from scorecards.selectors.scorecards import framework_list


def find_framework(organization: Organization, public_id: UUID) -> Framework:
    """A version of a criteria set. Raises NotFound when it is not there."""
    found = framework_list(organization).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such criteria set.")
    return found


def base_of(framework: Framework) -> Framework:
    """The published version before this one. Raises NotFound for the first."""
    rows = framework_list(framework.organization).filter(code=framework.code, number__lt=framework.number)
    found = rows.filter(state=Framework.State.PUBLISHED).order_by("-number", "id").first()
    if found is None:
        raise NotFound("There is no version before this one.")
    return found


def versions(organization: Organization) -> QuerySet[Framework]:
    """Every version that is not put away, with how many scorecards are judged by it, without its definition."""
    living = Count("scorecards", filter=Q(scorecards__archived_at__isnull=True))
    return (
        framework_list(organization)
        .filter(archived_at__isnull=True)
        .defer("definition")
        .annotate(scorecard_count=living)
    )


def scorecards_on(organization: Organization, code: str) -> QuerySet[Scorecard]:
    """The scorecards judged by any version of a set, by name."""
    rows: QuerySet[Scorecard] = Scorecard.objects.for_organization(organization)
    return (
        rows.filter(framework__code=code, archived_at__isnull=True)
        .select_related("program", "framework", "organization")
        .order_by("name", "id")
    )
