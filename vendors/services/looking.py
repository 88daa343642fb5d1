"""Ask for a look at the official records when a name, a place or a number of the directory is new."""

from cdmo_eval.core import wakeup
from cdmo_eval.core.models import Organization

MATCH_TASK = "vendors.match_records"


def look_for_matches(organization: Organization) -> None:
    """After the commit a worker matches what has no site yet. A hint: the night does the same."""
    wakeup.after_commit(organization.pk, task=MATCH_TASK)
