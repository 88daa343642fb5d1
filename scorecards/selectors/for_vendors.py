"""On which scorecards some vendors stand, and on which they do not: before they are added, compared or shortlisted."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cdmo_eval.core.models import Organization
from scorecards.models import Candidate, Scorecard, ScorecardChoice
from vendors.models import Vendor


@dataclass(frozen=True)
class ForVendors:
    """A scorecard, the offers of the vendors that stand on it, and the vendors that do not."""

    scorecard: Scorecard
    candidates: tuple[Candidate, ...]
    missing: tuple[Vendor, ...]

    @property
    def standing(self) -> int:
        """How many of the vendors stand on it."""
        return len({candidate.vendor_id for candidate in self.candidates})


def living_vendors(organization: Organization, ids: Sequence[UUID]) -> list[Vendor]:
    """The vendors of these ids that are not archived, by name."""
    rows = Vendor.objects.for_organization(organization).active().filter(public_id__in=ids)
    return list(rows.order_by("name", "id"))


def scorecards_for(organization: Organization, vendors: Sequence[Vendor]) -> list[ForVendors]:
    """Every scorecard by name, with where these vendors stand: three statements."""
    rows = Scorecard.objects.for_organization(organization).active().select_related("program")
    offers: dict[int, list[Candidate]] = defaultdict(list)
    candidates = Candidate.objects.for_organization(organization).standing()
    for candidate in candidates.filter(vendor__in=vendors).select_related("vendor").order_by("id"):
        offers[candidate.program_id].append(candidate)
    chosen = set(
        ScorecardChoice.objects.for_organization(organization)
        .filter(candidate__in=[one.pk for offered in offers.values() for one in offered])
        .values_list("scorecard_id", "candidate_id")
    )
    found = []
    for scorecard in rows.order_by("name", "id"):
        everybody = scorecard.selection == Scorecard.Selection.ALL
        on = tuple(
            one for one in offers[scorecard.program_id] if everybody or (scorecard.pk, one.pk) in chosen
        )
        there = {one.vendor_id for one in on}
        found.append(ForVendors(scorecard, on, tuple(one for one in vendors if one.pk not in there)))
    return found
