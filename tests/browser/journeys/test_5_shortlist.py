"""Journey 5: five vendors, reasons, a signature, the dossier and the workbook, and the check a year later."""

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.journeys.steps import LANDS, download, export, said, sign
from tests.support.pages import PageToOpen

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_shortlist(visitors: Visitors, product_pages: dict[str, list[PageToOpen]], tmp_path: Path) -> None:
    page = visitors.new_window("procurement")
    page.goto(product_pages["scorecards/<uuid:scorecard_id>/"][0].address)
    for pick in page.locator("#board input[name=c]").all()[:5]:
        pick.check()
    page.get_by_role("button", name="Put on a shortlist").first.click()
    page.locator("input[name=name]").fill("Journey five")
    page.get_by_role("button", name="Put them on the shortlist").click()
    page.wait_for_url("**/shortlists/*-*/")
    shortlist = page.url

    # a reason for each, in the order of the list
    for row in range(5):
        form = page.locator("form.decide").nth(row)
        form.get_by_label("Keep" if row < 2 else "Drop", exact=True).check()
        form.locator("input[name=reason]").fill(f"Reason {row + 1}")
        form.get_by_role("button", name="Save decision").click()
        page.wait_for_load_state()
        expect(page.locator("form.decide").nth(row).locator("input[name=reason]")).to_have_value(
            f"Reason {row + 1}"
        )
    page.get_by_label("No, none").check()
    page.get_by_role("button", name="Declare under my name").click()

    # chosen, and signed with name, meaning and time
    page.goto(f"{shortlist}decision/")
    page.get_by_label("First choice", exact=True).select_option(index=1)
    page.get_by_label("Backup", exact=True).select_option(index=2)
    page.locator("textarea[name=reason]").fill("The record and the scale")
    page.get_by_role("button", name="Save the choice").click()
    sign(page, "authored")
    said(page.get_by_role("region", name="Signatures"), "Petra Lindholm")

    # the frozen calculation leaves as a dossier, the list as a workbook
    page.get_by_role("link", name="Dossier").first.click()
    dossier = export(page, "pdf", tmp_path)
    assert dossier.read_bytes().startswith(b"%PDF")
    page.goto(shortlist)
    page.locator("button[name=format][value=xlsx]").click()
    link = page.locator("main a[href$='/file/']").first
    expect(link).to_be_visible(timeout=LANDS)
    workbook = openpyxl.load_workbook(download(page, link, tmp_path))
    assert "Reason 1" in {cell.value for sheet in workbook for row in sheet for cell in row}

    # and its digest says later that nothing was changed
    page.goto(f"{shortlist}decision/")
    page.get_by_role("link", name="Check that it still holds").click()
    expect(page.locator("main .notice, main .tag").first).to_be_visible()
    said(page, "were worked out again")
    page.context.close()
