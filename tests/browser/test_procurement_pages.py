"""A shortlist from order to signature in a real browser, on a phone too; an import that is mended where its error stands."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cdmo_eval.core.roles import Role
from tests.factories.core import PASSWORD, Team
from tests.integration.scorecards_api.conftest import make_ranked
from tests.integration.shortlists.conftest import Desk, make_desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(transactional_db: None, team: Team) -> Desk:
    """Alder, Birch and Cedar on a shortlist."""
    return make_desk(make_ranked(team, "Alder", "Birch", "Cedar"))


def names(page: Page) -> list[str]:
    return page.locator(".standing h3").all_inner_texts()


def test_a_shortlist_is_ordered_decided_and_signed(
    desk: Desk, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page(Role.PROCUREMENT)
    page.goto(desk.page)
    expect(page.locator(".lede")).to_contain_text("Alder is the first choice, with Birch as backup.")

    page.get_by_role("button", name="Move up Cedar").click()
    expect(page.locator(".standing h3").nth(1)).to_have_text("Cedar")
    cedar = page.locator(".standing", has_text="Cedar")
    cedar.get_by_label("Drop").check()
    cedar.get_by_label("Reason for Cedar").fill("No free slot")
    cedar.get_by_role("button", name="Save decision on Cedar").click()
    expect(page.locator(".lede")).to_contain_text("1 dropped")
    assert names(page) == ["Alder", "Cedar", "Birch"]

    page.get_by_label("No, none").check()
    page.get_by_role("button", name="Declare under my name").click()
    page.get_by_role("link", name="Decision and signatures").click()
    page.get_by_role("link", name="Sign as authored").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign “Second source” as authored")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign as authored").click()

    expect(page.locator(".sign-steps .is-signed")).to_contain_text("Procurement of Alpha")
    page.set_viewport_size({"width": 320, "height": 700})
    for address in (desk.page, f"{desk.page}decision/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert reports == []


def test_an_import_is_mended_where_its_error_stands_without_a_script(
    team: Team, browser_page: Callable[..., Page], reports: list[str], tmp_path: Path
) -> None:
    make_ranked(team, "Alder")
    file = tmp_path / "people.csv"
    file.write_text("vendor,contact,role\nAlderr,A. Body,Sales\nAlder,B. Body,Quality\n")
    page = browser_page(Role.MANAGER, script=False)
    page.goto("/vendors/imports/add/?kind=contacts")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check the file").click()

    expect(page.locator(".steps [aria-current]")).to_have_text("Check")
    expect(page.locator(".lede")).to_contain_text("1 of 2 rows are ready; 1 error of 1 kind.")
    page.get_by_label("What Alderr means").select_option("Alder")
    page.get_by_role("button", name="Repair and check again").click()
    expect(page.locator(".steps [aria-current]")).to_have_text("Preview")
    page.get_by_role("button", name="Import 2 rows").click()

    expect(page.locator(".lede")).to_contain_text("2 new and 0 changed.")
    assert reports == []
