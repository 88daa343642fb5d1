"""What the last nightly comparison of published figures with the facts left open."""

from scorecards.models import ScorecardState


def what_differs() -> str:
    """For the status page and the readiness check: "" while the last comparison of every scorecard found nothing."""
    count = ScorecardState.objects.filter(unproved__gt=0).count()
    if not count:
        return ""
    scorecards = "1 scorecard" if count == 1 else f"{count} scorecards"
    return f"published figures of {scorecards} are not what the facts say; manage.py check_consistency lists them"
