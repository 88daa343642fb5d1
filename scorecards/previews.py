"""What another version of a criteria set would change on a scorecard: rated and added up in memory, nothing is stored."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from scorecards.consistency import Recalculation
from scorecards.engine.display import percent_text
from scorecards.frame import frame_of
from scorecards.models import Framework, Scorecard
from scorecards.selectors.visibility import check_visible
from scorecards.services.framework_drafts import moved_points
from scorecards.snapshots.verification import plain_figures


@dataclass(frozen=True)
class Stand:
    """Where a candidate stands: texts with two decimals; `score` is None when nothing is known, `rank` None unless ranked."""

    rank: int | None
    rank_tied: bool
    score: str | None
    state: str

    @property
    def rank_label(self) -> str:
        """ "2", "=1" for a tie, "–" without a rank."""
        return "–" if self.rank is None else f"{'=' if self.rank_tied else ''}{self.rank}"


@dataclass(frozen=True)
class Shift:
    """One candidate before and after."""

    candidate_id: str
    vendor: str
    label: str
    before: Stand
    after: Stand

    @property
    def name(self) -> str:
        """A candidate as people read it."""
        return f"{self.vendor} ({self.label})" if self.label else self.vendor

    @property
    def moves(self) -> bool:
        """Whether rank or standing change."""
        return (self.before.rank, self.before.state) != (self.after.rank, self.after.state)


@dataclass(frozen=True)
class Preview:
    """What a version would change on one scorecard, on what is known now; candidates in the order of today's ranking."""

    scorecard: Scorecard
    as_of: date
    shifts: tuple[Shift, ...]

    @property
    def moved(self) -> int:
        """How many candidates would stand elsewhere."""
        return sum(shift.moves for shift in self.shifts)

    @property
    def rescored(self) -> int:
        """How many would have another score."""
        return sum(shift.before.score != shift.after.score for shift in self.shifts)

    @property
    def leaders(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who stands first before, and after."""
        before = tuple(shift.name for shift in self.shifts if shift.before.rank == 1)
        return before, tuple(shift.name for shift in self.shifts if shift.after.rank == 1)


def preview_of(scorecard: Scorecard, framework: Framework, *, today: date) -> Preview:
    """Rate the candidates of a scorecard twice: by its own version, and by the other. Raises Conflict while scores are hidden."""
    check_visible(scorecard)
    as_of = scorecard.as_of or today
    moved = copy.copy(scorecard)
    moved.framework = framework
    moved.weights = moved_points(scorecard, framework)
    before, after = (Recalculation(frame_of(each, as_of=as_of)) for each in (scorecard, moved))
    stood, stands = _figures(before), _figures(after)
    members = before.frame.members
    shifts = [
        (
            stood[pk]["position"],
            Shift(member.public_id, member.vendor, member.label, _stand(stood[pk]), _stand(stands[pk])),
        )
        for pk, member in members.items()
    ]
    return Preview(scorecard, as_of, tuple(shift for _, shift in sorted(shifts, key=lambda pair: pair[0])))


def _figures(again: Recalculation) -> dict[int, Mapping[str, Any]]:
    ids: Sequence[int] = [one.candidate_id for one in again.rated]
    return dict(zip(ids, plain_figures(again.rows()), strict=True))


def _stand(found: Mapping[str, Any]) -> Stand:
    score = (
        None
        if found["score_exact"] is None
        else percent_text(found["score_exact"], found["denominator_exact"])
    )
    return Stand(found["rank"], found["rank_tied"], score, found["state"])
