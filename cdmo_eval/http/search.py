"""Global search: each app registers what of it can be found; a page of the product is found by its own words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.context import navigation

MOST_WORDS = 6
"""Words of a question that are looked for; more only cost time."""


@dataclass(frozen=True)
class Hit:
    """One thing that was found: what it is called, where it is, and which field the words stood in."""

    title: str
    url: str
    matched: str
    about: str = ""


Find = Callable[[Actor, Sequence[str], int], list[Hit]]


@dataclass(frozen=True)
class SearchSource:
    """One kind of thing. `find` answers an actor's words with at most so many hits, the best first.

    `quick` sources answer while somebody types in the top bar; the others on the page of results only.
    `note` is said below its hits when there are as many as were asked for.
    """

    code: str
    label: str
    order: int
    find: Find
    quick: bool = True
    note: str = ""


@dataclass(frozen=True)
class PageEntry:
    """A page that is found by its name or by what people call it."""

    label: str
    view_name: str
    words: str = ""
    permission: Permission = Permission.VIEW


@dataclass(frozen=True)
class Group:
    """The hits of one source; `more` when there are further ones."""

    code: str
    label: str
    hits: tuple[Hit, ...]
    more: bool
    note: str


sources: dict[str, SearchSource] = {}
pages: list[PageEntry] = []


def register_source(source: SearchSource) -> None:
    """For AppConfig.ready."""
    sources[source.code] = source


def register_pages(*entries: PageEntry) -> None:
    """For AppConfig.ready: pages that the sidebar does not hold."""
    pages.extend(entry for entry in entries if entry not in pages)


def words_of(text: str) -> list[str]:
    """The words of a question, each once, as people write them; NUL, which no text of the product holds, is no letter."""
    return list(dict.fromkeys(text.replace("\x00", " ").split()))[:MOST_WORDS]


def search(actor: Actor, text: str, *, most: int, quick: bool = False, only: str = "") -> list[Group]:
    """What an actor may see and the words are found in, by kind; kinds without a hit are left out."""
    words = words_of(text)
    if not words:
        return []
    groups = []
    for source in sorted(sources.values(), key=lambda each: each.order):
        if (quick and not source.quick) or (only and source.code != only):
            continue
        hits = source.find(actor, words, most + 1)
        if hits:
            groups.append(Group(source.code, source.label, tuple(hits[:most]), len(hits) > most, source.note))
    return groups


def find_pages(actor: Actor, words: Sequence[str], most: int) -> list[Hit]:
    """Pages of the product whose name, or what people call them, holds every word."""
    listed = [
        PageEntry(item.label, item.view_name, item.words, item.permission)
        for item in sorted(navigation.values(), key=lambda item: item.order)
    ]
    hits: dict[str, tuple[int, Hit]] = {}
    for entry in (*listed, *pages):
        label, other = entry.label.casefold(), entry.words.casefold()
        asked = [word.casefold() for word in words]
        if not allows(actor, entry.permission) or not all(word in label or word in other for word in asked):
            continue
        try:
            url = reverse(entry.view_name)
        except NoReverseMatch:
            continue
        named = all(word in label for word in asked)
        matched = "page" if named else f"page, also called {_called(entry.words, asked)}"
        hits.setdefault(url, (0 if named else 1, Hit(entry.label, url, matched)))
    return [hit for _, hit in sorted(hits.values(), key=lambda each: each[0])][:most]


def _called(words: str, asked: Sequence[str]) -> str:
    """The one of the other names that holds a word that was asked for."""
    names = [name.strip() for name in words.split(",")]
    return next((name for name in names if any(word in name.casefold() for word in asked)), words)


register_source(SearchSource("pages", "Pages", 90, find_pages))
