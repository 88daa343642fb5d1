"""The walls between organisations, attacked as the app role."""

import pytest
from django.db import DatabaseError, connection, transaction

from cdmo_eval.core.check_walls import problems
from cdmo_eval.core.models import AuditEvent, Job
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team

pytestmark = pytest.mark.django_db


def rows(sql: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []


def make_job(team: Team, subject: str = "x") -> Job:
    with organization_scope(team.organization.pk, team.actor()):
        return Job.objects.create(organization=team.organization, kind="test", subject=subject)


def test_tests_run_as_the_app_role() -> None:
    assert rows("SELECT current_user, session_user") == [("cdmo_app", "cdmo_app")]


def test_walls_stand() -> None:
    assert problems() == []


def test_without_a_scope_nothing_is_seen(team: Team) -> None:
    make_job(team)
    assert Job.objects.count() == 0


def test_another_organisations_rows_do_not_exist(team: Team, outsiders: Team) -> None:
    job = make_job(team)
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        assert Job.objects.count() == 0
        assert Job.objects.filter(pk=job.pk).update(subject="stolen") == 0


def test_a_row_for_another_organisation_is_refused(team: Team, outsiders: Team) -> None:
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        organization_scope(team.organization.pk, team.actor()),
    ):
        Job.objects.create(organization=outsiders.organization, kind="test")


def test_nested_scope_gives_the_outer_one_back(team: Team, outsiders: Team) -> None:
    make_job(team, "ours")
    make_job(outsiders, "theirs")
    with organization_scope(team.organization.pk, team.actor()):
        with organization_scope(outsiders.organization.pk, outsiders.actor()):
            assert [job.subject for job in Job.objects.all()] == ["theirs"]
        assert [job.subject for job in Job.objects.all()] == ["ours"]
        with pytest.raises(KeyError), organization_scope(outsiders.organization.pk, outsiders.actor()):
            raise KeyError
        assert [job.subject for job in Job.objects.all()] == ["ours"]


@pytest.mark.parametrize(
    "sql",
    [
        (
            "INSERT INTO core_auditevent (organization_id, table_name, op, row_id, actor_id, actor_name, reason, request_id, xid, at)"
            " VALUES (1, 'x', 'I', 1, '', '', '', '', 1, now())"
        ),
        "UPDATE core_auditevent SET op = 'X'",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent",
        "ALTER TABLE core_membership DISABLE TRIGGER audit_update",
        "SET session_replication_role = replica",
        "SET ROLE cdmo_audit",
        "SET ROLE cdmo_owner",
        "DROP POLICY tenant ON core_job",
        "ALTER TABLE core_job NO FORCE ROW LEVEL SECURITY",
        "CREATE TABLE public.mine (i int)",
        "CREATE OR REPLACE FUNCTION guard.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "DELETE FROM core_job",
        "INSERT INTO core_auditseal (organization_id, number, event_id, hash, sealed_at) VALUES (1, 9, 9, '', now())",
        "UPDATE core_auditseal SET number = 1",
        "DELETE FROM core_auditseal",
        "UPDATE core_auditchain SET number = 1",
        "DELETE FROM core_auditchain",
        "TRUNCATE core_auditchain",
        "SELECT guard.audit_text(e) FROM core_auditevent e",
        "CREATE OR REPLACE FUNCTION guard.seal_audit(organization bigint, most integer) RETURNS integer LANGUAGE sql AS 'SELECT 0'",
        "ALTER TABLE core_auditseal NO FORCE ROW LEVEL SECURITY",
        "UPDATE core_signature SET printed_name = 'x'",
        "DELETE FROM core_signature",
        (
            "CREATE TEMP TABLE core_job (id bigint, organization_id bigint);"
            " CREATE TRIGGER t AFTER INSERT ON pg_temp.core_job REFERENCING NEW TABLE AS new_rows"
            " FOR EACH STATEMENT EXECUTE FUNCTION guard.audit('organization_id', '')"
        ),
    ],
)
def test_attack_is_refused(team: Team, sql: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        rows(sql)


def test_membership_changes_are_audited_with_actor_and_reason(team: Team) -> None:
    membership = team.organization.memberships.order_by("id").first()
    assert membership is not None
    actor = team.actor()
    with organization_scope(team.organization.pk, actor, reason="left the company"):
        type(membership).objects.filter(pk=membership.pk).update(role="evaluator")
        event = AuditEvent.objects.order_by("-id").first()
    assert event is not None
    assert (event.op, event.table_name, event.actor_id, event.actor_name, event.reason) == (
        "U", "core_membership", actor.identity, actor.name, "left the company",
    )  # fmt: skip
    assert (event.old["role"], event.new["role"]) == ("viewer", "evaluator")


def test_copy_into_a_tenant_table_is_refused(team: Team) -> None:
    with (
        pytest.raises(Exception, match=r"row-level security|row level security"),
        organization_scope(team.organization.pk, team.actor()),
        connection.cursor() as cursor,
        cursor.copy("COPY core_job (organization_id, kind) FROM STDIN") as copy,
    ):
        copy.write_row((team.organization.pk, "x"))
