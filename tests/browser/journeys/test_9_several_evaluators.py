"""Journey 9: blind ratings, where they differ, what was agreed, and how far they agree."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import said

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
LEAF = "Quality system maturity (ICH Q10)"


def invite(page: Page, evaluators: str, person: str, vendors: int) -> None:
    """Ask somebody about one criterion of the first vendors."""
    page.goto(f"{evaluators}invite/")
    page.locator("select[name=evaluator]").select_option(label=person)
    for box in page.locator("input[name=candidates]").all()[:vendors]:
        box.check()
    page.locator("input[name=leaves]").evaluate_all("boxes => boxes.forEach(box => { box.checked = false; })")
    page.get_by_label(LEAF).check()
    page.get_by_role("button", name="Invite").click()
    page.wait_for_url("**/evaluators/**")


def rate(page: Page, scorecard: str, levels: list[int]) -> None:
    """Rate each vendor in turn, and hand the ratings in."""
    page.goto("/ratings/")
    page.get_by_role("link", name=re.compile(scorecard)).first.click()
    sheet = page.url
    page.locator("main a[href*='/ratings/'][href*='/vendors/']").first.click()
    for level in levels:
        page.locator(f"form.quick12 input[type=radio][value='{level}']").first.check()
        page.locator("form.quick12 button[type=submit].primary").click()
        page.wait_for_load_state()
    page.goto(sheet)
    page.get_by_role("button", name="Submit my ratings").click()
    page.wait_for_load_state()


def test_several_evaluators(visitors: Visitors) -> None:
    manager, first, second = (visitors.new_window(role) for role in ("manager", "evaluator", "quality"))
    manager.goto("/scorecards/")
    manager.get_by_role("link", name="MT-317 mRNA screen").first.click()
    manager.get_by_role("link", name="Evaluators").first.click()
    evaluators = manager.url
    invite(manager, evaluators, "Emre Solano", 2)
    invite(manager, evaluators, "Quentin Abara", 2)

    # the second sees nothing of the first before handing in
    rate(first, "MT-317", [4, 1])
    second.goto(evaluators)
    expect(second.locator("main")).not_to_contain_text("Where they differ")
    rate(second, "MT-317", [1, 1])

    # where they differ, and what was agreed when they talked
    manager.goto(evaluators)
    said(manager, "Where they differ")
    manager.locator("main a[href*='/QUA1/']").first.click()
    expect(manager.locator("main")).to_contain_text("Emre Solano")
    manager.locator("main form input[type=radio][value='3']").first.check()
    manager.locator("main form [name=reason]").fill("Talked over the audit report")
    manager.get_by_role("button", name="Record what was agreed").click()
    manager.goto(evaluators)
    said(manager, re.compile("agreement", re.IGNORECASE))
    expect(manager.locator("main")).to_contain_text(re.compile("[Aa]greed"))
    for window in (manager, first, second):
        window.context.close()
