"""The walls between organisations, written once: migration operations for row-level security, references and audit.

docs/adr/0003-walls-in-the-database.md says why each part is as it is; `check_walls` says whether they still stand.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from cdmo_eval.core.models.tenant import TenantForeignKey

ORGANIZATION = "(SELECT NULLIF(current_setting('cdmo.organization_id', true), '')::bigint)"

PREPARE = """
DO $$ BEGIN
  IF to_regnamespace('guard') IS NULL THEN
    EXECUTE 'CREATE SCHEMA guard AUTHORIZATION cdmo_audit';
  END IF;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO cdmo_app, cdmo_audit;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cdmo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO cdmo_app;
SET ROLE cdmo_audit;
GRANT USAGE ON SCHEMA guard TO cdmo_owner, cdmo_app;
ALTER DEFAULT PRIVILEGES FOR ROLE cdmo_audit REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE cdmo_audit IN SCHEMA guard GRANT EXECUTE ON FUNCTIONS TO cdmo_owner;
RESET ROLE;
"""


def prepare_database(connection: Any) -> None:
    """What a new database does not inherit: the guard schema and default privileges. Idempotent; runs as the owner."""
    with connection.cursor() as cursor:
        cursor.execute(PREPARE)


class SqlOperation(Operation):
    """An operation that only runs SQL; taking it back happens by dropping the table it belongs to."""

    reversible = True
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leaves the models as they are."""

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """What to run, in order; as it stands, so that a percent sign is a percent sign."""
        raise NotImplementedError(type(self).__name__)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the statements."""
        for statement in self.statements(app_label, to_state):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Nothing: the table goes, and its walls with it."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """The arguments are kept as they were given."""
        return (self.__class__.__name__, [], dict(vars(self)))


AUDIT_FUNCTION = """
CREATE OR REPLACE FUNCTION guard.audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  -- nested loops off: a plan cached for one row made an update of 20 000 rows quadratic
  SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $f$
DECLARE
  actor text := coalesce(current_setting('cdmo.actor', true), '');
  actor_name text := coalesce(current_setting('cdmo.actor_name', true), '');
  reason text := coalesce(current_setting('cdmo.reason', true), '');
  request text := coalesce(current_setting('cdmo.request_id', true), '');
  organization_column text := TG_ARGV[0];
  secret_columns text[] := string_to_array(TG_ARGV[1], ',');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.core_auditevent
      (organization_id, table_name, op, row_id, old, new, actor_id, actor_name, reason, request_id, xid, at)
    SELECT (x.j ->> organization_column)::bigint, TG_TABLE_NAME, 'I', (x.j ->> 'id')::bigint, NULL, x.j - secret_columns,
           actor, actor_name, reason, request, pg_current_xact_id()::text::bigint, clock_timestamp()
    FROM (SELECT to_jsonb(n) AS j FROM new_rows n) x;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.core_auditevent
      (organization_id, table_name, op, row_id, old, new, actor_id, actor_name, reason, request_id, xid, at)
    SELECT (x.j ->> organization_column)::bigint, TG_TABLE_NAME, 'D', (x.j ->> 'id')::bigint, x.j - secret_columns, NULL,
           actor, actor_name, reason, request, pg_current_xact_id()::text::bigint, clock_timestamp()
    FROM (SELECT to_jsonb(o) AS j FROM old_rows o) x;
  ELSE
    INSERT INTO public.core_auditevent
      (organization_id, table_name, op, row_id, old, new, actor_id, actor_name, reason, request_id, xid, at)
    SELECT (x.b ->> organization_column)::bigint, TG_TABLE_NAME, 'U', (x.b ->> 'id')::bigint, x.a - secret_columns, x.b - secret_columns,
           actor, actor_name, reason, request, pg_current_xact_id()::text::bigint, clock_timestamp()
    FROM (SELECT to_jsonb(o) AS a, to_jsonb(n) AS b FROM new_rows n JOIN old_rows o USING (id)) x
    WHERE x.a IS DISTINCT FROM x.b;
  END IF;
  RETURN NULL;
