"""What holds on every page, looked at in the browser: each check returns sentences about what is wrong."""

import gzip
import re
from html.parser import HTMLParser
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

WIDTHS = (1440, 768, 390, 320)
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
"""WCAG 2.2 AA and what axe calls best practice."""
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
FIRST_VISIT = 200 * 1024
HEIGHT = 2400
"""Of the window, so that what sticks to its end lies over nothing that scrolling would bring forth."""
LOADED_BY = {
    "script": "src",
    "img": "src",
    "link": "href",
    "source": "src",
    "iframe": "src",
    "use": "href",
    "image": "href",
}


class Sent(HTMLParser):
    """Reads a page as the server sent it: what the policy would refuse, and what would ask another host."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        if "style" in given or tag == "style":
            self.found.append(f"<{tag}> with a style of its own: {given.get('style')}")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("a script in the page")
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        address = given.get(LOADED_BY.get(tag, ""), "") or ""
        if re.match(r"(?i)([a-z]+:)?//", address):
            self.found.append(f"<{tag}> loads {address}")


def faults_as_sent(response: Response) -> list[str]:
    """Of the document itself: style attributes, scripts in the page, remote assets."""
    reader = Sent()
    reader.feed(response.text())
    return reader.found


def faults_of_structure(page: Page) -> list[str]:
    """One h1, a title of its own, a language, no id twice."""
    found: dict[str, Any] = page.evaluate(
        """() => {
          const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          return {h1: document.querySelectorAll('h1').length, title: document.title.trim(), lang: document.documentElement.lang,
                  twice: [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))], main: document.querySelectorAll('main').length};
        }"""
    )
    said = []
    if found["h1"] != 1:
        said.append(f"{found['h1']} h1")
    if not found["title"]:
        said.append("no title")
    if found["lang"] != "en":
        said.append(f"lang={found['lang']!r}")
    if found["main"] != 1:
        said.append(f"{found['main']} main")
    if found["twice"]:
        said.append(f"ids twice: {found['twice'][:5]}")
    return said


def too_wide(page: Page, width: int) -> list[str]:
    """Whether the page scrolls sideways at a width in either theme, and what sticks out."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    found: dict[str, Any] = page.evaluate(
        """() => {
          const root = document.documentElement, before = root.dataset.theme, told = {};
          for (const theme of ["light", "dark"]) {
            root.dataset.theme = theme;
            const beyond = root.scrollWidth - innerWidth;
            if (beyond > 0) told[theme] = [beyond, [...document.querySelectorAll('body *')]
              .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
              .slice(0, 3).map(e => e.tagName.toLowerCase() + '.' + [...e.classList].join('.'))];
          }
          root.dataset.theme = before;
          return told;
        }"""
    )
    return [
        f"{beyond} px too wide at {width} {theme}: {who}" for theme, (beyond, who) in sorted(found.items())
    ]


def turn(page: Page, theme: str) -> None:
    """Show the open page in a theme: the document that the server sends differs in this attribute only."""
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)


def axe(page: Page, rules: dict[str, Any], where: str) -> list[str]:
    """What axe-core finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("rules => axe.run(document, rules).then(found => found.violations)", rules)
    return [
        f"axe {where}: {each['id']}: {node['target']} {(node['any'] + node['all'] + node['none'])[0]['message'][:160]}"
        for each in violations
        for node in each["nodes"][:4]
    ]


def weight(responses: list[Response]) -> int:
    """Bytes of a visit as a server that compresses sends them: text by gzip, fonts and pictures as they are."""
    total = 0
    for response in responses:
        body = response.body()
        is_text = not re.search("font|image/png|woff", response.headers.get("content-type", ""))
        total += len(gzip.compress(body)) if is_text else len(body)
    return total
