"""The watch list: what stands against sites, what ends soon, what was read; on the page and for programs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import by_token
from tests.integration.vendors_pages.conftest import Count
from vendors.models import Site

pytestmark = pytest.mark.django_db


def today() -> date:
    """Pages read the real clock."""
    return datetime.now(UTC).date()


def site_of(team: Team, name: str) -> Site:
    """A vendor's only site, with an FEI of its own."""
    vendor = make.make_vendor(team.organization, name=name)
    return make.make_site(vendor, name=f"{name} works", fei=f"30000{vendor.pk:05d}"[-10:])


def fill(team: Team, count: int = 1) -> list[Site]:
    """Sites with an official action, a certificate that ends and nothing else."""
    sites = [site_of(team, f"Maker {number}") for number in range(count)]
    for site in sites:
        make.make_inspection(
            team.organization, fei=site.fei, event_on=today() - timedelta(days=200), classification="OAI"
        )
        make.make_certificate(site.vendor, site=site, valid_until=today() + timedelta(days=30))
    return sites


def signs(answer: Any) -> list[tuple[str, str]]:
    """Sign and vendor of each line."""
    return [(line.watched.sign.value, line.watched.vendor.name) for line in answer.context["lines"]]


def test_what_stands_against_a_site_and_what_ends_soon_is_listed(client: Client, in_team: Team) -> None:
    fill(in_team)

    answer = client.get(reverse("vendors:watch"))

    assert signs(answer) == [("oai", "Maker 0"), ("certificate_expiring", "Maker 0")]


def test_an_old_inspection_and_an_expired_certificate_are_listed(client: Client, in_team: Team) -> None:
    site = site_of(in_team, "Old")
    make.make_inspection(in_team.organization, fei=site.fei, event_on=today() - timedelta(days=2500))
    make.make_certificate(site.vendor, site=site, valid_until=today() - timedelta(days=1))
    make.make_certificate(site.vendor, site=site, number="2", valid_until=today() + timedelta(days=400))

    answer = client.get(reverse("vendors:watch"))

    assert signs(answer) == [("certificate_expired", "Old"), ("stale", "Old")]


def test_an_official_certificate_too_old_to_rely_on_is_listed(client: Client, in_team: Team) -> None:
    for name, ages in {"Fresh": [400], "Ageing": [1000], "Old": [1400], "Renewed": [1400, 100]}.items():
        site = site_of(in_team, name)
        for number, age in enumerate(ages):
            make.make_inspection(
                in_team.organization, fei=site.fei, event_on=today() - timedelta(days=age), classification="", kind="GMP_CERTIFICATE",
                authority="EU", native_id=f"{name} {number}", product_area="", project_area="", source="eudragmdp",
            )  # fmt: skip

    answer = client.get(reverse("vendors:watch"))

    assert signs(answer) == [("certificate_expired", "Old"), ("certificate_expiring", "Ageing")]
    assert answer.context["lines"][0].watched.detail.startswith("EU GMP certificate Old 0")


def test_a_site_without_records_is_listed_when_asked_for_and_never_called_clean(
    client: Client, in_team: Team
) -> None:
    site_of(in_team, "Silent")

    everything = client.get(reverse("vendors:watch"))
    asked = client.get(reverse("vendors:watch"), {"sign": "no_record"})

    assert (signs(everything), signs(asked)) == ([], [("no_record", "Silent")])
    assert asked.context["lines"][0].word == "FDA data has not been read yet"


def test_filters_by_sign_and_vendor_stand_in_the_address(client: Client, in_team: Team) -> None:
    first, second = fill(in_team, 2)

    by_sign = client.get(reverse("vendors:watch"), {"sign": "oai"})
    by_vendor = client.get(reverse("vendors:watch"), {"vendor": str(second.vendor.public_id), "sign": "oai"})
    nonsense = client.get(reverse("vendors:watch"), {"sign": "x", "vendor": "y"})

    assert signs(by_sign) == [("oai", first.vendor.name), ("oai", second.vendor.name)]
    assert signs(by_vendor) == [("oai", second.vendor.name)]
    assert len(signs(nonsense)) == 4


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    client: Client, in_team: Team, queries: Count, count: int
) -> None:
    fill(in_team, count)

    assert queries(client, reverse("vendors:watch")) == 26


def test_programs_read_the_same_list(in_team: Team) -> None:
    (site,) = fill(in_team)

    api = by_token(in_team)
    found = api.get("regulatory-watch/").json()["results"]
    narrowed = api.get("regulatory-watch/?sign=oai").json()["results"]
    unknown = api.get("regulatory-watch/?sign=x").status_code

    assert [(one["sign"], one["site"]) for one in found] == [
        ("oai", str(site.public_id)),
        ("certificate_expiring", str(site.public_id)),
    ]
    assert [one["sign"] for one in narrowed] == ["oai"]
    assert unknown == 400
