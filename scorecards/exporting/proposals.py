"""The proposals of a programme on one common scope, as an export."""

from fractions import Fraction
from uuid import UUID

from cdmo_eval.core.policies import Actor, Permission
from scorecards.exporting.asking import Asked, Kind, Subject, needed
from scorecards.exporting.guard import safe_file_name
from scorecards.exporting.profile import cell_of
from scorecards.exporting.tables import Cell, Document, Formula, Points, Type, item, lines_table
from scorecards.models.export import ExportKind
from scorecards.selectors.pages import find_program
from scorecards.selectors.proposal_comparison import Offer, ProposalComparison, compare_proposals

ITEMS_SHEET = "Items"


def find(actor: Actor, subject_id: UUID | None) -> Subject:
    """A programme."""
    row = find_program(actor.organization, needed(subject_id, "programme"))
    return Subject(row.name, row.public_id, row)


def amount(value: Fraction | None) -> Points | None:
    """An amount with two decimals, half to even; nothing where it is unknown."""
    if value is None:
        return None
    cents = round(value * 100)
    return Points(f"{cents // 100}.{cents % 100:02d}")


OFFERS = [
    item(0, "Offer", 34, name="offer"), item(1, "Version", 8, Type.INTEGER), item(2, "Received on", 12, Type.DATE), item(3, "Valid until", 12, Type.DATE),
    item(4, "Expired", 9, Type.BOOLEAN), item(5, "Currency", 9), item(6, "Sum of what has a price", 16, Type.NUMBER, name="total"),
    item(7, "Rate", 12, name="rate"), item(8, "In the programme's currency", 18, Type.NUMBER, name="converted"), item(9, "Open parts", 40),
    item(10, "With other offers' prices put in", 28, name="filled"), item(11, "Pass-throughs", 16, Type.NUMBER), item(12, "Capital outlay", 16, Type.NUMBER, name="capex"),
    item(13, "Payment terms", 30), item(14, "Cancellation", 30, name="cancellation_fees"), item(15, "Switching", 26), item(16, "Remark", 50),
    item(17, "Candidate id", 38),
]  # fmt: skip
ITEMS = [
    item(0, "Offer", 34, name="offer"), item(1, "Scope item", 40), item(2, "State", 16), item(3, "Optional", 9, Type.BOOLEAN), item(4, "Amount", 16, Type.NUMBER),
    item(5, "Currency", 9), item(6, "In the programme's currency", 18, Type.NUMBER, name="converted"), item(7, "Assumptions", 50),
]  # fmt: skip


def document(asked: Asked) -> Document:
    """The offers that count on the day of asking."""
    program = asked.subject.row
    found = compare_proposals(program, as_of=asked.now.date())
    about: list[tuple[str, Cell]] = [
        ("Programme", program.name), ("As of", found.as_of), ("Currency", found.currency or "in several currencies, and no budget says which"),
        ("Scope", "as the programme states it" if found.scope_is_stated else "every item that anybody offers"), ("Read at", asked.now),
        ("Reading", "A part without a price is unknown, never 0: a sum with open parts is the least."),
    ]  # fmt: skip
    return Document(
        title=f"Proposals: {program.name}", stem=f"{safe_file_name(program.name)}-proposals-{found.as_of.isoformat()}", made=asked.now,
        tables=(
            lines_table("offers", "Offers", OFFERS, [_offer(one) for one in found.offers]),
            lines_table("items", ITEMS_SHEET, ITEMS, _items(found)),
            lines_table("sums", "Sums", SUMS, _sums(found)),
            lines_table("about", "About", [("What", 20), ("Value", 100)], about),
        ),
        facts=tuple(about),
    )  # fmt: skip


def _offer(one: Offer) -> tuple[Cell, ...]:
    row = one.proposal
    return (
        one.name, row.version, row.received_on, row.valid_until, one.expired, row.currency, amount(one.total), "" if one.rate is None else str(cell_of_rate(one.rate)),
        amount(one.converted), "; ".join(one.open_parts), one.filled_text, cell_of(row.pass_throughs), cell_of(row.capex), row.payment_terms,
        row.cancellation_fees, one.switching_text, one.reason or one.rate_note, str(row.candidate.public_id),
    )  # fmt: skip


def cell_of_rate(rate: Fraction) -> str:
    """A rate with ten decimals at most, without trailing zeros."""
    units = round(rate * 10**10)
    return f"{units // 10**10}.{units % 10**10:010d}".rstrip("0").rstrip(".")


def _items(found: ProposalComparison) -> list[tuple[Cell, ...]]:
    return [
        (
            offer.name, part.scope_item, part.word, part.optional, amount(part.amount), offer.proposal.currency, amount(part.converted),
            "; ".join(part.assumptions),
        )
        for offer in found.offers
        for part in offer.items
    ]  # fmt: skip


SUMS = [item(0, "Offer", 34, name="offer"), item(1, "Sum of the items", 18, Type.NUMBER, name="items"), item(2, "In the programme's currency", 18, Type.NUMBER, name="converted")]  # fmt: skip


def _sums(found: ProposalComparison) -> list[tuple[Cell, ...]]:
    """The items of each offer added up by the spreadsheet itself."""
    last = 1 + sum(len(offer.items) for offer in found.offers)
    lines: list[tuple[Cell, ...]] = []
    for row, offer in enumerate(found.offers, start=2):
        sums = []
        for letter, shown in (
            ("E", [part.amount for part in offer.items]),
            ("G", [part.converted for part in offer.items]),
        ):
            cents = sum(round(value * 100) for value in shown if value is not None)
            words = f"SUMIF({ITEMS_SHEET}!$A$2:$A${last},A{row},{ITEMS_SHEET}!${letter}$2:${letter}${last})"
            sums.append(Formula(words, Points(f"{cents // 100}.{cents % 100:02d}")))
        lines.append((offer.name, *sums))
    return lines


KIND = Kind(
    ExportKind.PROPOSALS, "program", find, document, tables=("offers", "items", "sums", "about"), permissions=(Permission.VIEW_COMMERCIAL,),
)  # fmt: skip
