"""Compare what is published with what the facts say: rate everything again in memory, and write nothing.

The answer to "can I trust the stored figures?": after a restore, an upgrade, or any night.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cdmo_eval.core.tenancy import organization_scope
from scorecards import loading
from scorecards.engine.aggregate import Stage, aggregate
from scorecards.engine.cells import Cells, MissingPolicy
from scorecards.engine.digest import scorecard_digest
from scorecards.engine.ranks import STANDINGS, rank_candidates
from scorecards.frame import Frame, frame_of
from scorecards.models import DirtyRow, Result, ResultCells, Run, Scorecard, ScorecardState
from scorecards.models.result import FIGURES
from scorecards.publishing import Listed, Rows, figures

# the very functions of the recompute, so that nothing is compared with a second opinion of how to rate
from scorecards.rating import CHUNK, Rated, rate_candidate, waivers_of

_STANDS_FOR_NULL = {"rank": 0, "best_rank": 0, "worst_rank": 0, "score_exact": -1}


@dataclass(frozen=True)
class Difference:
    """Something published that the facts do not say. `candidate` is "" for the scorecard as a whole."""

    candidate: str
    what: str
    published: str
    found: str

    def __str__(self) -> str:
        where = f"{self.candidate}: " if self.candidate else ""
        return f"{where}{self.what} is published as {self.published}, and comes out as {self.found}"


@dataclass(frozen=True)
class Check:
    """What a check found. `skipped` says why nothing was compared: not calculated yet, or about to be."""

    scorecard_id: int
    name: str = ""
    candidates: int = 0
    differences: tuple[Difference, ...] = ()
    skipped: str = ""


@dataclass
class Recalculation:
    """Everything of a scorecard rated again, and added up when asked; in memory only."""

    frame: Frame
    rated: list[Rated] = field(default_factory=list)

    def __post_init__(self) -> None:
        scorecard, waivers = self.frame.scorecard, waivers_of(self.frame)
        ids = sorted(self.frame.members)
        for start in range(0, len(ids), CHUNK):
            chunk = loading.load_candidates(
                scorecard.organization, scorecard.program, ids[start : start + CHUNK], as_of=self.frame.as_of
            )
            self.rated += [rate_candidate(self.frame, one, waivers.get(one.facts.id, {})) for one in chunk]
        self.rated.sort(key=lambda one: one.candidate_id)

    def name(self, candidate_id: int) -> str:
        """A candidate as people read it."""
        member = self.frame.members[candidate_id]
        return f"{member.vendor} ({member.label})" if member.label else member.vendor

    def input_digest(self) -> str:
        """The digest of the calculation's input."""
        members = self.frame.members
        return scorecard_digest(
            self.frame.identity(), ((members[one.candidate_id].public_id, one.digest) for one in self.rated)
        )

    def rows(self) -> Rows:
        """The figures as they would be published."""
        scorecard, frame = self.frame.scorecard, self.frame
        cells = Cells.unpacked([one.packed for one in self.rated], leaves=len(frame.leaves))
        scores = aggregate(cells, frame.weights.ppb, frame.groups, policy=MissingPolicy(scorecard.policy))
        listed, stage = self._listed(), Stage(scorecard.stage)
        gated = listed.gates_failed > 0
        if stage is Stage.AWARD:
            gated |= listed.gates_open > 0
        return figures(scores, rank_candidates(scores, thresholds=frame.thresholds, gated=gated), listed)

    def _listed(self) -> Listed:
        who = [self.frame.members[one.candidate_id] for one in self.rated]
        met = [sum(gate.met for gate in one.gates) for one in self.rated]
        failed = [sum(gate.failed for gate in one.gates) for one in self.rated]
        still_open = [len(one.gates) - m - f for one, m, f in zip(self.rated, met, failed, strict=True)]
        return Listed(
            ids=[one.candidate_id for one in self.rated], public_ids=[member.public_id for member in who],
            names=[(member.vendor, member.label) for member in who], gates_passed=np.array(met, dtype=np.int64),
            gates_failed=np.array(failed, dtype=np.int64), gates_open=np.array(still_open, dtype=np.int64),
            facts_digests=[one.digest for one in self.rated],
        )  # fmt: skip


def rows_again(frame: Frame) -> Rows:
    """The figures that everything of a frame comes out as, rated anew in memory; nothing is written."""
    return Recalculation(frame).rows()


