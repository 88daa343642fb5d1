"""The pages of vendors and of the house in a real browser: facets that swap, records that open, forms without a script."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import fill
from vendors.models import Vendor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def vendor(team: Team, transactional_db: None) -> Vendor:
    """Two vendors with everything, committed."""
    with organization_scope(team.organization.pk, team.actor()):
        return fill(team, 2)[0]


def test_a_facet_swaps_the_results_and_the_address(
    vendor: Vendor, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page()
    page.goto(reverse("vendors:directory"))

    page.get_by_label("Monoclonal antibody").check()

    expect(page.get_by_role("heading", name="2 of 2 vendors")).to_be_visible()
    expect(page).to_have_url(re.compile("modality=MAB"))
    assert reports == []


def test_a_record_opens_below_its_row(vendor: Vendor, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    page.goto(reverse("vendors:evidence", args=[vendor.public_id]))

    page.get_by_role("link", name="Platform processes").click()

    expect(page.get_by_text("History: 1 version")).to_be_visible()
    expect(page).to_have_url(re.compile("/evidence/$"))


def test_everything_works_without_a_script(vendor: Vendor, browser_page: Callable[..., Page]) -> None:
    page = browser_page(script=False)
    page.goto(reverse("vendors:directory"))
    page.get_by_label("Monoclonal antibody").check()
    page.get_by_role("button", name="Show vendors").click()
    expect(page.get_by_role("heading", name="2 of 2 vendors")).to_be_visible()
    page.get_by_label("Choose Maker 0").check()
    page.get_by_role("button", name="Keep the choice").click()
    expect(page.get_by_text("1 vendor chosen")).to_be_visible()

    page.goto(reverse("vendors:vendor_edit", args=[vendor.public_id]))
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("button", name="Save vendor").click()

    expect(page.get_by_role("heading", name="Renamed")).to_be_visible()


def test_a_made_token_can_be_copied(team: Team, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    page.goto(reverse("token_add"))
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_label("Read vendors, sites and capabilities").check()
    page.get_by_role("button", name="Create token").click()

    expect(page.locator("copy-text code")).to_have_text(re.compile("^cdmo_"))
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
