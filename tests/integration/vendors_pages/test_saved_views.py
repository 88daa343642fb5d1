"""Views of the directory under a name: one's own, shared ones, and nobody else's."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from cdmo_eval.core.errors import Invalid, PermissionDenied
from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import Count, fill, signed_in
from vendors import services
from vendors.models import SavedView
from vendors.services.saved_views import kept_query

pytestmark = pytest.mark.django_db
DIRECTORY = "/vendors/"
ADD = "/vendors/views/add/"
API = "/api/v1/vendor-views/"


def keep(team: Team, role: Role = Role.VIEWER, **fields: object) -> SavedView:
    given = {"name": "Antibodies", "query": "modality=MAB&ordering=-fresh", **fields}
    return services.save_view(organization=team.organization, by=team.actor(role), **given)  # type: ignore[arg-type]


def names(client: Client) -> list[str]:
    return [one["view"].name for one in client.get(DIRECTORY).context["views"]]


def test_a_view_is_kept_from_the_address_and_opens_again(client: Client, in_team: Team) -> None:
    fill(in_team)
    make.make_vendor(in_team.organization, name="Bare")

    answer = client.post(ADD, {"name": "Antibodies", "query": "modality=MAB&page=2&q="})
    shown = client.get(answer["Location"])

    assert answer["Location"] == "/vendors/?modality=MAB"
    assert [line.vendor.name for line in shown.context["lines"]] == ["Maker 0"]
    assert [(one["view"].name, one["current"], one["mine"]) for one in shown.context["views"]] == [
        ("Antibodies", True, True)
    ]


def test_the_form_carries_what_the_directory_shows(client: Client, in_team: Team) -> None:
    fill(in_team)
    page = client.get(f"{DIRECTORY}?modality=MAB&region=EUROPE").content.decode()

    assert 'href="/vendors/views/add/?query=modality%3DMAB%26region%3DEUROPE"' in page


def test_private_views_are_seen_by_their_owner_and_shared_ones_by_everybody(
    team: Team, in_team: Team, outsiders: Team
) -> None:
    fill(in_team)
    keep(in_team, name="Mine")
    keep(in_team, name="Ours", shared=True)

    seen = {role: names(signed_in(team, role)) for role in (Role.VIEWER, Role.MANAGER)}

    assert seen == {Role.VIEWER: ["Mine", "Ours"], Role.MANAGER: ["Ours"]}
    assert names(signed_in(outsiders)) == []


@pytest.mark.parametrize(
    ("role", "shared", "status"),
    [
        (Role.VIEWER, False, 302),
        (Role.MANAGER, False, 404),
        (Role.MANAGER, True, 302),
        (Role.PROCUREMENT, True, 403),
    ],
)
def test_a_view_is_removed_by_its_owner_or_when_shared_by_who_edits_vendors(
    team: Team, in_team: Team, role: Role, *, shared: bool, status: int
) -> None:
    view = keep(in_team, shared=shared)

    answer = signed_in(team, role).post(reverse("vendors:view_remove", args=[view.public_id]))

    assert answer.status_code == status
    assert SavedView.objects.filter(pk=view.pk).exists() == (status != 302)


def test_two_views_of_one_member_have_two_names(client: Client, in_team: Team) -> None:
    keep(in_team, Role.MANAGER)
    keep(in_team, Role.VIEWER)

    answer = client.post(ADD, {"name": "ANTIBODIES", "query": ""})

    assert answer.status_code == 400
    assert "You have a view of this name already." in answer.content.decode()


@pytest.mark.parametrize("query", ["colour=blue", "modality=" + "M" * 3000, "&".join(["q=1"] * 101)])
def test_what_is_no_address_of_the_directory_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        kept_query(query)


def test_the_product_itself_keeps_no_views(in_team: Team) -> None:
    with pytest.raises(PermissionDenied):
        services.save_view(
            organization=in_team.organization, by=make.somebody(in_team.organization), name="Mine", query=""
        )


def test_the_interface_keeps_lists_and_removes_views(team: Team, in_team: Team) -> None:
    api = APIClient()
    api.force_login(
        team.members[Role.MANAGER],
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    keep(in_team, name="Theirs", shared=True)
    keep(in_team, name="Private")

    made = api.post(API, {"name": "Mine", "query": "?phase=PH3", "shared": True}, format="json")
    listed = api.get(API).json()["results"]
    removed = api.delete(f"{API}{made.json()['id']}/")
    whole = api.post(API, {"name": "Everything"}, format="json")

    assert (whole.status_code, whole.json()["query"]) == (201, "")
    assert (made.status_code, made.json()["query"], made.json()["mine"]) == (201, "phase=PH3", True)
    assert [(one["name"], one["mine"]) for one in listed] == [("Mine", True), ("Theirs", False)]
    assert removed.status_code == 204


def test_views_cost_one_query_however_many(client: Client, in_team: Team, queries: Count) -> None:
    fill(in_team)
    keep(in_team, Role.MANAGER, name="One")
    one = queries(client, DIRECTORY)
    keep(in_team, Role.MANAGER, name="Two")
    keep(in_team, Role.MANAGER, name="Three")

    assert queries(client, DIRECTORY) == one
