"""What a proposal asks for the common scope of a programme: the sum of what has a price, and what has none.

One reading for the criterion of cost and for the comparison of proposals, so that both always show the same total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scorecards.engine.exact import exact
from scorecards.fit.inputs import ProposalFacts, ProposalLine
from vendors.vocabulary import LineInclusion

PASS_THROUGHS, CAPEX = "pass-through costs", "capital outlay"


@dataclass(frozen=True, slots=True)
class QuotedItem:
    """One item of the common scope: its lines, and their price together (None where any of it has none).

    An item that the offer leaves out or excludes has no price: it will have to be paid for elsewhere.
    """

    scope_item: str
    lines: tuple[ProposalLine, ...]
    price: Fraction | None

    @property
    def priced_part(self) -> Fraction:
        """What the priced lines sum to, also when others have no price."""
        return sum((line_price(line) or Fraction(0) for line in self.lines if _counts(line)), Fraction(0))


@dataclass(frozen=True, slots=True)
class Quote:
    """A proposal over the common scope. `total` is the priced sum; `unpriced` names what has no price.

    `parts` counts the items, and the pass-through costs and capital outlay that are not stated.
    """

    items: tuple[QuotedItem, ...]
    total: Fraction
    unpriced: tuple[str, ...]
    parts: int


def common_scope(asked: Sequence[str], proposal: ProposalFacts) -> tuple[str, ...]:
    """The items that are compared: the programme's, else those of the proposal itself."""
    return tuple(asked) or tuple(dict.fromkeys(line.scope_item for line in proposal.lines))


def line_price(line: ProposalLine) -> Fraction | None:
    """Price × quantity; None without a price."""
    if line.price is None:
        return None
    return exact(line.price, name=line.scope_item) * exact(line.quantity, name=line.scope_item)


def quote(asked: Sequence[str], proposal: ProposalFacts) -> Quote:
    """Included and optional lines of the common scope, with pass-through costs and capital outlay."""
    items = tuple(_item(name, proposal) for name in common_scope(asked, proposal))
    total = sum((item.priced_part for item in items), Fraction(0))
    unpriced = [item.scope_item for item in items if item.price is None]
    unstated = []
    for name, amount in ((PASS_THROUGHS, proposal.pass_throughs), (CAPEX, proposal.capex)):
        if amount is None:
            unstated.append(name)
        else:
            total += exact(amount, name=name)
    return Quote(items, total, (*unpriced, *unstated), len(items) + len(unstated))


def _counts(line: ProposalLine) -> bool:
    return line.inclusion is not LineInclusion.EXCLUDED


def _item(name: str, proposal: ProposalFacts) -> QuotedItem:
    lines = tuple(line for line in proposal.lines if line.scope_item == name)
    counted = [line_price(line) for line in lines if _counts(line)]
    known = [price for price in counted if price is not None]
    whole = bool(counted) and len(known) == len(counted)
    return QuotedItem(name, lines, sum(known, Fraction(0)) if whole else None)
