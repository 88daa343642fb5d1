"""How vendors stand against a scorecard's must-haves, for the directory."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef

from cdmo_eval.core.models import Organization
from scorecards.models import Candidate, Result, Scorecard, ScorecardGate
from vendors.must_haves import MustHaveState

BEST_FIRST = (MustHaveState.MET, MustHaveState.UNKNOWN, MustHaveState.FAILED)


def scorecards_with_must_haves(organization: Organization) -> list[tuple[UUID, str]]:
    """Calculated scorecards with must-haves, by name; none whose outcome nobody may see yet."""
    gates = ScorecardGate.objects.filter(
        organization_id=OuterRef("organization_id"), scorecard=OuterRef("pk"), archived_at__isnull=True
    )
    rows = Scorecard.objects.for_organization(organization).active()
    rows = rows.filter(Exists(gates), state__last_run_id__isnull=False)
    return [
        (row.public_id, row.name)
        for row in rows.only("public_id", "organization_id", "name", "hide_until_locked", "weights_locked_at").order_by("name", "id")
        if not row.scores_hidden
    ]  # fmt: skip


def must_have_standings(organization: Organization, scorecard_id: UUID) -> Mapping[str, set[int]]:
    """Vendors by state, as published; of several offers of one vendor the best counts.

    Two plain reads joined here: under row-level security a join is planned for one row.
    """
    scorecard = (
        Scorecard.objects.for_organization(organization).active().filter(public_id=scorecard_id).first()
    )
    if scorecard is None or scorecard.scores_hidden:
        return {}
    vendor_of = dict(
        Candidate.objects.for_organization(organization)
        .filter(program_id=scorecard.program_id)
        .values_list("pk", "vendor_id")
    )
    results = Result.objects.for_organization(organization).filter(scorecard=scorecard)
    states: dict[MustHaveState, set[int]] = {state: set() for state in BEST_FIRST}
    for candidate, failed, unsettled in results.values_list("candidate_id", "gates_failed", "gates_open"):
        state = MustHaveState.FAILED if failed else MustHaveState.UNKNOWN if unsettled else MustHaveState.MET
        if candidate in vendor_of:
            states[state].add(vendor_of[candidate])
    better: set[int] = set()
    for state in BEST_FIRST:
        states[state] -= better
        better |= states[state]
    return {state.value: vendors for state, vendors in states.items()}
