"""Journey 2: "Why is B second?", to the source and back again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import said
from tests.support.pages import PageToOpen

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_why_is_b_second(visitors: Visitors, product_pages: dict[str, list[PageToOpen]]) -> None:
    page = visitors.new_window("viewer")
    ranking = product_pages["scorecards/<uuid:scorecard_id>/"][0].address
    page.goto(f"{ranking}?layout=split")
    picks = page.locator("#board input[name=c]")
    names = [pick.get_attribute("aria-label") for pick in picks.all()[:2]]
    picks.nth(0).check()
    picks.nth(1).check()

    page.locator(
        "main button[form=compare]:visible, #board button:visible, .selection-bar button:visible"
    ).filter(has_text=re.compile("^Compare")).first.click()

    page.wait_for_url("**/compare/**")
    assert all(names)
    said(page, re.compile("points ahead of"))
    comparison = page.url
    page.locator("a[href$='#QUA5']:visible").first.click()
    page.wait_for_url(re.compile("/candidates/.*#QUA5"))
    leaf = page.locator("#QUA5")
    expect(leaf).to_be_visible()
    leaf.locator("summary").click()
    leaf.locator("a[href*='/evidence/']").first.click()
    expect(page.locator("main")).to_contain_text(re.compile("Source|Grade"))

    page.go_back()
    page.go_back()
    assert page.url == comparison
    page.go_back()
    expect(page).to_have_url(re.compile("layout=split"))
    page.context.close()
