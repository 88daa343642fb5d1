"""The chain that seals the audit trail: what is sealed and when, and that every change of a sealed row is found."""

from io import StringIO
from threading import Event

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection

from cdmo_eval.core.audit_chain import Report, hash_at, head_of, seal_all, tell_heads, verify_chain
from cdmo_eval.core.check_walls import problems
from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import AuditEvent, AuditSeal, Membership
from cdmo_eval.core.roles import Role
from cdmo_eval.core.sealing import SEAL_FUNCTION
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.support.threads import Beside

pytestmark = pytest.mark.django_db(transaction=True)


def edit(team: Team, role: str = "evaluator") -> None:
    """One audited change."""
    with organization_scope(team.organization.pk, team.actor(), reason="a test"):
        Membership.objects.filter(user=team.members[Role.VIEWER]).update(role=role)


def check(team: Team, outside: tuple[int, str] | None = None) -> Report:
    with organization_scope(team.organization.pk, "test"):
        return verify_chain(team.organization, outside=outside)


def kinds(report: Report) -> list[tuple[str, int]]:
    return [(fault.kind, fault.number) for fault in report.faults]


def as_owner(sql: str, *parameters: object) -> None:
    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute(sql, parameters or None)


@pytest.fixture
def sealed(team: Team, outsiders: Team) -> Team:
    """An organisation whose events are sealed."""
    for role in ("evaluator", "manager", "viewer"):
        edit(team, role)
    seal_all()
    return team


def test_every_event_is_sealed_once_and_the_chain_is_whole(sealed: Team) -> None:
    with organization_scope(sealed.organization.pk, "test"):
        events = list(AuditEvent.objects.order_by("id").values_list("id", flat=True))
        seals = list(AuditSeal.objects.order_by("number").values_list("number", "event_id"))
    report = check(sealed)

    assert [event for _, event in seals] == events
    assert [number for number, _ in seals] == list(range(1, len(events) + 1))
    assert (report.faults, report.checked, report.unsealed) == ((), len(events), 0)
    assert seal_all() == 0


def test_sealing_goes_on_where_it_stopped(sealed: Team) -> None:
    before = check(sealed).head

    edit(sealed)
    with organization_scope(sealed.organization.pk, "test"):
        waiting = head_of(sealed.organization).waiting
    done = seal_all(most=1)
    after = check(sealed)

    assert (waiting, done, after.head.number, after.faults) == (1, 1, before.number + 1, ())


def test_an_open_transaction_holds_back_what_came_after_it(sealed: Team, beside: Beside) -> None:
    begun, end = Event(), Event()

    def long_edit() -> None:
        with organization_scope(sealed.organization.pk, sealed.actor()):
            Membership.objects.filter(user=sealed.members[Role.QUALITY]).update(version=2)
            begun.set()
            end.wait(20)

    running = beside.start(long_edit)
    begun.wait(20)
    edit(sealed)
    held = seal_all()
    end.set()
    running.result(20)
    released = seal_all()

    assert (held, released) == (0, 2)
    assert check(sealed).faults == ()


def test_eight_sealers_at_once_seal_each_event_once(sealed: Team, beside: Beside) -> None:
    for _ in range(5):
        edit(sealed, "evaluator")
        edit(sealed, "viewer")

    passes = [beside.start(seal_all) for _ in range(8)]
    done = sum(one.result(30) for one in passes)

    assert done + seal_all() == 10
    assert check(sealed).faults == ()


ALTERED = (
    "UPDATE core_auditevent SET new = jsonb_set(new, '{role}', '\"admin\"') WHERE id = %s",
    "UPDATE core_auditevent SET actor_name = 'Somebody else' WHERE id = %s",
    "UPDATE core_auditevent SET reason = '' WHERE id = %s",
    "UPDATE core_auditevent SET at = at + interval '1 microsecond' WHERE id = %s",
)


def test_altered_events_are_found_by_their_numbers(sealed: Team) -> None:
    """One part of each of the last four events: what it says, who, why, when."""
    edit(sealed)
    seal_all()
    last = check(sealed).head.number
    with organization_scope(sealed.organization.pk, "test"):
        seals = AuditSeal.objects.filter(number__gt=last - 4).order_by("number")
        events = dict(seals.values_list("number", "event_id"))

    for sql, event in zip(ALTERED, events.values(), strict=True):
        as_owner(sql, event)

    assert kinds(check(sealed)) == [("altered", number) for number in events]


def test_a_missing_event_is_found(sealed: Team) -> None:
    with organization_scope(sealed.organization.pk, "test"):
        event = AuditSeal.objects.get(number=2).event_id

    as_owner("DELETE FROM core_auditevent WHERE id = %s", event)

    assert kinds(check(sealed)) == [("missing", 2)]


