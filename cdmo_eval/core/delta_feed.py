"""The feed of changes, written by the database: migration operations that put a table of a published resource on it.

A new resource joins with one line in its migration, after the table's `TenantTable` (the migration depends on
`("core", "0004_events")`), and one line in its app's `feed.py` that says with which scope it is read:

    DeltaFeed("Proposal", "proposal", commercial=True)      # rows of the resource itself
    DeltaFeed("ProposalLine", "proposal", of="proposal")    # parts: writing one tells that the resource was written

What a row means follows from its columns: `merged_into_id` set is "merge", `archived_at` set is "delete", `retracted_on`
set is "retract", else "upsert". The word says how the resource stands now, not what was done, so telling it twice does
no harm. A `confidentiality` of "commercial" hides the row from readers without the right to offers, and tells them
"delete" when something becomes commercial; `commercial=True` hides a whole table.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.migrations.state import ProjectState

from cdmo_eval.core.walls import ORGANIZATION, SqlOperation, find_model, statement_triggers

TABLE = "public.core_change"
KEPT_DAYS = 90
COLUMNS = "organization_id, type, public_id, scorecard_public_id, op, merged_into, commercial, at, xid"
STAMP = "statement_timestamp(), pg_current_xact_id()::text::bigint"
# nested loops off: a plan made for one row would join old and new rows of a bulk update quadratically
HEADER = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_nestloop = off"
PUBLISHED = ("merged_into", "archived_at", "retracted_on", "confidentiality")


class InstallDeltaFeed(SqlOperation):
    """The walls of the feed: its organisation reads it, triggers write it, and only what is old can be taken away."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Feed of changes"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL. `guard.cluster` names this database server: a copy restored elsewhere counts transactions anew."""
        yield f"""
            ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY; ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY;
            CREATE POLICY reader ON {TABLE} FOR SELECT TO cdmo_app USING (organization_id = {ORGANIZATION});
            CREATE POLICY audit ON {TABLE} TO cdmo_audit USING (true) WITH CHECK (true);
            CREATE POLICY owner ON {TABLE} TO cdmo_owner USING (true) WITH CHECK (true);
            REVOKE ALL ON {TABLE} FROM cdmo_app; GRANT SELECT ON {TABLE} TO cdmo_app;
            GRANT SELECT, INSERT, DELETE ON {TABLE} TO cdmo_audit;
            GRANT USAGE ON SEQUENCE public.core_change_id_seq TO cdmo_audit;
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.forget_changes(days int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
              SET search_path = pg_catalog, pg_temp AS $f$
            DECLARE gone bigint;
            BEGIN
              IF days < {KEPT_DAYS} THEN
                RAISE EXCEPTION 'changes are kept for {KEPT_DAYS} days' USING ERRCODE = '22023';
              END IF;
              -- also what a restored dump brought: transactions of the future mean nothing here
              DELETE FROM {TABLE} WHERE at < clock_timestamp() - make_interval(days => days)
                OR xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                   AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint;
              GET DIAGNOSTICS gone = ROW_COUNT;
              RETURN gone;
            END $f$;
            CREATE OR REPLACE FUNCTION guard.cluster() RETURNS text LANGUAGE plpgsql STABLE
              SET search_path = pg_catalog, pg_temp AS $f$
            BEGIN
              RETURN (SELECT system_identifier FROM pg_control_system()) || '.' || (SELECT timeline_id FROM pg_control_checkpoint());
            EXCEPTION WHEN insufficient_privilege THEN
              RETURN (SELECT oid::text FROM pg_database WHERE datname = current_database());
            END $f$;
            GRANT EXECUTE ON FUNCTION guard.forget_changes(int), guard.cluster() TO cdmo_app;
            RESET ROLE;
            """


class DeltaFeed(SqlOperation):
    """The triggers that put one table on the feed, as a resource of its own or (`of` a foreign key) as part of one.

    `name` may be "app.Model". `of` names a TenantForeignKey of the model; for a plain number, `parent` names the model it
    points to. A part without parent (null) tells nothing. `scorecard` are the foreign keys that lead to the scorecard whose
    address the resource stands under, such as ["gate", "scorecard"].
    """

    def __init__(
        self,
        name: str,
        type: str,  # noqa: A002 - the feed's word
        *,
        of: str = "",
        parent: str = "",
        scorecard: Sequence[str] = (),
        commercial: bool = False,
    ) -> None:
        self.name, self.type, self.of, self.parent = name, type, of, parent
        self.scorecard, self.commercial = list(scorecard), commercial

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Feed of {self.name} as {self.type}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        model = find_model(state, app_label, self.name)
        table = model._meta.db_table
        function = f"guard.feed_{table}_{self.type}"
        if self.of:
            field = model._meta.get_field(self.of)
            parent = find_model(state, app_label, self.parent) if self.parent else field.remote_field.model
            bodies = _of_part(field.column, parent, self.type, commercial=self.commercial)
            yield f"GRANT SELECT ON public.{parent._meta.db_table} TO cdmo_audit;"
        else:
            under = {row: scorecard_of(row, model, self.scorecard) for row in "no"}
            bodies = _of_resource(model, self.type, under, commercial=self.commercial)
        yield "SET LOCAL ROLE cdmo_audit;"
        for event, body in zip(("insert", "update", "delete"), bodies, strict=True):
            yield f"CREATE OR REPLACE FUNCTION {function}_{event}() {HEADER} AS $f$ BEGIN {body} RETURN NULL; END $f$;"
        yield "RESET ROLE;"
        yield from statement_triggers(f"public.{table}", f"feed_{self.type}", f"{function}_{{event}}")


def _columns(model: Any) -> set[str]:
    names = {field.name for field in model._meta.local_fields}
    return names & set(PUBLISHED)


def op_of(row: str, columns: Sequence[str] | set[str]) -> str:
    """SQL: how a row stands, by those of its columns that say so."""
    cases = "".join(
        f" WHEN {row}.{column} IS NOT NULL THEN '{op}'"
        for name, column, op in (
            ("merged_into", "merged_into_id", "merge"),
            ("archived_at", "archived_at", "delete"),
            ("retracted_on", "retracted_on", "retract"),
        )
        if name in columns
    )
    return f"CASE{cases} ELSE 'upsert' END" if cases else "'upsert'"


def scorecard_of(row: str, model: Any, path: Sequence[str]) -> str:
    """SQL: the public id of the scorecard that a path of foreign keys leads to; null without a path."""
    if not path:
        return "NULL::uuid"
    key = ""
    for hop in path:
        field = model._meta.get_field(hop)
        key = (
            f"(SELECT t.{field.column} FROM public.{model._meta.db_table} t"
            f" WHERE t.organization_id = {row}.organization_id AND t.id = {key})"
            if key
            else f"{row}.{field.column}"
        )
        model = field.remote_field.model
    return (
        f"(SELECT s.public_id FROM public.{model._meta.db_table} s"
        f" WHERE s.organization_id = {row}.organization_id AND s.id = {key})"
    )


def _of_resource(
    model: Any, type_: str, under: Mapping[str, str], *, commercial: bool
) -> tuple[str, str, str]:
    """The bodies of the three functions for rows of the resource itself."""
    columns, table = _columns(model), model._meta.db_table

    def hidden(row: str) -> str:
        if "confidentiality" in columns and not commercial:
            return f"{row}.confidentiality = 'commercial'"
        return str(commercial).lower()

    into = "NULL::uuid"
    if "merged_into" in columns:
        into = f"(SELECT m.public_id FROM public.{table} m WHERE m.organization_id = n.organization_id AND m.id = n.merged_into_id)"
    which = f"n.organization_id, '{type_}', n.public_id, {under['n']}"
    written = f"SELECT {which}, {op_of('n', columns)}, {into}, {hidden('n')}, {STAMP} FROM new_rows n"
    differing = " JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o"
    update = f"INSERT INTO {TABLE} ({COLUMNS}) {written}{differing};"
    if "confidentiality" in columns and not commercial:
        update += f"""
          INSERT INTO {TABLE} ({COLUMNS})
          SELECT {which}, 'delete', NULL::uuid, false, {STAMP}
          FROM new_rows n{differing} AND {hidden("n")} AND NOT ({hidden("o")});"""
    return (
        f"INSERT INTO {TABLE} ({COLUMNS}) {written};",
        update,
        f"""INSERT INTO {TABLE} ({COLUMNS})
          SELECT o.organization_id, '{type_}', o.public_id, {under["o"]}, 'delete', NULL::uuid, {hidden("o")}, {STAMP} FROM old_rows o;""",
    )


def _of_part(column: str, parent: Any, type_: str, *, commercial: bool) -> tuple[str, str, str]:
    """The bodies of the three functions for parts: the resource is found by its key, whatever the plan."""
    columns, table = _columns(parent), parent._meta.db_table
    hidden = "p.confidentiality = 'commercial'" if "confidentiality" in columns else str(commercial).lower()

    def told(changed: str) -> str:
        return f"""
          INSERT INTO {TABLE} ({COLUMNS})
          SELECT x.organization_id, '{type_}', x.found[1]::uuid, NULL::uuid, x.found[2], x.found[3]::uuid, x.found[4]::boolean, {STAMP}
          FROM (
            SELECT c.organization_id, (
              SELECT ARRAY[p.public_id::text, {op_of("p", columns)}, {_merged("p", columns, table)}, ({hidden})::text]
              FROM public.{table} p WHERE p.organization_id = c.organization_id AND p.id = c.part_of) AS found
            FROM (SELECT DISTINCT organization_id, part_of FROM ({changed}) r WHERE part_of IS NOT NULL) c
          ) x WHERE x.found IS NOT NULL;"""

    rows = f"SELECT organization_id, {column} AS part_of FROM"
    both = f"""
      SELECT n.organization_id, n.{column} AS part_of FROM new_rows n JOIN old_rows o USING (id) WHERE n IS DISTINCT FROM o
      UNION ALL SELECT o.organization_id, o.{column} FROM new_rows n JOIN old_rows o USING (id) WHERE n.{column} IS DISTINCT FROM o.{column}"""
    return told(f"{rows} new_rows"), told(both), told(f"{rows} old_rows")


def _merged(row: str, columns: set[str], table: str) -> str:
    if "merged_into" not in columns:
        return "NULL"
    return f"(SELECT m.public_id::text FROM public.{table} m WHERE m.organization_id = {row}.organization_id AND m.id = {row}.merged_into_id)"
