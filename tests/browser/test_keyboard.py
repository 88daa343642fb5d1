"""The keyboard map of interface.md 4.9 and the search of the top bar, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from cdmo_eval.core.roles import Role
from tests.factories.core import Team
from tests.integration.scorecards_pages.conftest import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLACES = {
    "v": "/vendors/",
    "s": "/scorecards/",
    "l": "/shortlists/",
    "j": "/jobs/",
    "e": "/evidence/",
    "a": "/audit/",
    "d": "/",
}


def test_every_place_is_two_keys_away(browser_page: Callable[..., Page], reports: list[str]) -> None:
    page = browser_page(Role.QUALITY)
    reached = {}

    for letter in PLACES:
        page.keyboard.press("g")
        with page.expect_navigation():
            page.keyboard.press(letter)
        reached[letter] = page.evaluate("location.pathname")

    assert (reached, reports) == (PLACES, [])


def test_keys_search_walk_select_and_are_listed(
    browser_page: Callable[..., Page], reports: list[str], team: Team
) -> None:
    fill(team)
    page = browser_page()
    search, hits = page.locator("#search"), page.locator("#search-hits")

    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("vendor a")
    expect(hits.get_by_role("link", name="Vendor A", exact=False).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(hits.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(hits).to_be_hidden()
    expect(search).to_be_focused()

    page.goto("/vendors/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    rows = page.locator("tr[data-row]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert [row.locator("input[type=checkbox]").is_checked() for row in rows.all()] == [False, True]
    page.keyboard.press("k")
    page.keyboard.press("x")
    assert [row.locator("input[type=checkbox]").is_checked() for row in rows.all()] == [True, True]
    assert reports == []


def save_settings(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save settings").click()


def test_keys_are_switched_off_in_the_settings(browser_page: Callable[..., Page], reports: list[str]) -> None:
    page = browser_page()

    page.goto("/settings/")
    page.get_by_label("Off: letters do nothing by themselves").check()
    save_settings(page)
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

    page.get_by_label("On", exact=True).check()
    save_settings(page)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    assert reports == []


def test_a_phone_has_a_menu_a_way_back_and_an_icon_for_the_search(
    browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page(width=390)

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Programmes").click()
    page.goto("/programmes/new/")
    back = page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Programmes")
    expect(back).to_be_visible()
    page.get_by_role("link", name="Search").click()
    expect(page.locator("#search")).to_be_focused()
    assert (page.evaluate("document.documentElement.scrollWidth - innerWidth"), reports) == (0, [])