def test_reordered_events_are_found(sealed: Team) -> None:
    with organization_scope(sealed.organization.pk, "test"):
        two, three = (
            AuditSeal.objects.filter(number__in=[2, 3]).order_by("number").values_list("event_id", flat=True)
        )

    as_owner("UPDATE core_auditseal SET event_id = -1 WHERE event_id = %s", two)
    as_owner("UPDATE core_auditseal SET event_id = %s WHERE event_id = %s", two, three)
    as_owner("UPDATE core_auditseal SET event_id = %s WHERE event_id = -1", three)

    assert kinds(check(sealed)) == [("moved", 2), ("moved", 3)]


def test_missing_seals_are_found(sealed: Team) -> None:
    last = check(sealed).head.number

    as_owner(
        "DELETE FROM core_auditseal WHERE number IN (2, %s) AND organization_id = %s",
        last,
        sealed.organization.pk,
    )

    assert [kind for kind, _ in kinds(check(sealed))] == ["gap", "altered", "head"]


def test_a_chain_written_anew_is_found_by_the_head_kept_outside(sealed: Team) -> None:
    kept = check(sealed).head
    as_owner(
        "UPDATE core_auditevent SET actor_name = 'Nobody' WHERE organization_id = %s", sealed.organization.pk
    )
    as_owner("DELETE FROM core_auditseal WHERE organization_id = %s", sealed.organization.pk)
    as_owner("DELETE FROM core_auditchain WHERE organization_id = %s", sealed.organization.pk)
    seal_all()

    assert check(sealed).faults == ()
    assert kinds(check(sealed, (kept.number, kept.hash))) == [("outside", kept.number)]


def test_after_a_restore_into_a_younger_cluster_sealing_goes_on(sealed: Team) -> None:
    far = 2**40
    as_owner(
        "UPDATE core_auditevent SET xid = xid + %s WHERE organization_id = %s", far, sealed.organization.pk
    )
    as_owner("UPDATE core_auditchain SET horizon = horizon + %s", far)
    before = check(sealed).head.number
    edit(sealed)

    assert seal_all() == 1
    assert check(sealed).head.number == before + 1


def test_tables_of_the_callers_own_do_not_mislead_the_sealer(sealed: Team) -> None:
    edit(sealed)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE core_auditchain (organization_id bigint, number bigint, hash bytea, horizon bigint)"
        )
        cursor.execute("CREATE TEMP TABLE core_auditseal (event_id bigint)")
    try:
        assert seal_all() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE pg_temp.core_auditchain, pg_temp.core_auditseal")
    assert check(sealed).faults == ()


def test_walls_say_when_the_sealer_is_not_ours(db: None) -> None:
    before = problems()
    as_owner(
        "SET ROLE cdmo_audit; CREATE OR REPLACE FUNCTION guard.seal_audit(organization bigint, most integer) RETURNS integer"
        " LANGUAGE sql SECURITY DEFINER AS 'SELECT 0'; RESET ROLE"
    )
    as_owner("GRANT INSERT ON core_auditseal TO cdmo_app")
    try:
        found = [one for one in problems() if one not in before]
    finally:
        as_owner(f"SET ROLE cdmo_audit; {SEAL_FUNCTION} RESET ROLE")
        as_owner("REVOKE INSERT ON core_auditseal FROM cdmo_app")

    assert found == [
        "the app role may write core_auditseal",
        "guard.seal_audit is not the function of this release",
        "guard.seal_audit does not run as the audit role with a search path of its own",
    ]
    assert problems() == before


def test_another_organisations_chain_is_not_seen(sealed: Team, outsiders: Team) -> None:
    with organization_scope(outsiders.organization.pk, "test"):
        seen = AuditSeal.objects.filter(organization=sealed.organization).count()
        theirs = hash_at(sealed.organization, 1)

    assert (seen, theirs) == (0, "")


def test_the_head_is_told_to_administrators_once_a_day(sealed: Team, outsiders: Team) -> None:
    head = check(sealed).head

    first = tell_heads(today=NOW.date(), now=NOW)
    again = tell_heads(today=NOW.date(), now=NOW)

    told = {message.to[0]: message.body for message in mail.outbox}
    assert (first, again, sorted(told)) == (2, 0, ["admin@alpha.example", "admin@omega.example"])
    assert f"Head: {head.number}:{head.hash}\n" in told["admin@alpha.example"]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_audit", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_says_what_it_checked(sealed: Team) -> None:
    head = check(sealed).head

    said = run("--organization", "alpha", "--head", f"{head.number}:{head.hash}")

    assert (
        said
        == f"alpha: {head.number} sealed changes checked, 0 not sealed yet. Head {head.number}:{head.hash}\n"
    )
    assert [line.split(":")[0] for line in run().splitlines()] == ["alpha", "omega"]


def test_the_command_fails_for_a_changed_row(sealed: Team) -> None:
    as_owner("UPDATE core_auditevent SET reason = 'other' WHERE organization_id = %s", sealed.organization.pk)

    with pytest.raises(CommandError, match="not as it was sealed"):
        run("--organization", "alpha")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--organization", "nobody"),
        ("--head", "1:" + "0" * 64),
        ("--organization", "alpha", "--head", "1:ab"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(team: Team, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
