"""The dirty log: SQL triggers that note, in the edit's own transaction, which scorecards a changed fact touches.

No code path, bulk load or hand-written SQL can forget it. docs/adr/0002 says why; the traps that shaped it:

* Who is affected may change at the same moment. So fact triggers take the organisation's lock *shared* before they look
  up scorecards, and whatever changes who is affected takes it *exclusively*. Writing both kinds in one transaction
  takes the exclusive lock first (`lock_organization`), or two such transactions deadlock.
* The lookup must see what committed while it waited: READ COMMITTED only, and the INSERT is a statement of its own.
* More than 100 candidates of a scorecard in one statement become one row with candidate null: everything. Candidate 0 is
  the frame (weights, must-haves, programme, settings): the recompute finds out by itself whom that makes stale.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.migrations.state import ProjectState

from cdmo_eval.core.walls import SqlOperation, statement_triggers

ORGANIZATION_LOCK, PUBLIC_RECORDS_LOCK = 4711, 4713
COLLAPSE_ABOVE = 100

# Scorecards that judge a candidate: of its programme, all or chosen.
JUDGES = """
  JOIN public.scorecards_scorecard s ON s.organization_id = c.organization_id AND s.program_id = c.program_id
   AND (s.selection = 'all' OR EXISTS (SELECT 1 FROM public.scorecards_scorecardchoice x
        WHERE x.organization_id = c.organization_id AND x.scorecard_id = s.id AND x.candidate_id = c.id))
"""
# Candidates that rest on a vendor: its own, and those whose supply map uses it as a partner.
OF_VENDORS = f"""
  SELECT c.organization_id, s.id AS scorecard_id, c.id AS candidate_id FROM public.scorecards_candidate c {JUDGES}
  WHERE c.organization_id = $1 AND c.vendor_id = ANY ($2)
  UNION
  SELECT c.organization_id, s.id, c.id FROM public.scorecards_supplyline l
    JOIN public.scorecards_candidate c ON c.organization_id = l.organization_id AND c.id = l.candidate_id {JUDGES}
  WHERE l.organization_id = $1 AND l.partner_vendor_id = ANY ($2)
"""
OF_CANDIDATES = f"""
  SELECT c.organization_id, s.id AS scorecard_id, c.id AS candidate_id FROM public.scorecards_candidate c {JUDGES}
  WHERE c.organization_id = $1 AND c.id = ANY ($2)
"""
OF_PROGRAMS = """
  SELECT s.organization_id, s.id AS scorecard_id, 0::bigint AS candidate_id FROM public.scorecards_scorecard s
  WHERE s.organization_id = $1 AND s.program_id = ANY ($2)
"""
OF_SCORECARDS = """
  SELECT s.organization_id, s.id AS scorecard_id, 0::bigint AS candidate_id FROM public.scorecards_scorecard s
  WHERE s.organization_id = $1 AND s.id = ANY ($2)
"""
OF_ORGANIZATION = """
  SELECT s.organization_id, s.id AS scorecard_id, 0::bigint AS candidate_id FROM public.scorecards_scorecard s
  WHERE s.organization_id = $1 AND s.id IS NOT NULL AND $2 IS NOT NULL
"""
# What people judged touches exactly the candidate judged, on that scorecard alone, and only once it counts.
OF_INVITATIONS = """
  SELECT i.organization_id, i.scorecard_id, r.candidate_id FROM public.scorecards_invitation i
    JOIN public.scorecards_rating r ON r.organization_id = i.organization_id AND r.invitation_id = i.id
  WHERE i.organization_id = $1 AND i.id = ANY ($2)
"""
OF_RATINGS = """
  SELECT i.organization_id, i.scorecard_id, r.candidate_id FROM public.scorecards_rating r
    JOIN public.scorecards_invitation i ON i.organization_id = r.organization_id AND i.id = r.invitation_id
  WHERE r.organization_id = $1 AND r.id = ANY ($2) AND i.counted_at IS NOT NULL
