"""Journey 1: from nothing to a ranking in ten minutes."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import fresh, load, said, sign_in
from tests.support.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
PASSWORD = "a long enough sentence"
VENDORS = (
    "vendor.name,site.name,site.fei,site.country\r\nAlder Biologics,Ulm,3001000001,Germany\r\n"
    "Birch Proteins,Basel,3001000002,Switzerland\r\n"
)
RECORDS = (
    "FEI Number,Legal Name,City,State,Zip,Country/Area,Fiscal Year,Inspection ID,Posted Citations,Inspection End Date,"
    "Classification,Project Area,Product Type,Additional Details,FMD-145 Date\r\n3001000001,Alder Biologics,Ulm,-,-,Germany,2026,"
    "1200001,No,02/26/2026,No Action Indicated (NAI),Drug Quality Assurance,Drugs,-,-\r\n"
)


def answer_the_quick_12(page: Page) -> str:
    """Of each of two vendors: one answer, the rest "Don't know". Returns the address of the questions."""
    page.wait_for_url("**/scorecards/*-*/**")
    page.goto(re.sub(r"(/scorecards/[^/]+/).*", r"\1", page.url))
    page.get_by_role("link", name="Quick 12").first.click()
    page.get_by_role("link", name="Begin with the vendor known least").click()
    page.wait_for_selector(".quick12")
    questions = page.url
    for vendor in range(2):
        page.goto(questions)
        with page.expect_navigation():
            page.locator(".quick-rail ol a").nth(vendor).click()
        page.locator(".quick12 input[type=radio]:not(:checked)").first.check()
        with page.expect_navigation():
            page.locator(".quick12 button[type=submit].primary").click()
    return questions


def test_from_nothing_to_a_ranking(
    product: Product, visitors: Visitors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = f"fresh-{uuid4().hex[:6]}"
    # the operator makes the organisation, its administrator invites the manager, who follows the link
    monkeypatch.setenv("CDMO_ADMIN_PASSWORD", PASSWORD)
    product.manage("create_organization", slug, "--name", "Fresh Bio", "--admin", f"first@{slug}.example")
    admin, page = visitors.new_window(""), visitors.new_window("")
    sign_in(admin, f"first@{slug}.example", PASSWORD)
    admin.goto("/members/invite/")
    admin.locator("input[name=email]").fill(f"nora@{slug}.example")
    admin.locator("input[name=name]").fill("Nora Field")
    admin.locator("input[name=role][value=manager]").check()
    admin.get_by_role("button", name="Invite this person").click()
    link = admin.locator("copy-text").first.inner_text()
    page.goto(re.search(r"/accounts/\S+", link).group())  # type: ignore[union-attr]
    for box in page.locator("main input[type=password]").all():
        box.fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/key/done/")
    sign_in(page, f"nora@{slug}.example", PASSWORD)
    admin.context.close()

    # the dashboard leads; a file of vendors and one of the authority
    said(page, "Bring in your vendors")
    load(page, tmp_path / "vendors.csv", "Vendors, sites and capabilities", VENDORS)
    load(page, tmp_path / "inspections.csv", "FDA inspections", RECORDS)
    page.goto("/vendors/")
    expect(page.get_by_role("link", name="Alder Biologics").first).to_be_visible()

    # the programme in eight fields
    page.goto("/")
    page.get_by_role("link", name="Add a programme").click()
    page.locator("input[name=name]").fill("FB-1 antibody")
    page.locator("select[name=modality]").select_option(label="Monoclonal antibody")
    page.locator("select[name=phase_now]").select_option(label="Phase 1")
    page.locator("select[name=phase_target]").select_option(label="Phase 2")
    page.get_by_label("United States").check()
    page.locator("main form button[type=submit].primary").first.click()
    expect(page).not_to_have_url("**/programmes/new/")

    # what weighs, from an archetype
    page.goto("/scorecards/new/")
    page.locator("input[name=name]").fill("Early screen")
    page.get_by_label("Antibody or bispecific, IND to phase 1").check()
    page.get_by_role("button", name="Create the scorecard").click()

    questions = answer_the_quick_12(page)

    # an early-screen ranking that says what it rests on, and what to ask next
    page.goto(re.sub(r"(/scorecards/[^/]+/).*", r"\1", questions))
    fresh(page)
    expect(page.locator("#board")).to_contain_text("Alder Biologics")
    expect(page.locator("#board")).to_contain_text("Birch Proteins")
    page.get_by_role("link", name="How firm is this?").first.click()
    said(page, "Next best questions")
    page.context.close()
