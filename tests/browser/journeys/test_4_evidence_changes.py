"""Journey 4: an inspection turns OAI overnight, and everybody it concerns sees why."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import LANDS, fresh, load
from tests.browser.journeys.test_1_from_nothing_to_a_ranking import RECORDS
from tests.support.pages import PageToOpen

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_an_inspection_turns_oai(
    visitors: Visitors, product_pages: dict[str, list[PageToOpen]], tmp_path: Path
) -> None:
    manager, quality = visitors.new_window("manager"), visitors.new_window("quality")
    ranking = product_pages["scorecards/<uuid:scorecard_id>/"][0].address
    quality.goto(product_pages["vendors/<uuid:vendor_id>/regulatory/"][0].address)
    fei = re.search(r"FEI (\d+)", quality.locator("main").inner_text())
    assert fei is not None
    manager.goto(ranking)
    fresh(manager)
    before = manager.locator("#board").inner_text()

    # quality loads the authority's file
    content = RECORDS.replace("3001000001", fei.group(1)).replace(
        "No Action Indicated (NAI)", "Official Action Indicated (OAI)"
    )
    content = content.replace("1200001", "1299901").replace("02/26/2026", "10/30/2026")
    load(quality, tmp_path / "inspections.csv", "FDA inspections", content)
    quality.goto("/vendors/watch/")
    expect(quality.locator("main")).to_contain_text("OAI")

    # the open ranking follows by itself, and says why
    expect(manager.locator("#board")).not_to_have_text(before, timeout=LANDS)
    fresh(manager)
    manager.goto(f"{ranking}changes/")
    expect(manager.locator("main")).to_contain_text(re.compile("[Ii]nspection|[Rr]egulatory|OAI"))
    manager.goto("/notifications/")
    expect(manager.locator("main")).to_contain_text(re.compile("OAI|inspection|[Rr]egulatory"))
    manager.goto("/")
    expect(manager.locator("main")).to_contain_text("OAI")
    for page in (manager, quality):
        page.context.close()
