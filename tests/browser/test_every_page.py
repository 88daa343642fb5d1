"""Every page of the product in a real browser, on demo data: nothing refused, nothing too wide, nothing axe finds.

The list of pages comes from the URL configuration (tests/support/pages.py). Each is opened once and looked at in both
themes and at four widths: the theme is an attribute of the document, which a test of the main pages holds the server to.
"""

import pytest
from playwright.sync_api import Page, Response

from scorecards.demo.people import DEMO_PASSWORD
from tests.browser import checks
from tests.browser.conftest import Visitors
from tests.integration.access.expected import OPEN, ROUTES, THIRD_PARTY_ROUTES
from tests.support import pages
from tests.support.pages import PageToOpen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
]  # the migrated database that the demo's own is copied from
MAIN_PAGES = (
    "", "vendors/", "vendors/<uuid:vendor_id>/", "scorecards/", "scorecards/<uuid:scorecard_id>/",
    "scorecards/<uuid:scorecard_id>/compare/", "scorecards/<uuid:scorecard_id>/firmness/",
    "scorecards/<uuid:scorecard_id>/build/weights/", "shortlists/<uuid:shortlist_id>/",
    "shortlists/<uuid:shortlist_id>/decision/", "accounts/login/", "method/",
)  # fmt: skip


def opened(page: Page, asked: PageToOpen) -> Response:
    """Open a page at its address, saying the password again where that is asked for."""
    page.set_viewport_size({"width": 1440, "height": checks.HEIGHT})
    response = page.goto(asked.address)
    if "/reauthenticate/" in page.url and "/reauthenticate/" not in asked.address:
        page.fill("input[name=password]", DEMO_PASSWORD)
        with page.expect_navigation() as navigation:
            page.click("main button[type=submit]")
        response = navigation.value
    assert response is not None
    assert (response.status, page.url.partition("#")[0].endswith(asked.address)) == (200, True), page.url
    for _ in range(200):
        if not page.evaluate("!!document.querySelector('.htmx-request')"):
            break
        page.wait_for_timeout(20)
    return response


def test_every_address_is_a_page_a_file_or_for_programs() -> None:
    asked = pages.patterns()
    left = {
        pattern
        for pattern, methods in ROUTES.items()
        if "GET" in methods and not pattern.startswith("api/") and pattern not in asked
    }

    assert {pattern for pattern in left if not pattern.endswith(pages.FILES)} == pages.FRAGMENTS
    assert set(OPEN) - set(asked) == pages.PARTS
    assert set(pages.SIGN_IN) <= set(THIRD_PARTY_ROUTES)


@pytest.mark.parametrize("pattern", sorted(pages.patterns()))
def test_page(pattern: str, visitors: Visitors, product_pages: dict[str, list[PageToOpen]]) -> None:
    found = []
    visitors.complaints.clear()

    for asked in product_pages[pattern]:
        page = visitors.window(asked.role, "light")
        faults = checks.faults_as_sent(opened(page, asked)) + checks.faults_of_structure(page)
        faults += checks.axe(page, checks.RULES, "1440 light")
        checks.turn(page, "dark")
        faults += checks.axe(page, checks.COLOURS, "1440 dark")
        checks.turn(page, "light")
        for width in checks.WIDTHS:
            faults += checks.too_wide(page, width)
            if width == 390:
                faults += checks.axe(page, checks.RULES, "390 light")
        found += [f"{asked.address}: {fault}" for fault in faults]

    assert "\n".join(found + visitors.complaints) == ""


@pytest.mark.parametrize("pattern", MAIN_PAGES)
def test_dark_as_sent(pattern: str, visitors: Visitors, product_pages: dict[str, list[PageToOpen]]) -> None:
    page = visitors.window(product_pages[pattern][0].role, "dark")
    visitors.complaints.clear()

    opened(page, product_pages[pattern][0])

    faults = checks.axe(page, checks.COLOURS, "1440 dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert faults + visitors.complaints == []


@pytest.mark.parametrize("pattern", MAIN_PAGES)
def test_a_first_visit_is_light(
    pattern: str, visitors: Visitors, product_pages: dict[str, list[PageToOpen]]
) -> None:
    asked = product_pages[pattern][-1 if "compare" in pattern else 0]
    page = visitors.new_window(asked.role)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright cannot wrap a method of a list

    page.goto(asked.address, wait_until="networkidle")

    bytes_sent = checks.weight(answers)
    page.context.close()
    assert bytes_sent <= checks.FIRST_VISIT
