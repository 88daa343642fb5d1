"""All kinds of exports."""

from scorecards.exporting import (
    access_rights,
    audit,
    audit_plan,
    compare,
    evidence_list,
    profile,
    proposals,
    scorecard_ranking,
    shortlist,
)
from scorecards.exporting.asking import Kind
from scorecards.exporting.dossier import kind as dossier
from scorecards.models.export import ExportKind

KINDS: dict[ExportKind, Kind] = {
    kind.code: kind
    for kind in (
        scorecard_ranking.KIND,
        compare.KIND,
        profile.KIND,
        shortlist.KIND,
        evidence_list.KIND,
        proposals.KIND,
        audit_plan.KIND,
        access_rights.KIND,
        audit.KIND,
        dossier.KIND,
    )
}
"""Each kind by its code, in the order in which pages list them."""
