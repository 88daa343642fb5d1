"""One recompute, from dirty rows to published scores. docs/adr/0002 says why it is built so.

claim → take the dirty rows → read facts → rate what changed → add up everything → publish → delete exactly the rows
taken → commit. A crash at any point leaves the dirty rows; the next run does the work again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np
import structlog
from django.db import connection

from cdmo_eval.core.tenancy import organization_scope
from scorecards import claims
from scorecards.announcing import announce_publication
from scorecards.engine import ENGINE_VERSION
from scorecards.engine.aggregate import Stage, aggregate_packed
from scorecards.engine.cells import MissingPolicy
from scorecards.engine.digest import scorecard_digest_of
from scorecards.engine.ranks import rank_candidates
from scorecards.frame import Frame, frame_of
from scorecards.models import DirtyRow, Run, Scorecard, ScorecardState
from scorecards.publishing import figures, publish
from scorecards.rating import Kept, fresh_cells, kept_cells, rate_and_keep
from scorecards.services import recompute_jobs
from scorecards.services.rules_watch import note_rules_change

log = structlog.get_logger(__name__)
Step = Callable[[str], None]


class Outcome(StrEnum):
    """What a recompute did."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    BUSY = "busy"
    GONE = "gone"
    HIDDEN = "hidden"


def no_step(name: str) -> None:
    """The default observer of a recompute's steps; tests pass their own."""


@dataclass(frozen=True)
class Finding:
    """What one calculation found; `run` is None when the input was that of the last one."""

    input_digest: str
    next_change: date | None
    run: Run | None = None


def run(scorecard_id: int, *, clock: Callable[[], datetime], step: Step = no_step) -> Outcome:
    """Recompute one scorecard; safe to call any number of times, from any number of processes.

    Raises whatever the work raises, after counting it: three failures on the same input set the scorecard aside for
    1, 10, then 60 minutes. Faults of the database connection do not count.
    """
    organization_id = owner_of(scorecard_id)
    if organization_id is None:
        return Outcome.GONE
    with (
        claims.claim(scorecard_id, organization_id, now=clock()) as held,
        structlog.contextvars.bound_contextvars(scorecard=scorecard_id),
    ):
        if held is None:
            return Outcome.BUSY
        try:
            with organization_scope(organization_id, "recompute", isolation="REPEATABLE READ"):
                outcome = _calculate(held, clock=clock, step=step)
        except Exception as error:
            if (
                connection.is_usable()
            ):  # a lost connection is no fault of the input; the claim is gone with it
                claims.failed(held, error, now=clock())
            log.exception("recompute_failed", attempts=held.attempts)
            raise
    return outcome


def owner_of(scorecard_id: int) -> int | None:
    """The organisation of a scorecard that has anything to compute, from tables that know no organisations' walls."""
    row = DirtyRow.objects.filter(scorecard_id=scorecard_id).values_list("organization_id", flat=True).first()
    return (
        row
        or ScorecardState.objects.filter(pk=scorecard_id).values_list("organization_id", flat=True).first()
    )


def _calculate(held: claims.Claim, *, clock: Callable[[], datetime], step: Step) -> Outcome:
    started = clock()
    taken = list(DirtyRow.objects.filter(scorecard_id=held.scorecard_id).values_list("id", "candidate_id"))
    step("taken")
    scorecard = (
        Scorecard.objects.select_related("program", "framework", "organization")
        .defer("framework__definition")  # the largest column, and known by its digest mostly
        .filter(pk=held.scorecard_id)
        .first()
    )
    if scorecard is None or scorecard.archived_at is not None:
        _forget(taken)
        ScorecardState.objects.filter(pk=held.scorecard_id).update(follows_today=False, attempts=0)
        if scorecard is not None:
            recompute_jobs.cancel(scorecard, now=clock())
        return Outcome.GONE
    if (
        scorecard.scores_hidden
    ):  # nothing to calculate before the weights are locked, and locking them is an edit
        _forget(taken)
        ScorecardState.objects.filter(pk=held.scorecard_id).update(follows_today=False, attempts=0)
        return Outcome.HIDDEN
    frame = frame_of(scorecard, as_of=scorecard.as_of or started.date())
    everything = any(candidate is None for _, candidate in taken)
    dirty = {candidate for _, candidate in taken if candidate}
    fresh, stale = fresh_cells(frame, dirty=dirty, everything=everything)
    rated = rate_and_keep(frame, stale, step=step)
    kept = kept_cells(frame, fresh, stale)
    step("rated")
    finding = _aggregate_and_publish(held, frame, kept, started=started, clock=clock, rated=rated, step=step)
    if finding.run:
        note_rules_change(frame, finding.run)
    _forget(taken)
    _note(held, frame, finding, now=clock())
    recompute_jobs.complete(scorecard, finding.run, started=started, now=clock())
    step("done")
    return Outcome.PUBLISHED if finding.run else Outcome.UNCHANGED


