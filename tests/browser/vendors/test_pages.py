"""The pages of vendors and of the house in a real browser: nothing refused, nothing too wide, facets that swap."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import fill
from vendors.models import Evidence, Site, Vendor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (320, 390, 768, 1440)


@pytest.fixture
def vendor(team: Team, transactional_db: None) -> Vendor:
    """Two vendors with everything, committed."""
    with organization_scope(team.organization.pk, team.actor()):
        return fill(team, 2)[0]


def addresses(team: Team, vendor: Vendor) -> list[str]:
    """Pages that a manager reads."""
    with organization_scope(team.organization.pk, team.actor()):
        site = Site.objects.filter(vendor=vendor).get()
        record = Evidence.objects.filter(vendor=vendor, target="MOD4").get()
    one = [vendor.public_id]
    add = reverse("vendors:evidence_add", args=one)
    return [
        reverse("vendors:directory"), f"{reverse('vendors:directory')}?modality=MAB&q=maker",
        *(reverse(f"vendors:{name}", args=one) for name in (
            "profile", "sites", "evidence", "dealings", "scores", "vendor_edit", "service_add", "note_add",
            "cda_edit", "vendor_archive", "certificate_add",
        )),
        reverse("vendors:capability_add", args=[site.public_id]), add,
        f"{add}?subject=site:{site.public_id}&target=MOD4", f"{add}?subject=site:{site.public_id}&target=site.lanes",
        reverse("vendors:evidence_record", args=[record.public_id]), reverse("tokens"), reverse("token_add"),
        reverse("help"), reverse("status"),
    ]  # fmt: skip


def too_wide(page: Page, listed: list[str]) -> list[tuple[str, int]]:
    """Which of the addresses scroll sideways at which width."""
    found = []
    for address in listed:
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append((address, width))
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_refused_or_too_wide(
    team: Team, vendor: Vendor, browser_page: Callable[..., Page], reports: list[str], theme: str
) -> None:
    page = browser_page(theme=theme)

    found = too_wide(page, addresses(team, vendor))

    assert (reports, found) == ([], [])


def test_no_page_of_the_administrator_is_refused_or_too_wide(
    vendor: Vendor, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page(Role.ADMIN)
    changes = reverse("vendors:changes", args=[vendor.public_id])

    found = too_wide(page, [reverse("members"), reverse("member_add"), reverse("audit"), changes])

    assert (reports, found) == ([], [])


def test_a_facet_swaps_the_results_and_the_address(
    vendor: Vendor, browser_page: Callable[..., Page], reports: list[str]
) -> None:
    page = browser_page()
    page.goto(reverse("vendors:directory"))

    page.get_by_label("Monoclonal antibody").check()

    expect(page.get_by_role("heading", name="2 of 2 vendors")).to_be_visible()
    expect(page).to_have_url(re.compile("modality=MAB"))
    assert reports == []


def test_a_record_opens_below_its_row(vendor: Vendor, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    page.goto(reverse("vendors:evidence", args=[vendor.public_id]))

    page.get_by_role("link", name="Platform processes").click()

    expect(page.get_by_text("History: 1 version")).to_be_visible()
    expect(page).to_have_url(re.compile("/evidence/$"))


def test_everything_works_without_a_script(vendor: Vendor, browser_page: Callable[..., Page]) -> None:
    page = browser_page(script=False)
    page.goto(reverse("vendors:directory"))
    page.get_by_label("Monoclonal antibody").check()
    page.get_by_role("button", name="Show vendors").click()
    expect(page.get_by_role("heading", name="2 of 2 vendors")).to_be_visible()

    page.goto(reverse("vendors:vendor_edit", args=[vendor.public_id]))
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("button", name="Save vendor").click()

    expect(page.get_by_role("heading", name="Renamed")).to_be_visible()


def test_a_made_token_can_be_copied(team: Team, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    page.goto(reverse("token_add"))
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_label("Read vendors, sites and capabilities").check()
    page.get_by_role("button", name="Create token").click()

    expect(page.locator("copy-text code")).to_have_text(re.compile("^cdmo_"))
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
