"""From the directory to a scorecard: the facet of must-haves, and chosen vendors that are added, compared, shortlisted."""

from typing import Any

import pytest
from django.test import Client

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, Result, Scorecard
from scorecards.selectors.must_haves import must_have_standings
from scorecards.services.candidates import archive_candidate
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import Team
from tests.factories.vendors import make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock
from vendors.models import Vendor

pytestmark = pytest.mark.django_db(transaction=True)
DIRECTORY, ADDRESS = "/vendors/", "/scorecards/for-vendors/"


def in_scope(team: Team) -> Any:
    return organization_scope(team.organization.pk, team.actor())


def facet(client: Client, query: str = "") -> dict[str, Any]:
    """The facet of must-haves."""
    facets = client.get(f"{DIRECTORY}{query}").context["facets"]
    found: dict[str, Any] = next(one for one in facets if one["name"] == "must_haves")
    return found


def judged(team: Team, scorecard: Scorecard, **gates: tuple[int, int]) -> None:
    """Give the vendors' results so many failed and open must-haves."""
    with in_scope(team):
        for name, (failed, unsettled) in gates.items():
            rows = Result.objects.filter(scorecard=scorecard, candidate__vendor__name=name.replace("_", " "))
            rows.update(gates_failed=failed, gates_open=unsettled)


def test_the_facet_asks_whose_must_haves_first(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    found = facet(manager_client)

    assert (found["options"], [one["label"] for one in found["of"]["options"]]) == ([], ["Early screen"])


def test_the_facet_counts_and_narrows(team: Team, scorecard: Scorecard, manager_client: Client) -> None:
    with in_scope(team):
        make_vendor(team.organization, name="Newcomer", now=clock())
    judged(team, scorecard, Vendor_A=(0, 1), Vendor_B=(2, 1))
    query = f"?scorecard={scorecard.public_id}"

    page = manager_client.get(f"{DIRECTORY}{query}&must_haves=failed&must_haves=absent")

    options = facet(manager_client, query)["options"]
    assert [(one["label"], one["count"]) for one in options] == [
        ("All met", 0),
        ("Unknown, none failed", 1),
        ("One or more failed", 1),
        ("Not on this scorecard", 1),
    ]
    assert [line.vendor.name for line in page.context["lines"]] == ["Newcomer", "Vendor B"]
    assert [chip["label"] for chip in page.context["chips"]] == [
        "Must-haves of Early screen: One or more failed",
        "Must-haves of Early screen: Not on this scorecard",
    ]


def test_must_haves_of_no_scorecard_narrow_nothing(scorecard: Scorecard, manager_client: Client) -> None:
    page = manager_client.get(f"{DIRECTORY}?must_haves=failed")

    assert (page.context["found"], page.context["chips"]) == (2, [])


def test_of_several_offers_the_best_counts(team: Team, scorecard: Scorecard) -> None:
    with in_scope(team):
        vendor = Vendor.objects.get(name="Vendor A")
        second = Candidate.objects.create(
            organization=team.organization, program=scorecard.program, vendor=vendor, label="Second", updated_at=clock()
        )  # fmt: skip
        first = Result.objects.get(scorecard=scorecard, candidate__vendor=vendor)
        Result.objects.filter(pk=first.pk).update(gates_failed=0, gates_open=0)
        first.pk, first.candidate, first.gates_failed = None, second, 3
        first._state.adding = True
        first.save()

        states = must_have_standings(team.organization, scorecard.public_id)

    assert (vendor.pk in states["met"], vendor.pk in states["failed"]) == (True, False)


def test_hidden_scores_give_no_facet(team: Team, scorecard: Scorecard, manager_client: Client) -> None:
    with in_scope(team):
        Scorecard.objects.filter(pk=scorecard.pk).update(hide_until_locked=True)

    names = {one["name"] for one in manager_client.get(DIRECTORY).context["facets"]}

    with in_scope(team):
        assert must_have_standings(team.organization, scorecard.public_id) == {}
    assert "must_haves" not in names


def test_chosen_vendors_are_added_to_a_scorecard_of_chosen_ones(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with in_scope(team):
        one, other = Candidate.objects.filter(program=scorecard.program).order_by("vendor__name")
        update_scorecard(
            scorecard=scorecard, expected_version=None, by=team.actor(), now=clock(), candidates=[one]
        )
        ids = [str(one.vendor.public_id), str(other.vendor.public_id)]

    page = manager_client.get(ADDRESS, {"act": "add", "v": ids})
    answer = manager_client.post(ADDRESS, {"v": ids, "scorecard": str(scorecard.public_id)}, follow=True)

    (line,) = page.context["lines"]
    with in_scope(team):
        assert set(scorecard.choices.values_list("candidate_id", flat=True)) == {one.pk, other.pk}
    assert [vendor.name for vendor in line["line"].missing] == ["Vendor B"]
    assert "1 vendor is added to Early screen." in answer.content.decode()


def test_a_vendor_that_left_the_programme_comes_back(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with in_scope(team):
        left = Candidate.objects.filter(program=scorecard.program).earliest("id")
        archive_candidate(candidate=left, expected_version=None, by=team.actor(), now=clock())
        vendor = str(left.vendor.public_id)

    again = [
        manager_client.post(ADDRESS, {"v": [vendor], "scorecard": str(scorecard.public_id)}) for _ in range(2)
    ]

    with in_scope(team):
        standing = Candidate.objects.on_scorecard(scorecard).filter(vendor=left.vendor).count()
    assert ([one.status_code for one in again], standing) == ([303, 303], 1)


def test_compare_and_shortlist_lead_to_the_scorecards_own_pages(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with in_scope(team):
        ids = [str(vendor.public_id) for vendor in Vendor.objects.order_by("name")]

    page = manager_client.get(ADDRESS, {"act": "compare", "v": ids})

    (row,) = page.context["lines"]
    assert manager_client.get(row["compare_url"]).status_code == 200
    shortlist = manager_client.get(row["shortlist_url"])
    assert sorted(shortlist.context["form"]["c"].value()) == sorted(
        row["compare_url"].partition("candidates=")[2].split(",")
    )


@pytest.mark.parametrize(("act", "status"), [("add", 403), ("shortlist", 403), ("compare", 200)])
def test_a_viewer_compares_only(
    team: Team, scorecard: Scorecard, sign_in: SignIn, act: str, status: int
) -> None:
    assert sign_in(Role.VIEWER).get(ADDRESS, {"act": act}).status_code == status


def test_another_organisations_vendors_are_left_out(
    outsiders: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        foreign = make_vendor(outsiders.organization, name="Foreign", now=clock())

    page = manager_client.get(ADDRESS, {"act": "add", "v": [str(foreign.public_id), "no id"]})

    assert page.context["vendors"] == []


@pytest.mark.parametrize("size", [1, 3])
def test_the_page_takes_as_many_queries_for_three_vendors_as_for_one(
    team: Team, scorecard: Scorecard, manager_client: Client, size: int, django_assert_num_queries: Any
) -> None:
    with in_scope(team):
        more = [make_vendor(team.organization, name=f"More {number}", now=clock()) for number in range(size)]
    manager_client.get(ADDRESS)

    # who asks and in which organisation: six; then the vendors, the scorecards, the candidates, the choices
    with django_assert_num_queries(QUERIES):
        manager_client.get(ADDRESS, {"act": "add", "v": [str(one.public_id) for one in more]})


QUERIES = 10