"""
OF_CONSENSUS = """
  SELECT c.organization_id, c.scorecard_id, c.candidate_id FROM public.scorecards_consensus c
  WHERE c.organization_id = $1 AND c.id = ANY ($2)
"""
LOOKUPS = {
    "vendor": OF_VENDORS, "candidate": OF_CANDIDATES, "program": OF_PROGRAMS, "scorecard": OF_SCORECARDS,
    "organization": OF_ORGANIZATION, "invitation": OF_INVITATIONS, "rating": OF_RATINGS, "consensus": OF_CONSENSUS,
}  # fmt: skip


def lock_organization(organization_id: int) -> None:
    """Take the organisation's lock exclusively, first thing in a transaction that writes facts *and* changes who is affected.

    Waits at most `lock_timeout`; an OperationalError then becomes 503 (or 409 on a form).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ORGANIZATION_LOCK, organization_id])


def lock_public_records() -> None:
    """Take the global lock of public records exclusively: for loads, staged first and held briefly."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [PUBLIC_RECORDS_LOCK])


class InstallDirtyLog(SqlOperation):
    """The common function, and the walls of the log itself: triggers append, the app role reads and takes away."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Dirty log"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        branches = "\n".join(
            f"    WHEN '{kind}' THEN\n      lookup := $q${sql}$q$;" for kind, sql in LOOKUPS.items()
        )
        yield from (
            f"""
            REVOKE INSERT, UPDATE ON public.scorecards_dirtyrow FROM cdmo_app;
            GRANT SELECT, INSERT ON public.scorecards_dirtyrow TO cdmo_audit;
            GRANT USAGE ON SEQUENCE public.scorecards_dirtyrow_id_seq TO cdmo_audit;
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.note_dirty(kind text, org bigint, ids bigint[]) RETURNS void
              LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
            DECLARE lookup text;
            BEGIN
              CASE kind
            {branches}
              END CASE;
              -- EXECUTE: planned anew for these ids; statement_timestamp(): one moment for the whole statement
              EXECUTE 'WITH hit AS (' || lookup || '), sized AS (SELECT *, count(*) OVER (PARTITION BY scorecard_id) AS n FROM hit)
                INSERT INTO public.scorecards_dirtyrow (organization_id, scorecard_id, candidate_id, at)
                SELECT DISTINCT organization_id, scorecard_id, CASE WHEN n > {COLLAPSE_ABOVE} THEN NULL ELSE candidate_id END,
                       statement_timestamp() FROM sized'
              USING org, ids;
            END $f$;
            RESET ROLE;
            """,
        )


class DirtyLog(SqlOperation):
    """The triggers of one watched table.

    `ids` selects, from `changed` (old and new rows), pairs (organization_id, id) of the kind `of`. `links` are the columns
    that decide who is affected: a new or deleted row, or one in which they change, takes the exclusive lock.
    """

    def __init__(self, table: str, of: str, ids: str, *, links: Sequence[str] = ()) -> None:
        self.table, self.of, self.ids, self.links = table, of, ids, list(links)

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Dirty log of {self.table}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        yield from (
            "SET LOCAL ROLE cdmo_audit;",
            *self._functions(),
            "RESET ROLE;",
        )
        yield from statement_triggers(self.table, "dirty", f"guard.dirty_{self.table}_{{event}}")

    def _functions(self) -> Iterator[str]:
        always = "true" if self.links else "false"
        for event, changed, linking in (
            ("insert", "SELECT * FROM new_rows", always),
            ("delete", "SELECT * FROM old_rows", always),
            ("update", "SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows", links_changed(self.links)),
        ):
            yield f"""
            CREATE OR REPLACE FUNCTION guard.dirty_{self.table}_{event}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
              SET search_path = pg_catalog, pg_temp AS $f$
            DECLARE org bigint; touched bigint[]; linking boolean := {linking};
            BEGIN
              IF current_setting('transaction_isolation') <> 'read committed' THEN
                RAISE EXCEPTION 'facts are written in READ COMMITTED only' USING ERRCODE = '25001';
              END IF;
              FOR org IN SELECT DISTINCT x.organization_id FROM ({changed}) x ORDER BY 1 LOOP
                IF linking THEN
                  PERFORM pg_advisory_xact_lock({ORGANIZATION_LOCK}, org::int);
                ELSE
                  PERFORM pg_advisory_xact_lock_shared({ORGANIZATION_LOCK}, org::int);
                END IF;
                WITH changed AS ({changed}), ids AS ({self.ids})
                  SELECT array_agg(DISTINCT i.id) INTO touched FROM ids i WHERE i.organization_id = org AND i.id IS NOT NULL;
                IF touched IS NOT NULL THEN
                  PERFORM guard.note_dirty('{self.of}', org, touched);
                END IF;
              END LOOP;
              RETURN NULL;
            END $f$;"""


