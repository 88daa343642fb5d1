"""Oneself, members, tokens, jobs and the audit trail over the API; who may sign in at all."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, override_settings

from cdmo_eval.core.members import add_member
from cdmo_eval.core.models import ApiToken, Job, Membership, User
from cdmo_eval.core.policies import ALL_SCOPES, Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token, code, problem

pytestmark = pytest.mark.django_db


def membership(team: Team, role: Role) -> Membership:
    return Membership.objects.get(organization=team.organization, user=team.members[role])


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def test_anonymous_callers_get_401(db: None) -> None:
    answer = Api(Client()).get("vendors/")

    assert code(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Basic abc", "Bearer cdmo_x_y", "Bearer \xff", "Bearer cdmo__"])
def test_bad_authorization_gets_401(db: None, header: str) -> None:
    assert code(Api(Client()).get("vendors/", authorization=header)) == (401, "authentication_failed")


def test_expired_revoked_and_forged_tokens_get_the_same_401(team: Team) -> None:
    expired, revoked, sound = by_token(team), by_token(team), by_token(team)
    rows = list(ApiToken.objects.order_by("id"))
    ApiToken.objects.filter(pk=rows[0].pk).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    ApiToken.objects.filter(pk=rows[1].pk).update(revoked_at=datetime.now(UTC))
    forged = Api(Client(), sound.token[:-1] + ("A" if sound.token[-1] != "A" else "B"))

    answers = [caller.get("vendors/") for caller in (expired, revoked, forged)]

    assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {
        (401, "This token is unknown, expired or revoked.")
    }
    assert sound.get("vendors/").status_code == 200


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["203.0.113.0/24"], "198.51.100.1", 401),
        (["2001:db8::/32"], "203.0.113.9", 401),
        (["203.0.113.0/24"], "", 401),
    ],
)
def test_token_networks(team: Team, networks: list[str], address: str, status: int) -> None:
    api = by_token(team, networks=networks)
    api.client = Client(REMOTE_ADDR=address)

    assert api.get("vendors/").status_code == status


def test_token_of_a_former_member_is_refused(team: Team) -> None:
    api = by_token(team)
    Membership.objects.filter(pk=membership(team, Role.MANAGER).pk).update(expires_at=datetime.now(UTC))

    assert code(api.get("vendors/")) == (403, "permission_denied")


def test_token_never_exceeds_its_owners_role(team: Team) -> None:
    api = by_token(team, Role.VIEWER)

    assert api.post("vendors/", {"name": "N"}).status_code == 403
    assert api.get("audit/").status_code == 403


def test_session_needs_the_csrf_token(team: Team) -> None:
    api = by_session(team)
    api.client.handler.enforce_csrf_checks = True

    assert api.post("vendors/", {"name": "N"}).status_code == 403
    assert api.get("vendors/").status_code == 200


def test_rate_limit_is_told_and_kept(team: Team) -> None:
    api = by_token(team)
    with override_settings(THROTTLE_PER_MINUTE={"read": 2, "write": 1, "heavy": 1}):
        answers = [api.get("me/") for _ in range(4)]

    told = [(a["RateLimit-Limit"], a["RateLimit-Remaining"]) for a in answers[:2]]
    if answers[2].status_code == 429:  # all within one minute of the clock
        assert told == [("2", "1"), ("2", "0")]
        assert code(answers[2]) == (429, "throttled")
        assert int(answers[2]["Retry-After"]) >= 1


def test_me_by_token_and_by_session(team: Team) -> None:
    shown = by_token(team, scopes=("vendors:write",)).get("me/").json()
    assert (shown["user"]["email"], shown["organization"]["slug"], shown["role"]) == (
        "manager@alpha.example", "alpha", "manager",
    )  # fmt: skip
    assert shown["scopes"] == ["vendors:read", "vendors:write"]
    assert shown["token"]["name"] == "test"
    assert "edit_vendors" in shown["permissions"]
    assert "edit_evidence" not in shown["permissions"]

    mine = by_session(team, Role.AUDITOR).get("me/").json()
    assert (mine["scopes"], mine["token"]) == (None, None)
    assert mine["permissions"] == [
        "view",
        "view_commercial",
        "view_audit",
        "view_ratings",
        "export",
        "own_notifications",
        "own_views",
    ]


def test_member_added_changed_and_ended(admin: Api, team: Team) -> None:
    added = admin.post("organization/members/", {"email": "New@Alpha.example", "role": "viewer"})
    assert (added.status_code, added.json()["email"]) == (201, "new@alpha.example"), added.content
    place = f"organization/members/{added.json()['id']}/"
    user = User.objects.get(email="new@alpha.example")
    assert user.has_usable_password() is False

    changed = admin.patch(place, {"role": "evaluator"}, if_match=added["ETag"])
    assert (changed.status_code, changed.json()["role"], changed["ETag"]) == (200, "evaluator", '"2"')
    assert code(admin.patch(place, {"role": "viewer"}, if_match=added["ETag"])) == (412, "version_mismatch")
    assert problem(admin.patch(place, {"role": "auditor"})) == (400, [("expires_at", "required")])
    assert problem(admin.patch(place, {"expires_at": in_days(-1)})) == (400, [("expires_at", "in_the_past")])
    assert code(admin.post("organization/members/", {"email": "NEW@alpha.example", "role": "viewer"})) == (
        409, "duplicate",
    )  # fmt: skip

    assert admin.delete(place).status_code == 204
    assert admin.get("organization/members/").json()["count"] == len(Role)
    assert admin.get("organization/members/?include=ended").json()["count"] == len(Role) + 1
    assert admin.delete(place).status_code == 404
    again = admin.post("organization/members/", {"email": "new@alpha.example", "role": "viewer"})
    assert (again.status_code, again.json()["id"]) == (201, added.json()["id"])


def test_the_last_administrator_stays(admin: Api, team: Team) -> None:
    place = f"organization/members/{membership(team, Role.ADMIN).public_id}/"

    for answer in (
        admin.patch(place, {"role": "viewer"}),
        admin.patch(place, {"expires_at": in_days(3)}),
        admin.delete(place),
    ):
        assert code(answer) == (409, "last_administrator")
    admin.post("organization/members/", {"email": "second@alpha.example", "role": "admin"})
    assert admin.delete(place).status_code == 204
    assert code(admin.get("organization/members/")) == (403, "permission_denied")


def test_a_person_of_another_organisation_keeps_name_and_password(admin: Api, outsiders: Team) -> None:
    before = outsiders.members[Role.MANAGER]

    added = admin.post("organization/members/", {"email": before.email, "name": "Changed", "role": "viewer"})

    after = User.objects.get(pk=before.pk)
    assert added.json()["name"] == before.name
    assert (after.name, after.password) == (before.name, before.password)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_manage_members(team: Team, role: Role) -> None:
    api = by_session(team, role)
    place = f"organization/members/{membership(team, Role.VIEWER).public_id}/"

    assert api.get("organization/members/").status_code == 200
    assert api.post("organization/members/", {"email": "x@y.example", "role": "admin"}).status_code == 403
    assert (api.patch(place, {"role": "admin"}).status_code, api.delete(place).status_code) == (403, 403)


def test_tokens_cannot_manage_members_or_tokens(team: Team) -> None:
    api = by_token(team, Role.ADMIN, scopes=ALL_SCOPES)

    assert code(api.post("organization/members/", {"email": "x@y.example", "role": "admin"})) == (
        403, "session_required",
    )  # fmt: skip
    assert code(api.post("tokens/", {"name": "t"})) == (403, "session_required")
    assert code(api.get("tokens/")) == (403, "session_required")
    assert by_token(team, scopes=("vendors:read",)).get("organization/members/").status_code == 403


def test_members_of_another_organisation_do_not_exist(outsiders: Team, team: Team) -> None:
    theirs = by_session(outsiders, Role.ADMIN)
    place = f"organization/members/{membership(team, Role.VIEWER).public_id}/"

    assert {row["email"].split("@")[1] for row in theirs.get("organization/members/").json()["results"]} == {
        "omega.example"
    }
    assert [theirs.get(place).status_code, theirs.delete(place).status_code] == [404, 404]


def test_token_shown_once_used_and_revoked(team: Team) -> None:
    me = by_session(team, Role.MANAGER)
    body = {"name": "warehouse", "scopes": ["read"], "expires_at": in_days(30)}

    created = me.post("tokens/", body)

    assert created.status_code == 201, created.content
    text = created.json()["token"]
    place = f"tokens/{created.json()['id']}/"
    assert "token" not in me.get(place).json()
    program = Api(Client(), text)
    assert program.get("vendors/").status_code == 200
    assert me.get(place).json()["last_used_from"] == "127.0.0.1"
    assert me.delete(place).status_code == 204
    assert program.get("vendors/").status_code == 401
    assert (me.get("tokens/").json()["count"], me.get("tokens/?include=revoked").json()["count"]) == (0, 1)


def test_token_making_is_never_replayed(team: Team) -> None:
    body = {"name": "t", "scopes": ["read"], "expires_at": in_days(30)}
    answer = by_session(team).post("tokens/", body, idempotency_key="k")

    assert problem(answer) == (400, [("Idempotency-Key", "not_here")])


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"scopes": ["everything"]}, ("scopes.0", "invalid_choice")),
        ({"scopes": []}, ("scopes", "min_length")),
        ({"expires_at": in_days(400)}, ("expires_at", "out_of_range")),
        ({"expires_at": in_days(-1)}, ("expires_at", "out_of_range")),
        ({"networks": ["somewhere"]}, ("networks", "not_a_network")),
        ({"name": " "}, ("name", "blank")),
    ],
)
def test_bad_tokens_are_refused(team: Team, fields: dict[str, object], error: tuple[str, str]) -> None:
    body = {"name": "t", "scopes": ["read"], "expires_at": in_days(30)} | fields

    assert problem(by_session(team).post("tokens/", body)) == (400, [error])


def test_whose_tokens_are_seen_and_ended(team: Team, admin: Api, outsiders: Team) -> None:
    by_token(team, Role.MANAGER)
    by_token(outsiders, Role.MANAGER)
    place = f"tokens/{admin.get('tokens/').json()['results'][0]['id']}/"

    assert admin.get("tokens/").json()["count"] == 1
    assert by_session(team, Role.VIEWER).get("tokens/").json()["count"] == 0
    assert by_session(team, Role.VIEWER).delete(place).status_code == 404
    assert by_session(outsiders, Role.ADMIN).delete(place).status_code == 404
    assert by_session(team, Role.AUDITOR).get("tokens/").status_code == 403
    assert admin.delete(place).status_code == 204


def test_jobs_by_cursor(team: Team, api: Api, stranger: Api) -> None:
    with organization_scope(team.organization.pk, "test"):
        for number in range(3):
            Job.objects.create(organization=team.organization, kind="export", subject=f"job {number}")

    first = api.get("jobs/?page_size=2&state=queued").json()
    rest = api.get(first["next"].removeprefix("http://testserver")).json()

    assert [j["subject"] for j in first["results"] + rest["results"]] == ["job 2", "job 1", "job 0"]
    assert rest["next"] is None
    assert api.get(f"jobs/{first['results'][0]['id']}/").json()["state"] == "queued"
    assert stranger.get("jobs/").json()["results"] == []
    assert stranger.get(f"jobs/{first['results'][0]['id']}/").status_code == 404


@pytest.mark.parametrize(
    "cursor", ["x", "cD1hYmM=", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "bz0xJnI9MQ==%00", "cD0tNQ=="]
)
def test_broken_cursor_is_refused(api: Api, cursor: str) -> None:
    answer = api.get(f"jobs/?cursor={cursor}")

    assert problem(answer) == (400, [("cursor", "invalid")])


def test_audit_names_rows_by_public_ids(team: Team, scope: Actor, admin: Api) -> None:
    vendor = make.make_vendor(scope.organization, name="Alpine")
    site = make.make_site(vendor, name="Visp")

    (event,) = admin.get(f"audit/?object={site.public_id}&table=vendors_site").json()["results"][-1:]

    assert (event["operation"], event["object"], event["table"]) == (
        "created", str(site.public_id), "vendors_site",
    )  # fmt: skip
    changes = {change["field"]: change["new"] for change in event["changes"]}
    assert (changes["vendor"], changes["name"]) == (str(vendor.public_id), "Visp")
    assert {"id", "organization_id", "vendor_id"} & set(changes) == set()
    assert admin.get("audit/?since=2999-01-01T00:00:00Z").json()["results"] == []


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_the_audit_trail(team: Team, role: Role) -> None:
    expected = 200 if role in {Role.ADMIN, Role.QUALITY, Role.AUDITOR} else 403

    assert by_session(team, role).get("audit/").status_code == expected


def test_audit_trail_of_another_organisation_is_not_seen(team: Team, outsiders: Team) -> None:
    with organization_scope(outsiders.organization.pk, "test"):
        make.make_vendor(outsiders.organization, name="CANARY-9")

    assert "CANARY-9" not in by_session(team, Role.ADMIN).get("audit/?page_size=200").content.decode()
    assert "CANARY-9" in by_session(outsiders, Role.ADMIN).get("audit/?page_size=200").content.decode()


def test_membership_service_refuses_an_actor_of_another_organisation(team: Team, outsiders: Team) -> None:
    with pytest.raises(Exception, match="There is no such organisation"):
        add_member(
            organization=team.organization, by=outsiders.actor(Role.ADMIN), email="x@y.example",
            role=Role.ADMIN, now=datetime.now(UTC),
        )  # fmt: skip
