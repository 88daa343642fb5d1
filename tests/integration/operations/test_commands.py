"""The operator's commands for organisations and tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cdmo_eval.core import organizations
from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.models import ApiToken, AuditEvent, Membership, Organization, User
from cdmo_eval.core.organizations import create_organization, on_new_organization
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import find_token
from tests.factories.core import NOW, Team

pytestmark = pytest.mark.django_db
STRONG = "nine blue herons at dawn"


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organizations, "_hooks", [])


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("CDMO_ADMIN_PASSWORD", STRONG)
    return STRONG


def test_hook_runs_once_in_the_new_organisations_scope(no_hooks: None) -> None:
    seen: list[tuple[str, datetime, str]] = []

    def hook(organization: Organization, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('cdmo.organization_id')")
            seen.append((organization.slug, now, cursor.fetchone()[0]))

    on_new_organization(hook)
    on_new_organization(hook)
    organization = create_organization(slug="acme", name=" Acme Bio ", now=NOW)

    assert organization.name == "Acme Bio"
    assert seen == [("acme", NOW, str(organization.pk))]


def test_failing_hook_leaves_no_organisation(no_hooks: None) -> None:
    def hook(organization: Organization, now: datetime) -> None:
        raise Invalid("no criteria set")

    on_new_organization(hook)
    with pytest.raises(Invalid, match="no criteria set"):
        create_organization(slug="acme", name="Acme", now=NOW)

    assert Organization.objects.filter(slug="acme").count() == 0


def test_new_organisation_is_audited(no_hooks: None) -> None:
    organization = create_organization(slug="acme", name="Acme", now=NOW)

    with organization_scope(organization.pk, "test"):
        events = list(AuditEvent.objects.values_list("op", "table_name", "actor_id"))
    assert events == [("I", "core_organization", "operator")]


def test_what_the_apps_register_works_for_a_new_organisation(password: str) -> None:
    run("create_organization", "acme", "--name", "Acme Bio", "--admin", "ada@acme.example")

    assert Organization.objects.filter(slug="acme").count() == 1


def test_create_organization_makes_an_administrator(no_hooks: None, password: str) -> None:
    out, _ = run(
        "create_organization",
        "acme",
        "--name",
        "Acme Bio",
        "--admin",
        "Ada@Acme.example",
        "--admin-name",
        "Ada",
    )

    membership = Membership.objects.get(organization__slug="acme")
    assert (membership.role, membership.user.email, membership.user.name) == (
        Role.ADMIN,
        "ada@acme.example",
        "Ada",
    )
    assert membership.user.check_password(password)
    assert out == "Created Acme Bio (acme). ada@acme.example signs in with the password you gave.\n"


def test_create_organization_keeps_the_password_of_somebody_known(
    no_hooks: None, team: Team, password: str
) -> None:
    user = team.members[Role.MANAGER]

    out, _ = run("create_organization", "acme", "--name", "Acme", "--admin", user.email.upper())

    user.refresh_from_db()
    assert not user.check_password(password)
    assert out == f"Created Acme (acme). {user.email} signs in with the password they have.\n"
    assert User.objects.filter(email__iexact=user.email).count() == 1


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (
            ["alpha", "--name", "A", "--admin", "a@b.example"],
            STRONG,
            "Organization with this Slug already exists.",
        ),
        (["a b", "--name", "A", "--admin", "a@b.example"], STRONG, "Enter a valid “slug”"),
        (["acme", "--name", " ", "--admin", "a@b.example"], STRONG, "This field cannot be blank"),
        (["acme", "--name", "A", "--admin", "nobody"], STRONG, "Enter a valid email address"),
        (["acme", "--name", "A", "--admin", "a@b.example"], "short", "This password is too short"),
        (["acme", "--name", "A", "--admin", "a@b.example"], "", "Set CDMO_ADMIN_PASSWORD"),
    ],
)
def test_create_organization_refuses_bad_input_and_keeps_nothing(
    no_hooks: None,
    team: Team,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    given: str,
    message: str,
) -> None:
    monkeypatch.setenv("CDMO_ADMIN_PASSWORD", given)
    before = (Organization.objects.count(), User.objects.count(), Membership.objects.count())

    with pytest.raises(CommandError, match=message):
        run("create_organization", *arguments)

    assert (Organization.objects.count(), User.objects.count(), Membership.objects.count()) == before


def test_create_token_prints_only_the_token(team: Team) -> None:
    last = datetime.now(UTC).date() + timedelta(days=30)
    user = team.members[Role.MANAGER]

    out, err = run(
        "create_token", "--organization", "alpha", "--user", user.email, "--scope", "read", "--scope", "scores:write",
        "--expires", last.isoformat(), "--name", "warehouse", "--network", "203.0.113.0/24",
    )  # fmt: skip

    token = find_token(out.removesuffix("\n"), now=datetime.now(UTC))
    assert token is not None
    assert (token.name, token.owner, token.organization) == ("warehouse", user, team.organization)
    assert (token.scopes, token.networks) == (["read", "scores:write"], ["203.0.113.0/24"])
    assert token.expires_at.isoformat() == f"{last + timedelta(days=1)}T00:00:00+00:00"
    assert out.strip() not in err


def test_revoke_token_lists_and_ends(team: Team) -> None:
    last = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    email = team.members[Role.MANAGER].email
    made = ("create_token", "--organization", "alpha", "--user", email, "--scope", "read", "--expires", last)
    texts = [run(*made)[0].strip() for _ in range(2)]
    keys = [text.split("_")[1] for text in texts]

    listed, _ = run("revoke_token", "--organization", "alpha")
    ended, _ = run("revoke_token", "--organization", "alpha", "--key", keys[0])
    rest, _ = run("revoke_token", "--organization", "alpha", "--user", email.upper())

    assert [line.split()[0] for line in listed.splitlines()] == keys
    assert (ended, rest) == (f"Revoked {keys[0]}.\n", f"Revoked {keys[1]}.\n")
    assert [find_token(text, now=datetime.now(UTC)) for text in texts] == [None, None]
    with pytest.raises(CommandError, match="no such token"):
        run("revoke_token", "--organization", "alpha", "--key", keys[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--organization": "omega"}, "manager@alpha.example is not a member of an organisation 'omega'."),
        (
            {"--user": "nobody@alpha.example"},
            "nobody@alpha.example is not a member of an organisation 'alpha'.",
        ),
        ({"--scope": "everything"}, "got everything"),
        ({"--expires": "2020-01-01"}, "The expiry must lie in the future"),
        ({"--expires": "2999-01-01"}, "at most 365 days ahead"),
        ({"--expires": "soon"}, "'soon' is not a date such as 2027-01-31"),
        ({"--network": "here"}, "is not a network"),
        ({"--user": "auditor@alpha.example"}, "The role auditor may not create access tokens"),
    ],
)
def test_create_token_refuses(team: Team, outsiders: Team, changes: dict[str, str], message: str) -> None:
    last = datetime.now(UTC).date() + timedelta(days=30)
    options = {
        "--organization": "alpha",
        "--user": "manager@alpha.example",
        "--scope": "read",
        "--expires": str(last),
    }
    words = [word for pair in (options | changes).items() for word in pair]

    with pytest.raises(CommandError, match=message):
        run("create_token", *words)

    assert ApiToken.objects.count() == 0


def test_create_token_refuses_a_membership_that_ended(team: Team) -> None:
    user = team.members[Role.VIEWER]
    Membership.objects.filter(user=user).update(expires_at=datetime.now(UTC) - timedelta(days=1))
    last = datetime.now(UTC).date() + timedelta(days=30)

    with pytest.raises(CommandError, match="is not a member"):
        run(
            "create_token",
            "--organization",
            "alpha",
            "--user",
            user.email,
            "--scope",
            "read",
            "--expires",
            str(last),
        )
