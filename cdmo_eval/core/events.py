"""Events: what happened, told to webhooks and to people's notifications from one outbox.

An act calls `emit` in its own transaction: no act without its event, no event without its act. The order is given later,
by `number_events`, to rows that no open transaction can still precede; a reader keeps the last `seq` it saw.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.ids import new_public_id

NUMBERING_LOCK = 4715
KEPT = timedelta(days=90)
TASK = "core.tell_events"


class EventType(StrEnum):
    """What can happen. Those of `FOR_WEBHOOKS` leave the house; the others are told to members only."""

    SCORECARD_RECOMPUTED = "scorecard.recomputed"
    SCORECARD_RANK_CHANGED = "scorecard.rank_changed"
    GATE_FAILED = "gate.failed"
    VENDOR_REGULATORY_STATE_CHANGED = "vendor.regulatory_state_changed"
    VENDOR_MERGED = "vendor.merged"
    VENDOR_ARCHIVED = "vendor.archived"
    EVIDENCE_STALE = "evidence.stale"
    EVIDENCE_RETRACTED = "evidence.retracted"
    SHORTLIST_SIGNED = "shortlist.signed"
    SNAPSHOT_SUPERSEDED = "snapshot.superseded"
    EXPORT_READY = "export.ready"
    EVALUATOR_INVITED = "evaluator.invited"
    QUESTIONNAIRE_DEADLINE = "questionnaire.deadline"
    IMPORT_FINISHED = "import.finished"
    CDA_EXPIRING = "cda.expiring"
    CERTIFICATE_EXPIRING = "certificate.expiring"
    QUALIFICATION_EXPIRING = "qualification.expiring"
    EVALUATOR_DEADLINE = "evaluator.deadline"
    WEBHOOK_SWITCHED_OFF = "webhook.switched_off"
    WEBHOOK_TEST = "webhook.test"

    @property
    def sentence(self) -> str:
        """What it means, for pages."""
        return SENTENCES[self]


T = EventType
SENTENCES = {
    T.SCORECARD_RECOMPUTED: "A scorecard was calculated and its figures changed",
    T.SCORECARD_RANK_CHANGED: "Vendors changed places on a scorecard",
    T.GATE_FAILED: "A candidate newly fails a must-have",
    T.VENDOR_REGULATORY_STATE_CHANGED: "A site's standing with the authorities changed",
    T.VENDOR_MERGED: "Two entries of one vendor were merged",
    T.VENDOR_ARCHIVED: "A vendor was archived",
    T.EVIDENCE_STALE: "Evidence that counted has grown too old",
    T.EVIDENCE_RETRACTED: "Evidence was retracted",
    T.SHORTLIST_SIGNED: "A shortlist was signed",
    T.SNAPSHOT_SUPERSEDED: "A snapshot was replaced by a newer one",
    T.EXPORT_READY: "An export is ready",
    T.EVALUATOR_INVITED: "An evaluator was invited",
    T.QUESTIONNAIRE_DEADLINE: "A questionnaire's deadline is near",
    T.IMPORT_FINISHED: "An import has finished",
    T.CDA_EXPIRING: "A confidentiality agreement is about to end",
    T.CERTIFICATE_EXPIRING: "A certificate is about to end",
    T.QUALIFICATION_EXPIRING: "A qualification is about to end",
    T.EVALUATOR_DEADLINE: "An evaluator's deadline is near",
    T.WEBHOOK_SWITCHED_OFF: "A webhook was switched off after failing for days",
    T.WEBHOOK_TEST: "A message to try a webhook out",
}
FOR_WEBHOOKS = (
    T.SCORECARD_RECOMPUTED, T.SCORECARD_RANK_CHANGED, T.GATE_FAILED, T.VENDOR_REGULATORY_STATE_CHANGED, T.VENDOR_MERGED,
    T.VENDOR_ARCHIVED, T.EVIDENCE_STALE, T.EVIDENCE_RETRACTED, T.SHORTLIST_SIGNED, T.SNAPSHOT_SUPERSEDED, T.EXPORT_READY,
)  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """One event before it is written."""

    type: EventType
    subject_id: UUID
    subject_type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    dedupe_key: str = ""


def named(row: Any, name: str = "") -> dict[str, str]:
    """How an event's data names a row: {"id", "name"}, with the row's public id."""
    return {"id": str(row.public_id), "name": name or str(row)}


def emit(
    *,
    organization_id: int,
    type: EventType,  # noqa: A002 - the word of the contract with readers
    subject_id: UUID,
    subject_type: str,
    data: Mapping[str, Any],
    now: datetime,
    dedupe_key: str = "",
) -> None:
    """Write one event in the caller's transaction: it happens exactly if the act does.

    `subject_type` is the resource in the words of the API ("vendor", "scorecard"). With a `dedupe_key` (at most 200
    characters) the same event of the same organisation is written once, however often the act is repeated.
    """
    emit_all(
        organization_id=organization_id,
        happenings=[Happening(type, subject_id, subject_type, data, dedupe_key)],
        now=now,
    )


def emit_all(*, organization_id: int, happenings: Iterable[Happening], now: datetime) -> None:
    """Write several events with one statement. Nothing is asked of the database when there are none."""
    if write_all(organization_id=organization_id, happenings=happenings, now=now):
        wakeup.after_commit(organization_id, task=TASK)


def write_all(*, organization_id: int, happenings: Iterable[Happening], now: datetime) -> list[int]:
    """The same without waking anybody; the keys of the rows that were not there yet."""
    rows = [
        {
            "public_id": str(new_public_id()),
            "type": happening.type.value,
            "subject_type": happening.subject_type,
            "subject_id": str(happening.subject_id),
            "data": happening.data,
            "dedupe_key": happening.dedupe_key,
        }
        for happening in happenings
    ]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [organization_id, now, json.dumps(rows, cls=DjangoJSONEncoder)])
        return [key for (key,) in cursor.fetchall()]


WRITE = """
INSERT INTO core_event (organization_id, at, xid, public_id, type, subject_type, subject_id, data, dedupe_key)
SELECT %s, %s, pg_current_xact_id()::text::bigint, x.public_id, x.type, x.subject_type, x.subject_id, x.data, x.dedupe_key
FROM jsonb_to_recordset(%s::jsonb)
  AS x (public_id uuid, type text, subject_type text, subject_id uuid, data jsonb, dedupe_key text)
