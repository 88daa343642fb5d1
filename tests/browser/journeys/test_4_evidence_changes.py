"""Journey 4: an inspection turns OAI overnight, and everybody it concerns sees why."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import LANDS, fresh, load
from tests.browser.journeys.test_1_from_nothing_to_a_ranking import RECORDS
from tests.support.pages import PageToOpen
from tests.support.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def plant_of(manager: Page, quality: Page) -> Locator:
    """Of the plants on a vendor's regulatory page the one that its candidate on the open board makes the product at."""
    vendor = quality.locator("h1").inner_text()
    row = manager.locator("#board tr[data-row]", has_text=vendor).first
    makes_at = row.locator("td.vendor a").first.inner_text().removeprefix(f"{vendor}, ").split(", backup")[0]
    return quality.get_by_role("rowheader", name=re.compile(f"^{re.escape(makes_at)}.*FEI")).first


def test_an_inspection_turns_oai(
    visitors: Visitors, product_pages: dict[str, list[PageToOpen]], tmp_path: Path
) -> None:
    manager, quality = visitors.new_window("manager"), visitors.new_window("quality")
    ranking = product_pages["scorecards/<uuid:scorecard_id>/"][0].address
    quality.goto(product_pages["vendors/<uuid:vendor_id>/regulatory/"][0].address)
    manager.goto(ranking)
    fresh(manager)
    vendor = quality.locator("h1").inner_text()
    fei = re.search(r"FEI (\d+)", plant_of(manager, quality).inner_text())
    assert fei is not None
    board = manager.locator("rank-board")
    before = board.get_attribute("data-run")
    assert before

    # quality loads the authority's file
    content = RECORDS.replace("3001000001", fei.group(1)).replace(
        "No Action Indicated (NAI)", "Official Action Indicated (OAI)"
    )
    lately = f"{datetime.now(UTC) - timedelta(days=24):%m/%d/%Y}"
    content = content.replace("1200001", "1299901").replace("02/26/2026", lately)
    load(quality, tmp_path / "inspections.csv", "FDA inspections", content)
    quality.goto("/vendors/watch/")
    expect(quality.locator("main")).to_contain_text("OAI")

    # what moved since the calculation that was shown says why, however many calculations there were meanwhile
    moved = quality.locator("details.move", has_text=vendor).filter(has_text="official records")

    def explained() -> bool:
        quality.goto(f"{ranking}changes/?since={before}")
        return moved.count() > 0

    wait_until(explained, seconds=LANDS / 1000, what="the inspection is told as a cause")
    expect(moved.first).to_contain_text(re.compile("[Ii]nspection|[Rr]egulatory"))
    # the open ranking has followed by itself
    expect(board).not_to_have_attribute("data-run", before, timeout=LANDS)
    fresh(manager)
    manager.goto("/notifications/")
    expect(manager.locator("main")).to_contain_text(re.compile("OAI|inspection|[Rr]egulatory"))
    manager.goto("/")
    expect(manager.locator("main")).to_contain_text("OAI")
    for page in (manager, quality):
        page.context.close()
