"""Vendors ticked in the directory stay chosen from page to page, and are taken where a button says."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import signed_in
from vendors.views.choosing import MOST_CHOSEN

pytestmark = pytest.mark.django_db
DIRECTORY = "/vendors/"
CHOOSE = "/vendors/choose/"


def ids(team: Team, *names: str) -> list[str]:
    """Vendors of these names."""
    return [str(make.make_vendor(team.organization, name=name).public_id) for name in names]


def chosen(client: Client, query: str = "") -> frozenset[str]:
    """What the directory shows as ticked, on this page or another."""
    found: frozenset[str] = client.get(f"{DIRECTORY}{query}").context["chosen"]
    return found


def test_ticks_of_one_page_stay_on_the_next(client: Client, in_team: Team) -> None:
    alder, birch, cedar = ids(in_team, "Alder", "Birch", "Cedar")
    client.post(CHOOSE, {"shown": f"{alder} {birch}", "v": [alder, birch], "then": "keep"})

    client.post(CHOOSE, {"shown": cedar, "v": [cedar], "then": "keep"})
    client.post(CHOOSE, {"shown": f"{alder} {birch}", "v": [birch], "then": "keep"})

    page = client.get(f"{DIRECTORY}?q=Cedar")
    assert (page.context["chosen"], page.context["elsewhere"]) == ({birch, cedar}, 1)
    assert "2 vendors chosen, 1 of them not on this page" in page.content.decode()
    assert [line.vendor.name for line in client.get(f"{DIRECTORY}?chosen=true").context["lines"]] == [
        "Birch",
        "Cedar",
    ]


def test_the_script_keeps_ticks_without_a_page(client: Client, in_team: Team) -> None:
    (alder,) = ids(in_team, "Alder")

    answer = client.post(CHOOSE, {"shown": alder, "v": [alder]}, headers={"HX-Request": "true"})

    assert (answer.status_code, chosen(client)) == (204, frozenset({alder}))


def test_going_back_keeps_the_address_and_choosing_none_forgets(client: Client, in_team: Team) -> None:
    (alder,) = ids(in_team, "Alder")

    kept = client.post(CHOOSE, {"shown": alder, "v": [alder], "then": "keep", "back": "?q=a&ordering=-name"})
    none = client.post(CHOOSE, {"shown": alder, "then": "none", "back": "?chosen=true&q=a"})

    assert (kept["Location"], none["Location"]) == ("/vendors/?q=a&ordering=-name", "/vendors/?q=a")
    assert chosen(client) == frozenset()


@pytest.mark.parametrize("back", ["//elsewhere.example/", "https://elsewhere.example/", "q=a"])
def test_the_way_back_is_the_directory(client: Client, in_team: Team, back: str) -> None:
    assert client.post(CHOOSE, {"then": "keep", "back": back})["Location"] == DIRECTORY


@pytest.mark.parametrize(
    ("then", "address"),
    [
        ("scorecard", "/scorecards/for-vendors/?act=add&v={0}&v={1}"),
        ("shortlist", "/scorecards/for-vendors/?act=shortlist&v={0}&v={1}"),
        ("compare", "/scorecards/for-vendors/?act=compare&v={0}&v={1}"),
        ("export", "/exports/new/?kind=profile&vendors={0},{1}"),
    ],
)
def test_chosen_vendors_are_taken_along(client: Client, in_team: Team, then: str, address: str) -> None:
    picked = ids(in_team, "Alder", "Birch")

    answer = client.post(CHOOSE, {"shown": " ".join(picked), "v": picked, "then": then})

    assert answer["Location"] == address.format(*picked)
    assert client.get(answer["Location"]).status_code == 200


def test_nothing_chosen_goes_nowhere(client: Client, in_team: Team) -> None:
    answer = client.post(CHOOSE, {"then": "export", "v": ["no id"]})

    assert answer["Location"] == DIRECTORY


def test_a_role_is_offered_what_it_may_do(team: Team, in_team: Team) -> None:
    ids(in_team, "Alder")

    offered = {
        role: [code for code, _ in signed_in(team, role).get(DIRECTORY).context["targets"]] for role in Role
    }

    assert offered[Role.MANAGER] == ["scorecard", "shortlist", "export", "compare"]
    assert offered[Role.VIEWER] == ["compare"]
    assert offered[Role.PROCUREMENT] == ["shortlist", "export", "compare"]
    answer = signed_in(team, Role.VIEWER).post(CHOOSE, {"v": ids(in_team, "Birch"), "then": "export"})
    assert answer["Location"] == DIRECTORY


def test_more_than_an_address_holds_are_left_out_with_words(client: Client, in_team: Team) -> None:
    many = ids(in_team, *(f"Vendor {number:03d}" for number in range(MOST_CHOSEN + 2)))

    answer = client.post(CHOOSE, {"shown": " ".join(many), "v": many, "then": "keep"}, follow=True)

    assert len(chosen(client)) == MOST_CHOSEN
    assert "At most 80 vendors are chosen at once: 2 were left out." in answer.content.decode()


def test_a_choice_belongs_to_one_organisation(client: Client, outsiders: Team, in_team: Team) -> None:
    (alder,) = ids(in_team, "Alder")
    client.post(CHOOSE, {"shown": alder, "v": [alder], "then": "keep"})

    assert chosen(signed_in(outsiders)) == frozenset()
    assert reverse("vendors:choose") == CHOOSE
