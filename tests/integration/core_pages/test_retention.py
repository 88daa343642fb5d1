"""How long derived things are kept, legal holds, and who had access on a day."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from cdmo_eval.core import members, retention
from cdmo_eval.core.access_report import access_rows
from cdmo_eval.core.errors import Conflict, Invalid, PermissionDenied
from cdmo_eval.core.models import (
    AuditEvent,
    IdempotencyKey,
    LegalHold,
    Membership,
    Notification,
    PeriodKey,
)
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import create_token, revoke_token
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program
from tests.integration.api.calls import by_session, by_token, code, problem
from tests.integration.vendors_pages.conftest import signed_in
from tests.support.threads import Beside
from vendors.models import Evidence, Vendor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=400)


@pytest.fixture
def admin(team: Team) -> Client:
    """The administrator's browser."""
    return signed_in(team, Role.ADMIN)


def notify(team: Team, *, read_at: datetime | None, seq: int = 1) -> Notification:
    return Notification.objects.create(
        organization=team.organization, recipient=team.members[Role.VIEWER], seq=seq, kind="ranks", type="gate.failed",
        subject_type="vendor", subject_id=team.organization.public_id, at=NOW, read_at=read_at,
    )  # fmt: skip


def remember(team: Team, created_at: datetime) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        organization=team.organization, actor="user:1", key=str(created_at), body_sha256="0" * 64, status=201, body={},
        created_at=created_at,
    )  # fmt: skip


def purge(team: Team, now: datetime = LATER, **options: Any) -> dict[str, int]:
    return dict(retention.purge_expired(organization=team.organization, now=now, **options).taken)


def hold(team: Team, **fields: Any) -> LegalHold:
    given = {
        "matter": "A dispute",
        "reason": "Counsel asks",
        "by": team.actor(Role.ADMIN),
        "now": NOW,
    } | fields
    with organization_scope(team.organization.pk, team.actor(Role.ADMIN)):
        return retention.place_hold(organization=team.organization, **given)


# The purge ----------------------------------------------------------------------------------------------------------
def test_purge_takes_what_is_past_its_days_and_nothing_else(in_team: Team) -> None:
    for number, read_at in enumerate(
        (None, LATER - timedelta(days=181), LATER - timedelta(days=179)), start=1
    ):
        notify(in_team, read_at=read_at, seq=number)
    for created_at in (LATER - timedelta(days=8), LATER - timedelta(days=6)):
        remember(in_team, created_at)

    taken = purge(in_team)

    assert {code: count for code, count in taken.items() if count} == {
        "notifications": 1,
        "idempotency_keys": 1,
    }
    assert sorted(Notification.objects.values_list("seq", flat=True)) == [1, 3]
    assert IdempotencyKey.objects.count() == 1


def test_facts_stay_whatever_is_purged(in_team: Team, vendor: Vendor) -> None:
    def counts() -> list[int]:
        return [model.objects.count() for model in (Vendor, Evidence, AuditEvent, Membership)]

    with organization_scope(in_team.organization.pk, in_team.actor(Role.ADMIN)):
        retention.change_retention(
            organization=in_team.organization, given=dict.fromkeys((kind.code for kind in retention.kinds()), 1),
            expected_version=None, by=in_team.actor(Role.ADMIN),
        )  # fmt: skip
    before = counts()
    purge(in_team, NOW + timedelta(days=36500))

    assert counts() == before


def test_rehearsal_counts_and_takes_nothing(in_team: Team) -> None:
    notify(in_team, read_at=NOW)

    assert purge(in_team, rehearse=True)["notifications"] == 1
    assert Notification.objects.count() == 1


def test_hold_stops_every_purge_until_it_is_lifted(in_team: Team) -> None:
    notify(in_team, read_at=NOW)
    row = hold(in_team)

    stopped = retention.purge_expired(organization=in_team.organization, now=LATER)
    with organization_scope(in_team.organization.pk, in_team.actor(Role.ADMIN)):
        retention.lift_hold(
            hold=row, reason="Settled", expected_version=None, by=in_team.actor(Role.ADMIN), now=LATER
        )
    freed = purge(in_team)

    assert (stopped.held, stopped.taken) == (("A dispute",), {})
    assert freed["notifications"] == 1


def test_hold_of_a_programme_stops_the_whole_purge(in_team: Team) -> None:
    program = make_program(in_team.organization)
    notify(in_team, read_at=NOW)
    hold(in_team, program_public_id=program.public_id)

    assert purge(in_team) == {}


def test_hold_on_account_of_no_programme_of_ours_is_refused(in_team: Team) -> None:
    with pytest.raises(Invalid) as caught:
        hold(in_team, program_public_id=in_team.organization.public_id)

    assert [(error.field, error.code) for error in caught.value.errors] == [("program", "does_not_exist")]


