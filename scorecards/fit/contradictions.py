"""Contradictions among a candidate's records: claimed against verified, and verified against verified."""

from collections.abc import Callable, Mapping

from scorecards.engine.value_functions import Ordinal
from scorecards.fit.context import LeafContext
from scorecards.fit.rater import Rater
from scorecards.fit.reading import Known, to_ppm
from scorecards.fit.view import CandidateView, fact_limits
from vendors.facts import FACTS
from vendors.resolution import Contradiction, EvidenceFact, Resolved, Standing, contradictions
from vendors.vocabulary import Delivery, Freshness

_CRITERION_OF_FIELD = {
    "site.dpmm_level": "DIG1",
    "site.single_use_pct": "FLX1",
    "site.modular_level": "FLX2",
    "capability.changeover_days": "FLX3",
    "vendor.financial_level": "COM4",
}
_DELIVERY = {Delivery.IN_HOUSE.value: 1_000_000, Delivery.PARTNER.value: 500_000, Delivery.NONE.value: 0}


def find(rater: Rater, view: CandidateView) -> tuple[Contradiction, ...]:
    """The contradictions among the records about a candidate, by target. They change no value."""
    targets = sorted({record.target for record in view.candidate.evidence})
    found: list[Contradiction] = []
    for target in targets:
        context = rater.contexts.get(_CRITERION_OF_FIELD.get(target, target))
        if context is None and target not in FACTS:
            continue
        limits = fact_limits(target) if context is None else context.limits
        records = [record for record in view.candidate.evidence if record.target == target]
        found.extend(contradictions(records, limits=limits, as_of=rater.as_of, value_of=_value_of(context)))
    return tuple(found)


def _value_of(context: LeafContext | None) -> Callable[[EvidenceFact], int | None]:
    def value_of(record: EvidenceFact) -> int | None:
        value = record.value or {}
        if context is not None:
            return _on_scale(context, record, value)
        if "yes" in value:
            return 1_000_000 if value["yes"] else 0
        return _DELIVERY.get(value.get("choice", "")) if record.target.endswith(".delivery") else None

    return value_of


def _on_scale(context: LeafContext, record: EvidenceFact, value: Mapping[str, object]) -> int | None:
    """A record's value on its criterion's scale, from its known parts; a claimed level is not limited."""
    level = value.get("level")
    if isinstance(context.function, Ordinal) and isinstance(level, int):
        return context.function.measure(level).scaled().ppm
    if context.leaf.code in {"COM1", "GEO2", "GEO3", "SCL5", "SUS3"}:
        return None
    parts = context.parts_of(Resolved(record, Standing(Freshness.FRESH, record.grade, None)))
    known = [(weight, answer) for weight, answer in parts if isinstance(answer, Known)]
    total = sum(weight for weight, _ in known)
    return to_ppm(sum(weight * answer.value for weight, answer in known) // total) if total else None
