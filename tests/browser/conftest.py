"""A real Chromium on a live server with committed rows."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from cdmo_eval.core.roles import Role
from cdmo_eval.embedded import BASE_DIR
from scorecards.demo.people import DEMO_PASSWORD
from tests.factories.core import PASSWORD, Team
from tests.support.browser import chromium_path, launch
from tests.support.pages import PageToOpen
from tests.support.product import Product, demo_product

BAD_WORDS = ("Content Security Policy", "Refused to")

SignedIn = Callable[..., Page]


def need_chromium() -> None:
    """Skip, loudly, where there is no browser."""
    if chromium_path() is None:
        pytest.skip("NO BROWSER TESTS: no chromium was found. Install chromium, or name it in CDMO_CHROMIUM.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the test run."""
    need_chromium()
    # Playwright's event loop would make Django refuse queries in this thread; the database is another process.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=15_000)  # a machine that does much else is slow, not wrong
    with launch() as started:
        yield started


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
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return page

    yield signed_in
    for context in contexts:
        context.close()


def is_bad(kind: str, text: str) -> bool:
    """Whether a console message is a fault of the page."""
    return kind == "error" or any(word in text for word in BAD_WORDS)


@pytest.fixture(scope="session")
def product(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Product]:
    """The demo as it runs at a customer's: web server, worker, reconciler. Journeys leave traces in it."""
    need_chromium()
    with demo_product(
        django_db_blocker, "browser", "web", "worker", "reconcile", CDMO_WEBHOOK_NETWORKS="127.0.0.0/8"
    ) as running:
        yield running


@pytest.fixture(scope="session")
def product_pages(product: Product) -> dict[str, list[PageToOpen]]:
    """Every page of the product, by its pattern, with addresses on the demo."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.support.pages"], cwd=BASE_DIR, env=product.of("command"), capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr[-2000:]
    found = defaultdict(list)
    for each in json.loads(printed.stdout):
        found[each["pattern"]].append(PageToOpen(**each))
    return dict(found)


@dataclass
class Visitors:
    """People of the demo in the browser: each signs in once, and each has one window per theme and kind."""

    browser: Browser
    address: str
    sessions: dict[str, Any] = field(default_factory=dict)
    windows: dict[tuple[str, str, bool], Page] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def window(self, role: str, theme: str = "light", *, script: bool = True) -> Page:
        """The window of somebody ("" is nobody)."""
        key = (role, theme, script)
        if key not in self.windows:
            self.windows[key] = self.new_window(role, theme, script=script)
        return self.windows[key]

    def new_window(self, role: str, theme: str = "light", *, script: bool = True, width: int = 1440) -> Page:
        """Another one, with nothing kept of earlier visits but the session."""
        context = self.browser.new_context(
            base_url=self.address, viewport={"width": width, "height": 900}, java_script_enabled=script,
            storage_state=self.session(role), accept_downloads=True, reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "theme", "value": theme, "url": self.address}])
        page = context.new_page()
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if is_bad(said.type, said.text) else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def session(self, role: str) -> Any:
        """The cookies of somebody signed in."""
        if role not in self.sessions:
            context = self.browser.new_context(base_url=self.address)
            if role:
                self._sign_in(context, role)
            self.sessions[role] = context.storage_state()
            context.close()
        return self.sessions[role]

    @staticmethod
    def _sign_in(context: BrowserContext, role: str) -> None:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{role}@demo.example")
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def close(self) -> None:
        """Everybody leaves."""
        for page in self.windows.values():
            page.context.close()


@pytest.fixture(scope="session")
def visitors(product: Product, browser: Browser) -> Iterator[Visitors]:
    """Whoever is needed, on the running demo. The product comes first: the database is set up before the browser's loop runs."""
    found = Visitors(browser, product.address)
    yield found
    found.close()


def on_the_demo(item: pytest.Item) -> bool:
    """Whether a test of this folder needs the running product."""
    return "product" in getattr(item, "fixturenames", ()) and "browser" in item.path.parts


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def keep_together(items: list[pytest.Item]) -> None:
    """What runs on the demo runs on two workers at most: one looks at every page, one does the rest."""
    for item in items:
        if on_the_demo(item):
            pages = item.path.name == "test_every_page.py"
            item.add_marker(pytest.mark.xdist_group("browser_pages" if pages else "browser_demo"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come last on a worker: they leave traces."""
    places = [place for place, item in enumerate(items) if on_the_demo(item)]
    ours = sorted((items[place] for place in places), key=lambda item: "journeys" in item.path.parts)
    for place, item in zip(places, ours, strict=True):
        items[place] = item
