"""What a must-have is, its outcome, and how the outcomes of several sites are joined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scorecards.fit.rater import Cell, Rater
from scorecards.fit.reading import earliest, joined
from scorecards.fit.view import CandidateView, fact_limits
from vendors.resolution import Place, Resolved
from vendors.vocabulary import GateOperator, GateOutcome


@dataclass(frozen=True, slots=True)
class GateSpec:
    """A must-have of a scorecard: a named one of the catalogue, or a comparison of a fact.

    ``target`` "" means the named rule ``code``; otherwise the criterion or the field that is compared by
    ``operator`` with ``value``.
    """

    code: str
    label: str = ""
    waivable: bool = False
    target: str = ""
    operator: GateOperator | None = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome with its reason in a sentence, and the records it rests on."""

    outcome: GateOutcome
    reason: str
    evidence_ids: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    next_change: date | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """The outcome of one must-have for one candidate.

    ``waivable`` says whether the outcome may be waived: what the must-have allows, and every conditional
    outcome. ``next_change`` is the first day on which age, validity or a date alone can change it.
    """

    code: str
    label: str
    outcome: GateOutcome
    reason: str
    waivable: bool
    evidence_ids: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    next_change: date | None = None


class GateError(ValueError):
    """A must-have that cannot be decided as written; ``code`` names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Case:
    """One candidate before the must-haves."""

    rater: Rater
    view: CandidateView
    cells: Mapping[str, Cell]

    @property
    def as_of(self) -> date:
        """The date everything is seen from."""
        return self.rater.as_of


_SEVERITY = {GateOutcome.PASS: 0, GateOutcome.CONDITIONAL: 1, GateOutcome.UNKNOWN: 2, GateOutcome.FAIL: 3}


def passed(reason: str, **rest: Any) -> Finding:
    """Met."""
    return Finding(GateOutcome.PASS, reason, **rest)


def failed(reason: str, **rest: Any) -> Finding:
    """Failed."""
    return Finding(GateOutcome.FAIL, reason, **rest)


def unknown(reason: str, **rest: Any) -> Finding:
    """Not known, which is not a pass."""
    return Finding(GateOutcome.UNKNOWN, reason, **rest)


def worst(findings: Iterable[Finding], nothing: Finding) -> Finding:
    """The worst of several findings, with the reasons of all that are as bad; ``nothing`` when there is none.

    A failure stands before an unknown, an unknown before a condition.
    """
    every = list(findings)
    if not every:
        return nothing
    outcome = max((finding.outcome for finding in every), key=_SEVERITY.__getitem__)
    bad = [finding for finding in every if finding.outcome is outcome]
    return Finding(
        outcome,
        " ".join(dict.fromkeys(finding.reason for finding in bad)),
        joined(*(finding.evidence_ids for finding in bad)),
        joined(*(finding.references for finding in bad)),
        earliest(*(finding.next_change for finding in every)),
    )


def look_up(case: Case, target: str, place: Place, what: str) -> Resolved | Finding:
    """The record of a field that counts at a place, else why the must-have is unknown."""
    answer = case.view.answer(target, place, fact_limits(target), what)
    if isinstance(answer, Resolved):
        return answer
    return unknown(answer.reason, evidence_ids=answer.evidence_ids, next_change=answer.next_change)


def because(resolved: Resolved, *, met: bool, reason: str) -> Finding:
    """A finding that rests on one record."""
    return Finding(
        GateOutcome.PASS if met else GateOutcome.FAIL,
        reason,
        (resolved.record.id,) if resolved.record.id > 0 else (),
        (),
        resolved.standing.next_change,
    )
