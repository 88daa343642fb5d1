"""Proposals and exchange rates for tests; inside an open organization_scope."""

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cdmo_eval.core.models import Organization
from scorecards.models import Candidate, ExchangeRate, Proposal
from scorecards.services.exchange_rates import record_rates
from scorecards.services.proposals import record_proposal
from tests.factories.core import NOW
from tests.factories.vendors import somebody
from vendors.models import StoredFile
from vendors.services import store_file


def line(item: str, price: int | str | None = None, **fields: Any) -> dict[str, Any]:
    """One line; without a price it has none."""
    return {"scope_item": item, "price": None if price is None else Decimal(price)} | fields


def make_offer_file(candidate: Candidate, *, now: datetime = NOW, name: str = "offer.pdf") -> StoredFile:
    """A signed offer."""
    organization = candidate.organization
    return store_file(
        organization=organization, content=io.BytesIO(b"%PDF-1.7 signed"), name=name, confidentiality="commercial",
        vendor=candidate.vendor, by=somebody(organization), now=now,
    )  # fmt: skip


def make_proposal(
    candidate: Candidate, *lines: dict[str, Any], now: datetime = NOW, signed: bool = False, **fields: Any
) -> Proposal:
    """An offer in euros, received today, with nothing beside its lines."""
    standard: dict[str, Any] = {"received_on": now.date(), "currency": "EUR", "pass_throughs": 0, "capex": 0}
    if signed:
        standard["signed_offer"] = make_offer_file(candidate, now=now)
    return record_proposal(
        candidate=candidate,
        by=somebody(candidate.organization),
        now=now,
        lines=list(lines),
        **(standard | fields),
    )


def make_rate(
    organization: Organization,
    source: str,
    target: str,
    rate: str,
    *,
    on: date | None = None,
    now: datetime = NOW,
) -> ExchangeRate:
    """A rate of the European Central Bank."""
    row = {
        "source": source,
        "target": target,
        "rate": Decimal(rate),
        "on": on or now.date(),
        "published_by": "ECB",
    }
    return record_rates(organization=organization, rows=[row], by=somebody(organization), now=now)[0]
