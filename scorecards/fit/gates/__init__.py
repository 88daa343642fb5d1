"""Must-haves: beside the score, never inside it. Met, failed, conditional or unknown; unknown is not met."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from scorecards.fit.gates import official, technical
from scorecards.fit.gates.comparison import compare
from scorecards.fit.gates.model import Case, Finding, GateError, GateResult, GateSpec
from scorecards.fit.rater import Cell, Rater
from scorecards.fit.view import CandidateView
from vendors.vocabulary import GateOutcome

__all__ = ["NAMED", "GateError", "GateResult", "GateSpec", "evaluate"]

NAMED: Mapping[str, Callable[[Case], Finding]] = MappingProxyType(
    {
        "G_IMPORT_ALERT": official.import_alert,
        "G_GMPNC": official.gmp_noncompliance,
        "G_LISTED": official.listed,
        "G_DATE": official.date_ahead,
        "G_QUALIFIED": official.qualified,
        "G_OAI": official.open_oai,
        "G_V2R": technical.vein_to_release,
        "G_MODALITY": technical.modality_under_gmp,
        "G_SCALE": technical.scale_at_target,
        "G_MARKET": official.markets_covered,
        "G_LNP": technical.lnp_encapsulation,
        "G_CONTAIN": technical.containment,
        "G_STERILE": technical.sterile_filling,
        "G_VECTOR": technical.vector_made,
    }
)
"""The named must-haves of the catalogue."""


def evaluate(
    gates: Iterable[GateSpec], rater: Rater, view: CandidateView, cells: Mapping[str, Cell]
) -> list[GateResult]:
    """The outcome of each must-have for one candidate, in the order given.

    ``cells`` are the candidate's rated criteria. Raises GateError for a must-have that is neither in the
    catalogue nor a comparison that makes sense.
    """
    case = Case(rater, view, cells)
    return [_result(spec, case) for spec in gates]


def _result(spec: GateSpec, case: Case) -> GateResult:
    if spec.target:
        finding = compare(case, spec)
    elif spec.code in NAMED:
        finding = NAMED[spec.code](case)
    else:
        raise GateError(spec.code, "is not in the catalogue of must-haves")
    return GateResult(
        code=spec.code,
        label=spec.label or spec.code,
        outcome=finding.outcome,
        reason=finding.reason,
        waivable=spec.waivable or finding.outcome is GateOutcome.CONDITIONAL,
        evidence_ids=finding.evidence_ids,
        references=finding.references,
        next_change=finding.next_change,
    )
