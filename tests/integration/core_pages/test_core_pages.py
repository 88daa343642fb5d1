"""Members, tokens, the audit trail, the switch between organisations, help and status."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.models import ApiToken, Membership, User
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tokens import find_token
from tests.factories.core import Team, make_member
from tests.integration.vendors_pages.conftest import Count, signed_in
from vendors.models import Vendor

pytestmark = pytest.mark.django_db
ADMIN_PAGES = ("members", "member_add")


@pytest.fixture
def admin(team: Team) -> Client:
    """The administrator's browser."""
    return signed_in(team, Role.ADMIN)


def membership(team: Team, role: Role) -> Membership:
    return Membership.objects.get(organization=team.organization, user=team.members[role])


# Members -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ADMIN_PAGES)
def test_members_are_for_administrators(team: Team, name: str) -> None:
    reached = {role for role in Role if signed_in(team, role).get(reverse(name)).status_code == 200}

    assert reached == {Role.ADMIN}


def test_an_invited_person_gets_a_link_once_and_chooses_a_password(admin: Client) -> None:
    answer = admin.post(
        reverse("member_add"), {"email": "new@alpha.example", "name": "New", "role": "viewer"}
    )
    link = answer.context["link"]
    person = Client()

    form = person.get(link, follow=True)
    person.post(
        form.request["PATH_INFO"],
        {"password1": "a long enough pass phrase", "password2": "a long enough pass phrase"},
    )

    user = User.objects.get(email="new@alpha.example")
    assert user.check_password("a long enough pass phrase")
    assert link not in admin.get(reverse("members")).content.decode()


def test_somebody_with_a_password_gets_no_link(admin: Client, outsiders: Team) -> None:
    email = outsiders.members[Role.VIEWER].email

    answer = admin.post(reverse("member_add"), {"email": email, "role": "viewer"})

    assert answer.status_code == 302


def test_a_link_for_somebody_with_a_password_is_refused(admin: Client, team: Team) -> None:
    row = membership(team, Role.VIEWER)

    assert admin.post(reverse("member_link", args=[row.public_id])).status_code == 409


def test_an_auditor_without_end_is_refused_at_the_field(admin: Client, team: Team) -> None:
    row = membership(team, Role.VIEWER)

    answer = admin.post(
        reverse("member_edit", args=[row.public_id]), {"role": "auditor", "version": row.version}
    )

    assert answer.context["form"].errors == {
        "expires_at": ["An auditor's access needs a date on which it ends."]
    }


def test_the_last_administrator_stays(admin: Client, team: Team) -> None:
    row = membership(team, Role.ADMIN)

    change = admin.post(
        reverse("member_edit", args=[row.public_id]), {"role": "viewer", "version": row.version}
    )
    end = admin.post(reverse("member_end", args=[row.public_id]), {"version": row.version})

    row.refresh_from_db()
    assert (change.status_code, end.status_code, row.role) == (409, 409, "admin")


def test_a_membership_ends(admin: Client, team: Team) -> None:
    row = membership(team, Role.VIEWER)

    admin.post(reverse("member_end", args=[row.public_id]), {"version": row.version})

    assert signed_in(team, Role.VIEWER).get(reverse("vendors:directory")).status_code == 403


def test_another_organisations_member_does_not_exist(admin: Client, outsiders: Team) -> None:
    row = membership(outsiders, Role.VIEWER)

    assert admin.get(reverse("member_edit", args=[row.public_id])).status_code == 404


def test_members_need_as_many_queries_for_more_people(admin: Client, team: Team, queries: Count) -> None:
    before = queries(admin, reverse("members"))
    make_member(team.organization, Role.VIEWER, "eighth@alpha.example")
    make_member(team.organization, Role.VIEWER, "ninth@alpha.example")

    # session, user, memberships, scope (4), session seen, members
    assert (before, queries(admin, reverse("members"))) == (9, 9)


# Tokens ------------------------------------------------------------------------------------------------------------
def test_a_token_is_shown_once_and_works(client: Client) -> None:
    answer = client.post(
        reverse("token_add"), {"name": "Warehouse", "scopes": ["vendors:read"], "days": "30"}
    )
    text = answer.context["text"]

    found = find_token(text, now=datetime.now(UTC))
    assert found is not None
    assert (found.name, text in client.get(reverse("tokens")).content.decode()) == ("Warehouse", False)
    assert "no-store" in answer["Cache-Control"]


def test_a_bad_network_is_refused_at_its_field(client: Client) -> None:
    answer = client.post(
        reverse("token_add"), {"name": "W", "scopes": ["vendors:read"], "days": "30", "networks": "here"}
    )

    assert answer.context["form"].errors == {"networks": ["'here' is not a network such as 203.0.113.0/24."]}


