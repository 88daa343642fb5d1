"""Take a load back: its new records are withdrawn and the earlier versions of what it changed stand again.

Nothing is deleted: what the load said stays as a version, its records stay as withdrawn, the load itself as undone.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from vendors.models import LoadState, PublicLoad, SourceRead, UploadedLoad
from vendors.services.record_load import LOADED_COLUMNS, SiteKey, Store, store_of

_RESTORED = (*LOADED_COLUMNS, "withdrawn_on")


def undo_load(
    load: PublicLoad | UploadedLoad, *, reason: str, by_name: str, now: datetime
) -> tuple[SiteKey, ...]:
    """Undo a load inside the caller's transaction; the sites whose records it concerned.

    Raises Conflict when the load is not loaded, or a later load built on it; Invalid without a reason.
    """
    if not reason.strip():
        message = "Undoing a load needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    store = store_of(load)
    with connection.cursor() as cursor:
        store.lock(cursor)
        load.refresh_from_db()
        if load.state != LoadState.LOADED:
            raise Conflict(f"This load is {load.get_state_display().lower()}: there is nothing to undo.")
        _require_last(cursor, store, load)
        sites = _sites(cursor, store, load)
        _restore(cursor, store, load)
        cursor.execute(
            f"UPDATE {store.records} t SET withdrawn_on = %s WHERE {store.mine('t')} AND t.id = ANY(%s)",
            [now.date(), load.added],
        )
    load.state, load.undone_at = LoadState.UNDONE.value, now
    load.undone_by_name, load.undone_reason = by_name, reason.strip()[:500]
    load.save(update_fields=["state", "undone_at", "undone_by_name", "undone_reason"])
    if isinstance(load, PublicLoad):
        _forget_reading(load)
    return sites


def _require_last(cursor: Any, store: Store, load: PublicLoad | UploadedLoad) -> None:
    """Raise Conflict when a later load met, changed or closed a record of this one."""
    cursor.execute(
        f"""
        WITH touched AS MATERIALIZED (
          SELECT unnest(added) AS id FROM {store.loads} WHERE id = %s
          UNION SELECT record_id FROM {store.versions} WHERE load_id = %s
        )
        SELECT l.position, l.kind, l.read_on FROM {store.loads} l
        WHERE {store.mine("l")} AND l.position > %s AND l.state = 'loaded' AND (
          EXISTS (SELECT 1 FROM unnest(l.met) m (id) JOIN touched USING (id))
          OR EXISTS (SELECT 1 FROM {store.versions} v JOIN touched ON touched.id = v.record_id WHERE v.load_id = l.id)
        ) ORDER BY l.position DESC LIMIT 1
        """,
        [load.pk, load.pk, load.position],
    )
    later = cursor.fetchone()
    if later is not None:
        raise Conflict(
            f"Load {later[0]} ({later[1]}, read on {later[2]}) came later and built on this one: undo that first.",
            code="built_upon",
        )


def _sites(cursor: Any, store: Store, load: PublicLoad | UploadedLoad) -> tuple[SiteKey, ...]:
    cursor.execute(
        f"""
        SELECT s.organization_id, s.id, s.fei_key FROM vendors_site s
        WHERE {store.mine("s")} AND s.fei_key <> '' AND s.archived_at IS NULL AND s.fei_key IN (
          SELECT fei_key FROM {store.records} WHERE id = ANY(%s)
          UNION SELECT r.fei_key FROM {store.versions} v JOIN {store.records} r ON r.id = v.record_id WHERE v.load_id = %s
        ) ORDER BY 1, 2
        """,
        [load.added, load.pk],
    )
    return tuple(cursor.fetchall())


def _restore(cursor: Any, store: Store, load: PublicLoad | UploadedLoad) -> None:
    """Put the earlier versions back; what they replace is kept as a version in turn."""
    versions = ("organization_id, ", "t.organization_id, ") if isinstance(load, UploadedLoad) else ("", "")
    restored = ", ".join(f"{name} = o.{name}" for name in _RESTORED)
    cursor.execute(
        f"""
        WITH earlier AS MATERIALIZED (
          -- a record that was changed and closed by one load goes back to what stood before both
          SELECT DISTINCT ON (record_id) record_id, content FROM {store.versions}
          WHERE load_id = %s AND reason <> 'undone' ORDER BY record_id, id
        ), kept AS (
          INSERT INTO {store.versions} ({versions[0]}record_id, load_id, reason, content)
          SELECT {versions[1]}t.id, %s, 'undone', to_jsonb(t) FROM {store.records} t JOIN earlier e ON e.record_id = t.id
        )
        UPDATE {store.records} t SET {restored}
        FROM earlier e CROSS JOIN LATERAL jsonb_populate_record(NULL::{store.records}, e.content) o
        WHERE t.id = e.record_id
        """,
        [load.pk, load.pk],
    )


def _forget_reading(load: PublicLoad) -> None:
    """The readings that only this load stood for: its lists count as not read on that day."""
    others = PublicLoad.objects.standing().filter(kind=load.kind, read_on=load.read_on)
    kept = {kind for kinds in others.values_list("record_kinds", flat=True) for kind in kinds}
    gone = Q(kind__in=set(load.record_kinds) - kept, source=load.kind, read_on=load.read_on)
    SourceRead.objects.filter(gone).delete()
