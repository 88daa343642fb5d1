"""The product with JavaScript switched off: reading, forms, an import, an export, a shortlist, what-if."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import LANDS, said
from tests.support.pages import PageToOpen
from tests.support.product import Product
from tests.support.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
RANKING = "scorecards/<uuid:scorecard_id>/"


@pytest.fixture
def page(visitors: Visitors) -> Page:
    """The manager's window, without a script."""
    return visitors.window("manager", script=False)


def until(page: Page, selector: str) -> None:
    """Load the page again until something stands there, as somebody does whose page cannot ask by itself."""
    wait_until(lambda: page.reload() and page.locator(selector).count(), seconds=LANDS / 1000, what=selector)


def test_the_ranking_is_read_in_three_layouts(page: Page, product_pages: dict[str, list[PageToOpen]]) -> None:
    page.goto(product_pages[RANKING][0].address)
    expect(page.locator("#board")).to_contain_text("Ostravane Biologics")

    page.get_by_role("link", name="Numbers").click()
    expect(page.locator("#board table")).to_be_visible()
    page.get_by_role("link", name="Split").click()

    expect(page).to_have_url(re.compile("layout=split"))
    expect(page.locator("#board")).to_contain_text("Ostravane Biologics")


def test_two_vendors_are_compared(page: Page, product_pages: dict[str, list[PageToOpen]]) -> None:
    page.goto(product_pages[RANKING][0].address)
    for pick in page.locator("#board input[name=c]").all()[:2]:
        pick.check()

    page.locator("button[form=compare]:visible, form#compare button:visible").filter(
        has_text="Compare"
    ).first.click()

    page.wait_for_url("**/compare/**")
    said(page, re.compile("points ahead of"))


def test_what_if_is_answered(page: Page, product_pages: dict[str, list[PageToOpen]]) -> None:
    page.goto(product_pages["scorecards/<uuid:scorecard_id>/what-if/"][0].address)
    box = page.locator("main .if-weights input").first
    box.fill("40")

    page.locator("main form button[type=submit]").first.click()

    expect(page.locator("main table, main ol").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Ostravane Biologics")


def test_a_table_is_filtered_and_a_form_is_saved(
    page: Page, product_pages: dict[str, list[PageToOpen]]
) -> None:
    page.goto("/vendors/")
    page.get_by_label("Monoclonal antibody").first.check()
    page.get_by_role("button", name="Show vendors").click()
    expect(page).to_have_url(re.compile("modality=MAB"))
    page.goto(product_pages["vendors/<uuid:vendor_id>/contacts/add/"][0].address)

    page.locator("input[name=name]").fill("Carla Without-Script")
    with page.expect_navigation():
        page.locator("main form button[type=submit].primary").click()

    page.goto(product_pages["vendors/<uuid:vendor_id>/dealings/"][0].address)
    expect(page.locator("main")).to_contain_text("Carla Without-Script")


def test_a_file_is_imported(page: Page, tmp_path: Path) -> None:
    (tmp_path / "vendors.csv").write_text(
        "vendor.name,vendor.hq_country\r\nScriptless Works,Germany\r\n", newline=""
    )
    page.goto("/vendors/imports/add/")
    page.locator("select[name=kind]").select_option(label="Vendors alone")
    page.locator("input[type=file]").set_input_files(tmp_path / "vendors.csv")
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/vendors/imports/*-*/")
    until(page, "main form[action$='/load/'] button[type=submit]")
    with page.expect_navigation():
        page.locator("main form[action$='/load/'] button[type=submit]").click()
    until(page, "main a[href$='/undo/']")

    page.goto("/vendors/?q=Scriptless")

    expect(page.get_by_role("link", name="Scriptless Works")).to_be_visible()


def test_a_ranking_is_exported(
    page: Page, product: Product, product_pages: dict[str, list[PageToOpen]]
) -> None:
    page.goto(product_pages["exports/new/"][1].address)
    page.locator("main input[name=format][value=xlsx]").check()
    page.locator("main form button[type=submit].primary").click()
    page.wait_for_url("**/exports/*-*/")
    until(page, "main a[href$='/file/']")

    file = page.context.request.get(
        product.address + str(page.locator("main a[href$='/file/']").first.get_attribute("href"))
    )

    assert file.body().startswith(b"PK")


def test_a_shortlist_is_made(page: Page, product_pages: dict[str, list[PageToOpen]]) -> None:
    page.goto(product_pages["shortlists/new/"][1].address)
    page.locator("input[name=name]").fill("Without a script")
    for pick in page.locator("main input[name=c]").all()[:2]:
        pick.check()
    page.get_by_role("button", name="Put them on the shortlist").click()

    form = page.locator("form.decide").first
    form.locator("input[type=radio][value=keep]").check()
    form.locator("input[name=reason]").fill("The record")
    form.get_by_role("button", name="Save decision").click()

    expect(page.locator("form.decide").first.locator("input[name=reason]")).to_have_value("The record")
