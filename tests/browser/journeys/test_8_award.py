"""Journey 8: the decision page, quality's approval, the signed dossier; a year later a review against it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import export, fresh, said, sign
from tests.support.pages import PageToOpen

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_award(visitors: Visitors, product_pages: dict[str, list[PageToOpen]], tmp_path: Path) -> None:
    manager, quality = visitors.new_window("manager"), visitors.new_window("quality")
    decision = product_pages["shortlists/<uuid:shortlist_id>/decision/"][0].address

    # the answer, what would change it, what is open, who disagreed
    manager.goto(decision)
    expect(manager.locator(".lede").first).to_contain_text("is chosen")
    for part in ("What would change the answer", "Open risks", "Dissent", "Signatures"):
        said(manager, part)

    # a new edition, signed by the manager and approved by quality, each proving who they are
    manager.locator("summary", has_text="Begin a new edition").click()
    manager.get_by_label("Why what was signed no longer holds").fill("A year has passed")
    manager.get_by_role("button", name="Supersede what is signed").click()
    manager.goto(decision)
    sign(manager, "authored")
    quality.goto(decision)
    sign(quality, "quality approved")
    said(quality.get_by_role("region", name="Signatures"), "Quentin Abara")
    quality.get_by_role("link", name="Dossier").first.click()
    assert export(quality, "pdf", tmp_path).read_bytes().startswith(b"%PDF")

    # a year later: a copy as annual review, then against now
    manager.goto(product_pages["scorecards/<uuid:scorecard_id>/history/"][0].address)
    manager.locator("main form input[name=name]").fill("Annual review")
    manager.get_by_role("button", name="Copy as annual review").click()
    manager.wait_for_load_state()
    manager.goto("/scorecards/")
    manager.get_by_role("link", name="Annual review").first.click()
    fresh(manager)
    manager.goto(manager.url.partition("?")[0] + "changes/")
    expect(manager.locator("h1")).to_be_visible()
    expect(manager.locator("main")).to_contain_text("MT-204 launch shortlist")
    for window in (manager, quality):
        window.context.close()