def links_changed(columns: Sequence[str]) -> str:
    """SQL: whether an UPDATE changed one of these columns."""
    if not columns:
        return "false"
    differs = " OR ".join(f"o.{column} IS DISTINCT FROM n.{column}" for column in columns)
    return f"EXISTS (SELECT 1 FROM new_rows n JOIN old_rows o USING (id) WHERE {differs})"


class PublicRecordsDirtyLog(SqlOperation):
    """A load of public records touches the vendors, in every organisation, that have a site of that FEI."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Dirty log of public records"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        functions = []
        for event, changed in (
            ("insert", "SELECT id, fei_key FROM new_rows"),
            ("delete", "SELECT id, fei_key FROM old_rows"),
            ("update", "SELECT id, fei_key FROM old_rows UNION SELECT id, fei_key FROM new_rows"),
        ):
            functions.append(f"""
            CREATE OR REPLACE FUNCTION guard.dirty_vendors_publicrecord_{event}() RETURNS trigger LANGUAGE plpgsql
              SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
            DECLARE org bigint; touched bigint[];
            BEGIN
              PERFORM pg_advisory_xact_lock({PUBLIC_RECORDS_LOCK}, 0);
              FOR org, touched IN
                WITH changed AS ({changed})
                SELECT x.organization_id, array_agg(DISTINCT x.vendor_id) FROM (
                  SELECT s.organization_id, s.vendor_id FROM public.vendors_site s WHERE s.fei_key <> '' AND s.fei_key IN (SELECT fei_key FROM changed)
                  UNION
                  SELECT s.organization_id, s.vendor_id FROM public.vendors_recordmatch m
                    JOIN public.vendors_site s ON s.organization_id = m.organization_id AND s.id = m.site_id
                    WHERE m.public_record_id IN (SELECT id FROM changed)
                ) x GROUP BY 1 ORDER BY 1
              LOOP
                PERFORM pg_advisory_xact_lock_shared({ORGANIZATION_LOCK}, org::int);
                PERFORM guard.note_dirty('vendor', org, touched);
              END LOOP;
              RETURN NULL;
            END $f$;""")
        yield from (
            "SET LOCAL ROLE cdmo_audit;",
            *functions,
            "RESET ROLE;",
        )
        yield from statement_triggers(
            "public.vendors_publicrecord", "dirty", "guard.dirty_vendors_publicrecord_{event}"
        )


class SettingsDirtyLog(SqlOperation):
    """A change of an organisation's settings touches its scorecards; a new reading of a public source touches all.

    Must-haves say "unknown" when a list was not read for a month, so the day of reading is a fact too.
    """

    def describe(self) -> str:
        """For the output of migrate."""
        return "Dirty log of settings and readings"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        header = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
        yield from (
            f"""
            GRANT SELECT ON public.core_organization TO cdmo_audit;
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.dirty_settings() {header} AS $f$
            DECLARE org bigint;
            BEGIN
              FOR org IN SELECT n.id FROM new_rows n JOIN old_rows o USING (id) WHERE n.settings IS DISTINCT FROM o.settings ORDER BY 1 LOOP
                PERFORM pg_advisory_xact_lock_shared({ORGANIZATION_LOCK}, org::int);
                PERFORM guard.note_dirty('organization', org, ARRAY[org]);
              END LOOP;
              RETURN NULL;
            END $f$;
            CREATE OR REPLACE FUNCTION guard.dirty_readings() {header} AS $f$
            DECLARE org bigint;
            BEGIN
              FOR org IN SELECT id FROM public.core_organization ORDER BY 1 LOOP
                PERFORM pg_advisory_xact_lock_shared({ORGANIZATION_LOCK}, org::int);
                PERFORM guard.note_dirty('organization', org, ARRAY[org]);
              END LOOP;
              RETURN NULL;
            END $f$;
            RESET ROLE;
            """,
            (
                "CREATE TRIGGER dirty_settings AFTER UPDATE ON public.core_organization REFERENCING OLD TABLE AS old_rows "
                "NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION guard.dirty_settings();"
            ),
            (
                "CREATE TRIGGER dirty_readings AFTER INSERT ON public.vendors_sourceread "
                "FOR EACH STATEMENT EXECUTE FUNCTION guard.dirty_readings();"
            ),
        )


class DefaultCandidates(SqlOperation):
    """Every unarchived vendor stands in every programme that a scorecard judges "all" of.

    A trigger, so that a vendor added by any path is ranked; runs before the dirty log (names sort), under the exclusive lock.
    """

    def describe(self) -> str:
        """For the output of migrate."""
        return "Default candidates"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        insert = """
          INSERT INTO public.scorecards_candidate (organization_id, program_id, vendor_id, public_id, label, incumbent, switching_currency, version)
          SELECT v.organization_id, p.program_id, v.id, guard.uuid7(), '', false, '', 1
          FROM {vendors} v
          JOIN (SELECT DISTINCT organization_id, program_id FROM {scorecards} WHERE selection = 'all' AND archived_at IS NULL) p
            ON p.organization_id = v.organization_id
          WHERE v.archived_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM public.scorecards_candidate c
            WHERE c.organization_id = v.organization_id AND c.program_id = p.program_id AND c.vendor_id = v.id AND c.archived_at IS NULL);
        """
        header = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
        lock = f"""
          FOR org IN SELECT DISTINCT organization_id FROM new_rows ORDER BY 1 LOOP
            PERFORM pg_advisory_xact_lock({ORGANIZATION_LOCK}, org::int);
          END LOOP;"""
        yield from (
            f"""
            CREATE POLICY default_candidates ON public.scorecards_candidate FOR INSERT TO cdmo_audit WITH CHECK (true);
            GRANT INSERT ON public.scorecards_candidate TO cdmo_audit;
            GRANT USAGE ON SEQUENCE public.scorecards_candidate_id_seq TO cdmo_audit;
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.uuid7() RETURNS uuid LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $f$
              -- 48 bits of milliseconds, version 7, the rest random (RFC 9562)
              SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
            $f$;
            CREATE OR REPLACE FUNCTION guard.candidates_of_new_vendors() {header} AS $f$
            DECLARE org bigint;
            BEGIN {lock}
              {insert.format(vendors="new_rows", scorecards="public.scorecards_scorecard")}
              RETURN NULL;
            END $f$;
            CREATE OR REPLACE FUNCTION guard.candidates_of_returned_vendors() {header} AS $f$
            DECLARE org bigint;
            BEGIN
              IF {links_changed(["archived_at"])} THEN {lock}
                {insert.format(vendors="new_rows", scorecards="public.scorecards_scorecard")}
              END IF;
              RETURN NULL;
            END $f$;
            CREATE OR REPLACE FUNCTION guard.candidates_of_new_scorecards() {header} AS $f$
            DECLARE org bigint;
            BEGIN {lock}
              {insert.format(vendors="public.vendors_vendor", scorecards="new_rows")}
              RETURN NULL;
            END $f$;
            CREATE OR REPLACE FUNCTION guard.candidates_of_widened_scorecards() {header} AS $f$
            DECLARE org bigint;
            BEGIN
              IF {links_changed(["archived_at", "selection", "program_id"])} THEN {lock}
                {insert.format(vendors="public.vendors_vendor", scorecards="new_rows")}
              END IF;
              RETURN NULL;
            END $f$;
            RESET ROLE;
            """,
        )
        for table, event, function in (
            ("vendors_vendor", "INSERT", "candidates_of_new_vendors"),
            ("vendors_vendor", "UPDATE", "candidates_of_returned_vendors"),
            ("scorecards_scorecard", "INSERT", "candidates_of_new_scorecards"),
            ("scorecards_scorecard", "UPDATE", "candidates_of_widened_scorecards"),
        ):
            old = "OLD TABLE AS old_rows " if event == "UPDATE" else ""
            yield from (
                (
                    f"CREATE TRIGGER candidates_{event.lower()} AFTER {event} ON public.{table} REFERENCING {old}NEW TABLE AS new_rows "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION guard.{function}();"
                ),
            )


class PublishedFrameworksStand(SqlOperation):
    """A published criteria set cannot be changed, except that it may be archived."""

    def describe(self) -> str:
        """For the output of migrate."""
        return "Published criteria sets stand"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        yield from (
            """
            SET LOCAL ROLE cdmo_audit;
            CREATE OR REPLACE FUNCTION guard.framework_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
              SET search_path = pg_catalog, pg_temp AS $f$
            BEGIN
              IF OLD.state = 'published' AND (to_jsonb(NEW) - 'archived_at' - 'version' - 'updated_at')
                 IS DISTINCT FROM (to_jsonb(OLD) - 'archived_at' - 'version' - 'updated_at') THEN
                RAISE EXCEPTION 'a published criteria set cannot be changed: copy it to a new version' USING ERRCODE = '23514';
              END IF;
              RETURN NEW;
            END $f$;
            RESET ROLE;
            """,
            "CREATE TRIGGER published_stands BEFORE UPDATE ON public.scorecards_framework FOR EACH ROW EXECUTE FUNCTION guard.framework_stands();",
        )


def watched_tables() -> list[dict[str, Any]]:
    """What the dirty log watches; a test compares it with what a recompute reads."""
    via_vendor = "SELECT organization_id, vendor_id AS id FROM changed"
    via_site = "SELECT c.organization_id, s.vendor_id AS id FROM changed c JOIN public.vendors_site s ON s.organization_id = c.organization_id AND s.id = c.site_id"
    via_candidate = "SELECT organization_id, candidate_id AS id FROM changed"
    own = "SELECT organization_id, id FROM changed"
    return [
        # who a vendor is, and whether it stands: adding or archiving one changes who is affected
        {"table": "vendors_vendor", "of": "vendor", "ids": own, "links": ["archived_at", "merged_into_id"]},
        # identifiers decide which records belong to whom
        {"table": "vendors_site", "of": "vendor", "ids": via_vendor, "links": ["vendor_id", "fei_key"]},
        {"table": "vendors_capability", "of": "vendor", "ids": via_site},
        {"table": "vendors_serviceoffering", "of": "vendor", "ids": via_vendor},
        {"table": "vendors_certificate", "of": "vendor", "ids": via_vendor},
        {"table": "vendors_vendorpartnership", "of": "vendor", "ids": via_vendor},
        {"table": "vendors_listscreen", "of": "vendor", "ids": via_vendor},
        {"table": "vendors_sectionattestation", "of": "vendor", "ids": via_vendor},
        {"table": "vendors_qualification", "of": "vendor", "ids": via_site},
        {"table": "vendors_evidence", "of": "vendor", "ids": via_vendor},
        {"table": "vendors_recordmatch", "of": "vendor", "ids": via_site},
        {
            "table": "vendors_uploadedrecord",
            "of": "vendor",
            "ids": "SELECT c.organization_id, s.vendor_id AS id FROM changed c JOIN public.vendors_site s"
            " ON s.organization_id = c.organization_id AND s.fei_key = c.fei_key AND s.fei_key <> ''",
        },
        {"table": "scorecards_program", "of": "program", "ids": own, "links": ["archived_at"]},
        {
            "table": "scorecards_candidate",
            "of": "candidate",
            "ids": own,
            "links": ["vendor_id", "program_id", "archived_at"],
        },
        {
            "table": "scorecards_supplyline",
            "of": "candidate",
            "ids": via_candidate,
            "links": ["candidate_id", "partner_vendor_id"],
        },
        {
            "table": "scorecards_scorecard",
            "of": "scorecard",
            "ids": own,
            "links": ["program_id", "selection", "archived_at"],
        },
        {
            "table": "scorecards_scorecardchoice",
            "of": "scorecard",
            "ids": "SELECT organization_id, scorecard_id AS id FROM changed",
            "links": ["scorecard_id", "candidate_id"],
        },
        {
            "table": "scorecards_scorecardgate",
            "of": "scorecard",
            "ids": "SELECT organization_id, scorecard_id AS id FROM changed",
        },
        {"table": "scorecards_gatewaiver", "of": "candidate", "ids": via_candidate},
    ]


def offer_tables() -> list[dict[str, Any]]:
    """What vendors offered, watched as well: a version touches its candidate, a rate the programmes budgeted in it."""
    via_proposal = (
        "SELECT c.organization_id, p.candidate_id AS id FROM changed c"
        " JOIN public.scorecards_proposal p ON p.organization_id = c.organization_id AND p.id = c.proposal_id"
    )
    return [
        {
            "table": "scorecards_proposal",
            "of": "candidate",
            "ids": "SELECT organization_id, candidate_id AS id FROM changed",
        },
        {"table": "scorecards_proposalline", "of": "candidate", "ids": via_proposal},
        {"table": "scorecards_proposalwithdrawal", "of": "candidate", "ids": via_proposal},
        {
            "table": "scorecards_exchangerate",
            "of": "program",
            "ids": "SELECT c.organization_id, p.id FROM changed c JOIN public.scorecards_program p"
            " ON p.organization_id = c.organization_id AND p.budget_currency = c.target",
        },
    ]


def questionnaire_tables() -> list[dict[str, Any]]:
    """What vendors were asked, watched as well: an open question counts from the day after its deadline."""
    return [
        {
            "table": "scorecards_questionnairecopy",
            "of": "candidate",
            "ids": "SELECT organization_id, candidate_id AS id FROM changed WHERE sent_at IS NOT NULL",
        },
        {
            "table": "scorecards_questionnaireitem",
            "of": "candidate",
            "ids": "SELECT c.organization_id, q.candidate_id AS id FROM changed c JOIN public.scorecards_questionnairecopy q"
            " ON q.organization_id = c.organization_id AND q.id = c.copy_id",
        },
    ]


def judgement_tables() -> list[dict[str, Any]]:
    """What people judge, watched as well: an invitation only once its ratings count, or when they cease to."""
    own = "SELECT organization_id, id FROM changed"
    return [
        {
            "table": "scorecards_invitation",
            "of": "invitation",
            "ids": "SELECT organization_id, id FROM changed WHERE counted_at IS NOT NULL",
        },
        {"table": "scorecards_rating", "of": "rating", "ids": own},
        {"table": "scorecards_consensus", "of": "consensus", "ids": own},
    ]