ON CONFLICT (organization_id, type, dedupe_key) WHERE NOT (dedupe_key = '') DO NOTHING
RETURNING id
"""

# Rows that no open transaction can precede, in the order of their transactions. A row that claims a transaction of the
# future stems from a restored dump, whose numbers mean nothing here: it is settled, and comes first.
NUMBER = """
WITH seen AS MATERIALIZED (
  SELECT pg_snapshot_xmin(s)::text::bigint AS low, pg_snapshot_xmax(s)::text::bigint AS high,
         pg_current_xact_id_if_assigned()::text::bigint AS own FROM pg_current_snapshot() s
), waiting AS (
  SELECT e.id, e.organization_id,
         row_number() OVER (PARTITION BY e.organization_id ORDER BY e.xid < seen.low, e.xid, e.id) AS place
  FROM core_event e, seen
  WHERE e.seq IS NULL AND (e.xid < seen.low OR e.xid >= seen.high AND e.xid IS DISTINCT FROM seen.own)
), heads AS (
  SELECT w.organization_id, coalesce((
    SELECT e.seq FROM core_event e WHERE e.organization_id = w.organization_id AND e.seq IS NOT NULL ORDER BY e.seq DESC LIMIT 1
  ), 0) AS head FROM (SELECT DISTINCT organization_id FROM waiting) w
)
UPDATE core_event e SET seq = h.head + w.place
FROM waiting w JOIN heads h USING (organization_id) WHERE e.id = w.id
"""


def number_events() -> int:
    """Give `seq` to the events that are settled, of every organisation; returns how many.

    An event is settled when every transaction that began before its own has ended, so nothing can slip in before it.
    One at a time: a second caller finds nothing to do and returns 0.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [NUMBERING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        # a statement of its own: its snapshot is younger than the lock
        cursor.execute(NUMBER)
        return int(cursor.rowcount)


def forget_old_events(*, now: datetime) -> int:
    """Delete events older than 90 days; the newest of each organisation stays, so that numbers are never given twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM core_event e WHERE e.at < %s AND e.seq < (
                 SELECT max(n.seq) FROM core_event n WHERE n.organization_id = e.organization_id)""",
            [now - KEPT],
        )
        return int(cursor.rowcount)
