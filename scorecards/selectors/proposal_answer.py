"""What a comparison of proposals says in a sentence: who asks least for the whole scope, and who leaves parts open."""

from collections.abc import Sequence
from dataclasses import dataclass

from scorecards.selectors.proposal_comparison import Offer

MOST_NAMED = 3


@dataclass(frozen=True)
class ProposalAnswer:
    """`lead` is the answer, `rest` what limits it."""

    lead: str
    rest: str


def proposal_answer(offers: Sequence[Offer]) -> ProposalAnswer:
    """Say which whole offer asks least; an offer with open parts, without a rate or past its day is never called so."""
    whole = [
        (offer.converted, offer)
        for offer in offers
        if offer.converted is not None and not offer.open_parts and not offer.expired
    ]
    if not whole:
        return ProposalAnswer("No valid offer prices the whole scope.", _limits(offers, None))
    least = min(amount for amount, _ in whole)
    cheapest = [offer for amount, offer in whole if amount == least]
    names = " and ".join(offer.name for offer in cheapest[:MOST_NAMED])
    verb = "asks" if len(cheapest) == 1 else "ask"
    lead = f"{names} {verb} least of the offers that price the whole scope: {cheapest[0].converted_text}."
    return ProposalAnswer(lead, _limits(offers, cheapest[0]))


def _limits(offers: Sequence[Offer], cheapest: Offer | None) -> str:
    said = []
    open_ = [offer for offer in offers if offer.open_parts and not offer.expired]
    if open_:
        verb = "leaves" if len(open_) == 1 else "leave"
        said.append(f"{_listed([offer.name for offer in open_])} {verb} parts without a price.")
    if cheapest is not None and cheapest.converted is not None:
        could = [
            offer for offer in open_ if offer.filled is not None and offer.filled[0] < cheapest.converted
        ]
        if could:
            said.append(
                f"With others’ prices for those, {_listed([offer.name for offer in could])} may come to less."
            )
    expired = [offer for offer in offers if offer.expired]
    if expired:
        verb = "is" if len(expired) == 1 else "are"
        said.append(f"{_listed([offer.name for offer in expired])} {verb} no longer valid.")
    foreign = [offer for offer in offers if offer.converted is None]
    if foreign:
        said.append(
            f"{_listed([offer.name for offer in foreign])}: no exchange rate, so the worth is unknown."
        )
    return " ".join(said)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"
