"""Vendors entered twice: proposed, merged, or known to be two companies; by page and by program."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from tests.integration.vendors_pages.conftest import Count, signed_in
from vendors import services
from vendors.models import DistinctVendors, Site, Vendor, VendorAlias
from vendors.selectors.duplicates import possible_duplicates

pytestmark = pytest.mark.django_db


def twins(team: Team, count: int = 1) -> list[tuple[Vendor, Vendor]]:
    """Pairs of vendors of one name in two spellings."""
    found = []
    for number in range(count):
        word = ["Alder", "Birch", "Cedar"][number]
        pair = (
            make.make_vendor(team.organization, name=f"{word} Pharma"),
            make.make_vendor(team.organization, name=f"{word} Pharmaceuticals Ltd."),
        )
        make.make_site(pair[1], name="Works")
        found.append(pair)
    return found


def pairs_of(team: Team) -> list[tuple[str, str]]:
    return [(one.vendor.name, one.other.name) for one in possible_duplicates(team.organization)]


def test_one_name_in_two_spellings_is_a_pair(in_team: Team) -> None:
    twins(in_team)
    make.make_vendor(in_team.organization, name="Alder Logistics")

    assert pairs_of(in_team) == [("Alder Pharma", "Alder Pharmaceuticals Ltd.")]


def test_an_alias_makes_a_pair_and_an_archived_vendor_none(in_team: Team) -> None:
    one = make.make_vendor(in_team.organization, name="Elm")
    other = make.make_vendor(in_team.organization, name="Oak")
    services.add_alias(vendor=other, name="ELM GmbH", by=in_team.actor())
    gone = make.make_vendor(in_team.organization, name="Elm Inc.")
    services.archive_vendor(vendor=gone, expected_version=None, by=in_team.actor(), now=NOW)

    assert [(pair.vendor, pair.other, pair.name) for pair in possible_duplicates(in_team.organization)] == [
        (one, other, "Elm")
    ]


def test_another_organisations_vendor_is_no_twin(in_team: Team, outsiders: Team) -> None:
    make.make_vendor(in_team.organization, name="Elm")
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        make.make_vendor(outsiders.organization, name="Elm")

    assert pairs_of(in_team) == []


def test_the_page_merges_the_newer_into_the_older(client: Client, in_team: Team) -> None:
    ((kept, gone),) = twins(in_team)
    address = reverse("vendors:vendor_merge", args=[gone.public_id])

    shown = client.get(address, {"into": str(kept.public_id)})
    answer = client.post(address, {"version": gone.version, "into": str(kept.public_id)})

    assert shown.context["form"].initial["into"] == str(kept.public_id)
    assert answer.headers["Location"] == reverse("vendors:profile", args=[kept.public_id])
    gone.refresh_from_db()
    assert gone.merged_into == kept
    assert Site.objects.get().vendor == kept
    assert list(VendorAlias.objects.values_list("name", flat=True)) == ["Alder Pharmaceuticals Ltd."]
    assert pairs_of(in_team) == []


def test_merging_a_vendor_that_changed_meanwhile_is_refused_with_words(client: Client, in_team: Team) -> None:
    ((kept, gone),) = twins(in_team)
    address = reverse("vendors:vendor_merge", args=[gone.public_id])

    answer = client.post(address, {"version": gone.version + 7, "into": str(kept.public_id)})

    assert answer.status_code == 409
    gone.refresh_from_db()
    assert gone.merged_into is None


def test_two_companies_are_not_proposed_again(client: Client, in_team: Team) -> None:
    ((one, other),) = twins(in_team)

    answer = client.post(reverse("vendors:vendors_apart", args=[other.public_id, one.public_id]))

    assert answer.headers["Location"] == reverse("vendors:duplicates")
    decided = DistinctVendors.objects.get()
    assert (decided.vendor, decided.other) == (one, other)
    assert pairs_of(in_team) == []


def test_who_may_not_edit_sees_the_pairs_only(in_team: Team) -> None:
    ((_, gone),) = twins(in_team)
    viewer = signed_in(in_team, Role.VIEWER)

    page = viewer.get(reverse("vendors:duplicates")).content.decode()
    answer = viewer.get(reverse("vendors:vendor_merge", args=[gone.public_id]))

    assert ("Alder Pharma" in page, "two companies" in page) == (True, False)
    assert answer.status_code == 403


# session, user, organisation and membership, scope; vendors, aliases, decisions; the frame of the page
@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_number_of_queries(
    client: Client, in_team: Team, queries: Count, count: int
) -> None:
    twins(in_team, count)

    assert queries(client, reverse("vendors:duplicates")) == 12
