"""Every link, form and button of the pages about scorecards and procurement leads somewhere.

One address of each kind (pattern and names in the query) is followed as whoever sees it; a form's address takes its
method from that person; a button belongs to a form, or names what it opens.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browser.conftest import Visitors
from tests.integration.access.expected import OPEN, ROUTES, THIRD_PARTY_ROUTES
from tests.support import pages
from tests.support.pages import PageToOpen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
]  # the migrated database that the demo's own is copied from
AREAS = (
    "scorecards/", "criteria-sets/", "programmes/", "proposals/", "exchange-rates/", "ratings/", "shortlists/", "questionnaires/",
    "exports/", "jobs/", "vendors/imports/", "notifications/", "tokens/", "webhooks/", "method/", "api/docs/",
)  # fmt: skip
READ = """() => {
  const shown = element => !element.closest('[hidden]');
  const works = button => button.form || button.dataset.opens || button.getAttribute('popovertarget') || button.closest('form')
    || (button.closest('weight-sliders, rank-board, copy-text, theme-toggle, density-toggle, dialog') !== null);
  return {
    links: [...document.querySelectorAll('main a[href], .foot a[href]')].map(a => [a.getAttribute('href'), a.textContent.trim()]),
    bare: [...document.querySelectorAll('main a:not([href])')].map(a => a.textContent.trim()),
    forms: [...document.querySelectorAll('main form')].map(f => [f.method, f.getAttribute('action') || '']),
    actions: [...document.querySelectorAll('main [formaction]')].map(b => ['post', b.getAttribute('formaction')]),
    ids: [...document.querySelectorAll('[id]')].map(e => e.id),
    dead: [...document.querySelectorAll('main button')].filter(b => shown(b) && !works(b)).map(b => b.textContent.trim()),
    opens: [...document.querySelectorAll('main [data-opens], main [popovertarget]')].map(b => b.dataset.opens || b.getAttribute('popovertarget')),
  };
}"""


@dataclass
class Followed:
    """What was followed already, by role: one address of a kind is enough."""

    kinds: set[tuple[str, ...]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def is_new(self, role: str, route: str, address: str) -> bool:
        """Whether no address of this kind was followed as this role; it counts as followed from now on."""
        kind = (role, route, *sorted(name for name, _ in parse_qsl(urlsplit(address).query)))
        new = kind not in self.kinds
        self.kinds.add(kind)
        return new


def of_the_area(product_pages: dict[str, list[PageToOpen]]) -> Iterator[PageToOpen]:
    """The pages to read."""
    for pattern, asked in product_pages.items():
        if pattern.startswith(AREAS):
            yield from asked


def route_of(address: str) -> str | None:
    """The pattern behind an address; None where no page is."""
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return None


def read(page: Page, asked: PageToOpen, followed: Followed) -> None:
    """One page: its links followed, its forms and buttons looked up."""
    page.goto(asked.address)
    found: dict[str, Any] = page.evaluate(READ)
    wrong = [f"{text!r} leads nowhere" for text in found["bare"] + found["dead"]]
    wrong += [f"opens {name}, which is not there" for name in found["opens"] if name not in found["ids"]]
    for href, text in found["links"]:
        wrong += follow(page, urljoin(asked.address, href), text, asked.role, found["ids"], followed)
    for method, action in found["forms"] + found["actions"]:
        wrong += taken(method.upper(), urljoin(asked.address, action), asked.role)
    followed.faults += [f"{asked.address} as {asked.role or 'nobody'}: {each}" for each in wrong]


def follow(page: Page, href: str, text: str, role: str, ids: list[str], followed: Followed) -> list[str]:
    """What is wrong with a link."""
    address, anchor = urldefrag(href)
    if urlsplit(address).scheme or urlsplit(address).netloc:
        return []
    if anchor and address.partition("?")[0] == urlsplit(page.url).path:
        return [] if anchor in ids else [f"{text!r} leads to #{anchor}, which is not on the page"]
    route = route_of(address)
    if route is None:
        return [f"{text!r} leads to {address}, which is no page"]
    if not followed.is_new(role, route + bool(anchor) * "#", address):
        return []
    answer = page.context.request.get(address, max_redirects=0)
    if answer.status >= 400:
        return [f"{text!r} leads to {address}: {answer.status}"]
    if anchor and answer.status == 200 and f'id="{anchor}"' not in answer.text():
        return [f"{text!r} leads to {href}, where nothing is called #{anchor}"]
    return []


def taken(method: str, address: str, role: str) -> list[str]:
    """What is wrong with where a form is sent."""
    route = route_of(address)
    if route is None:
        return [f"a form is sent to {address}, which is no page"]
    if route in OPEN or route in THIRD_PARTY_ROUTES:
        return []
    allowed = ROUTES.get(route, {}).get(method, "")
    if "members" in allowed.split() or role in allowed.replace("members", " ".join(pages.ROLES)).split():
        return []
    return [f"a form is sent by {method} to {address}, which {role or 'nobody'} may not"]


def test_every_link_form_and_button_leads_somewhere(
    visitors: Visitors, product_pages: dict[str, list[PageToOpen]]
) -> None:
    followed = Followed()

    for asked in of_the_area(product_pages):
        read(visitors.window(asked.role), asked, followed)

    assert "\n".join(followed.faults) == ""
    assert len(followed.kinds) > len(AREAS)
