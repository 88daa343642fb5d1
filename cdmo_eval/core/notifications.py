"""Tell members what happened: from the outbox to each person's list, once for each person and event.

An organisation's events are taken in the order of their numbers, behind a cursor whose row is locked while they are told;
the rows, the counts and the cursor are one transaction. So a second teller waits or finds nothing, and a crash tells again
what was not told, never twice. Who is told: those whose role may see it, or only those whom the event names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, OuterRef, Q, Subquery

from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.members import current
from cdmo_eval.core.models import (
    Event,
    Membership,
    MemberState,
    Notification,
    NotificationCursor,
    NotificationSetting,
    Organization,
    User,
)
from cdmo_eval.core.notices import KINDS, NOTICES, NoticeKind, addressees, is_commercial
from cdmo_eval.core.policies import Actor, Permission, allows, require
from cdmo_eval.core.querysets import NotificationQuerySet
from cdmo_eval.core.roles import Role
from cdmo_eval.core.subjects import id_in
from cdmo_eval.core.tenancy import organization_scope

AT_ONCE = 200
"""Events told in one transaction."""
TOGETHER = 5
"""More events than these of one type that come at once are told as one line."""
A_LOOK = timedelta(minutes=30)
"""Pages opened within this time belong to one look at the dashboard."""
DUTY = "notifications"
Email = NotificationSetting.Email


@dataclass(frozen=True)
class Choice:
    """How a person wants to be told of a kind."""

    kind: NoticeKind
    in_app: bool
    email: str


# Telling ------------------------------------------------------------------------------------------------------------
def tell_all(*, now: datetime) -> int:
    """Tell the members of every organisation what they have not been told yet; returns how many events."""
    told = 0
    for organization_id in waiting_organizations():
        while found := tell(organization_id=organization_id, now=now):
            told += found
    return told


def waiting_organizations() -> list[int]:
    """Organisations with numbered events behind their cursor: one statement."""
    cursor = NotificationCursor.objects.filter(organization_id=OuterRef("organization_id")).values("seq")
    rows = (
        Event.objects.filter(seq__isnull=False)
        .values("organization_id")
        .annotate(last=Max("seq"), told=Subquery(cursor))
        .filter(Q(told__isnull=True) | Q(last__gt=F("told")))
    )
    return sorted(row["organization_id"] for row in rows)


def tell(*, organization_id: int, now: datetime) -> int:
    """Tell one organisation's members its next events, at most `AT_ONCE`; returns how many were taken.

    0 also when another process is telling them just now.
    """
    with organization_scope(organization_id, DUTY):
        NotificationCursor.objects.get_or_create(organization_id=organization_id)
        cursor = (
            NotificationCursor.objects.select_for_update(skip_locked=True)
            .filter(organization_id=organization_id)
            .first()
        )
        if cursor is None:
            return 0
        events = list(
            Event.objects.filter(organization_id=organization_id, seq__gt=cursor.seq).order_by("seq")[
                :AT_ONCE
            ]
        )
        if not events:
            return 0
        organization = Organization.objects.get(pk=organization_id)
        members = _members(organization, now)
        rows = list(_rows(organization, events, members))
        _save(organization, rows, members)
        cursor.seq = events[-1].seq or cursor.seq
        cursor.save(update_fields=["seq"])
        return len(events)


def _members(organization: Organization, now: datetime) -> list[Membership]:
    """Those who may be told: members whose access has not ended, one statement."""
    rows = current(Membership.objects.filter(organization=organization, user__is_active=True), now=now)
    return list(rows.select_related("user").order_by("id"))


def _rows(
    organization: Organization, events: Sequence[Event], members: Sequence[Membership]
) -> Iterable[Notification]:
    """One unsaved row for each person and event; many events of one type and audience become one."""
    choices = _choices(organization, [member.user for member in members])
    groups: dict[tuple[Any, ...], list[Event]] = {}
    for event in events:
        if event.type in _TOLD:
            groups.setdefault(_audience(event), []).append(event)
    for group in groups.values():
        parts = [group] if len(group) > TOGETHER else [[event] for event in group]
        for part in parts:
            yield from _told(organization, part, members, choices)


_TOLD = {event_type.value: notice for event_type, notice in NOTICES.items()}


def _audience(event: Event) -> tuple[Any, ...]:
    data = event.data
    return event.type, addressees(data), is_commercial(data), id_in(data, "scorecard"), id_in(data, "by")


def _told(
    organization: Organization,
    part: Sequence[Event],
    members: Sequence[Membership],
    choices: Mapping[tuple[int, str], Choice],
) -> Iterable[Notification]:
    event, notice = part[-1], _TOLD[part[-1].type]
    named, commercial = addressees(event.data), is_commercial(event.data)
    for member in members:
        actor = Actor(organization, Role(member.role), member.user.name, member.user)
        if not _is_for(actor, notice.permission, named, personal=notice.personal, commercial=commercial):
            continue
        if id_in(event.data, "by") == str(member.user.public_id) and not notice.personal:
            continue  # who did it knows
        choice = choices.get((member.user_id, notice.kind)) or default_choice(notice.kind)
        if not choice.in_app and choice.email == Email.NEVER:
            continue
        yield Notification(
            organization=organization, recipient=member.user, seq=event.seq or 0, kind=notice.kind.value, type=event.type,
            subject_type=event.subject_type, subject_id=event.subject_id, data=event.data, happened=len(part),
            commercial=commercial, in_app=choice.in_app, at=event.at,
        )  # fmt: skip


def _is_for(
    actor: Actor, permission: Permission, named: frozenset[str], *, personal: bool, commercial: bool
) -> bool:
    if commercial and not allows(actor, Permission.VIEW_COMMERCIAL):
        return False
    if named or personal:
        return actor.identity in named
    return permission in _SEEN or allows(actor, permission)


_SEEN = frozenset({Permission.VIEW})  # every member reads


def _save(organization: Organization, rows: Sequence[Notification], members: Sequence[Membership]) -> None:
    """Write the rows and count anew; the counts are locked first, so that reading at the same moment is counted too."""
    if not rows:
        return
    told = {row.recipient_id for row in rows}
    concerned = [member for member in members if member.user_id in told]
    MemberState.objects.bulk_create(
        [MemberState(membership=member) for member in concerned], ignore_conflicts=True
    )
    _locked_states(concerned)
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    _recount([member.pk for member in concerned])


def _locked_states(members: Iterable[Membership]) -> None:
    keys = [member.pk for member in members]
    list(MemberState.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))


def _recount(membership_ids: Sequence[int]) -> None:
    """Count the unread rows again. The states must be locked: the count is a statement after the lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE core_memberstate s SET unread = (
                 SELECT count(*) FROM core_notification n
                 WHERE n.organization_id = m.organization_id AND n.recipient_id = m.user_id AND n.in_app AND n.read_at IS NULL)
               FROM core_membership m WHERE m.id = s.membership_id AND s.membership_id = ANY(%s)""",
            [list(membership_ids)],
        )


# A person's own list --------------------------------------------------------------------------------------------------
def notifications_of(actor: Actor) -> NotificationQuerySet[Notification]:
    """What the person was told, newest first: what they may still see, and of kinds their token may read."""
    if actor.user is None:
        return Notification.objects.none()
    kinds = [kind.value for kind in NoticeKind if allows(actor, Permission.VIEW, reading=kind.reading)]
    rows = Notification.objects.for_organization(actor.organization).of(actor.user)
    commercial = allows(actor, Permission.VIEW_COMMERCIAL)
    return rows.listed(commercial=commercial).filter(kind__in=kinds).order_by("-id")


@transaction.atomic
def mark_read(
    *, by: Actor, now: datetime, notifications: Sequence[Notification] | None = None, read: bool = True
) -> int:
    """Mark one's own notifications as read or unread, all of them when none are given; returns how many changed.

    Raises NotFound for somebody else's.
    """
    require(by, Permission.OWN_NOTIFICATIONS)
    assert by.user is not None  # noqa: S101 - OWN_NOTIFICATIONS is for people only
    if any(
        row.recipient_id != by.user.pk or row.organization_id != by.organization.pk
        for row in notifications or ()
    ):
        raise NotFound("There is no such notification.")
    members = list(Membership.objects.filter(organization=by.organization, user=by.user))
    _locked_states(members)
    rows = Notification.objects.for_organization(by.organization).of(by.user).filter(read_at__isnull=read)
    if notifications is not None:
        rows = rows.filter(pk__in=[row.pk for row in notifications])
    changed = rows.update(read_at=now if read else None)
    _recount([member.pk for member in members])
    return changed


def last_look(*, by: Actor, now: datetime) -> datetime | None:
    """Until when the person had looked before this look; None at the first. Remembers that they are looking now."""
    member = Membership.objects.filter(organization=by.organization, user=by.user).first()
    if member is None:
        return None
    state = MemberState.objects.filter(pk=member.pk).first()
    if state is not None and state.looked_at is not None and now - state.looked_at <= A_LOOK:
        return state.looked_before
    before = state.looked_at if state else None
    MemberState.objects.update_or_create(pk=member.pk, defaults={"looked_at": now, "looked_before": before})
    return before


# How a person wants to be told ----------------------------------------------------------------------------------------
def default_choice(kind: NoticeKind) -> Choice:
    """What holds for somebody who has chosen nothing."""
    return Choice(kind, KINDS[kind].in_app, KINDS[kind].email)


def _choices(organization: Organization, users: Sequence[User]) -> dict[tuple[int, str], Choice]:
    rows = NotificationSetting.objects.for_organization(organization).filter(user__in=users)
    return {(row.user_id, row.kind): Choice(NoticeKind(row.kind), row.in_app, row.email) for row in rows}


def choices_of(organization: Organization, user: User) -> list[Choice]:
    """A person's choice for every kind, in the order of the kinds."""
    made = _choices(organization, [user])
    return [made.get((user.pk, kind.value)) or default_choice(kind) for kind in NoticeKind]


@transaction.atomic
def choose(*, by: Actor, given: Mapping[str, Mapping[str, Any]]) -> list[Choice]:
    """Change how one is told: kind → {in_app, email}, of which either may be left out. Raises Invalid by field."""
    require(by, Permission.OWN_NOTIFICATIONS)
    assert by.user is not None  # noqa: S101 - OWN_NOTIFICATIONS is for people only
    errors = []
    present = {choice.kind.value: choice for choice in choices_of(by.organization, by.user)}
    for kind, fields in given.items():
        if kind not in present:
            errors.append(FieldError(kind, "unknown_kind", "There is no such kind."))
        elif fields.get("email", Email.NEVER) not in Email.values:
            errors.append(FieldError(f"{kind}.email", "unknown", "Mail comes daily, weekly or never."))
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)
    for kind, fields in given.items():
        NotificationSetting.objects.update_or_create(
            organization=by.organization, user=by.user, kind=kind,
            defaults={"in_app": fields.get("in_app", present[kind].in_app), "email": fields.get("email", present[kind].email)},
        )  # fmt: skip
    return choices_of(by.organization, by.user)
