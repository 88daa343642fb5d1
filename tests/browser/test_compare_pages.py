"""Compare and "How firm is this?" in a real browser: place kept on the way to the evidence and back, two at a time on a phone."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Result, Scorecard
from tests.factories.core import Team
from tests.integration.scorecards_pages.conftest import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scorecard(team: Team, transactional_db: None) -> Scorecard:
    """Three vendors on a calculated scorecard."""
    return fill(team, vendors=3)


def test_compared_vendors_stay_in_sight_and_the_way_back_from_the_evidence_keeps_the_place(
    team: Team, scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        rows = Result.objects.filter(scorecard=scorecard).order_by("position")
        ids = [str(row.candidate.public_id) for row in rows.select_related("candidate")]
    page = browser_page()
    place = (
        f"{reverse('scorecards:compare', args=[scorecard.public_id])}?candidates={','.join(ids)}&view=table"
    )
    page.goto(place)

    page.locator("#row-QUA1 a").first.scroll_into_view_if_needed()
    expect(page.locator(".compare-band")).to_be_in_viewport()
    before = page.evaluate("scrollY")
    page.locator("#row-QUA1 a").first.click()
    expect(page.locator("#QUA1")).to_be_visible()
    page.go_back()

    expect(page.locator(".seg [aria-current]").first).to_have_text("Table")
    assert abs(page.evaluate("scrollY") - before) < 40
    for width in (320, 390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.locator(".compare-who:visible")).to_have_count(2)
    page.locator("#phone-second").select_option(ids[2])
    page.get_by_role("button", name="Show these two").click()
    expect(page.locator(".compare-who:visible").nth(1)).to_contain_text("Vendor C")
    assert reports == []


def test_weight_to_draw_is_chosen_and_said_without_a_script_too(
    scorecard: Scorecard, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page(script=False, width=390, theme="dark")
    page.goto(reverse("scorecards:firmness", args=[scorecard.public_id]))

    page.locator("#id_criterion").select_option("REG")
    page.get_by_role("button", name="Show this weight").click()

    expect(page.locator("#lines svg[role=img]")).to_have_attribute(
        "aria-label", re.compile("^Score by weight of Regulatory")
    )
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert reports == []
