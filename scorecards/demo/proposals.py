"""Offers for one programme on its common scope: whole and open ones, versions, another currency, one that was signed."""

import io
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from scorecards.demo import facts
from scorecards.demo.dealings import Desk
from scorecards.demo.families import MAKERS
from scorecards.demo.proof import SCALE, dice
from scorecards.demo.spec import FICTIONAL, Maker
from scorecards.models import Candidate, Program
from scorecards.services.exchange_rates import record_rates
from scorecards.services.proposals import record_proposal, revise_proposal, withdraw_proposal
from vendors.services import store_file
from vendors.vocabulary import Confidentiality, GovernanceTerm, SharingTerm, TransparencyTerm

PROGRAMME = "MT-618"
PLAN: Mapping[str, str] = {
    "Sunderwick Early Bio": "signed",
    "Bregenthal Bispecifics": "francs",
    "Caldermoor Proteins": "whole",
    "Allenborough Integrated Pharma": "open",
    "Dunmarrow Biologics": "excluded",
}
"""Vendors that sent an offer on the common scope, and what is particular about each."""
SHARES = (24, 38, 17, 12, 9)
"""What share of a price each item of the common scope has, in its order."""
RATES = (("EUR", "1.10"), ("CHF", "1.15"))
"""An invented table: what one unit is worth in dollars."""
FRANCS = Decimal("1.15")


def write_proposals(desk: Desk) -> int:
    """Rates, and the offers for one programme; returns how many versions there are."""
    organization, now = desk.organization, desk.now
    rows = [
        {"source": source, "target": "USD", "rate": Decimal(rate), "on": desk.today - timedelta(days=20), "published_by": "Invented demo table"}
        for source, rate in RATES
    ]  # fmt: skip
    record_rates(organization=organization, rows=rows, by=desk.manager, now=now)
    program = Program.objects.for_organization(organization).get(name__startswith=PROGRAMME)
    candidates = Candidate.objects.for_organization(organization).filter(program=program, archived_at=None)
    found = candidates.filter(vendor__name__in=PLAN).select_related("vendor").order_by("vendor__name", "id")
    return sum(_offer(desk, program, candidate) for candidate in found)


def _offer(desk: Desk, program: Program, candidate: Candidate) -> int:
    """One vendor's offer; Sunderwick's was lowered once, Dunmarrow sent one by mistake."""
    kind, by, now = PLAN[candidate.vendor.name], desk.manager, desk.now
    maker = next(maker for maker in MAKERS if maker.name == candidate.vendor.name)
    fields = _terms(desk, program, maker) | {"currency": "CHF" if kind == "francs" else "USD"}
    lines = list(_lines(program, maker, kind))
    first = record_proposal(candidate=candidate, by=by, now=now, lines=lines, **fields)
    if kind == "signed":
        offer = store_file(
            organization=desk.organization, content=io.BytesIO(f"%PDF-1.7 {FICTIONAL}: a signed offer.".encode()), name="Signed offer.pdf",
            confidentiality=Confidentiality.COMMERCIAL, vendor=candidate.vendor, by=by, now=now,
        )  # fmt: skip
        cheaper = [line | {"price": line["price"] * Decimal("0.96")} for line in lines]
        revise_proposal(
            proposal=first, by=by, now=now, lines=cheaper, signed_offer=offer, received_on=desk.today - timedelta(days=9)
        )  # fmt: skip
        return 2
    if kind == "excluded":
        slip = revise_proposal(proposal=first, by=by, now=now, pass_throughs=Decimal(0))
        withdraw_proposal(proposal=slip, reason="Entered for the wrong vendor.", by=by, now=now)
        return 2
    return 1


def _lines(program: Program, maker: Maker, kind: str) -> Iterator[dict[str, Any]]:
    """Each item of the scope at its share of the vendor's price; rounded to thousands."""
    budget = program.budget_amount or Decimal(0)
    whole = (
        budget
        * Decimal(str(maker.price))
        * (94 + 12 * dice("price", program.name, maker.name) // SCALE)
        / 100
    )
    if kind == "francs":
        whole /= FRANCS
    for item, share in zip(program.scope_items, SHARES, strict=True):
        price = round(whole * share / 100, -3)
        line: dict[str, Any] = {"scope_item": item, "price": price, "unit": "", "quantity": Decimal(1)}
        if item.startswith("Drug substance"):
            line |= {
                "price": round(price / 2, -3),
                "quantity": Decimal(2),
                "unit": "batches",
                "assumption": "200 L, single use.",
            }
        if kind == "open" and item.startswith("Stability"):
            line |= {"price": None, "assumption": "Quoted once the protocol is agreed."}
        if kind == "excluded" and item.startswith("Drug product"):
            line |= {
                "price": None,
                "inclusion": "excluded",
                "assumption": "Fill and finish by a partner of yours.",
            }
        yield line
    if kind == "whole":
        yield {"scope_item": "Regulatory writing support", "price": Decimal(45_000), "inclusion": "optional"}


def _terms(desk: Desk, program: Program, maker: Maker) -> dict[str, Any]:
    """Times, terms and what goes beside the lines: as good as the vendor is."""
    parts = (program.name, maker.name, "")
    terms: dict[str, float] = {}
    for target, codes in (("RSK2", GovernanceTerm), ("RSK3", TransparencyTerm), ("RSK5", SharingTerm)):
        terms |= facts.flags(codes, maker.marks.governance, *parts, target)["flags"]
    weeks = program.weeks_to_milestone or Decimal(0)
    return {
        "received_on": desk.today - timedelta(days=30), "valid_until": desk.today + timedelta(days=90), "pass_throughs": Decimal(120_000),
        "capex": Decimal(0), "minimum_commitment": Decimal(500_000), "payment_terms": "30 % at start, the rest by milestone, 45 days.",
        "cancellation_fees": "25 % of what is left within 6 months, nothing before.", "stand_alone_stages": ["IND_ENABLING", "PH1"],
        "weeks_to_milestone": weeks * (92 + 20 * dice("weeks", maker.name) // SCALE) / 100, "terms": terms,
        "must_have_terms": {
            "ip_owner": "sponsor", "background_royalty": False, "tech_transfer_out": True, "insurance_amount": 10_000_000,
            "subcontractors_disclosed": maker.marks.governance >= 3,
        },
    }  # fmt: skip
