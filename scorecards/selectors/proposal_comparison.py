"""The proposals of a programme on one common scope: what each includes, at which price, and what is left open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from scorecards.fit.inputs import ExchangeRate, Money
from scorecards.fit.leaves.offer import exchange
from scorecards.fit.quotes import CAPEX, PASS_THROUGHS, QuotedItem, quote
from scorecards.models import Program, Proposal, ProposalLine
from scorecards.proposal_facts import proposal_facts, rates_to
from scorecards.selectors.money import money_text
from scorecards.selectors.proposals import is_expired, proposal_list
from scorecards.selectors.switching import switching_text
from vendors.vocabulary import LineInclusion

PRICED, UNPRICED, EXCLUDED, MISSING = "priced", "unpriced", "excluded", "missing"
STATES = {PRICED: "Priced", UNPRICED: "No price", EXCLUDED: "Excluded", MISSING: "Not in the offer"}


@dataclass(frozen=True)
class OfferedLine:
    """One line of a proposal with its price × quantity in its own currency."""

    line: ProposalLine
    amount: Fraction | None
    currency: str

    @property
    def text(self) -> str:
        """The amount, or "" without a price."""
        return "" if self.amount is None else money_text(self.amount, self.currency)

    @property
    def reckoning(self) -> str:
        """ "12 batches at 40,000 EUR"; "" for one of something."""
        if self.line.price is None or self.line.quantity == 1:
            return ""
        number = format(self.line.quantity.normalize(), ",f")
        unit = f" {self.line.unit}" if self.line.unit else ""
        return f"{number}{unit} at {money_text(self.line.price, self.currency)}"


@dataclass(frozen=True)
class OfferedItem:
    """One item of the common scope in one offer. `amount` is in the offer's currency, `converted` in the programme's."""

    scope_item: str
    state: str
    optional: bool
    lines: tuple[OfferedLine, ...]
    amount: Fraction | None
    converted: Fraction | None
    text: str
    converted_text: str

    @property
    def word(self) -> str:
        """The state as people read it."""
        return STATES[self.state]

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the vendor assumes."""
        return tuple(offered.line.assumption for offered in self.lines if offered.line.assumption)


@dataclass(frozen=True)
class Offer:
    """One candidate's proposal that counts, normalised. Amounts without a rate stay None, with the reason in words.

    `total` is the sum of what has a price; with `open_parts` it is the least. `filled` is what it comes to when each
    open part is put at the least and the most that another offer asks for it; None where nobody else prices a part.
    """

    proposal: Proposal
    expired: bool
    items: tuple[OfferedItem, ...]
    outside: tuple[OfferedLine, ...]
    total: Fraction
    rate: Fraction | None
    open_parts: tuple[str, ...]
    rate_note: str
    reason: str
    currency: str
    filled: tuple[Fraction, Fraction] | None = None

    @property
    def name(self) -> str:
        """A candidate as people read it."""
        return str(self.proposal.candidate)

    @property
    def converted(self) -> Fraction | None:
        """The sum in the programme's currency; None without a rate."""
        return None if self.rate is None else self.total * self.rate

    @property
    def total_text(self) -> str:
        """The sum in the offer's own currency."""
        return self._at_least(self.total, self.proposal.currency)

    @property
    def converted_text(self) -> str:
        """The sum in the programme's currency, or why there is none."""
        return self.reason if self.converted is None else self._at_least(self.converted, self.currency)

    @property
    def filled_text(self) -> str:
        """The interval with other offers' prices put in; "" where there is none to say."""
        if self.filled is None or not self.open_parts:
            return ""
        low, high = (money_text(amount, self.currency) for amount in self.filled)
        return low if low == high else f"{low} to {high}"

    @property
    def is_foreign(self) -> bool:
        """Whether the amounts had to be converted, or could not be."""
        return self.proposal.currency != self.currency

    @property
    def pass_throughs_text(self) -> str:
        """In the programme's currency, else in the offer's own; "" where it is not stated."""
        return self._beside(self.proposal.pass_throughs)

    @property
    def capex_text(self) -> str:
        """The same of the capital outlay."""
        return self._beside(self.proposal.capex)

    @property
    def budget_text(self) -> str:
        """The total as a share of the budget; "" where either is unknown."""
        budget = self.proposal.candidate.program.budget_amount
        if self.converted is None or not budget:
            return ""
        share = f"{round(100 * self.converted / Fraction(budget))} %"
        return f"at least {share}" if self.open_parts else share

    @property
    def switching_text(self) -> str:
        """What changing to this vendor costs besides, in money and months; "" where neither is stated."""
        return switching_text(self.proposal.candidate)

    def _beside(self, amount: Decimal | None) -> str:
        if amount is None:
            return ""
        own = money_text(amount, self.proposal.currency)
        if self.rate is None or not self.is_foreign:
            return own
        return f"{money_text(Fraction(amount) * self.rate, self.currency)} ({own})"

    def _at_least(self, amount: Fraction, currency: str) -> str:
        shown = money_text(amount, currency)
        return f"at least {shown}" if self.open_parts else shown


