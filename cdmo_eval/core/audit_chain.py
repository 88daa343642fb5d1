"""The chain that seals the audit trail: let the database seal, read the head, check every row, tell the head outside.

Every event has a number in its organisation's chain and the SHA-256 of the hash before it and the event's own text. Who
owns the database could write a whole new chain; that is found by comparing with a head that was kept outside, which is
why the head of each day goes into the log and to the administrators by e-mail.
"""

import hashlib
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from django.core.mail import send_mail
from django.db import connection
from django.db.models import Q

from cdmo_eval.core.models import AuditChain, AuditSeal, Membership, Organization, PeriodKey
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope

A_PASS = 5_000
PASSES = 20
START = bytes(32)
"""What stands for the hash before the first."""
MOST_COMPARED = 50
"""Rows that do not fit which are tried in each other's places."""
MOST_TOLD = 100
PARTS = (
    "e.id::text", "e.organization_id::text", "(extract(epoch FROM e.at) * 1000000)::bigint::text", "e.xid::text", "e.actor_id",
    "e.actor_name", "e.reason", "e.request_id", "e.table_name", "e.row_id::text", "e.op::text", "e.old::text", "e.new::text",
)  # fmt: skip
SEALED = f"""
    SELECT s.number, s.event_id, s.hash, e.id IS NULL, ARRAY[{", ".join(PARTS)}]
    FROM core_auditseal s LEFT JOIN core_auditevent e ON e.id = s.event_id AND e.organization_id = s.organization_id
    WHERE s.organization_id = %s AND s.number > %s ORDER BY s.number LIMIT %s
"""
UNSEALED = """
    SELECT count(*), min(e.at) FROM core_auditevent e
    WHERE e.organization_id = %s AND NOT EXISTS (SELECT FROM core_auditseal s WHERE s.event_id = e.id)
"""
WAITING = """
    SELECT count(*) FROM core_auditevent e
    WHERE e.organization_id = %s AND e.xid >= %s AND NOT EXISTS (SELECT FROM core_auditseal s WHERE s.event_id = e.id)
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Head:
    """The end of a chain: the number of its last event and the hash (hex) that covers it and all before."""

    number: int
    hash: str
    sealed_at: datetime | None
    waiting: int


@dataclass(frozen=True)
class Fault:
    """A row that is not as it was sealed. Kinds: altered, missing, moved, gap, head, outside."""

    kind: str
    number: int
    event_id: int | None
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Report:
    """What a check of one organisation's chain found. `unsealed` events are no fault: they wait for the next pass."""

    head: Head
    checked: int
    unsealed: int
    unsealed_since: datetime | None
    faults: tuple[Fault, ...]


def seal_all(*, most: int = A_PASS, passes: int = PASSES) -> int:
    """Seal what can be sealed, in every organisation; returns how many events were. Needs no scope: the sealer reads for itself.

    After that many passes the rest waits for the next call.
    """
    sealed = 0
    for _ in range(passes):
        with connection.cursor() as cursor:
            cursor.execute("SELECT guard.seal_audit(id, %s) FROM core_organization ORDER BY id", [most])
            counts = [count for (count,) in cursor.fetchall()]
        sealed += sum(counts)
        if max(counts, default=0) < most:
            break
    return sealed


def head_of(organization: Organization) -> Head:
    """The head of a chain, inside the organisation's scope; number 0 before anything is sealed."""
    row = AuditChain.objects.for_organization(organization).first()
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [organization.pk, row.horizon if row else 0])
        waiting = int(cursor.fetchone()[0])
    if row is None:
        return Head(0, START.hex(), None, waiting)
    return Head(row.number, bytes(row.hash).hex(), row.sealed_at, waiting)


def hash_at(organization: Organization, number: int) -> str:
    """The hash (hex) with which the chain ended at an event, "" when there is none of that number."""
    if number == 0:
        return START.hex()
    row = AuditSeal.objects.for_organization(organization).filter(number=number).first()
    return bytes(row.hash).hex() if row else ""