def check_scorecard(scorecard_id: int, *, organization_id: int) -> Check:
    """Rate and add up one scorecard again, as of its last check, and compare; one snapshot, nothing is written."""
    with organization_scope(organization_id, "consistency check", isolation="REPEATABLE READ"):
        state = ScorecardState.objects.filter(pk=scorecard_id).first()
        scorecard = (
            Scorecard.objects.select_related("program", "framework", "organization")
            .filter(pk=scorecard_id, archived_at__isnull=True)
            .first()
        )
        if scorecard is None:
            return Check(scorecard_id, skipped="archived")
        if state is None or state.checked_on is None or not state.input_digest:
            return Check(scorecard_id, scorecard.name, skipped="not calculated yet")
        if DirtyRow.objects.filter(scorecard_id=scorecard_id).exists():
            return Check(scorecard_id, scorecard.name, skipped="waits for a recompute")
        again = Recalculation(frame_of(scorecard, as_of=state.checked_on))
        rows = again.rows()
        found = (*_cells(again), *_figures(again, rows), *_digests(again, rows, state))
        return Check(scorecard_id, scorecard.name, len(again.rated), found)


def _cells(again: Recalculation) -> Iterator[Difference]:
    """Kept cells against rated ones, leaf by leaf where they differ."""
    scorecard, leaves = again.frame.scorecard, again.frame.leaves
    kept = {
        row.candidate_id: row
        for row in ResultCells.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    }
    for candidate_id in sorted(set(kept) - set(again.frame.members)):
        yield Difference(f"Candidate {candidate_id}", "the candidate", "standing", "gone")
    for one in again.rated:
        row = kept.get(one.candidate_id)
        if row is None:
            yield Difference(again.name(one.candidate_id), "the candidate", "absent", "standing")
            continue
        if bytes(row.packed) != one.packed:
            yield from _leaves(again.name(one.candidate_id), leaves, bytes(row.packed), one.packed)
        if bytes(row.facts_digest) != one.digest and bytes(row.packed) == one.packed:
            yield Difference(
                again.name(one.candidate_id),
                "the digest of its facts",
                bytes(row.facts_digest).hex(),
                one.digest.hex(),
            )


def _leaves(name: str, leaves: Sequence[str], kept: bytes, found: bytes) -> Iterator[Difference]:
    tables = [
        table.numbers | {"state": table.state}
        for table in (Cells.unpacked([packed], leaves=len(leaves)) for packed in (kept, found))
    ]
    told = ", ".join(tables[1])
    for column, code in enumerate(leaves):
        was, now = ([int(numbers[0, column]) for numbers in table.values()] for table in tables)
        if was != now:
            yield Difference(name, f"{code} ({told})", str(was), str(now))


def _figures(again: Recalculation, rows: Rows) -> Iterator[Difference]:
    """Published figures against those that come out."""
    scorecard = again.frame.scorecard
    results = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    published = {row.pop("candidate_id"): row for row in results.values("candidate_id", *FIGURES)}
    for row in rows.table:
        candidate_id = int(row["candidate_id"])
        shown = published.pop(candidate_id, None)
        if shown is None:
            yield Difference(again.name(candidate_id), "the result", "absent", "there")
            continue
        for figure in FIGURES:
            if shown[figure] != (found := _plain(figure, row[figure])):
                yield Difference(again.name(candidate_id), figure, str(shown[figure]), str(found))
    for candidate_id in published:
        yield Difference(f"Candidate {candidate_id}", "the result", "there", "absent")


def _plain(figure: str, value: Any) -> object:
    """A figure as the database gives it back: words for the standing, lists for groups, None for null."""
    if figure == "state":
        return STANDINGS[int(value)].value
    if figure.startswith("group_"):
        return value.tolist()
    number = value.item()
    return None if figure in _STANDS_FOR_NULL and number == _STANDS_FOR_NULL[figure] else number


def _digests(again: Recalculation, rows: Rows, state: ScorecardState) -> Iterator[Difference]:
    """The digests of the state and of the last run."""
    found_input, found_output = again.input_digest(), rows.digest()
    if state.input_digest != found_input:
        yield Difference("", "the input digest", state.input_digest, found_input)
    if state.output_digest != found_output:
        yield Difference("", "the output digest", state.output_digest, found_output)
    if state.last_run_id is None:
        return
    run = Run.objects.for_organization(again.frame.scorecard.organization).get(pk=state.last_run_id)
    if run.output_digest != state.output_digest:
        yield Difference("", "the digest of the last run", run.output_digest, state.output_digest)
