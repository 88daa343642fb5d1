"""The builder in a real browser: drafts that keep themselves, what they would change, curves, and the way of a newcomer."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Framework, Scorecard
from scorecards.services.framework_drafts import copy_framework
from scorecards.services.frameworks import install_frameworks
from tests.factories.core import Team
from tests.factories.vendors import make_vendor
from tests.integration.scorecards_pages.conftest import clock, fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_draft_keeps_itself_says_what_it_would_change_and_is_published(
    team: Team, transactional_db: None, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    scorecard = fill(team)
    with organization_scope(team.organization.pk, team.actor()):
        draft = copy_framework(framework=Framework.objects.get(), by=team.actor(), now=clock())
    page = browser_page()
    page.goto(reverse("scorecards:weights_step", args=[scorecard.public_id]))

    page.locator("#weight-QUA").fill("60")
    page.locator("#weight-QUA").press("Tab")

    expect(page.locator("#draft-state")).to_contain_text("Draft kept", timeout=15_000)
    expect(page.locator("#effect")).to_contain_text("Vendor A would stay first.")
    page.reload()
    expect(page.locator("#weight-QUA")).to_have_value("60.0")
    page.locator("details.more > summary", has_text="Cost, speed, viability").click()
    page.locator("details.advanced summary").locator("visible=true").first.click()
    expect(page.locator(".scale-part svg.curve").first).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Save and see the ranking").click()
    expect(page.locator("h1")).to_have_text("Early screen")
    with organization_scope(team.organization.pk, team.actor()):
        assert Scorecard.objects.get(pk=scorecard.pk).version == 2

    page.goto(reverse("criteria:criterion", args=[draft.public_id, "SCL6"]))
    line = page.locator("value-curve .curve-line").first
    before = line.get_attribute("d")
    page.locator("value-curve").first.locator("xpath=..").locator("textarea").fill("0.5: 100\n2: 0")
    assert line.get_attribute("d") != before
    assert reports == []


def test_newcomer_comes_from_a_programme_to_the_first_vendors_questions(
    team: Team, transactional_db: None, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        install_frameworks(team.organization, clock())
        make_vendor(team.organization, name="Aldergate", now=clock())
    page = browser_page()

    page.goto(reverse("programs:new"))
    page.get_by_label("Name of the programme").fill("Antibody one")
    page.get_by_label("Modality", exact=True).select_option("MAB")
    page.get_by_role("button", name="Add the programme").click()
    page.get_by_label("Name of the scorecard").fill("First screen")
    page.get_by_label("Antibody, commercial launch").check()
    expect(page.locator("#difference h2")).to_have_text("Antibody, commercial launch", timeout=15_000)
    page.get_by_role("button", name="Create the scorecard").click()
    expect(page.locator("[aria-current=step]")).to_contain_text("Criteria and weights")
    page.get_by_role("link", name="Quick 12").click()
    page.get_by_role("link", name="Begin with the vendor known least").click()
    expect(page.locator("h1")).to_have_text("Aldergate")
    page.get_by_label("Name of the new site").fill("Cork")
    page.get_by_label("Weeks").fill("30")
    page.get_by_role("button", name="Save and see the ranking").click()

    expect(page.locator("h1")).to_have_text("First screen")
    assert reports == []