@dataclass(frozen=True)
class ProposalComparison:
    """The offers of a programme that count as of a day, by vendor name. `currency` is that of the budget, else theirs."""

    program: Program
    as_of: date
    currency: str
    scope: tuple[str, ...]
    offers: tuple[Offer, ...]

    @property
    def scope_is_stated(self) -> bool:
        """Whether the programme names a common scope; otherwise every item that anybody offers is a row."""
        return bool(self.program.scope_items)

    @property
    def has_outside(self) -> bool:
        """Whether anybody offers something beside the scope."""
        return any(offer.outside for offer in self.offers)

    def rows(self) -> Iterator[tuple[str, tuple[OfferedItem, ...]]]:
        """Scope items with what each offer says of them."""
        for number, item in enumerate(self.scope):
            yield item, tuple(offer.items[number] for offer in self.offers)


def compare_proposals(
    program: Program, *, as_of: date, candidates: Sequence[UUID] | None = None
) -> ProposalComparison:
    """The proposals that count as of a day on the programme's common scope: four statements, however many there are.

    `candidates` (public ids) leaves only theirs, with what others ask still known. An amount whose currency has no rate
    to the programme's is unknown, never 0.
    """
    organization = program.organization
    counting = Proposal.objects.for_organization(organization).filter(
        candidate__program=program, candidate__archived_at__isnull=True, candidate__vendor__archived_at__isnull=True
    )  # fmt: skip
    found = list(proposal_list(organization).filter(pk__in=counting.counting(as_of).values("pk")))
    found.sort(key=lambda row: (row.candidate.vendor.name, row.candidate.label, row.pk))
    scope = tuple(program.scope_items) or tuple(
        dict.fromkeys(line.scope_item for row in found for line in row.lines.all())
    )
    currencies = {row.currency for row in found}
    currency = program.budget_currency or (currencies.pop() if len(currencies) == 1 else "")
    rates = rates_to(organization, currency, as_of=as_of) if found else ()
    offers = [_offer(row, scope, currency, rates, as_of) for row in found]
    asked = _asked(offers)
    offers = [_filled(offer, asked) for offer in offers]
    if candidates is not None:
        wanted = set(candidates)
        offers = [offer for offer in offers if offer.proposal.candidate.public_id in wanted]
    return ProposalComparison(program, as_of, currency, scope, tuple(offers))


def _offer(
    row: Proposal, scope: Sequence[str], currency: str, rates: tuple[ExchangeRate, ...], as_of: date
) -> Offer:
    found = quote(scope, proposal_facts(row, row.lines.all()))
    one = exchange(Money(1, row.currency), currency, rates, as_of) if currency else None
    rate, note = one if one is not None else (None, "")
    lines = [OfferedLine(line, _amount(line), row.currency) for line in row.lines.all()]
    return Offer(
        proposal=row, expired=is_expired(row, as_of), items=tuple(_item(item, lines, row.currency, currency, rate) for item in found.items),
        outside=tuple(one for one in lines if one.line.scope_item not in scope), total=found.total, rate=rate,
        open_parts=found.unpriced, rate_note=note, reason="" if rate is not None else _why(row.currency, currency, as_of), currency=currency,
    )  # fmt: skip


def _why(own: str, currency: str, as_of: date) -> str:
    if not currency:
        return "Unknown: the programme states no budget, and the offers are in several currencies."
    return f"Unknown: no exchange rate from {own} to {currency} by {as_of.isoformat()}."


def _amount(line: ProposalLine) -> Fraction | None:
    return None if line.price is None else Fraction(line.price) * Fraction(line.quantity)


