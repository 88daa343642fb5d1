"""Bring many official records into their table: COPY to a temporary table, then one statement says what each is.

The statement judges every record of the file by its natural key: **new**; **returned** (there, but taken back by an
undo: counted as new); **unchanged**; **changed** (the earlier version is kept and what stands of both is written:
`record_merge`); **noted** (the same stands as before, only from which file is new: counted as unchanged); **outdated**
(something newer is known already of all that the file says: left alone); **public** (an uploaded row whose record is
public: left out, nothing counts twice). So neither the order of the files nor loading one twice matters.

What an earlier load met is read from the loads themselves (`met`), so a record that does not change is not touched: no
scorecard that rests on it is computed again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Min

from cdmo_eval.core.models import Organization
from vendors.models import (
    LoadState,
    PublicLoad,
    PublicRecord,
    PublicRecordVersion,
    UploadedLoad,
    UploadedRecord,
    UploadedRecordVersion,
)
from vendors.models.regulatory import NATURAL_KEY
from vendors.regulatory.records import RegulatoryRecord
from vendors.services import record_merge
from vendors.services.record_staging import COLUMNS, COMPARED, STAGED, stage
from vendors.services.writing import constraints_in_words

PUBLIC_RECORDS_LOCK = 4713
"""Class of the lock of all public records; the dirty log takes it too."""
UPLOADS_LOCK = 4715
"""Class of the lock under which an organisation's imports follow one another."""
MERGED = (*COMPARED, "raw", "source")
LOADED_COLUMNS = (*MERGED, "read_on", "carried")
"""What a later load may change."""
_KEY = ", ".join(NATURAL_KEY)
# the worst class of one inspection and area counts; the rest only makes the choice the same whatever the order
_NEWEST = """read_on DESC, event_on DESC NULLS LAST, array_position(ARRAY['OAI', 'VAI', 'NAI'], classification),
    posted_on DESC NULLS LAST, closed_on DESC NULLS LAST, classification, firm, scope, closed_by_document, fei, city,
    country, raw"""
SiteKey = tuple[int, int, str]
"""Organisation, site and FEI."""


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What became of the rows of a file: rows = added + changed + unchanged + outdated + repeated + public."""

    rows: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    outdated: int = 0
    """Records of which something newer is known already."""
    repeated: int = 0
    """Rows of a record that the file holds already; the newest one counts."""
    public: int = 0
    """Uploaded rows left out because the record is public."""
    closed: int = 0
    """Open records that the whole list no longer holds."""
    matched: int = 0
    """Records that carry the FEI of a site in the directory."""
    sites: tuple[SiteKey, ...] = ()
    """Those sites: of every organisation for a public file."""

    @property
    def known(self) -> int:
        """Rows that changed nothing."""
        return self.unchanged + self.outdated + self.repeated + self.public

    @property
    def unmatched(self) -> int:
        """Records of no site in the directory: kept, and found when a site gets their FEI."""
        return self.rows - self.repeated - self.matched


@dataclass(frozen=True)
class Store:
    """The tables of public records, or of one organisation's."""

    organization: Organization | None

    @property
    def records(self) -> str:
        """Where records are."""
        return (PublicRecord if self.organization is None else UploadedRecord)._meta.db_table

    @property
    def versions(self) -> str:
        """Where their earlier versions are."""
        return (PublicRecordVersion if self.organization is None else UploadedRecordVersion)._meta.db_table

    @property
    def loads(self) -> str:
        """Where their loads are."""
        return (PublicLoad if self.organization is None else UploadedLoad)._meta.db_table

    def mine(self, alias: str) -> str:
        """SQL: the row is of this store."""
        return "true" if self.organization is None else f"{alias}.organization_id = {self.organization.pk:d}"

    def lock(self, cursor: Any) -> None:
        """Let loads of the store follow one another, until the transaction ends."""
        pair = (PUBLIC_RECORDS_LOCK, 0) if self.organization is None else (UPLOADS_LOCK, self.organization.pk)
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", pair)


def store_of(load: PublicLoad | UploadedLoad) -> Store:
    """The store that a load writes into."""
    return Store(load.organization if isinstance(load, UploadedLoad) else None)