def test_a_token_is_revoked_by_its_owner_or_an_administrator_alone(
    team: Team, client: Client, admin: Client
) -> None:
    client.post(reverse("token_add"), {"name": "Mine", "scopes": ["vendors:read"], "days": "30"})
    address = reverse("token_revoke", args=[ApiToken.objects.get().public_id])

    other = signed_in(team, Role.QUALITY).post(address)
    by_admin = admin.post(address)

    assert (other.status_code, by_admin.status_code) == (404, 303)
    assert ApiToken.objects.get().revoked_at is not None


def test_auditors_have_no_tokens(team: Team) -> None:
    assert signed_in(team, Role.AUDITOR).get(reverse("tokens")).status_code == 403


def test_tokens_need_as_many_queries_for_three_as_for_one(team: Team, client: Client, queries: Count) -> None:
    make_tokens(team, 1)
    one = queries(client, reverse("tokens"))
    make_tokens(team, 2)

    # session, user, memberships, scope (4), session seen, tokens with owner and last use
    assert (one, queries(client, reverse("tokens"))) == (9, 9)


def make_tokens(team: Team, count: int) -> None:
    for _ in range(count):
        ApiToken.objects.create(
            organization=team.organization,
            owner=team.members[Role.MANAGER],
            name="Program",
            key_id=f"k{ApiToken.objects.count()}",
            digest="0",
            scopes=["read"],
            expires_at=datetime.now(UTC) + timedelta(days=3),
        )


# Audit trail -------------------------------------------------------------------------------------------------------
def test_the_trail_is_for_administrators_quality_and_auditors(team: Team) -> None:
    reached = {role for role in Role if signed_in(team, role).get(reverse("audit")).status_code == 200}

    assert reached == {Role.ADMIN, Role.QUALITY, Role.AUDITOR}


def test_the_trail_is_filtered_by_who_and_what(team: Team, admin: Client, vendor: Vendor) -> None:
    page = admin.get(reverse("audit"), {"table": "vendors_contact"})
    nobody = admin.get(reverse("audit"), {"actor": str(team.members[Role.VIEWER].public_id)})

    assert {event.noun for day in page.context["days"] for event in day.events} == {"contact"}
    assert nobody.context["days"] == []


def test_the_trail_withholds_commercial_content_from_administrators(admin: Client, vendor: Vendor) -> None:
    page = admin.get(reverse("audit"), {"table": "vendors_note"})

    events = [event for day in page.context["days"] for event in day.events]
    assert [(event.withheld, event.changes, event.name) for event in events] == [(True, (), "")]


def test_a_filter_that_makes_no_sense_is_refused(admin: Client) -> None:
    assert admin.get(reverse("audit"), {"since": "yesterday"}).status_code == 400


def test_the_trail_of_another_organisation_stays_there(outsiders: Team, vendor: Vendor) -> None:
    page = signed_in(outsiders, Role.ADMIN).get(reverse("audit"))

    tables = {event.table for day in page.context["days"] for event in day.events}
    assert tables == {"core_organization", "core_membership"}


# The house ---------------------------------------------------------------------------------------------------------
def test_switching_works_only_between_ones_own_organisations(
    team: Team, outsiders: Team, client: Client
) -> None:
    Membership.objects.create(
        organization=outsiders.organization, user=team.members[Role.MANAGER], role=Role.VIEWER
    )
    address = reverse("switch_organization")

    switched = client.post(address, {"organization": outsiders.organization.slug})
    unknown = client.post(address, {"organization": "nowhere"})

    shown = client.get(reverse("vendors:directory")).context["organization"]
    assert (switched.status_code, unknown.status_code, shown.slug) == (303, 404, outsiders.organization.slug)


@pytest.mark.parametrize("name", ["help", "status"])
def test_help_and_status_are_open_to_everybody(client: Client, name: str) -> None:
    assert (Client().get(reverse(name)).status_code, client.get(reverse(name)).status_code) == (200, 200)


def test_help_explains_every_word_of_the_glossary(client: Client) -> None:
    page = client.get(reverse("help"))

    listed = re.findall(r"<dt>OAI", page.content.decode())
    assert len(listed) == 1


def test_the_style_guide_is_for_staff(team: Team, client: Client) -> None:
    refused = client.get(reverse("styleguide")).status_code
    User.objects.filter(pk=team.members[Role.MANAGER].pk).update(is_staff=True)

    assert (refused, client.get(reverse("styleguide")).status_code) == (404, 200)
