"""Journey 6: a program takes scores with a token, is told of changes, and takes only what changed."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import LANDS, fresh, said
from tests.support.pages import PageToOpen
from tests.support.product import Product
from tests.support.receivers import receiver
from tests.support.stack import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_integration(
    product: Product, visitors: Visitors, product_pages: dict[str, list[PageToOpen]]
) -> None:
    page, admin = visitors.new_window("manager"), visitors.new_window("admin")
    page.goto("/tokens/create/")
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_label("Read scorecards, programmes and results").check()
    page.get_by_role("button", name="Create token").click()
    token = page.locator("copy-text code").inner_text()
    ranking = product_pages["scorecards/<uuid:scorecard_id>/"][0].address
    scores = f"/api/v1{ranking}results/"

    first = product.call(scores, token)
    again = product.call(scores, token, if_none_match=first.headers["ETag"])
    assert (first.status, again.status, again.body) == (200, 304, b"")

    with receiver() as warehouse:
        admin.goto("/webhooks/add/")
        admin.get_by_label("Name").fill("Warehouse")
        admin.get_by_label("Address").fill(warehouse.url)
        admin.get_by_label("A scorecard was calculated").check()
        admin.locator("main form button[type=submit].primary").first.click()
        said(admin, "secret")
        page.goto(ranking)
        fresh(page)
        weight = page.locator("#weight-DIG")
        weight.fill(str(float(weight.input_value()) + 6))
        weight.press("Tab")
        page.get_by_role("button", name="Save and recompute").click()
        wait_until(lambda: warehouse.got, seconds=LANDS / 1000, what="the webhook is told")

    changed = product.call(scores, token, if_none_match=first.headers["ETag"])
    assert changed.status == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    page.goto(ranking)
    fresh(page)
    expect(page.locator("#weight-DIG")).not_to_have_value("0")
    for window in (page, admin):
        window.context.close()
