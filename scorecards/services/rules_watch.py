"""After the weights were locked: judge each change of what was locked by whether it changes who leads.

Runs in the transaction that publishes. Everything is rated and added up once more under the locked rules, on the facts of
this very calculation, so that new evidence and a changed rule are never mistaken for each other. That happens once for
each state of the rules, not at each calculation.
"""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from cdmo_eval.core.models import AuditEvent
from scorecards.consistency import rows_again
from scorecards.fit.gates import GateSpec
from scorecards.frame import Frame, frame_of
from scorecards.models import Framework, Preregistration, Result, RulesChange, Run, Scorecard
from scorecards.selectors.preregistration import differing, rules_digest, rules_of
from vendors.vocabulary import GateOperator

WATCHED = ("weights", "policy", "stage", "framework_id")
NAMES_KEPT = 20


def note_rules_change(frame: Frame, run: Run) -> RulesChange | None:
    """Record the change that this calculation is the first to use; None when there was none since the lock.

    A return to the locked rules is recorded too. Rows are only ever added: a flag stays.
    """
    scorecard = frame.scorecard
    if scorecard.weights_locked_at is None:
        return None
    locked = Preregistration.objects.for_organization(scorecard.organization).get(scorecard=scorecard)
    present = rules_of(scorecard)
    digest = rules_digest(present)
    changes = RulesChange.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    last = changes.order_by("-id").first()
    if digest == (last.digest if last else locked.digest):
        return None
    parts = differing(locked.content, present)
    after = leaders_published(scorecard)
    before = leaders_under(frame, locked.content) if parts else after
    people, edited_at = _editors(scorecard, since=_judged_until(scorecard, run, locked))
    return RulesChange.objects.create(
        organization=scorecard.organization, scorecard=scorecard, run=run, digest=digest, parts=list(parts), edited_by=people,
        edited_at=edited_at, leader_before=[_name(frame, pk) for pk in before], leader_after=[_name(frame, pk) for pk in after],
        changes_leader=before != after,
    )  # fmt: skip


def leaders_published(scorecard: Scorecard) -> list[int]:
    """Who shares first place as published, by candidate id."""
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard, rank=1)
    return sorted(rows.values_list("candidate_id", flat=True))


def leaders_under(frame: Frame, rules: Mapping[str, Any]) -> list[int]:
    """Who shares first place under other rules, on the same facts and the same day."""
    scorecard = copy(frame.scorecard)
    scorecard.weights = rules["weights"]["points"]
    scorecard.policy, scorecard.stage = rules["policy"], rules["stage"]
    if rules["framework"]["digest"] != frame.scorecard.framework.digest:
        frameworks = Framework.objects.for_organization(scorecard.organization)
        named = {"code": rules["framework"]["code"], "number": rules["framework"]["version"]}
        scorecard.framework = frameworks.get(**named)
    gates = _gates(rules["must_haves"])
    gone = {gate.code for gate in gates} - {gate.code for gate in frame.gates}
    other = replace(frame_of(scorecard, as_of=frame.as_of), gates=gates, past_gates=frozenset(gone))
    table = rows_again(other).table
    return sorted(int(row["candidate_id"]) for row in table if int(row["rank"]) == 1)


def _name(frame: Frame, candidate_id: int) -> str:
    member = frame.members[candidate_id]
    return f"{member.vendor} ({member.label})" if member.label else member.vendor


def _gates(rules: Sequence[Mapping[str, Any]]) -> tuple[GateSpec, ...]:
    return tuple(
        GateSpec(
            code=rule["code"], label=rule["label"], target=rule["subject"], value=json.loads(rule["value"]),
            operator=GateOperator(rule["operator"]) if rule["operator"] else None, waivable=rule["waivable"],
        )
        for rule in rules
    )  # fmt: skip


def _judged_until(scorecard: Scorecard, run: Run, locked: Preregistration) -> datetime:
    """When the calculation before this one began: edits after that are new. Never before the lock."""
    runs = Run.objects.for_organization(scorecard.organization).filter(
        scorecard=scorecard, number__lt=run.number
    )
    before = runs.order_by("-number").values_list("started_at", flat=True).first()
    return max(before, locked.locked_at) if before else locked.locked_at


def _editors(scorecard: Scorecard, *, since: datetime) -> tuple[list[str], datetime | None]:
    """Who changed the scorecard or its must-haves since, by the audit trail, which no way of writing escapes."""
    own = Q(table_name="scorecards_scorecard", row_id=scorecard.pk, op="U")
    gates = Q(table_name="scorecards_scorecardgate") & (
        Q(new__scorecard_id=scorecard.pk) | Q(old__scorecard_id=scorecard.pk)
    )
    events = AuditEvent.objects.for_organization(scorecard.organization).filter(own | gates, at__gte=since)
    names: list[str] = []
    latest: datetime | None = None
    for event in events.order_by("id"):
        if event.table_name == "scorecards_scorecard" and not _touches_rules(event.old, event.new):
            continue
        latest = event.at
        if event.actor_name not in names:
            names.append(event.actor_name)
    return names[-NAMES_KEPT:], latest


def _touches_rules(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    return any((old or {}).get(name) != (new or {}).get(name) for name in WATCHED)