END $f$;
"""


class AuditTrail(SqlOperation):
    """The audit function and the walls of the event table: it can be read by its organisation and written by nobody."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Audit trail"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        table = "public.core_auditevent"
        yield from (
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY reader ON {table} FOR SELECT TO cdmo_app USING (organization_id = {ORGANIZATION});
            CREATE POLICY audit ON {table} TO cdmo_audit USING (true) WITH CHECK (true);
            REVOKE ALL ON {table} FROM cdmo_app; GRANT SELECT ON {table} TO cdmo_app;
            REVOKE UPDATE, DELETE ON {table} FROM cdmo_audit; GRANT SELECT, INSERT ON {table} TO cdmo_audit;
            GRANT USAGE ON SEQUENCE public.core_auditevent_id_seq TO cdmo_audit;
            SET LOCAL ROLE cdmo_audit;
            {AUDIT_FUNCTION}
            RESET ROLE;
            """,
        )


class Audited(SqlOperation):
    """Audit a table that is not an organisation's own kind: memberships, tokens, organisations.

    `organization_column` is where its organisation's id stands; `secrets` are columns the trail leaves out.
    """

    def __init__(
        self, name: str, organization_column: str = "organization_id", secrets: Sequence[str] = ()
    ) -> None:
        self.name, self.organization_column, self.secrets = name, organization_column, list(secrets)

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Audit {self.name}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        table = state.apps.get_model(app_label, self.name)._meta.db_table
        yield from audit_triggers(table, self.organization_column, self.secrets)


class TenantTable(SqlOperation):
    """All walls of one table of organisations' rows.

    Row-level security with FORCE; a policy for the app role (its organisation only), for audit (reads all, for the guard
    functions) and for the owner (data migrations, dumps); UNIQUE (organization_id, id) and composite foreign keys, since
    foreign keys do not obey row-level security; audit triggers. Rows cannot be deleted by the app role unless
    `deletable`, nor changed if `append_only`. `derived` rows are written by set-based recomputes only, from rows read in
    the same snapshot that can never be deleted: their foreign keys would prove nothing and are what bulk loads cost most.
    """

    def __init__(
        self,
        name: str,
        *,
        audited: bool = True,
        append_only: bool = False,
        deletable: bool = False,
        referenced: bool = True,
        derived: bool = False,
    ) -> None:
        self.name, self.audited, self.append_only = name, audited, append_only
        self.deletable, self.referenced, self.derived = deletable, referenced, derived

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Walls of {self.name}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        model = state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        sql = [
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} TO cdmo_app USING (organization_id = {ORGANIZATION})
              WITH CHECK (organization_id = {ORGANIZATION});
            CREATE POLICY audit ON {table} FOR SELECT TO cdmo_audit USING (true);
            CREATE POLICY owner ON {table} TO cdmo_owner USING (true) WITH CHECK (true);
            GRANT SELECT ON {table} TO cdmo_audit;
            """
        ]
        if self.referenced:
            sql.append(f"ALTER TABLE {table} ADD CONSTRAINT {table}_org_id_key UNIQUE (organization_id, id);")
        if not self.deletable:
            sql.append(f"REVOKE DELETE ON {table} FROM cdmo_app;")
        if self.append_only:
            sql.append(f"REVOKE UPDATE ON {table} FROM cdmo_app;")
        fields = [f for f in model._meta.local_fields if isinstance(f, TenantForeignKey)]
        sql += [composite_foreign_key(field) for field in fields if not self.derived]
        if self.audited:
            sql += audit_triggers(table)
        yield from sql


class TenantReference(SqlOperation):
    """The composite foreign key of a column that was added, or that another app owns, later."""

    def __init__(self, name: str, column: str, to: str) -> None:
        self.name, self.column, self.to = name, column, to

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Reference {self.name}.{self.column}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL. `name` and `to` may be "app.Model"."""
        source = find_model(state, app_label, self.name)._meta.db_table
        target = find_model(state, app_label, self.to)._meta.db_table
        yield foreign_key_sql(source, self.column, target)


class ReferenceTable(SqlOperation):
    """Public reference data: everybody reads it, only the operator (owner role) writes it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Reference data {self.name}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        table = state.apps.get_model(app_label, self.name)._meta.db_table
        yield f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM cdmo_app; GRANT SELECT ON {table} TO cdmo_audit;"


def find_model(state: ProjectState, app_label: str, name: str) -> Any:
    """The model called "Model" (of this app) or "app.Model" in a migration's state."""
    label, _, model = name.rpartition(".")
    return state.apps.get_model(label or app_label, model)


def composite_foreign_key(field: Any) -> str:
    """The SQL of a TenantForeignKey's real constraint."""
    return foreign_key_sql(field.model._meta.db_table, field.column, field.remote_field.model._meta.db_table)


def foreign_key_sql(table: str, column: str, target: str) -> str:
    """(organization_id, column) → target (organization_id, id); checked at commit, like Django's own."""
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_org_fk FOREIGN KEY (organization_id, {column}) "
        f"REFERENCES {target} (organization_id, id) DEFERRABLE INITIALLY DEFERRED;"
    )


def statement_triggers(table: str, name: str, function: str, arguments: str = "") -> Iterator[str]:
    """One AFTER trigger per event: PostgreSQL refuses transition tables on a trigger for several events."""
    for event, tables in (
        ("INSERT", "NEW TABLE AS new_rows"),
        ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("DELETE", "OLD TABLE AS old_rows"),
    ):
        yield (
            f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function.format(event=event.lower())}({arguments});"
        )


def audit_triggers(
    table: str, organization_column: str = "organization_id", secrets: Sequence[str] = ()
) -> list[str]:
    """The audit trail's triggers on one table."""
    return list(
        statement_triggers(table, "audit", "guard.audit", f"'{organization_column}', '{','.join(secrets)}'")
    )