def test_hold_and_its_lifting_are_in_the_audit_trail(in_team: Team) -> None:
    row = hold(in_team)
    with organization_scope(in_team.organization.pk, in_team.actor(Role.ADMIN)):
        retention.lift_hold(
            hold=row, reason="Settled", expected_version=1, by=in_team.actor(Role.ADMIN), now=NOW
        )

    events = AuditEvent.objects.filter(table_name="core_legalhold").order_by("id")
    assert [(one.op, one.new["lifted_reason"], one.actor_name) for one in events] == [
        ("I", "", "Admin of Alpha"), ("U", "Settled", "Admin of Alpha"),
    ]  # fmt: skip


def test_hold_is_lifted_once_and_with_a_reason(in_team: Team) -> None:
    row, admin = hold(in_team), in_team.actor(Role.ADMIN)
    with organization_scope(in_team.organization.pk, admin):
        with pytest.raises(Invalid):
            retention.lift_hold(hold=row, reason=" ", expected_version=None, by=admin, now=NOW)
        retention.lift_hold(hold=row, reason="Settled", expected_version=None, by=admin, now=NOW)
        with pytest.raises(Conflict):
            retention.lift_hold(hold=row, reason="Again", expected_version=None, by=admin, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_place_holds_and_decide_the_days(in_team: Team, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        hold(in_team, by=in_team.actor(role))
    with pytest.raises(PermissionDenied):
        retention.change_retention(
            organization=in_team.organization, given={}, expected_version=None, by=in_team.actor(role)
        )


def test_night_purges_each_organisation_once_a_day(team: Team, outsiders: Team) -> None:
    with organization_scope(team.organization.pk, "test"):
        notify(team, read_at=NOW)

    done = [retention.purge_all(now=LATER), retention.purge_all(now=LATER + timedelta(hours=2))]

    assert done == [2, 0]
    assert PeriodKey.objects.filter(key__startswith="purge:").count() == 2


def test_command_says_what_it_took_and_fails_under_a_hold(team: Team, outsiders: Team) -> None:
    hold(outsiders)
    out, err = StringIO(), StringIO()

    call_command("purge_expired", organization="alpha", stdout=out)
    with pytest.raises(CommandError, match="1 of 2 organisations"):
        call_command("purge_expired", stdout=out, stderr=err)
    with pytest.raises(CommandError, match="no organisation"):
        call_command("purge_expired", organization="nobody")

    assert "alpha: purged" in out.getvalue()
    assert err.getvalue().strip() == "omega: nothing is purged, a legal hold stands: A dispute"


@pytest.mark.django_db(transaction=True)
def test_purge_waits_for_a_hold_that_is_being_placed(team: Team, beside: Beside) -> None:
    with organization_scope(team.organization.pk, "test"):
        notify(team, read_at=NOW)
    admin = team.actor(Role.ADMIN)

    with organization_scope(team.organization.pk, admin):
        retention.place_hold(
            organization=team.organization, matter="A dispute", reason="x", by=admin, now=NOW
        )
        waiting = beside.start(lambda: retention.purge_expired(organization=team.organization, now=LATER))
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
    done = waiting.result(timeout=20)

    assert (done.held, done.taken) == (("A dispute",), {})


# Pages and REST -----------------------------------------------------------------------------------------------------
def test_page_decides_the_days_and_places_and_lifts_a_hold(team: Team, admin: Client) -> None:
    form = admin.get("/retention/days/").context["form"]
    given = {name: form[name].value() for name in form.fields}
    admin.post("/retention/days/", {**given, "notifications": "30"})
    admin.post("/retention/holds/add/", {"matter": "A dispute", "reason": "Counsel asks", "program": ""})
    shown = admin.get("/retention/").context
    (row,) = shown["holds"]
    admin.post(f"/retention/holds/{row.public_id}/lift/", {"reason": "Settled", "version": row.version})

    assert {kind.code: days for kind, days in shown["kinds"]}["notifications"] == 30
    assert (shown["standing"], admin.get("/retention/").context["standing"]) == (1, 0)


def test_auditor_reads_and_decides_nothing(team: Team) -> None:
    auditor = signed_in(team, Role.AUDITOR)

    assert auditor.get("/retention/").context["may_decide"] is False
    assert auditor.get("/retention/holds/add/").status_code == 403


def test_days_by_rest_keep_versions(team: Team) -> None:
    api = by_session(team, Role.ADMIN)
    first = api.get("organization/retention/")
    changed = api.patch("organization/retention/", {"days": {"notifications": 30}}, if_match=first["ETag"])
    late = api.patch("organization/retention/", {"days": {"notifications": 40}}, if_match=first["ETag"])

    assert (changed.json()["days"]["notifications"], changed["ETag"]) == (30, '"1"')
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ({"weather": 3}, ("weather", "unknown_kind")),
        ({"notifications": 0}, ("days.notifications", "min_value")),
    ],
)
def test_days_that_mean_nothing_are_refused(team: Team, days: dict[str, int], error: tuple[str, str]) -> None:
    assert problem(by_session(team, Role.ADMIN).patch("organization/retention/", {"days": days})) == (
        400,
        [error],
    )


