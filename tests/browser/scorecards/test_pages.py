"""The pages of scorecards in a real browser: from the dashboard to a reason, and a ranking that updates itself."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cdmo_eval.core.tenancy import organization_scope
from scorecards import duties
from scorecards.models import Scorecard
from tests.factories.core import Team
from tests.integration.scorecards_pages.conftest import fill
from tests.support.threads import Beside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scorecard(team: Team, transactional_db: None) -> Scorecard:
    """Two vendors on a calculated scorecard."""
    return fill(team)


def test_from_the_dashboard_to_the_reason_of_a_value(
    scorecard: Scorecard, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()

    page.get_by_role("link", name="Early screen").first.click()
    expect(page.locator(".lede")).to_contain_text("Vendor A leads")
    page.get_by_role("link", name="Vendor A", exact=True).click()

    expect(page.locator("h1")).to_have_text("Vendor A")
    expect(page.locator("#QUA1")).to_contain_text("1 record")


def test_what_stands_on_a_vendors_page_lines_up_and_keeps_apart(
    scorecard: Scorecard, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    page.goto(reverse("scorecards:ranking", args=[scorecard.public_id]))
    page.get_by_role("link", name="Vendor A", exact=True).click()
    expect(page.locator("h1")).to_have_text("Vendor A")

    ends = page.eval_on_selector_all(
        ".leaves thead th:nth-child(5)",
        "all => [...new Set(all.map(th => Math.round(th.getBoundingClientRect().right)))]",
    )
    gaps = page.evaluate(
        """() => { const boxes = [...document.querySelectorAll('main > :is(.two, .three, .panel)')].map(e => e.getBoundingClientRect());
          return boxes.slice(1).map((box, at) => box.top - boxes[at].bottom).filter(gap => gap < 16); }"""
    )  # fmt: skip
    buttons = page.eval_on_selector_all(
        "#map-title ~ * a.btn, section:has(> header #map-title) > footer a.btn",
        "all => all.slice(1).map((e, at) => e.getBoundingClientRect().left - all[at].getBoundingClientRect().right).filter(gap => gap >= 0 && gap < 4)",
    )
    assert (len(ends), gaps, buttons) == (1, [], [])


def test_ranking_updates_itself_after_an_edit(
    team: Team, scorecard: Scorecard, browser_page: Callable[..., Page], beside: Beside
) -> None:
    page = browser_page()
    page.goto(reverse("scorecards:ranking", args=[scorecard.public_id]))
    before = page.locator("#board td.score").first.inner_text()
    page.locator("#weight-QUA").fill("60")
    page.locator("#weight-QUA").press("Tab")
    expect(page.locator("[data-sum]")).to_have_text("100.0")
    page.get_by_role("button", name="Save and recompute").click()
    expect(page.locator("live-status")).to_contain_text("Recomputing")

    recompute = beside.start(
        lambda: duties.recompute_dirty(organization_id=team.organization.pk, clock=lambda: datetime.now(UTC))
    )

    expect(page.locator("live-status")).to_contain_text("Fresh", timeout=15_000)
    expect(page.locator("#board td.score").first).not_to_have_text(before, timeout=5_000)
    assert recompute.result(20) == 1


def test_a_fresh_page_notices_what_was_changed_elsewhere(
    team: Team, scorecard: Scorecard, browser_page: Callable[..., Page], beside: Beside
) -> None:
    page = browser_page()
    page.goto(reverse("scorecards:ranking", args=[scorecard.public_id]))
    expect(page.locator("live-status")).to_contain_text("Fresh")
    before = page.locator("#board td.score").first.inner_text()

    def elsewhere() -> int:
        with organization_scope(team.organization.pk, team.actor()):
            Scorecard.objects.filter(pk=scorecard.pk).update(
                policy="conservative", updated_at=datetime.now(UTC)
            )
        return duties.recompute_dirty(organization_id=team.organization.pk, clock=lambda: datetime.now(UTC))

    assert beside.start(elsewhere).result(20) == 1

    expect(page.locator("#board td.score").first).not_to_have_text(before, timeout=20_000)
    expect(page.locator("live-status")).to_contain_text("Fresh")


def test_key_isolates_one_criterion(scorecard: Scorecard, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    page.goto(reverse("scorecards:ranking", args=[scorecard.public_id]))

    page.locator('[data-isolate="QUA"]').click()

    shown = page.eval_on_selector_all(
        ".bar .part",
        "parts => parts.filter(part => getComputedStyle(part).opacity === '1').map(part => part.dataset.code)",
    )
    assert set(shown) == {"QUA"}


def test_weights_are_saved_without_a_script(scorecard: Scorecard, browser_page: Callable[..., Page]) -> None:
    page = browser_page(script=False)
    page.goto(reverse("scorecards:ranking", args=[scorecard.public_id]))

    page.locator("#weight-QUA").fill("40")
    page.get_by_role("button", name="Save and recompute").click()

    expect(page.locator("#status")).to_contain_text("Recomputing")
    assert float(page.locator("#weight-QUA").input_value()) > 25
