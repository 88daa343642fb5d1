"""Put vendors that were chosen in the directory on a scorecard."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import Candidate, Scorecard
from scorecards.services.candidates import create_candidate
from scorecards.services.scorecards import update_scorecard
from scorecards.triggers import lock_organization
from vendors.models import Vendor
from vendors.services.writing import begin, living, locked, own


@transaction.atomic
def add_vendors(*, scorecard: Scorecard, vendors: Sequence[Vendor], by: Actor, now: datetime) -> int:
    """Let these vendors be compared too, beside those that are; how many were not before.

    Who does not stand for the programme any more gets an offer again. Raises what `update_scorecard` raises.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    own(organization, *vendors)
    # who is chosen is read and then written back: two at once must not lose each other's
    lock_organization(organization.pk)
    scorecard = locked(scorecard, None)
    living(scorecard, *vendors)
    candidates = Candidate.objects.for_organization(organization)
    standing = candidates.on_scorecard(scorecard)
    there = set(standing.filter(vendor__in=vendors).values_list("vendor_id", flat=True))
    added = [vendor for vendor in vendors if vendor.pk not in there]
    if not added:
        return 0
    offers = list(candidates.standing().filter(program_id=scorecard.program_id, vendor__in=added))
    offered = {candidate.vendor_id for candidate in offers}
    offers += [
        create_candidate(program=scorecard.program, vendor=vendor, by=by, now=now)
        for vendor in added
        if vendor.pk not in offered
    ]
    if scorecard.selection == Scorecard.Selection.CHOSEN:
        update_scorecard(
            scorecard=scorecard, expected_version=None, by=by, now=now, candidates=[*standing, *offers]
        )
    return len(added)