def _aggregate_and_publish(
    held: claims.Claim, frame: Frame, kept: Kept, *, started: datetime, clock: Callable[[], datetime], rated: int, step: Step
) -> Finding:  # fmt: skip
    input_digest = scorecard_digest_of(frame.identity(), frame.members.public_ids, kept.facts_digests)
    if held.input_digest == input_digest:
        return Finding(input_digest, kept.next_change)
    policy = MissingPolicy(frame.scorecard.policy)
    scores = aggregate_packed(kept.packed, frame.weights.ppb, frame.groups, policy=policy)
    stage = Stage(frame.scorecard.stage)
    gated = kept.listed.gates_failed > 0
    if stage is Stage.AWARD:  # at award, what is not known or only conditional is no pass
        gated |= kept.listed.gates_open > 0
    ranking = rank_candidates(scores, thresholds=frame.thresholds, gated=gated)
    rows = figures(scores, ranking, kept.listed)
    step("computed")
    organization, scorecard = frame.scorecard.organization, frame.scorecard
    runs = Run.objects.for_organization(organization).filter(scorecard=scorecard).order_by("-number")
    number, *rules = runs.values_list("number", "policy", "engine_version").first() or (0,)
    # under another policy cells hold other numbers, also where the figures come out alike: history has to name them
    anew = rules != [scorecard.policy, ENGINE_VERSION]
    published = Run.objects.create(
        organization=organization, scorecard=scorecard, number=number + 1, as_of=frame.as_of, started_at=started, finished_at=clock(),
        framework_code=frame.framework.code, framework_version=frame.framework.version, engine_version=ENGINE_VERSION,
        policy=scorecard.policy, stage=scorecard.stage, criteria=frame.criteria(), candidates=len(rows.public_ids),
        ranked=int(np.count_nonzero(ranking.rank)), rated=rated,
        input_digest=input_digest, output_digest=rows.digest(),
    )  # fmt: skip
    shifts = publish(
        rows, organization_id=organization.pk, scorecard_id=scorecard.pk, run_id=published.pk, anew=anew
    )
    announce_publication(frame.scorecard, published, shifts, now=clock())
    step("published")
    return Finding(input_digest, kept.next_change, published)


def _forget(taken: list[tuple[int, int | None]]) -> None:
    """Delete exactly the dirty rows that were taken: rows that came meanwhile stay."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM scorecards_dirtyrow WHERE id = ANY (%s)", [[row for row, _ in taken]])


def _note(held: claims.Claim, frame: Frame, finding: Finding, *, now: datetime) -> None:
    found: dict[str, object] = {
        "attempts": 0, "error": "", "quarantined_until": None, "checked_on": frame.as_of, "next_expiry": finding.next_change,
        "input_digest": finding.input_digest, "follows_today": frame.scorecard.as_of is None,
    }  # fmt: skip
    if finding.run:
        found |= {
            "last_run_id": finding.run.pk,
            "last_run_at": now,
            "output_digest": finding.run.output_digest,
        }
    ScorecardState.objects.filter(pk=held.scorecard_id).update(**found)