def load_records(
    records: Iterable[RegulatoryRecord],
    *,
    load: PublicLoad | UploadedLoad,
    now: datetime,
    whole_list: bool = False,
) -> LoadReport:
    """Take the records of one file in, and save `load` with what it brought and met.

    `whole_list`: the file is the whole current list, so an open record of its kinds and source that it no longer
    holds is closed on the day read. Inside the caller's transaction; locks are held from the end of the file on.
    Raises Invalid for a record that breaks a rule of the table, and whatever reading `records` raises.
    """
    store = store_of(load)
    with connection.cursor() as cursor, constraints_in_words():
        rows = stage(cursor, records, today=now.date())
        store.lock(cursor)
        load.state, load.loaded_at, load.position = LoadState.LOADED.value, now, _next_position(cursor, store)
        load.save()
        if whole_list:
            _close_staged(cursor, load)
        verdicts = _judge(cursor, store, load)
        closed = _close_missing(cursor, store, load) if whole_list else 0
        sites, matched = _sites(cursor, store)
        cursor.execute(f"DROP TABLE {STAGED}")
    return LoadReport(
        rows=rows,
        added=verdicts["new"] + verdicts["returned"],
        changed=verdicts["changed"],
        unchanged=verdicts["unchanged"] + verdicts["noted"],
        outdated=verdicts["outdated"],
        repeated=rows - sum(verdicts.values()),
        public=verdicts["public"],
        closed=closed,
        matched=matched,
        sites=sites,
    )


def _next_position(cursor: Any, store: Store) -> int:
    """The number of the next load of the store; under its lock."""
    cursor.execute(f"SELECT coalesce(max(l.position), 0) + 1 FROM {store.loads} l WHERE {store.mine('l')}")
    return int(cursor.fetchone()[0])


_VERDICTS = ("new", "returned", "changed", "noted", "unchanged", "outdated", "public")


def _judge(cursor: Any, store: Store, load: PublicLoad | UploadedLoad) -> dict[str, int]:
    """Say of every staged record what it is, keep what it replaces, and write it; the count of each verdict."""
    names = ", ".join(COLUMNS)
    extra_names, extra_values, version_names, version_values = "", "", "", ""
    is_public = "false"
    parameters: list[Any] = [load.pk]
    if isinstance(load, UploadedLoad):
        is_public = (
            f"EXISTS (SELECT 1 FROM {PublicRecord._meta.db_table} p WHERE p.withdrawn_on IS NULL"
            f" AND {_same_key('p', 's')})"
        )
        version_names, version_values = "organization_id, ", f"{load.organization_id:d}, "
        extra_names = ", organization_id, uploaded_by_id, uploaded_by_name, retraction_reason"
        extra_values = f", {load.organization_id:d}, %s, %s, ''"
        parameters += [load.uploaded_by_id, load.by_name]
    parameters.append(load.pk)
    old = ", ".join(f"t.{name}" for name in COMPARED)
    new = ", ".join(f"s.{name}" for name in COMPARED)
    stands = ", ".join(f"f.merged_{name}" for name in COMPARED)
    stood = ", ".join(f"f.old_{name}" for name in COMPARED)
    before = ", ".join(f"t.{name} AS old_{name}" for name in COMPARED)
    assignments = ", ".join(f"{name} = j.merged_{name}" for name in LOADED_COLUMNS)
    counted = ", ".join(f"(SELECT count(*) FROM judged WHERE verdict = '{one}')" for one in _VERDICTS)
    # every name in this statement is a constant of this app; values are parameters or numbers of our own
    statement = f"""
        WITH seen AS MATERIALIZED (
          SELECT m.id, max(l.read_on) AS read_on FROM {store.loads} l CROSS JOIN unnest(l.met) m (id)
          WHERE {store.mine("l")} AND l.state = 'loaded' AND l.read_on > (SELECT min(read_on) FROM {STAGED})
          GROUP BY m.id
        ), picked AS MATERIALIZED (
          SELECT DISTINCT ON ({_KEY}) * FROM {STAGED} ORDER BY {_KEY}, {_NEWEST}
        ), found AS MATERIALIZED (
          SELECT s.*, t.id AS old_id, t.withdrawn_on AS old_withdrawn_on, t.carried AS old_carried, {before},
            {is_public} AS is_public, {record_merge.NEWER} AS newer, ({old}) IS NOT DISTINCT FROM ({new}) AS alike,
            {record_merge.merged(MERGED)}, {record_merge.carried()} AS merged_carried,
            CASE WHEN {record_merge.NEWER} THEN s.read_on ELSE t.read_on END AS merged_read_on
          FROM picked s
          LEFT JOIN {store.records} t ON {_same_key("t", "s")} AND {store.mine("t")}
          LEFT JOIN seen ON seen.id = t.id
        ), judged AS MATERIALIZED (
          SELECT f.*, CASE
            WHEN is_public THEN 'public'
            WHEN old_id IS NULL THEN 'new'
            WHEN old_withdrawn_on IS NOT NULL THEN 'returned'
            WHEN ({stands}) IS DISTINCT FROM ({stood}) THEN 'changed'
            WHEN merged_carried <> old_carried THEN 'noted'
            WHEN alike OR newer THEN 'unchanged'
            ELSE 'outdated' END AS verdict
          FROM found f
        ), kept AS (
          INSERT INTO {store.versions} ({version_names}record_id, load_id, reason, content)
          SELECT {version_values}t.id, %s, CASE j.verdict WHEN 'noted' THEN 'changed' ELSE j.verdict END, to_jsonb(t)
          FROM judged j JOIN {store.records} t ON t.id = j.old_id
          WHERE j.verdict IN ('changed', 'noted', 'returned')
        ), updated AS (
          UPDATE {store.records} t SET {assignments}, withdrawn_on = NULL FROM judged j
          WHERE t.id = j.old_id AND j.verdict IN ('changed', 'noted', 'returned')
        ), inserted AS (
          INSERT INTO {store.records} ({names}{extra_names})
          SELECT {names}{extra_values} FROM judged WHERE verdict = 'new' RETURNING id
        )
        UPDATE {store.loads} l SET
          added = coalesce((SELECT array_agg(id ORDER BY id) FROM inserted), '{{}}'),
          met = coalesce((SELECT array_agg(old_id ORDER BY old_id) FROM judged
                          WHERE verdict IN ('unchanged', 'outdated')), '{{}}')
        WHERE l.id = %s RETURNING {counted}
    """
    cursor.execute(statement, parameters)
    return dict(zip(_VERDICTS, cursor.fetchone(), strict=True))


