"""What a shortlist says in a sentence: who is chosen, how many are kept, whose rank moved since it was added."""

from collections.abc import Sequence
from dataclasses import dataclass

from scorecards.models import Shortlist, ShortlistItem
from scorecards.selectors.shortlists import ItemLine

MOST_MOVES = 3


@dataclass(frozen=True)
class ShortlistAnswer:
    """`lead` is the answer, `rest` what stands behind it."""

    lead: str
    rest: str


def shortlist_answer(shortlist: Shortlist, lines: Sequence[ItemLine]) -> ShortlistAnswer:
    """Say where a shortlist stands. Reads nothing beyond what the lines hold."""
    counted = {
        decision: sum(line.item.decision == decision for line in lines) for decision in ShortlistItem.Decision
    }
    kept, held, dropped = (counted[one] for one in (D.KEEP, D.HOLD, D.DROP))
    if not lines:
        return ShortlistAnswer("Nobody is on this shortlist yet.", "")
    if shortlist.primary is not None:
        backup = f", with {shortlist.backup} as backup" if shortlist.backup is not None else ""
        lead = f"{shortlist.primary} is the first choice{backup}."
        counts = [f"{kept} kept"]
    else:
        lead = f"{_vendors(kept)} kept; nobody is chosen yet." if kept else "Nobody is kept."
        counts = []
    counts += [f"{number} {word}" for number, word in ((held, "on hold"), (dropped, "dropped")) if number]
    said = [f"{', '.join(counts).capitalize()}."] if counts else []
    return ShortlistAnswer(lead, " ".join([*said, _moves(lines)]))


def _moves(lines: Sequence[ItemLine]) -> str:
    ranked = [line for line in lines if line.rank_now is not None and line.item.added_rank is not None]
    moved = sorted((line for line in ranked if line.moved), key=lambda line: -abs(line.moved or 0))
    if not moved:
        return "No rank has moved since a vendor was added." if ranked else ""
    words = [
        f"{line.item.candidate} went from rank {line.item.added_rank} to {line.rank_now}"
        for line in moved[:MOST_MOVES]
    ]
    more = len(moved) - MOST_MOVES
    return f"Since they were added, {'; '.join(words)}{f'; and {more} more moved' if more > 0 else ''}."


def _vendors(count: int) -> str:
    return "1 vendor is" if count == 1 else f"{count} vendors are"


D = ShortlistItem.Decision
