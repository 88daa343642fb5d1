"""Do the walls in the database still stand? Asked at start, after each migration and after a restore."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection

from cdmo_eval.core.models.tenant import TenantForeignKey, TenantRow
from cdmo_eval.core.sealing import SEAL_FUNCTION, TEXT_FUNCTION

# Tables that row-level security does not cover, each with its reason. A new table must be a tenant's or stand here.
NOT_COVERED: dict[str, str] = {
    "account_emailaddress": "people, not organisations, own it",
    "account_emailconfirmation": "people, not organisations, own it",
    "auth_group": "Django's own; unused",
    "auth_group_permissions": "Django's own; unused",
    "auth_permission": "Django's own; the same for all",
    "axes_accessattempt": "lock-out before anybody is signed in",
    "axes_accessattemptexpiration": "lock-out before anybody is signed in",
    "axes_accessfailurelog": "lock-out before anybody is signed in",
    "axes_accesslog": "lock-out before anybody is signed in",
    "core_apitoken": "looked up before the organisation is known",
    "core_auditchain": "has policies of its own: read by its organisation, written by the sealer only",
    "core_auditevent": "has policies of its own: read by its organisation, written by the trigger only",
    "core_auditseal": "has policies of its own: read by its organisation, written by the sealer only",
    "core_change": "has policies of its own: read by its organisation, written by triggers only",
    "core_event": "the outbox: numbered and told for all organisations at once; public ids and words only",
    "core_membership": "looked up before the organisation is known",
    "core_memberstate": "counts and times only; read with the membership before the organisation is known",
    "core_notificationcursor": "a number for each organisation; read for all of them at once",
    "core_organization": "looked up before the organisation is known",
    "core_periodkey": "claims of periodic work, no organisation's data",
    "core_tokenuse": "written while the token is checked",
    "core_user": "a person may belong to several organisations",
    "core_user_groups": "Django's own; unused",
    "core_user_user_permissions": "Django's own; unused",
    "core_webhookcursor": "a number for each organisation; asked for all organisations at once",
    "django_content_type": "Django's own; the same for all",
    "django_migrations": "Django's own; the same for all",
    "django_session": "looked up before anybody is signed in",
    "mfa_authenticator": "people, not organisations, own it",
    "usersessions_usersession": "people, not organisations, own it",
    "vendors_publicload": "public reference data, read-only for the app role",
    "vendors_publicrecord": "public reference data, read-only for the app role",
    "vendors_publicrecordversion": "public reference data, read-only for the app role",
    "vendors_sourceread": "public reference data, read-only for the app role",
    "scorecards_dirtyrow": "ids only; appended by triggers, taken by the recompute of any organisation",
    "scorecards_scorecardstate": "ids, counts and times only; written outside the organisation's transaction",
}

# Policies beyond the three of every table, each with its reason.
FURTHER_POLICIES = {
    "scorecards_candidate": {"default_candidates"},  # the trigger that lets every vendor stand
}


def problems() -> list[str]:
    """Sentences about walls that are missing; empty when all stand."""
    found = [*_roles(), *_sealer()]
    tables = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        secured = dict(cursor.fetchall())
        cursor.execute(
            "SELECT tablename, string_agg(policyname, ',' ORDER BY policyname) FROM pg_policies WHERE schemaname = 'public' GROUP BY 1"
        )
        policies = dict(cursor.fetchall())
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
        references = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        )
        triggers = {(table, name) for table, name in cursor.fetchall()}
    for table, model in sorted(tables.items()):
        if not issubclass(model, TenantRow):
            if table not in NOT_COVERED:
                found.append(f"{table} belongs to no organisation and no reason is on file")
            continue
        if not secured.get(table):
            found.append(f"{table} has no forced row-level security")
        present = set(policies.get(table, "").split(","))
        if present - FURTHER_POLICIES.get(table, set()) != {"audit", "owner", "tenant"}:
            found.append(f"{table} has the policies {', '.join(sorted(present))}")
        for field in model._meta.local_fields:
            bound = isinstance(field, TenantForeignKey) and not getattr(model, "derived", False)
            if bound and f"{table}_{field.column}_org_fk" not in references:
                found.append(f"{table}.{field.column} is not bound to its organisation")
        if getattr(model, "audited", True) and (table, "audit_update") not in triggers:
            found.append(f"{table} is not audited")
    return found


def _roles() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole, pg_get_userbyid(d.datdba) = current_user,
                      has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'TEMP')
               FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"""
        )
        superuser, bypass, create_role, owner, create, temporary = cursor.fetchone()
        cursor.execute(
            """SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = 'guard' AND (p.prorettype = 'trigger'::regtype AND NOT p.prosecdef OR pg_get_userbyid(p.proowner) <> 'cdmo_audit')"""
        )
        loose = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT pg_has_role('cdmo_owner', 'cdmo_audit', 'USAGE')")
        inherits = cursor.fetchone()[0]
    if superuser or bypass or create_role or owner or create:
        yield "the app role may do more than it should (superuser, BYPASSRLS, CREATEROLE, owner or CREATE)"
    if not temporary:
        yield "the app role lacks TEMP, which bulk writes need"
    if loose:
        yield f"guard functions not owned by cdmo_audit: {', '.join(loose)}"
    if not inherits:
        yield "cdmo_owner does not inherit cdmo_audit: a restored dump would lose the guards"


def _sealer() -> Iterator[str]:
    """The audit trail is written by its trigger and its sealer alone, and the sealer is the one of this release."""
    with connection.cursor() as cursor:
        for table in ("core_auditevent", "core_auditseal", "core_auditchain"):
            cursor.execute("SELECT has_table_privilege(%s, 'INSERT, UPDATE, DELETE, TRUNCATE')", [table])
            if cursor.fetchone()[0]:
                yield f"the app role may write {table}"
        cursor.execute(
            """SELECT p.proname, p.prosecdef, p.prosrc, coalesce(array_to_string(p.proconfig, ','), '')
               FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = 'guard' AND p.proname IN ('seal_audit', 'audit_text')"""
        )
        present = {name: rest for name, *rest in cursor.fetchall()}
    for name, definition in (("seal_audit", SEAL_FUNCTION), ("audit_text", TEXT_FUNCTION)):
        if name not in present:
            yield f"guard.{name} is missing: the audit trail is not sealed"
            continue
        definer, source, options = present[name]
        if source.strip() != definition.split("$f$")[1].strip():
            yield f"guard.{name} is not the function of this release"
        if "search_path" not in options or definer != (name == "seal_audit"):
            yield f"guard.{name} does not run as the audit role with a search path of its own"
