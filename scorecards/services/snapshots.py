"""Freeze a published calculation."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.policies import Actor, Permission
from scorecards.engine.digest import canonical_json, scorecard_digest
from scorecards.frame import frame_of
from scorecards.models import Run, Scorecard, Snapshot, SnapshotContent
from scorecards.selectors.freshness import scorecard_freshness
from scorecards.selectors.results import run_of
from scorecards.snapshots.content import content_of
from scorecards.snapshots.decision import Decision
from scorecards.snapshots.document import DECIDED, digest_of
from vendors.services.writing import begin, clean, constraints_in_words, living

NOT_FRESH = (
    "Something this calculation rests on has changed. Wait for the recalculation, then freeze that one."
)


@transaction.atomic
def freeze_calculation(
    *, scorecard: Scorecard, reason: str = "", decision: Decision | None = None, by: Actor, now: datetime
) -> Snapshot:
    """Keep the published calculation for good, with everything its figures rest on. Freezing it again gives the same snapshot.

    A `decision` made on it becomes part of what is kept. Raises Conflict before the first calculation, and when something changed since it: a frozen calculation never mixes
    figures with facts they were not made of.
    """
    begin(scorecard.organization, by, Permission.EDIT_SHORTLISTS)
    scorecard = Scorecard.objects.select_related("program", "framework", "organization").get(pk=scorecard.pk)
    living(scorecard)
    run = _published(scorecard, now=now)
    frozen = canonical_json(_decided(_content(scorecard, run), decision))
    if (
        _published(scorecard, now=now) != run
    ):  # an edit that was committed while it was read shows here at the latest
        raise Conflict(NOT_FRESH, code="not_fresh")
    digest = digest_of(frozen)
    rows = Snapshot.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    present: Snapshot | None = rows.filter(digest=digest).first()
    if present is not None:
        return present
    snapshot = Snapshot(
        organization=scorecard.organization, scorecard=scorecard, run=run, number=(rows.aggregate(n=Max("number"))["n"] or 0) + 1,
        reason=reason.strip(), digest=digest, size=len(frozen), candidates=run.candidates, ranked=run.ranked, frozen_by=by.user,
        frozen_by_name=by.name, frozen_at=now,
    )  # fmt: skip
    clean(snapshot)
    with constraints_in_words():
        snapshot.save(force_insert=True)
        SnapshotContent.objects.create(organization=scorecard.organization, snapshot=snapshot, content=frozen)
    return snapshot


def published_document(*, scorecard: Scorecard, now: datetime) -> dict[str, Any]:
    """What freezing the published calculation would keep; nothing is kept. Raises as `freeze_calculation` does."""
    scorecard = Scorecard.objects.select_related("program", "framework", "organization").get(pk=scorecard.pk)
    run = _published(scorecard, now=now)
    content = _content(scorecard, run)
    if _published(scorecard, now=now) != run:
        raise Conflict(NOT_FRESH, code="not_fresh")
    return content


def _decided(content: dict[str, Any], decision: Decision | None) -> dict[str, Any]:
    """The document with the decision that was made on this very calculation."""
    if decision is None:
        return content
    if decision["versions"]["output_digest"] != content["run"]["output_digest"]:
        raise Conflict(NOT_FRESH, code="not_fresh")
    return content | {"format": DECIDED, "decision": decision}


def _published(scorecard: Scorecard, *, now: datetime) -> Run:
    """The published calculation. Raises Conflict without one, and unless it is fresh."""
    freshness = scorecard_freshness(scorecard, now=now)
    run = run_of(scorecard, freshness)
    if run is None:
        raise Conflict("This scorecard has not been calculated yet.", code="not_calculated")
    if not freshness.fresh:
        raise Conflict(NOT_FRESH, code="not_fresh")
    return run


def _content(scorecard: Scorecard, run: Run) -> dict[str, Any]:
    """The document, after checking that it digests to what the calculation was published under."""
    frame = frame_of(scorecard, as_of=run.as_of)
    content = content_of(frame, run)
    facts = [(one["id"], bytes.fromhex(one["facts_digest"])) for one in content["candidates"]]
    if scorecard_digest(content["identity"], facts) != run.input_digest:
        raise Conflict(NOT_FRESH, code="not_fresh")
    return content
