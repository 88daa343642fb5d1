"""Chromium of the system, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# without these a headless Chromium calls its maker at every start
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium_path() -> str | None:
    """The system's Chromium or Chrome, or the one that CDMO_CHROMIUM names; None where there is none."""
    named = os.environ.get("CDMO_CHROMIUM")
    wanted = (named,) if named else ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in wanted if (path := shutil.which(name))), None)


@contextmanager
def launch() -> Iterator[Browser]:
    """A headless browser. Raises RuntimeError where none is installed."""
    path = chromium_path()
    if path is None:
        raise RuntimeError("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()
