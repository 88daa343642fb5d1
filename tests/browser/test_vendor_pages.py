"""The directory and a vendor's page in Chromium: the chosen vendors are counted, a view is kept, nothing is cut off."""

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


def test_the_directory_from_search_to_shortlist(
    vendor: Vendor, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page()
    page.goto(reverse("vendors:directory"))

    search = page.get_by_label("Search names, former names")
    search.fill("works")
    search.press("Enter")
    expect(page).to_have_url(re.compile("q=works"))
    expect(page.locator("mark").first).to_have_text("Works")
    page.get_by_role("link", name="Keep this view").click()
    page.get_by_label("Name", exact=True).fill("With works")
    page.get_by_role("button", name="Keep the view").click()
    expect(page.get_by_role("link", name="With works")).to_have_attribute("aria-current", "page")

    put = page.get_by_role("button", name="Put on a shortlist")
    expect(put).to_be_hidden()
    page.get_by_label("Choose Maker 0").check()
    with page.expect_response("**/vendors/choose/"):
        page.get_by_label("Choose Maker 1").check()
    expect(page.get_by_text("2 vendors chosen")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.goto(f"{reverse('vendors:directory')}?q=nothing+is+called+this")
    expect(page.get_by_text("2 vendors chosen, 2 of them not on this page")).to_be_visible()
    page.get_by_role("button", name="Choose none").click()
    expect(put).to_be_hidden()
    assert reports == []


def test_the_matrix_and_the_lanes_end_inside_their_panels(
    vendor: Vendor, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page()
    page.goto(reverse("vendors:profile", args=[vendor.public_id]))

    overhang = page.evaluate(
        """() => [...document.querySelectorAll("#makes .matrix, #record .on-large svg")].map((one) => {
          const panel = one.closest(".panel").getBoundingClientRect(), box = one.getBoundingClientRect();
          return [box.right <= panel.right, one.tagName === "TABLE" || box.width > panel.width * 0.9];
        })"""
    )

    assert overhang == [[True, True], [True, True]]
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#record .on-small svg")).to_be_visible()
    expect(page.locator("#record .on-large svg")).to_be_hidden()
    assert reports == []
