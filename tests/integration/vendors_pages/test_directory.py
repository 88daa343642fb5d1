"""The directory: facets with counts, unknown as a value, sorting, and the same number of queries for any length."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import Count, fill, signed_in
from vendors import services
from vendors.models import Evidence, Vendor

pytestmark = pytest.mark.django_db
DIRECTORY = "/vendors/"


def names(client: Client, query: str = "") -> list[str]:
    """The vendors a query shows, in order."""
    return [line.vendor.name for line in client.get(f"{DIRECTORY}{query}").context["lines"]]


def test_directory_without_vendors_says_what_will_be_there(client: Client, in_team: Team) -> None:
    page = client.get(DIRECTORY)

    assert page.context["lines"] == []
    assert "No vendor has been added yet." in page.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Bare", "Maker 0"]),
        ("?ordering=-name", ["Maker 0", "Bare"]),
        ("?modality=MAB", ["Maker 0"]),
        ("?modality=unknown", ["Bare"]),
        ("?modality=MAB&modality=unknown", ["Bare", "Maker 0"]),
        ("?phase=PH2", []),
        ("?phase=PH3&modality=MAB", ["Maker 0"]),
        ("?region=EUROPE", ["Maker 0"]),
        ("?country=DE&country=FR", ["Maker 0"]),
        ("?country=unknown", ["Bare"]),
        ("?service=FORM_DEV", ["Maker 0"]),
        ("?service=unknown", ["Bare"]),
        ("?freshness=unknown", ["Bare"]),
        ("?qualification=approved", ["Maker 0"]),
        ("?qualification=unknown", ["Bare"]),
        ("?q=works", ["Maker 0"]),
        ("?operation=DOWNSTREAM", ["Maker 0"]),
        ("?operation=FILL_VIAL", []),
        ("?operation=unknown", ["Bare"]),
        ("?batch=L-2000", ["Maker 0"]),
        ("?batch=L-more&batch=kg-1", []),
        ("?batch=unknown", ["Bare"]),
        ("?agreement=none", ["Bare", "Maker 0"]),
        ("?agreement=signed", []),
        ("?ordering=-sites", ["Maker 0", "Bare"]),
        ("?ordering=inspected", ["Bare", "Maker 0"]),
    ],
)
def test_directory_shows_what_the_address_asks_for(
    client: Client, in_team: Team, query: str, shown: list[str]
) -> None:
    fill(in_team)
    make.make_vendor(in_team.organization, name="Bare")

    found = names(client, query)

    assert found == shown


def test_facets_count_vendors_and_name_the_unknown(client: Client, in_team: Team) -> None:
    fill(in_team, 2)
    make.make_vendor(in_team.organization, name="Bare")

    facets = {facet["name"]: facet["options"] for facet in client.get(DIRECTORY).context["facets"]}

    assert [(o["label"], o["count"]) for o in facets["modality"]] == [
        ("Monoclonal antibody", 2),
        ("Unknown", 1),
    ]
    assert [(o["label"], o["count"]) for o in facets["country"]] == [("Germany", 2), ("Unknown", 1)]
    assert [(o["label"], o["count"]) for o in facets["qualification"]] == [("Approved", 2), ("Unknown", 1)]


def test_a_facets_own_choice_does_not_hide_what_else_it_offers(client: Client, in_team: Team) -> None:
    fill(in_team)
    other = make.make_vendor(in_team.organization, name="Other")
    make.make_capability(make.make_site(other), modality="ADC", operation="CONJUGATION")

    page = client.get(f"{DIRECTORY}?modality=MAB")

    options = next(f["options"] for f in page.context["facets"] if f["name"] == "modality")
    assert [(o["value"], o["count"], o["checked"]) for o in options] == [("MAB", 1, True), ("ADC", 1, False)]


def test_chips_take_one_filter_away_each(client: Client, in_team: Team) -> None:
    fill(in_team)

    chips = client.get(f"{DIRECTORY}?modality=MAB&q=maker&page=3").context["chips"]

    assert chips == [
        {"label": "“maker”", "remove_url": "?modality=MAB"},
        {"label": "Monoclonal antibody", "remove_url": "?q=maker"},
    ]


def test_a_search_says_which_field_holds_the_words(client: Client, in_team: Team) -> None:
    vendor = fill(in_team)[0]
    services.add_alias(vendor=vendor, name="Old Alder", by=in_team.actor())
    make.make_evidence(
        vendor, "SVC3", {"level": 3}, source="Capacity table of May", note="Single-use, 2,000 L"
    )

    line = client.get(f"{DIRECTORY}?q=maker alder works0 single-use").context["lines"]
    found = client.get(f"{DIRECTORY}?q=MAKER alder works single-use").context["lines"][0]

    assert line == []
    assert [part.text for part in found.name if part.hit] == ["Maker"]
    assert [(one.field, [part.text for part in one.parts if part.hit]) for one in found.matched] == [
        ("Other name", ["Alder"]),
        ("Site", ["Works"]),
        ("Evidence on “CRO integration”", ["Single-use"]),
    ]
    assert found.matched[2].evidence == Evidence.objects.get(target="SVC3").public_id


def test_a_search_does_not_tell_commercial_words_to_a_viewer(team: Team, in_team: Team) -> None:
    vendor = fill(in_team)[0]
    make.make_evidence(
        vendor, "SVC3", {"level": 3}, note="Rebate of nine percent", confidentiality="commercial"
    )

    seen = {role: names(signed_in(team, role), "?q=rebate") for role in (Role.MANAGER, Role.VIEWER)}

    assert seen == {Role.MANAGER: ["Maker 0"], Role.VIEWER: []}


def test_nothing_found_names_the_filter_to_clear(client: Client, in_team: Team) -> None:
    fill(in_team)
    make.make_vendor(in_team.organization, name="Bare")

    instead = client.get(f"{DIRECTORY}?modality=MAB&phase=PH2").context["instead"]

    assert (instead["label"], instead["count"], instead["remove_url"]) == ("Phase 2", 1, "?modality=MAB")


def test_a_filter_that_does_not_exist_is_refused_with_a_way_back(client: Client, in_team: Team) -> None:
    fill(in_team)

    page = client.get(f"{DIRECTORY}?modality=STONE")

    assert page.status_code == 400
    assert page.context["valid"] is False


def test_htmx_gets_the_results_alone_and_history_the_whole_page(client: Client, in_team: Team) -> None:
    part = client.get(DIRECTORY, headers={"HX-Request": "true"})
    whole = client.get(DIRECTORY, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert ("<!doctype" in part.content.decode(), "<!doctype" in whole.content.decode()) == (False, True)
    assert "HX-Request" in part["Vary"]


def test_only_who_may_edit_sees_the_button(team: Team, in_team: Team) -> None:
    add = reverse("vendors:vendor_add")

    seen = {role: add in signed_in(team, role).get(DIRECTORY).content.decode() for role in Role}

    assert {role for role, shown in seen.items() if shown} == {Role.MANAGER}


def test_another_organisations_vendors_do_not_show(outsiders: Team, in_team: Team) -> None:
    fill(in_team)

    assert names(signed_in(outsiders)) == []


def test_directory_needs_as_many_queries_for_three_as_for_one(
    client: Client, in_team: Team, queries: Count
) -> None:
    fill(in_team, 1)
    one = queries(client, DIRECTORY)
    fill_more = [make.make_vendor(in_team.organization, name=f"More {n}") for n in range(2)]
    for vendor in fill_more:
        make.make_capability(make.make_site(vendor))
    three = queries(client, DIRECTORY)

    # session, user, session activity, memberships; scope (begin, set_config, release);
    # sites, capabilities (modality and phase, operation, batch), standings, evidence ages, services, qualifications, agreements;
    # keys in order; scorecards with must-haves; the page: vendors, sites, capabilities, standings, ids; kept views
    assert (one, three) == (QUERIES, QUERIES)


QUERIES = 25


def test_archived_vendors_leave_the_directory(client: Client, vendor: Vendor) -> None:
    answer = client.post(
        reverse("vendors:vendor_archive", args=[vendor.public_id]), {"version": vendor.version}
    )

    assert answer.status_code == 302
    assert names(client) == []
