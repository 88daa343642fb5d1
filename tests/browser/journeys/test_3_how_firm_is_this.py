"""Journey 3: "How firm is this?": what flips the leader, and which open question matters most."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import LANDS, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_how_firm_is_this(visitors: Visitors) -> None:
    page = visitors.new_window("viewer")
    page.goto("/scorecards/")
    page.get_by_role("link", name="MT-530 AAV screen").first.click()
    page.get_by_role("link", name="How firm is this?").first.click()

    expect(page.locator(".lede").first).to_contain_text(re.compile("leads|first"))
    said(page, "What would change first place")
    page.get_by_role("button", name="Simulate cases").click()
    said(page, re.compile("cases counted|simulated cases"))
    expect(page.locator("#simulation .heat, #simulation svg, #simulation table").first).to_be_visible(
        timeout=LANDS
    )
    expect(page.locator("#simulation")).to_contain_text("10,000 simulated cases")
    asked = page.locator("#questions")
    asked.scroll_into_view_if_needed()
    expect(asked.locator("li, tr").first).to_be_visible()
    page.get_by_label("Weight of", exact=True).select_option(index=2)
    page.get_by_role("button", name="Show this weight").click()
    expect(page).to_have_url(re.compile("criterion="))
    page.context.close()
