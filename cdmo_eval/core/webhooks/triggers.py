"""A function of the database that says which organisations have messages to send: ids only, past their walls."""

from collections.abc import Iterator

from django.db.migrations.state import ProjectState

from cdmo_eval.core.walls import SqlOperation


class DueWebhooks(SqlOperation):
    """`guard.due_webhooks(now)`: organisations with a message that is due and whose receiver is on and not resting."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Which organisations have webhooks to send"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        yield """
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.due_webhooks(at_time timestamptz) RETURNS SETOF bigint
              LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
              SELECT DISTINCT d.organization_id FROM public.core_webhookdelivery d
                JOIN public.core_webhookendpoint e ON e.organization_id = d.organization_id AND e.id = d.endpoint_id
                LEFT JOIN public.core_webhookhealth h ON h.organization_id = d.organization_id AND h.endpoint_id = d.endpoint_id
              WHERE d.state = 'waiting' AND d.next_at <= at_time AND e.enabled AND e.archived_at IS NULL
                AND (d.leased_until IS NULL OR d.leased_until <= at_time)
                AND (h.resting_until IS NULL OR h.resting_until <= at_time)
              ORDER BY 1
            $f$;
            GRANT EXECUTE ON FUNCTION guard.due_webhooks(timestamptz) TO cdmo_app;
            RESET ROLE;
            """