def _same_key(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in NATURAL_KEY)


def _later_reading(store: Store, load: PublicLoad | UploadedLoad) -> date | None:
    """The first reading of the same list after this one that is loaded already."""
    loads: Any = PublicLoad.objects.all()
    if store.organization is not None:
        loads = UploadedLoad.objects.for_organization(store.organization)
    later = loads.standing().filter(kind=load.kind, read_on__gt=load.read_on).exclude(pk=load.pk)
    first: date | None = later.aggregate(first=Min("read_on"))["first"]
    return first


def _close_staged(cursor: Any, load: PublicLoad | UploadedLoad) -> None:
    """An older list brought in late: what a later one no longer holds was closed by then."""
    later = _later_reading(store_of(load), load)
    if later is not None:
        cursor.execute(f"UPDATE {STAGED} SET closed_on = %s WHERE closed_on IS NULL", [later])


def _close_missing(cursor: Any, store: Store, load: PublicLoad | UploadedLoad) -> int:
    """Close the open records of the list's kinds and source that it no longer holds; how many.

    A record that a later list closed was closed by this one already when it lacks it.
    """
    versions = ("organization_id, ", "p.organization_id, ") if isinstance(load, UploadedLoad) else ("", "")
    statement = f"""
        WITH missing AS MATERIALIZED (
          SELECT p.id FROM {store.records} p
          WHERE {store.mine("p")} AND p.kind = ANY(%s) AND p.source = %s AND p.withdrawn_on IS NULL
          AND (p.closed_on IS NULL OR p.closed_on > %s) AND p.read_on <= %s
          AND NOT EXISTS (SELECT 1 FROM {STAGED} s WHERE {_same_key("p", "s")})
          AND NOT EXISTS (SELECT 1 FROM {store.loads} l WHERE {store.mine("l")} AND l.state = 'loaded'
                          AND l.read_on > %s AND p.id = ANY(l.met))
        ), kept AS (
          INSERT INTO {store.versions} ({versions[0]}record_id, load_id, reason, content)
          SELECT {versions[1]}p.id, %s, 'closed', to_jsonb(p) FROM {store.records} p JOIN missing USING (id)
        )
        UPDATE {store.records} p SET closed_on = %s FROM missing WHERE p.id = missing.id
    """
    day = load.read_on
    cursor.execute(statement, [load.record_kinds, load.kind, day, day, day, load.pk, day])
    return int(cursor.rowcount)


def _sites(cursor: Any, store: Store) -> tuple[tuple[SiteKey, ...], int]:
    """The living sites with the FEI of a staged record, and how many records have such a site."""
    cursor.execute(
        f"""
        SELECT s.organization_id, s.id, s.fei_key FROM vendors_site s
        JOIN vendors_vendor v ON v.organization_id = s.organization_id AND v.id = s.vendor_id
        WHERE {store.mine("s")} AND s.fei_key <> '' AND s.archived_at IS NULL AND v.archived_at IS NULL
        AND s.fei_key IN (SELECT fei_key FROM {STAGED}) ORDER BY 1, 2
        """
    )
    sites = tuple(cursor.fetchall())
    keys = sorted({fei_key for _, _, fei_key in sites})
    cursor.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {_KEY} FROM {STAGED} WHERE fei_key = ANY(%s)) found", [keys]
    )
    return sites, int(cursor.fetchone()[0])
