"""The terms of proposals side by side, in words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cdmo_eval.core.templatetags.display import day
from scorecards.models import Proposal
from scorecards.selectors.money import money_text
from vendors.vocabulary import GovernanceTerm, MustHaveTerm, Operation, Phase, SharingTerm, TransparencyTerm

NOT_STATED = "Not stated"
FLAG_WORDS = {0: "No", 0.5: "Partly", 1: "Yes"}
FLAGS = (
    ("Governance and communication", GovernanceTerm),
    ("Transparency", TransparencyTerm),
    ("Risk and capital sharing", SharingTerm),
)


@dataclass(frozen=True)
class TermRow:
    """One term with what each proposal says of it. `differs`: they do not all say the same."""

    label: str
    said: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the proposals say different things."""
        return len(set(self.said)) > 1


@dataclass(frozen=True)
class TermGroup:
    """Terms of one kind."""

    label: str
    rows: tuple[TermRow, ...]

    @property
    def differs(self) -> bool:
        """Whether any of its terms does."""
        return any(row.differs for row in self.rows)


def term_rows(proposals: Sequence[Proposal]) -> tuple[TermGroup, ...]:
    """Everything beside prices: times, money terms, flags, what a programme may demand. Needs no query."""
    return tuple(TermGroup(label, tuple(rows(proposals))) for label, rows in _groups())


def _groups() -> Iterator[tuple[str, Callable[[Sequence[Proposal]], Iterator[TermRow]]]]:
    yield "Times", _times
    yield "Paying", _paying
    for label, terms in FLAGS:
        yield label, lambda proposals, terms=terms: _flags(proposals, terms)  # type: ignore[misc]  # a loop's own
    yield "Terms a programme may demand", _demanded


def _times(proposals: Sequence[Proposal]) -> Iterator[TermRow]:
    yield _row("Received on", proposals, lambda row: day(row.received_on))
    yield _row("Valid until", proposals, lambda row: _or_not(row.valid_until and day(row.valid_until)))
    yield _row(
        "First free slot, week of", proposals, lambda row: _or_not(row.slot_week and day(row.slot_week))
    )
    yield _row("Weeks to the milestone", proposals, lambda row: _number(row.weeks_to_milestone))
    yield _row("Stages accepted on their own", proposals, _stages)


def _paying(proposals: Sequence[Proposal]) -> Iterator[TermRow]:
    yield _row("Pass-through costs", proposals, lambda row: _money(row.pass_throughs, row.currency))
    yield _row("Capital outlay", proposals, lambda row: _money(row.capex, row.currency))
    yield _row("Minimum commitment", proposals, lambda row: _money(row.minimum_commitment, row.currency))
    yield _row("Payment terms", proposals, lambda row: _or_not(row.payment_terms))
    yield _row("Cancellation fees", proposals, lambda row: _or_not(row.cancellation_fees))


def _flags(proposals: Sequence[Proposal], terms: Any) -> Iterator[TermRow]:
    for term in terms:
        yield _row(term.label, proposals, lambda row, code=term.value: _flag(row.terms.get(code)))  # type: ignore[misc]


def _demanded(proposals: Sequence[Proposal]) -> Iterator[TermRow]:
    for term in MustHaveTerm:
        yield _row(term.label, proposals, lambda row, term=term: _said(row, term))  # type: ignore[misc]


def _row(label: str, proposals: Sequence[Proposal], say: Callable[[Proposal], str]) -> TermRow:
    return TermRow(label, tuple(say(proposal) for proposal in proposals))


def _or_not(words: Any) -> str:
    return str(words) if words else NOT_STATED


def _flag(given: Any) -> str:
    return NOT_STATED if given is None else FLAG_WORDS[given]


def _number(given: Decimal | None) -> str:
    return NOT_STATED if given is None else format(given.normalize(), "f")


def _money(given: Decimal | None, currency: str) -> str:
    return NOT_STATED if given is None else money_text(given, currency)


def _stages(row: Proposal) -> str:
    if row.stand_alone_stages is None:
        return NOT_STATED
    named = {code.value: code.label for code in (*Phase, *Operation)}
    return ", ".join(named[code] for code in row.stand_alone_stages) or "None"


def _said(row: Proposal, term: MustHaveTerm) -> str:
    given = row.must_have_terms.get(term.value)
    if given is None:
        return NOT_STATED
    if isinstance(given, bool):
        return "Yes" if given else "No"
    if term is MustHaveTerm.INSURANCE_AMOUNT:
        return money_text(Decimal(str(given)), row.currency)
    return str(given)
