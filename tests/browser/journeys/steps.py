"""What several journeys do."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from scorecards.demo.people import DEMO_PASSWORD

LANDS = 60_000
"""Milliseconds within which the worker has done what a page asked for."""


def fresh(page: Page) -> None:
    """Wait until the worker has calculated and the page says so."""
    expect(page.locator("live-status").first).to_contain_text("Fresh", timeout=LANDS)


def said(found: Locator | Page, words: str | re.Pattern[str]) -> None:
    """The words stand there for people to see."""
    expect(found.get_by_text(words).first).to_be_visible()


def download(page: Page, press: Locator, folder: Path) -> Path:
    """Press something that answers with a file, and keep the file."""
    with page.expect_download(timeout=LANDS) as coming:
        press.click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file


def export(page: Page, file_format: str, folder: Path) -> Path:
    """Ask for a file in the form that is open, wait until it is written, and keep it."""
    page.locator(f"main input[name=format][value={file_format}]").check()
    page.locator("main form button[type=submit].primary").first.click()
    link = page.locator("main a[href$='/file/']").first
    expect(link).to_be_visible(timeout=LANDS)
    return download(page, link, folder)


def sign(page: Page, meaning: str) -> None:
    """Sign a decision as somebody who proves who they are."""
    page.get_by_role("link", name=f"Sign as {meaning}").click()
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    page.get_by_role("button", name=f"Sign as {meaning}").click()
    page.wait_for_url("**/decision/")


def sign_in(page: Page, email: str, password: str) -> None:
    """With a password, as somebody does who has no session."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def load(page: Page, file: Path, kind: str, content: str) -> None:
    """Write a file, have it checked, and load it."""
    file.write_text(content, newline="")
    page.goto("/vendors/imports/add/")
    page.locator("select[name=kind]").select_option(label=kind)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/vendors/imports/*-*/")
    page.locator("main form[action$='/load/'] button[type=submit]").click(timeout=LANDS)
    expect(page.locator("main a[href$='/undo/']").first).to_be_visible(timeout=LANDS)
