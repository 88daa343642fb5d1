"""Score against price: who is neither dearer nor worse than anybody else.

Prices are those the published calculation counted (the criterion of quoted cost), in the currency of the programme's
budget; what is not wholly priced, or not in a currency that can be converted, stands apart with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.policies import Actor, Permission, require
from scorecards.engine.display import percent_text
from scorecards.engine.exact import exact
from scorecards.engine.explain import pareto_front
from scorecards.models import Result, ResultCells, Scorecard
from scorecards.presentation import Figures, LeafFigures, Lineage
from scorecards.selectors.money import money_text
from scorecards.selectors.results import Ranking, plain_rows, present, result_rows, steadily

COST = "COM1"


@dataclass(frozen=True)
class Price:
    """What a candidate asks for the common scope; None with the reason. `note` names the exchange rate."""

    amount: Fraction | None
    currency: str
    note: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """The price with its currency; "" where there is none to compare."""
        return "" if self.amount is None else money_text(self.amount, self.currency)


@dataclass(frozen=True)
class CostLine:
    """A compared candidate with its price. `on_front`: nobody compared is both at most as dear and at least as good."""

    figures: Figures
    price: Price
    on_front: bool


@dataclass(frozen=True)
class PricedCandidate:
    """A ranked candidate with its price, in the order of the table."""

    candidate_id: str
    vendor_id: str
    vendor: str
    label: str
    rank: int
    rank_tied: bool
    score: Fraction
    score_text: str
    price: Price
    on_front: bool

    @property
    def name(self) -> str:
        """A candidate as people read it."""
        return f"{self.vendor} ({self.label})" if self.label else self.vendor

    @property
    def rank_label(self) -> str:
        """ "2", or "=1" for a tie."""
        return f"={self.rank}" if self.rank_tied else str(self.rank)


@dataclass(frozen=True)
class PriceFront:
    """All ranked candidates of a calculation; those with a price that can be compared, and the others."""

    ranking: Ranking
    lineage: Lineage
    currency: str
    candidates: tuple[PricedCandidate, ...]

    @property
    def priced(self) -> tuple[PricedCandidate, ...]:
        """Those whose price is whole and known, in the order of the table."""
        return tuple(one for one in self.candidates if one.price.amount is not None)

    @property
    def unpriced(self) -> tuple[PricedCandidate, ...]:
        """The others."""
        return tuple(one for one in self.candidates if one.price.amount is None)

    @property
    def front(self) -> tuple[PricedCandidate, ...]:
        """Those on the front, the cheapest first."""
        front = (one for one in self.priced if one.on_front)
        return tuple(sorted(front, key=lambda one: (one.price.amount or 0, -one.score, one.name)))


def price_of(raw: Any, reason: str, currency: str) -> Price:
    """The price that a candidate's criterion of quoted cost rests on."""
    found: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    if "price" not in found:
        return Price(None, currency, reason=reason or "No price is known.")
    if found.get("unpriced"):
        return Price(None, currency, reason=f"No price for {', '.join(found['unpriced'])}.")
    if found.get("currency") != currency and "converted" not in found:
        words = f"The price is in {found.get('currency')}, the budget in {currency}."
        return Price(None, currency, reason=words)
    amount = exact(found.get("converted", found["price"]), name=COST)
    note = found.get("rate", "")
    if note:
        note = f"{money_text(exact(found['price'], name=COST), found['currency'])} at {note}"
    return Price(amount, currency, note=note)


def costs_of(
    scorecard: Scorecard, columns: Sequence[Figures], leaves: Sequence[Sequence[LeafFigures]]
) -> tuple[CostLine, ...]:
    """Score against price among compared candidates."""
    currency = scorecard.program.budget_currency
    quoted = [next((leaf for leaf in column if leaf.code == COST), None) for column in leaves]
    prices = [
        price_of(None, "", currency) if leaf is None else price_of(leaf.raw, leaf.reason, currency)
        for leaf in quoted
    ]
    scores = [
        None if column.score_exact is None else Fraction(column.score_exact, column.denominator_exact)
        for column in columns
    ]
    return tuple(
        CostLine(column, price, on_front)
        for column, price, on_front in zip(columns, prices, _fronted(prices, scores), strict=True)
    )


def price_front(scorecard: Scorecard, *, actor: Actor, now: datetime) -> PriceFront:
    """Score against price of every ranked candidate of the published calculation; a constant number of statements.

    Raises PermissionDenied for who may not read offers, Conflict while scores are hidden or before the first calculation.
    """
    require(actor, Permission.VIEW_COMMERCIAL)

    def read() -> tuple[Ranking, list[_Row], dict[int, Any]]:
        ranked = result_rows(scorecard).filter(state=Result.State.RANKED)
        rows = [
            _Row(*values)
            for values in plain_rows(scorecard).filter(state=Result.State.RANKED).values_list(*_COLUMNS)
        ]
        quoted = ResultCells.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
        return (
            present(scorecard, list(ranked[:1]), now=now),
            rows,
            dict(quoted.values_list("candidate_id", QUOTED)),
        )

    ranking, rows, quoted = steadily(scorecard, read)
    lineage = ranking.lineage
    if lineage is None:
        raise Conflict("This scorecard has not been calculated yet.")
    currency = scorecard.program.budget_currency
    prices = [
        price_of(found.get("raw"), found.get("reason", ""), currency)
        for found in ((quoted.get(row.candidate_id) or {}) for row in rows)
    ]
    scores = [Fraction(row.score_exact or 0, row.denominator_exact) for row in rows]
    return PriceFront(
        ranking, lineage, currency,
        tuple(
            _priced(row, score, price, on_front=on_front)
            for row, score, price, on_front in zip(rows, scores, prices, _fronted(prices, scores), strict=True)
        ),
    )  # fmt: skip


QUOTED = f"detail__leaves__{COST}"


class _Row(NamedTuple):
    """What is read of a ranked candidate."""

    candidate_id: int
    candidate: UUID
    vendor: UUID
    name: str
    label: str
    rank: int | None
    rank_tied: bool
    score_exact: int | None
    denominator_exact: int


_COLUMNS = (
    "candidate_id", "candidate__public_id", "candidate__vendor__public_id", "candidate__vendor__name", "candidate__label", "rank",
    "rank_tied", "score_exact", "denominator_exact",
)  # fmt: skip


def _priced(row: _Row, score: Fraction, price: Price, *, on_front: bool) -> PricedCandidate:
    return PricedCandidate(
        candidate_id=str(row.candidate), vendor_id=str(row.vendor), vendor=row.name, label=row.label, rank=row.rank or 0,
        rank_tied=row.rank_tied, score=score, score_text=percent_text(row.score_exact or 0, row.denominator_exact), price=price,
        on_front=on_front,
    )  # fmt: skip


def _fronted(prices: Sequence[Price], scores: Sequence[Fraction | None]) -> list[bool]:
    """Who is on the front, of those that have both a price and a score."""
    amounts = {at: price.amount for at, price in enumerate(prices) if price.amount is not None}
    compared = [at for at in amounts if scores[at] is not None]
    worths = [score for at in compared if (score := scores[at]) is not None]
    front = pareto_front([amounts[at] for at in compared], worths)
    efficient = {compared[place] for place in front}
    return [at in efficient for at in range(len(prices))]
