"""Reading the feed of changes: from a place on, in an order in which nothing can be missed, what a reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from cdmo_eval.core.delta_feed import KEPT_DAYS
from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.models import Change
from cdmo_eval.core.policies import Actor, Permission, allows

KEPT = timedelta(days=KEPT_DAYS)
LAST_ID = 2**63 - 1
RELOAD = (
    "This cursor is too old, or the database was restored since: changes may be missing. "
    "Begin with after=now, then read every resource again."
)


@dataclass(frozen=True)
class FeedType:
    """A resource on the feed: its address in the interface, and with which permission or scope it is read."""

    address: str
    reading: str = ""
    permission: Permission = Permission.VIEW


_types: dict[str, FeedType] = {}


def register_feed_types(types: Mapping[str, FeedType]) -> None:
    """Say how the resources of an app that stand on the feed are read; called once when the app is ready."""
    _types.update(types)


def feed_types() -> Mapping[str, FeedType]:
    """All resources on the feed, by the word that names them there."""
    return dict(sorted(_types.items()))


def readable_types(actor: Actor) -> frozenset[str]:
    """The types whose resources the actor may read."""
    return frozenset(
        name for name, kind in _types.items() if allows(actor, kind.permission, reading=kind.reading)
    )


@dataclass(frozen=True)
class Place:
    """Where a reader stands: everything up to (xid, id) is known. `at` is when that was true; `cluster` where."""

    cluster: str
    xid: int
    id: int
    at: datetime

    def text(self) -> str:
        """For a cursor."""
        return f"{self.cluster} {self.xid} {self.id} {int(self.at.timestamp())}"

    @classmethod
    def parse(cls, text: str, *, zone: datetime) -> "Place":
        """From what `text` wrote; raises ValueError for anything else. `zone` is any time of the wanted zone."""
        cluster, xid, row, at = text.split(" ")
        return cls(cluster, int(xid), int(row), datetime.fromtimestamp(int(at), tz=zone.tzinfo))


@dataclass(frozen=True)
class ChangePage:
    """Some changes in order, where the reader stands after them, and whether there are more already."""

    rows: Sequence[Change]
    end: Place
    more: bool

    def place_of(self, row: Change) -> Place:
        """Where a reader stands who knows everything up to this row."""
        return Place(self.end.cluster, row.xid, row.id, row.at)


def latest_place(*, now: datetime) -> Place:
    """The place after everything that is settled: begin here, then read the resources, then follow."""
    cluster, low = _horizon()
    return Place(cluster, low - 1, LAST_ID, now)


def read_changes(
    actor: Actor, *, after: Place | None, types: frozenset[str], size: int, now: datetime
) -> ChangePage:
    """The next changes of these types after a place, or from the oldest kept on.

    Stops before the oldest open transaction: what it writes comes when it has ended, and nothing is ever written before
    what was handed out. Raises DomainError 410 "reload" when the place is older than what is kept, or of another server.
    """
    cluster, low = _horizon()
    if after is not None and (after.cluster != cluster or after.at < now - KEPT or after.xid >= low):
        raise DomainError(RELOAD, code="reload", status=410)
    rows = Change.objects.for_organization(actor.organization).filter(type__in=sorted(types), xid__lt=low)
    if after is not None:
        rows = rows.filter(Q(xid__gt=after.xid) | Q(xid=after.xid, id__gt=after.id), xid__gte=after.xid)
    if not allows(actor, Permission.VIEW_COMMERCIAL):
        rows = rows.filter(commercial=False)
    found = list(rows.order_by("xid", "id")[: size + 1])
    if len(found) > size:
        last = found[size - 1]
        return ChangePage(found[:size], Place(cluster, last.xid, last.id, last.at), more=True)
    return ChangePage(found, Place(cluster, low - 1, LAST_ID, now), more=False)


def forget_old_changes() -> int:
    """Delete what is older than 90 days (and a day of grace: a cursor's age is told in whole moments)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT guard.forget_changes(%s)", [KEPT_DAYS + 1])
        return int(cursor.fetchone()[0])


def _horizon() -> tuple[str, int]:
    """This database server, and the oldest transaction that may still be open. Asked before the rows are read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT guard.cluster(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        cluster, low = cursor.fetchone()
    return str(cluster), int(low)
