"""Journey 7: a questionnaire goes out as a workbook, answers and quotes come in, and are put beside what is known."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from scorecards.exporting.questionnaire_sheet import SHEET
from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import download, said
from tests.support.pages import PageToOpen

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
ASKED = "How is data integrity assured?"


def test_rfp(visitors: Visitors, product_pages: dict[str, list[PageToOpen]], tmp_path: Path) -> None:
    buyer, quality = visitors.new_window("procurement"), visitors.new_window("quality")

    # one question to one vendor
    buyer.goto(product_pages["questionnaires/new/"][1].address)
    buyer.locator("input[name=name]").fill("Data integrity")
    buyer.locator("input[name=deadline]").fill((datetime.now(UTC) + timedelta(days=14)).date().isoformat())
    buyer.locator("input[name=questions]").evaluate_all(
        "boxes => boxes.forEach(box => { box.checked = false; })"
    )
    buyer.get_by_label("Chikaramizu Biologics").first.check()
    question = buyer.get_by_label(ASKED).first
    if not question.is_visible():
        buyer.locator("summary", has_text="Quality assurance and compliance").click()
    question.check()
    buyer.get_by_role("button", name="Save the draft").click()
    buyer.get_by_role("button", name="Send to the vendors").click()
    expect(buyer.get_by_role("button", name="Close this round")).to_be_visible()
    buyer.locator("main a[href^='/questionnaires/'][href*='/vendors/']", has_text="Chikaramizu").first.click()

    # the vendor's workbook, filled in
    file = download(buyer, buyer.get_by_role("link", name="Workbook (XLSX)"), tmp_path)
    book = openpyxl.load_workbook(file)
    book[SHEET]["F2"] = "4"
    book.save(file)
    buyer.locator("input[name=file]").set_input_files(file)
    with buyer.expect_navigation():
        buyer.get_by_role("button", name="Read the answers").click()
    copy = buyer.url
    expect(buyer.locator("main")).to_contain_text(ASKED)

    # quality sees the answer beside what is known, and accepts it
    quality.goto(copy)
    quality.get_by_role("link", name="Review the answers").first.click()
    expect(quality.locator("main")).to_contain_text(ASKED)
    quality.locator("input[name^=decision-][value=accepted]").first.check()
    quality.get_by_role("button", name="Keep these decisions").click()
    expect(quality.locator("main")).to_contain_text(re.compile("[Aa]ccepted"))

    # quotes on one normalised scope
    buyer.goto("/proposals/")
    buyer.get_by_role("link", name="MT-618").first.click()
    said(buyer, re.compile("scope", re.IGNORECASE))
    expect(buyer.locator("main table").first).to_contain_text(re.compile("[0-9],[0-9]{3}"))

    # and where a claim and what was verified disagree
    quality.goto(product_pages["vendors/<uuid:vendor_id>/evidence/"][0].address)
    expect(quality.locator("main")).to_contain_text(re.compile("[Cc]laimed"))
    for window in (buyer, quality):
        window.context.close()
