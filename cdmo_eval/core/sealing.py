"""The sealer of the audit trail, as the database runs it: it numbers and chains events that no open transaction can precede.

The function belongs to the audit role and takes nothing but an organisation and a limit: the app role may call it, and
can neither choose what is sealed nor write, change or remove a seal. `audit_chain` reads and checks what it wrote.
"""

from collections.abc import Iterator

from django.db.migrations.state import ProjectState

from cdmo_eval.core.walls import ORGANIZATION, SqlOperation

TEXT_FUNCTION = """
CREATE OR REPLACE FUNCTION guard.audit_text(e public.core_auditevent) RETURNS text LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp AS $f$
  -- every part with its length in bytes, so that no two events share a text; "-" is a part that is not there
  SELECT string_agg(coalesce(octet_length(part) || ':' || part, '-'), '' ORDER BY place)
  FROM unnest(ARRAY[
    e.id::text, e.organization_id::text, (extract(epoch FROM e.at) * 1000000)::bigint::text, e.xid::text, e.actor_id, e.actor_name,
    e.reason, e.request_id, e.table_name, e.row_id::text, e.op::text, e.old::text, e.new::text
  ]) WITH ORDINALITY AS parts (part, place)
$f$;
"""

SEAL_FUNCTION = """
CREATE OR REPLACE FUNCTION guard.seal_audit(organization bigint, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
  oldest bigint; newest bigint; chained public.core_auditchain%ROWTYPE; event public.core_auditevent%ROWTYPE; done integer := 0;
BEGIN
  -- one sealer at a time for each organisation; whoever comes second leaves it to the first
  IF NOT pg_try_advisory_xact_lock(4717, (organization % 2147483647)::integer) THEN RETURN 0; END IF;
  SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint INTO oldest, newest FROM pg_current_snapshot() s;
  SELECT * INTO chained FROM public.core_auditchain c WHERE c.organization_id = organization;
  IF NOT FOUND THEN
    chained.number := 0; chained.hash := decode(repeat('00', 32), 'hex'); chained.horizon := 0;
  END IF;
  IF chained.horizon > oldest THEN chained.horizon := 0; END IF;  -- restored into another cluster: its transactions count anew
  -- EXECUTE: planned for these very numbers. xid >= newest is an event from before a restore, committed long ago.
  FOR event IN EXECUTE $q$
    SELECT a.* FROM public.core_auditevent a
    WHERE a.organization_id = $1 AND a.xid >= $2 AND (a.xid < $3 OR a.xid >= $4)
      AND NOT EXISTS (SELECT FROM public.core_auditseal s WHERE s.event_id = a.id)
    ORDER BY a.id LIMIT $5
  $q$ USING organization, chained.horizon, oldest, newest, most
  LOOP
    chained.number := chained.number + 1;
    chained.hash := sha256(chained.hash || convert_to(guard.audit_text(event), 'UTF8'));
    INSERT INTO public.core_auditseal (organization_id, number, event_id, hash, sealed_at)
    VALUES (organization, chained.number, event.id, chained.hash, clock_timestamp());
    done := done + 1;
  END LOOP;
  IF done > 0 THEN
    IF done < most THEN chained.horizon := oldest; END IF;
    INSERT INTO public.core_auditchain (organization_id, number, hash, horizon, sealed_at)
    VALUES (organization, chained.number, chained.hash, chained.horizon, clock_timestamp())
    ON CONFLICT (organization_id) DO UPDATE
    SET number = excluded.number, hash = excluded.hash, horizon = excluded.horizon, sealed_at = excluded.sealed_at;
  END IF;
  RETURN done;
END $f$;
"""


class AuditSealer(SqlOperation):
    """The sealer and the walls of its tables: read by their organisation, written by the sealer only."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Sealer of the audit trail"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        for table, rights in (
            ("core_auditseal", "SELECT, INSERT"),
            ("core_auditchain", "SELECT, INSERT, UPDATE"),
        ):
            yield f"""
            ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY; ALTER TABLE public.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY reader ON public.{table} FOR SELECT TO cdmo_app USING (organization_id = {ORGANIZATION});
            CREATE POLICY audit ON public.{table} TO cdmo_audit USING (true) WITH CHECK (true);
            REVOKE ALL ON public.{table} FROM cdmo_app; GRANT SELECT ON public.{table} TO cdmo_app;
            GRANT {rights} ON public.{table} TO cdmo_audit;
            """
        yield f"""
            GRANT USAGE ON SEQUENCE public.core_auditseal_id_seq TO cdmo_audit;
            SET LOCAL ROLE cdmo_audit;
            {TEXT_FUNCTION}
            {SEAL_FUNCTION}
            GRANT EXECUTE ON FUNCTION guard.seal_audit(bigint, integer) TO cdmo_app;
            RESET ROLE;
            """