def test_holds_by_rest(team: Team) -> None:
    admin, quality = by_session(team, Role.ADMIN), by_session(team, Role.QUALITY)
    made = admin.post("legal-holds/", {"matter": "A dispute", "reason": "Counsel asks"})
    identity = made.json()["id"]

    assert made.status_code == 201
    assert quality.get("legal-holds/?standing=true").json()["count"] == 1
    assert code(quality.post(f"legal-holds/{identity}/lift/", {"reason": "x"})) == (403, "permission_denied")
    assert (
        admin.post(f"legal-holds/{identity}/lift/", {"reason": "Settled"}).json()["lifted_reason"]
        == "Settled"
    )
    assert quality.get("legal-holds/?standing=true").json()["count"] == 0
    assert by_token(team).get("legal-holds/").status_code == 403


# Who had access -----------------------------------------------------------------------------------------------------
def days_ago(team: Team, table: str, key: int, days: int) -> None:
    """Let the audit trail's events of a row have happened earlier: the owner may."""
    from cdmo_eval.core.db.base import owner_connection

    with owner_connection(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_auditevent SET at = at - %s * interval '1 day' WHERE table_name = %s AND row_id = %s",
            [days, table, key],
        )


@pytest.mark.django_db(transaction=True)
def test_report_of_a_past_day_is_what_held_then(team: Team) -> None:
    now = datetime.now(UTC)
    admin = team.actor(Role.ADMIN)
    row = Membership.objects.get(organization=team.organization, user=team.members[Role.VIEWER])
    days_ago(team, "core_membership", row.pk, 30)
    with organization_scope(team.organization.pk, admin):
        members.change_member(membership=row, expected_version=None, by=admin, now=now, role="manager")
        reports = [
            {line.email: line for line in access_rows(team.organization, (now - timedelta(days=days)).date())}
            for days in (0, 10, 40)
        ]
    email = team.members[Role.VIEWER].email

    assert [(email in report, report[email].role if email in report else "") for report in reports] == [
        (True, "Manager"), (True, "Viewer"), (False, ""),
    ]  # fmt: skip
    today = reports[0][email]
    assert today.given_by == "Admin of Alpha"
    assert today.role_since.date() - today.since.date() == timedelta(days=30)
    assert "edit scorecards, weights and must-haves" in today.permissions
    assert "edit scorecards, weights and must-haves" not in reports[1][email].permissions


def test_report_lists_tokens_with_their_scopes(in_team: Team) -> None:
    now = datetime.now(UTC)
    manager = in_team.actor()
    token, _ = create_token(
        by=manager,
        name="warehouse",
        scopes=["scores:read", "vendors:write"],
        expires_at=now + timedelta(days=9),
        now=now,
    )
    ended, _ = create_token(
        by=manager, name="old", scopes=["read"], expires_at=now + timedelta(days=9), now=now
    )
    revoke_token(by=manager, token=ended, now=now)

    lines = {
        line.token: line for line in access_rows(in_team.organization, now.date()) if line.kind == "token"
    }

    assert (lines["warehouse"].active, lines["old"].active) == (True, False)
    assert lines["warehouse"].scopes == ("scores:read", "vendors:read", "vendors:write")
    assert "edit vendors, sites and capabilities" in lines["warehouse"].permissions
    assert "record, revise and retract evidence" not in lines["warehouse"].permissions
    assert lines["warehouse"].until == token.expires_at


def test_report_never_shows_another_organisations_people(team: Team, outsiders: Team) -> None:
    with organization_scope(team.organization.pk, team.actor(Role.ADMIN)):
        found = {
            line.email.rpartition("@")[2] for line in access_rows(team.organization, datetime.now(UTC).date())
        }

    assert found == {"alpha.example"}


def test_report_is_a_page_and_an_answer(team: Team) -> None:
    today = datetime.now(UTC).date()
    page = signed_in(team, Role.AUDITOR).get(f"/access/?on={today}")
    told = by_session(team, Role.AUDITOR).get(f"organization/access/?on={today}").json()

    assert len(page.context["rows"]) == told["count"] == len(Role)
    assert {row["role"] for row in told["results"]} == {role.label for role in Role}
    assert by_session(team).get("organization/access/").status_code == 403


@pytest.mark.parametrize("on", ["tomorrow", "2999-01-01", ""])
def test_report_of_no_day_is_refused(team: Team, on: str) -> None:
    assert problem(by_session(team, Role.AUDITOR).get(f"organization/access/?on={on}"))[0] == 400
