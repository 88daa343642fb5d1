"""Who could do what in an organisation on a day: members with their roles, and tokens with their scopes.

Read from the audit trail, which the database writes row by row: so the answer for a past day is what held then, not what is
left of it now. Names and addresses are those of today (people are not an organisation's rows, and are not audited).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cdmo_eval.core.models import ApiToken, AuditEvent, Membership, Organization, User
from cdmo_eval.core.policies import ROLE_PERMISSIONS, SCOPES, Permission, expand_scopes
from cdmo_eval.core.roles import Role

COLUMNS = (
    ("kind", "Kind"),
    ("person", "Person"),
    ("email", "E-mail"),
    ("role", "Role"),
    ("token", "Token"),
    ("scopes", "Scopes"),
    ("networks", "Networks"),
    ("since", "Since"),
    ("role_since", "In this role since"),
    ("until", "Until"),
    ("active", "Could act on the day"),
    ("given_by", "Given by"),
    ("permissions", "May"),
)
"""Code and heading of each column, in order; `AccessRow` has a field for each."""


@dataclass(frozen=True)
class AccessRow:
    """One access: a member's, or that of a token a member holds.

    `role_since` is when the present role (of a token: the token) was given, `since` when the access began; `until` is when
    it ends or ended, None without an end. `active` says whether it could be used at the end of the day.
    """

    kind: str
    person: str
    email: str
    role: str
    since: datetime
    role_since: datetime
    until: datetime | None
    active: bool
    given_by: str
    token: str = ""
    scopes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


def access_rows(organization: Organization, on: date) -> list[AccessRow]:
    """Every access that had been given by the end of a day (UTC), ended ones too: members by name, each with their tokens.

    Two statements, however many rows.
    """
    end = datetime.combine(on + timedelta(days=1), time(), UTC)
    members, tokens = _states(organization, end)
    keys = {int(row["user_id"]) for row, *_ in members.values()} | {
        int(row["owner_id"]) for row, *_ in tokens.values()
    }
    people = {user.pk: user for user in User.objects.filter(pk__in=keys)}
    found: list[tuple[tuple[Any, ...], AccessRow]] = []
    roles: dict[int, AccessRow] = {}
    for row, first, changed, by in members.values():
        person = people[int(row["user_id"])]
        line = _member(row, person, first, changed, by, end)
        roles[person.pk] = line
        found.append(((person.name.casefold(), person.pk, 0, 0), line))
    for key, (row, first, _changed, by) in tokens.items():
        person = people[int(row["owner_id"])]
        line = _token(row, person, roles.get(person.pk), first, by, end)
        found.append(((person.name.casefold(), person.pk, 1, key), line))
    return [line for _, line in sorted(found, key=lambda each: each[0])]


State = tuple[Mapping[str, Any], datetime, datetime, str]
"""A row as it was, when it was made, when its role was given, and by whom."""


def _states(organization: Organization, end: datetime) -> tuple[dict[int, State], dict[int, State]]:
    """Memberships and tokens as they stood, by their numbers, folded from their events."""
    tables = (Membership._meta.db_table, ApiToken._meta.db_table)
    found: dict[str, dict[int, State]] = {table: {} for table in tables}
    events = AuditEvent.objects.for_organization(organization).filter(table_name__in=tables, at__lt=end)
    for event in events.order_by("id").iterator(chunk_size=2000):
        table = found[event.table_name]
        before = table.get(event.row_id)
        if event.op == "D" or event.new is None:
            table.pop(event.row_id, None)
            continue
        same = (
            before is not None
            and before[0].get("role") == event.new.get("role")
            and not _began_anew(before[0], event)
        )
        first, changed, by = (event.at, event.at, event.actor_name) if before is None else before[1:]
        if before is not None and not same:
            changed, by = event.at, event.actor_name
        table[event.row_id] = (event.new, first, changed, by)
    return found[tables[0]], found[tables[1]]


def _began_anew(before: Mapping[str, Any], event: AuditEvent) -> bool:
    """Whether a membership that had ended was opened again by this event."""
    ended = _moment(before.get("expires_at"))
    return ended is not None and ended <= event.at and "role" in before


def _member(
    row: Mapping[str, Any], person: User, first: datetime, changed: datetime, by: str, end: datetime
) -> AccessRow:
    role, until = Role(row["role"]), _moment(row.get("expires_at"))
    may = tuple(permission.sentence for permission in Permission if permission in ROLE_PERMISSIONS[role])
    return AccessRow(
        kind="member", person=person.name, email=person.email, role=role.label, since=first, role_since=changed,
        until=until, active=until is None or until >= end, given_by=by, permissions=may,
    )  # fmt: skip


def _token(
    row: Mapping[str, Any], person: User, owner: AccessRow | None, first: datetime, by: str, end: datetime
) -> AccessRow:
    """A token may do what its owner's role and its scopes both allow; it ends with its owner's membership."""
    scopes = expand_scopes(list(row["scopes"]))
    ends = [moment for moment in (_moment(row.get("expires_at")), _moment(row.get("revoked_at"))) if moment]
    until = min(ends) if ends else None
    allowed = ROLE_PERMISSIONS[Role(owner.role.lower())] if owner else frozenset()
    line = AccessRow(
        kind="token", person=person.name, email=person.email, role=owner.role if owner else "", since=first, role_since=first,
        until=until, active=(until is None or until >= end) and owner is not None and owner.active, given_by=by,
        token=str(row["name"]), scopes=tuple(sorted(scopes)), networks=tuple(row.get("networks") or ()),
    )  # fmt: skip
    return replace(line, permissions=tuple(_by_token(allowed, scopes)))


def _by_token(allowed: Iterable[Permission], scopes: frozenset[str]) -> Iterable[str]:
    for permission in Permission:
        scope = SCOPES[permission]
        if permission in allowed and (
            scope in scopes or (permission is Permission.VIEW and any(s.endswith(":read") for s in scopes))
        ):
            yield permission.sentence


def _moment(text: Any) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
