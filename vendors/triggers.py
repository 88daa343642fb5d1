"""What the dirty log notes of loads: a member's own reading of a list, and a public reading that was taken back.

Must-haves say "unknown" when a list was not read for a month, so the day of reading is a fact of every scorecard.
"""

from collections.abc import Iterator

from django.db.migrations.state import ProjectState

from cdmo_eval.core.walls import SqlOperation

ORGANIZATION_LOCK = 4711
"""The lock that every dirty-log trigger shares, as `scorecards.triggers` takes it."""


class LoadsDirtyLog(SqlOperation):
    """Triggers on the loads of organisations and on readings of public sources that go away."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Dirty log of loads"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL; `guard.note_dirty` and `guard.dirty_readings` are those of the scorecards."""
        header = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
        yield f"""
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.dirty_loads() {header} AS $f$
            DECLARE org bigint;
            BEGIN
              -- a file that was only checked, or that reads no list, changes no score
              FOR org IN SELECT DISTINCT n.organization_id FROM new_rows n
                WHERE n.state IN ('loaded', 'undone') AND n.record_kinds <> '{{}}' ORDER BY 1
              LOOP
                PERFORM pg_advisory_xact_lock_shared({ORGANIZATION_LOCK}, org::int);
                PERFORM guard.note_dirty('organization', org, ARRAY[org]);
              END LOOP;
              RETURN NULL;
            END $f$;
            RESET ROLE;
            """
        for event in ("INSERT", "UPDATE"):
            yield (
                f"CREATE TRIGGER dirty_{event.lower()} AFTER {event} ON public.vendors_uploadedload "
                "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION guard.dirty_loads();"
            )
        yield (
            "CREATE TRIGGER dirty_readings_gone AFTER DELETE ON public.vendors_sourceread "
            "FOR EACH STATEMENT EXECUTE FUNCTION guard.dirty_readings();"
        )