def verify_chain(organization: Organization, *, outside: tuple[int, str] | None = None) -> Report:
    """Work every hash of a chain out again from the events themselves, in this process, inside the organisation's scope.

    `outside` is a head (number, hash) that was kept outside the database, such as that of an e-mail.
    """
    head, faults = head_of(organization), []
    before, number, checked = START, 0, 0
    unfitting: list[tuple[Fault, bytes, bytes, bytes]] = []
    kept_outside = {outside[0]: outside[1].lower()} if outside else {}
    kept_outside.pop(0, None)
    for sealed, event_id, kept, gone, parts in _sealed(organization):
        if sealed != number + 1:
            faults.append(
                Fault("gap", number + 1, None, f"The seals from {number + 1} to {sealed - 1} are missing.")
            )
        text = b"" if gone else event_text(parts)
        if gone:
            faults.append(
                Fault("missing", sealed, event_id, f"Event {event_id}, sealed as {sealed}, is missing.")
            )
        elif hashlib.sha256(before + text).digest() != kept:
            words = f"Event {event_id}, sealed as {sealed}, was altered after it was sealed."
            unfitting.append((Fault("altered", sealed, event_id, words), before, kept, text))
        if sealed in kept_outside and kept_outside.pop(sealed) != kept.hex():
            faults.append(
                Fault("outside", sealed, event_id, f"At {sealed} the chain is not the one whose head was kept outside.")
            )  # fmt: skip
        before, number, checked = kept, sealed, checked + 1
    faults += _told(unfitting)
    if (head.number, head.hash) != (number, before.hex()):
        words = f"The head says {head.number}, the last seal is {number}: seals are missing or were added."
        faults.append(Fault("head", number, None, words))
    faults += [
        Fault("outside", place, None, f"The chain has no {place}, whose head was kept outside.")
        for place in kept_outside
    ]
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, [organization.pk])
        unsealed, since = cursor.fetchone()
    return Report(head, checked, unsealed, since, tuple(sorted(faults, key=lambda one: one.number)))


def _told(unfitting: Sequence[tuple[Fault, bytes, bytes, bytes]]) -> Iterator[Fault]:
    """Rows that do not fit: moved where the text of another one fits in their place, else altered."""
    tried = unfitting[:MOST_COMPARED]
    for fault, before, kept, _ in unfitting:
        other = next(
            (one for one, _, _, text in tried if one is not fault and hashlib.sha256(before + text).digest() == kept),
            None,
        )  # fmt: skip
        if other is None:
            yield fault
        else:
            words = f"Event {fault.event_id} stands at {fault.number}, where event {other.event_id} was sealed: they were re-ordered."
            yield Fault("moved", fault.number, fault.event_id, words)


def _sealed(organization: Organization) -> Iterator[tuple[int, int, bytes, bool, Sequence[str | None]]]:
    number = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(SEALED, [organization.pk, number, A_PASS])
            rows: list[Any] = cursor.fetchall()
        for sealed, event_id, kept, gone, parts in rows:
            yield sealed, event_id, bytes(kept), gone, parts
        if len(rows) < A_PASS:
            return
        number = rows[-1][0]


def event_text(parts: Sequence[str | None]) -> bytes:
    """An event's text as the sealer hashes it: every part with its length in bytes, "-" for one that is not there."""
    told = []
    for part in parts:
        if part is None:
            told.append(b"-")
        else:
            content = part.encode()
            told.append(b"%d:%s" % (len(content), content))
    return b"".join(told)


def tell_heads(*, today: date, now: datetime) -> int:
    """Once a day (UTC) for each organisation: log the head and send it to the administrators. Returns how many were told."""
    told = 0
    for organization in Organization.objects.order_by("id"):
        _, mine = PeriodKey.objects.get_or_create(
            key=f"audit_head:{organization.pk}:{today.isoformat()}", defaults={"claimed_at": now}
        )
        if mine:
            with organization_scope(organization.pk, "audit head"):
                _tell(organization, head_of(organization), today=today, now=now)
            told += 1
    return told


def _tell(organization: Organization, head: Head, *, today: date, now: datetime) -> None:
    log.info("audit_head", organization=organization.slug, number=head.number, hash=head.hash)
    rows = Membership.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        organization=organization, role=Role.ADMIN.value, user__is_active=True,
    )  # fmt: skip
    people = sorted(rows.values_list("user__email", flat=True))
    if not people:
        return
    body = (
        f"{organization.name}: on {today.isoformat()} the audit trail holds {head.number} sealed changes.\n\n"
        f"Head: {head.number}:{head.hash}\n\n"
        "Keep this message outside the system. Whoever doubts the trail later compares it with:\n"
        f"manage.py verify_audit --organization {organization.slug} --head {head.number}:{head.hash}\n"
    )
    try:
        send_mail(
            f"Head of the audit trail, {today.isoformat()}: {organization.name}".replace("\n", " "), body, None, people
        )  # fmt: skip
    except (smtplib.SMTPException, OSError) as error:  # the log has it too
        log.warning("audit_head_not_sent", organization=organization.slug, error=str(error))