def _item(
    item: QuotedItem, lines: Iterable[OfferedLine], own: str, currency: str, rate: Fraction | None
) -> OfferedItem:
    mine = tuple(one for one in lines if one.line.scope_item == item.scope_item)
    counted = [one for one in mine if one.line.inclusion != LineInclusion.EXCLUDED]
    if not mine:
        state = MISSING
    elif not counted:
        state = EXCLUDED
    else:
        state = UNPRICED if item.price is None else PRICED
    optional = bool(counted) and all(one.line.inclusion == LineInclusion.OPTIONAL for one in counted)
    converted = None if item.price is None or rate is None else item.price * rate
    return OfferedItem(
        item.scope_item, state, optional, mine, item.price, converted,
        "" if item.price is None else money_text(item.price, own),
        "" if converted is None else money_text(converted, currency),
    )  # fmt: skip


def _asked(offers: Sequence[Offer]) -> Mapping[str, Mapping[int, Fraction]]:
    """What each offer asks for each part, in the programme's currency, by part and proposal."""
    found: dict[str, dict[int, Fraction]] = {}
    for offer in offers:
        if offer.rate is None:
            continue
        for item in offer.items:
            if item.converted is not None:
                found.setdefault(item.scope_item, {})[offer.proposal.pk] = item.converted
        for part, amount in _beside(offer.proposal):
            if amount is not None:
                found.setdefault(part, {})[offer.proposal.pk] = Fraction(amount) * offer.rate
    return found


def _beside(row: Proposal) -> tuple[tuple[str, Decimal | None], ...]:
    """The parts of a price that are no items."""
    return (PASS_THROUGHS, row.pass_throughs), (CAPEX, row.capex)


def _filled(offer: Offer, asked: Mapping[str, Mapping[int, Fraction]]) -> Offer:
    """The offer with the interval that others' prices for its open parts give."""
    if offer.converted is None or not offer.open_parts:
        return offer
    low = high = offer.converted
    for part in offer.open_parts:
        others = [amount for number, amount in asked.get(part, {}).items() if number != offer.proposal.pk]
        if not others:
            return offer
        low, high = low + min(others), high + max(others)
    return replace(offer, filled=(low, high))


HEADER = (
    "vendor", "label", "version", "received_on", "valid_until", "signed", "scope_item", "state", "inclusion", "price", "unit",
    "quantity", "currency", "amount", "converted", "program_currency", "rate", "assumption",
)  # fmt: skip


def comparison_rows(found: ProposalComparison) -> Iterator[tuple[Any, ...]]:
    """The comparison as a flat table with the columns of HEADER: one row per line, one per item left out, then totals.

    Amounts are Decimals with two places, None where unknown.
    """
    for offer in found.offers:
        row = offer.proposal
        head = (
            row.candidate.vendor.name, row.candidate.label, row.version, row.received_on, row.valid_until,
            row.signed_offer_id is not None,
        )  # fmt: skip
        for item in offer.items:
            for offered in item.lines:
                yield (*head, *_line_row(offer, offered, item.scope_item, item.state))
            if not item.lines:
                yield (*head, *_part_row(offer, item.scope_item, item.state, None))
        for offered in offer.outside:
            yield (*head, *_line_row(offer, offered, offered.line.scope_item, "outside"))
        for part, amount in _beside(row):
            yield (*head, *_part_row(offer, part, UNPRICED if amount is None else PRICED, amount))
        state, still_open = "at least" if offer.open_parts else "total", "; ".join(offer.open_parts)
        yield (*head, *_part_row(offer, "total", state, offer.total, still_open))


def _line_row(offer: Offer, offered: OfferedLine, scope_item: str, state: str) -> tuple[Any, ...]:
    line = offered.line
    said = (scope_item, state, line.inclusion, line.price, line.unit, line.quantity)
    return *said, *_amounts(offer, offered.amount), line.assumption


def _part_row(
    offer: Offer, part: str, state: str, amount: Fraction | Decimal | None, words: str = ""
) -> tuple[Any, ...]:
    return part, state, "", None, "", None, *_amounts(offer, amount), words


def _amounts(offer: Offer, amount: Fraction | Decimal | None) -> tuple[Any, ...]:
    converted = None if amount is None or offer.rate is None else Fraction(amount) * offer.rate
    return offer.proposal.currency, _cents(amount), _cents(converted), offer.currency, offer.rate_note


def _cents(amount: Fraction | Decimal | None) -> Decimal | None:
    if amount is None:
        return None
    return Decimal(round(Fraction(amount) * 100)) / 100
