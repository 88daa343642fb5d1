"""A real Chromium on a live server with committed rows."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cdmo_eval.core.roles import Role
from tests.factories.core import PASSWORD, Team

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
BAD_WORDS = ("Content Security Policy", "Refused to")

SignedIn = Callable[..., Page]


def chromium() -> str | None:
    """Where the system's Chromium is; CDMO_CHROMIUM names another."""
    named = os.environ.get("CDMO_CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in NAMES]
    return next((path for path in found if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the test run."""
    path = chromium()
    if path is None:
        pytest.skip("NO BROWSER TESTS: no chromium was found. Install chromium, or name it in CDMO_CHROMIUM.")
    # Playwright's event loop would make Django refuse queries in this thread; the database is another process.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def reports() -> list[str]:
    """What the browser complained about: refused by the content security policy, or failed in a script."""
    return []


@pytest.fixture
def browser_page(
    browser: Browser, live_server: object, team: Team, reports: list[str], transactional_db: None
) -> Iterator[SignedIn]:
    """Sign a member in and get the page: `browser_page(Role.MANAGER, width=390, theme="dark", script=False)`."""
    contexts = []

    def signed_in(
        role: Role = Role.MANAGER, *, width: int = 1440, theme: str = "light", script: bool = True
    ) -> Page:
        url = str(live_server)
        context = browser.new_context(
            base_url=url, viewport={"width": width, "height": 1000}, java_script_enabled=script
        )
        contexts.append(context)
        context.add_cookies([{"name": "theme", "value": theme, "url": url}])
        page = context.new_page()
        page.on("console", lambda said: reports.append(said.text) if is_bad(said.type, said.text) else None)
        page.on("pageerror", lambda error: reports.append(str(error)))
        page.goto("/accounts/login/")
        page.fill("input[name=login]", team.members[role].email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/")
        return page

    yield signed_in
    for context in contexts:
        context.close()


def is_bad(kind: str, text: str) -> bool:
    """Whether a console message is a fault of the page."""
    return kind == "error" or any(word in text for word in BAD_WORDS)
