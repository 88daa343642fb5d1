"""The review queue: what waits stands beside its site; accept, reject, another site."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from tests.integration.vendors_pages.conftest import Count, signed_in
from vendors import services
from vendors.models import RecordMatch, Site, VendorAlias

pytestmark = pytest.mark.django_db


def propose(team: Team, count: int = 1) -> list[RecordMatch]:
    """Letters that name a firm of the directory but no place."""
    for number in range(count):
        vendor = make.make_vendor(team.organization, name=f"{['Alder', 'Birch', 'Cedar'][number]} Biologics")
        make.make_site(vendor, name="Works", city="Ulm")
        make.make_inspection(
            team.organization, fei="", event_on=NOW.date(), kind="WARNING_LETTER", classification="",
            firm=f"{vendor.name} GmbH", country="", scope="CGMP/Finished Pharmaceuticals/Adulterated",
        )  # fmt: skip
    services.match_records(organization=team.organization, now=NOW)
    return list(RecordMatch.objects.order_by("id"))


def act(client: Client, name: str, match: RecordMatch, **data: str) -> int:
    """Send one decision."""
    return client.post(reverse(f"vendors:{name}", args=[match.public_id]), data).status_code


def test_the_queue_shows_what_agrees_and_what_does_not(client: Client, in_team: Team) -> None:
    propose(in_team)

    answer = client.get(reverse("vendors:review"))

    shown = answer.context["proposals"][0]
    assert [(part.label, part.word) for part in shown.parts] == [
        ("Name", "Agrees"),
        ("City", "Not stated on both sides"),
        ("Country", "Not stated on both sides"),
    ]
    assert "96% sure" in answer.content.decode()


def test_an_empty_queue_says_so(client: Client, in_team: Team) -> None:
    answer = client.get(reverse("vendors:review"))

    assert "Nothing waits now." in answer.content.decode()


def test_decisions_are_listed_with_who_made_them_and_can_be_turned_round(
    client: Client, in_team: Team
) -> None:
    (match,) = propose(in_team)
    act(client, "match_accept", match)
    matched = client.get(reverse("vendors:review"), {"state": "matched"})
    act(client, "match_reject", match)
    rejected = client.get(reverse("vendors:review"), {"state": "rejected"})

    assert [one.match for one in matched.context["proposals"]] == [match]
    assert [one.match for one in rejected.context["proposals"]] == [match]
    assert "matched by Manager of Alpha" in matched.content.decode()
    assert ("It is this site" in matched.content.decode(), "It is not<" in matched.content.decode()) == (
        False,
        True,
    )
    assert ("It is this site" in rejected.content.decode(), "It is not<" in rejected.content.decode()) == (
        True,
        False,
    )


def test_accepting_with_remember_counts_and_leaves_the_queue(client: Client, in_team: Team) -> None:
    (match,) = propose(in_team)

    status = act(client, "match_accept", match, remember="on")

    match.refresh_from_db()
    assert (status, match.proposed, match.remembered) == (302, False, True)
    assert VendorAlias.objects.count() == 0
    assert client.get(reverse("vendors:review")).context["listed"] == 0


def test_rejecting_leaves_the_queue_for_good(client: Client, in_team: Team) -> None:
    (match,) = propose(in_team)

    status = act(client, "match_reject", match)
    again = client.post(reverse("vendors:match_again")).status_code

    match.refresh_from_db()
    assert (status, again, match.proposed, match.remembered) == (302, 302, False, False)
    assert client.get(reverse("vendors:review")).context["listed"] == 0


def test_another_site_is_chosen_from_a_list(client: Client, in_team: Team) -> None:
    (match,) = propose(in_team)
    other = make.make_site(match.site.vendor, name="Other works")

    address = reverse("vendors:match_elsewhere", args=[match.public_id])
    shown = client.get(address)
    status = act(client, "match_elsewhere", match, site=str(other.public_id))

    assert shown.status_code == 200
    assert status == 302
    assert [one.site_id for one in RecordMatch.objects.accepted()] == [other.pk]


def test_who_may_not_decide_sees_no_buttons(in_team: Team) -> None:
    propose(in_team)

    answer = signed_in(in_team, Role.VIEWER).get(reverse("vendors:review"))

    assert (answer.status_code, "It is this site" in answer.content.decode()) == (200, False)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_takes_as_many_queries_for_three_as_for_one(
    client: Client, in_team: Team, queries: Count, count: int
) -> None:
    propose(in_team, count)

    assert queries(client, reverse("vendors:review")) == QUERIES
    assert Site.objects.count() == count


QUERIES = 11
