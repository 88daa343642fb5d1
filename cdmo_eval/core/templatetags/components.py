"""The components of the interface as template tags.

A tag rather than a bare include, because a signature says which parameters there are, gives the optional ones a
value and refuses a misspelt one. Each tag renders the file of its name under `templates/components/`; drawings
that take one finished dataclass are included directly (`{% include "components/score_bar.html" %}`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    PasswordInput,
    RadioSelect,
)
from django.http import QueryDict
from django.template import Library
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify

from cdmo_eval.core import glossary
from cdmo_eval.core.long_choices import options_html
from cdmo_eval.core.page_words import words_of
from cdmo_eval.core.policies import Permission, allows

register = Library()

STATE_ICONS = {"good": "check", "warn": "warning", "bad": "cross", "unknown": "question", "plain": "", "": ""}
NOTICE_ICONS = {"good": "check", "warn": "warning", "bad": "warning", "info": "info"}
GRADE_MEANINGS = {
    "A": "regulator or public record",
    "B": "audit by the sponsor or an independent party",
    "C": "document reviewed by the organisation",
    "D": "vendor's own declaration",
    "E": "estimate",
}
FRESHNESS_WORDS = {
    "fresh": "fresh",
    "ageing": "getting old",
    "stale": "stale",
    "expired": "expired",
    "unknown": "unknown",
}
BUTTON_KINDS = {"", "primary", "quiet", "danger"}
FRESHNESS_TICKS = 5


@register.simple_tag
def options(choices: Iterable[tuple[object, object]], chosen: object = "") -> SafeString:
    """The options of a select in one piece, for lists of thousands: pairs of value and label."""
    return options_html(choices, {str(chosen)})


@register.inclusion_tag("components/icon.html")
def icon(name: str, size: int = 16, label: str = "") -> dict[str, Any]:
    """Draw a symbol of static/icons/sprite.svg; without `label` it is hidden from assistive technology."""
    return {"name": name, "size": size, "label": label}


@register.inclusion_tag("components/button.html")
def button(
    label: str, href: str | None = None, kind: str = "", icon: str = "", *, small: bool = False,
    button_type: str = "submit", name: str = "", value: str = "", form: str = "", opens: str = "",
    disabled: bool = False, reason: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Draw a button, or a link that looks like one when `href` is given.

    The label names the act and the object ("Export 5 vendors as XLSX"). `opens` is the id of a dialog.
    A disabled button says why in `reason`. Raises ValueError for an unknown kind, and for an address that turns out
    empty (a variable that does not exist): what should lead somewhere would send the form instead.
    """
    if kind not in BUTTON_KINDS:
        raise ValueError(f"a button is one of {sorted(BUTTON_KINDS)}, got {kind!r}")
    if href is not None and not href:
        raise ValueError(f"the button {label!r} was given an address that is empty")
    return {
        "label": label, "href": href, "kind": kind, "icon": icon, "small": small, "name": name, "value": value,
        "type": "button" if opens else button_type, "form": form, "opens": opens, "disabled": disabled, "reason": reason,
    }  # fmt: skip


@register.inclusion_tag("components/state_tag.html")
def state_tag(state: str, word: str, title: str = "") -> dict[str, Any]:
    """Draw a state as icon, word and colour; `state` is good, warn, bad, unknown or plain (KeyError otherwise)."""
    return {"state": state or "plain", "word": word, "title": title, "icon_name": STATE_ICONS[state]}


@register.inclusion_tag("components/grade.html")
def grade(letter: str, claim: str = "") -> dict[str, Any]:
    """Draw an evidence grade A to E, and "verified" or "claimed" beside it when given."""
    return {"letter": letter, "lower": letter.lower(), "meaning": GRADE_MEANINGS[letter], "claim": claim}


@register.inclusion_tag("components/freshness.html")
def freshness(
    fresh: int = 0, ageing: int = 0, stale: int = 0, expired: int = 0, unknown: int = 0, *, text: bool = False
) -> dict[str, Any]:
    """Draw the ages of a vendor's records as five ticks; `text` prints the words beside them too."""
    counts = {"fresh": fresh, "ageing": ageing, "stale": stale, "expired": expired, "unknown": unknown}
    said = ", ".join(f"{count:,} {FRESHNESS_WORDS[state]}" for state, count in counts.items() if count)
    return {
        "ticks": share_ticks(counts, FRESHNESS_TICKS),
        "sentence": said or "no evidence yet",
        "text": text,
    }


@register.inclusion_tag("components/coverage.html")
def coverage(answered: int, verified: int) -> dict[str, Any]:
    """Draw how much of the weight is answered and how much of that verified; both ppm of all weight."""
    if not 0 <= verified <= answered <= 1_000_000:
        raise ValueError(
            f"coverage needs 0 <= verified <= answered <= 1,000,000, got {verified} and {answered}"
        )
    return {
        "answered": answered, "verified": verified,
        "verified_width": f"{verified / 10_000:.1f}", "claimed_width": f"{(answered - verified) / 10_000:.1f}",
    }  # fmt: skip


@register.simple_block_tag
def panel(
    content: SafeString, title: str, meta: str = "", *, anchor: str = "", flush: bool = False, level: int = 2
) -> SafeString:
    """Wrap content in a titled box; `flush` leaves out the padding (tables, lists)."""
    identifier = anchor or slugify(title)
    return _render("panel", title=title, meta=meta, id=identifier, flush=flush, level=level, content=content)


@register.simple_block_tag
def lede(content: SafeString) -> SafeString:
    """Set the page's answer, one to three sentences in the serif beside a teal rule."""
    return _render("lede", content=content)


@register.simple_block_tag
def notice(content: SafeString, kind: str = "info", role: str = "") -> SafeString:
    """Say what happened and what to do; `kind` is info, good, warn or bad; `role` is status or alert if live."""
    return _render("notice", kind=kind, role=role, icon_name=NOTICE_ICONS[kind], content=content)


@register.simple_block_tag
def dialog(content: SafeString, anchor: str, title: str) -> SafeString:
    """Put content in a <dialog>, opened by a button with `opens="<anchor>"`. The title names the thing."""
    return _render("dialog", id=anchor, title=title, content=content)


@register.simple_block_tag
def scroll(content: SafeString, label: str, *, figure: bool = False) -> SafeString:
    """Make a sideways-scrolling region that the keyboard can reach; `label` names what is inside."""
    return _render("scroll", label=label, figure=figure, content=content)


@register.simple_block_tag
def empty(content: SafeString, sentence: str, why: str = "") -> SafeString:
    """Say what will be here and why it is empty; the content is at most one button.

    Three kinds: nothing yet, filters hide all ("0 of 41 match."), not allowed.
    """
    return _render("empty", sentence=sentence, why=why, content=content)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, *, short: bool = False, optional: bool = True) -> dict[str, Any]:
    """Draw one form field: label, help, error, input. `optional` marks a field that may stay blank as such."""
    widget = bound.field.widget
    return {
        "field": bound,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, RadioSelect | CheckboxSelectMultiple),
        "is_password": isinstance(widget, PasswordInput),
        "short": short,
        "show_optional": optional and not bound.field.required and not isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """Draw all visible fields of a form in order, and its hidden ones."""
    return {"form": form}


@register.inclusion_tag("components/button.html", takes_context=True)
def export_button(
    context: Mapping[str, Any], kind: str, subject: object = "", label: str = "Export", **options: object
) -> dict[str, Any]:
    """Draw a link to the page that writes a file of a kind about a subject; nothing for those who may not export.

    `options` are further parts of the address (`candidates="a,b"`).
    """
    actor = context.get("actor")
    if actor is None or not allows(actor, Permission.EXPORT):
        return {"label": ""}
    asked = {
        "kind": kind,
        **({"subject": str(subject)} if subject else {}),
        **{name: str(value) for name, value in options.items()},
    }
    return button(label, href=f"{reverse('exports:new')}?{urlencode(asked)}", icon="download")


SCORECARD_TABS = {
    "ranking": ("Ranking", "scorecards:ranking", Permission.VIEW),
    "firmness": ("How firm is this?", "scorecards:firmness", Permission.VIEW),
    "compare": ("Compare", "scorecards:compare", Permission.VIEW),
    "questions": ("Quick 12", "scorecards:questions", Permission.VIEW),
    "weights": ("Weights", "scorecards:weight_sets", Permission.VIEW),
    "evaluators": ("Evaluators", "scorecards:evaluators", Permission.VIEW),
    "history": ("History", "scorecards:history", Permission.VIEW),
}
"""Where each tab leads: label, name of the address, and who sees it."""
MORE_OF_SCORECARD = {
    "what_if": ("What if?", "scorecards:what_if", Permission.VIEW),
    "price": ("Score against price", "scorecards:price_front", Permission.VIEW_COMMERCIAL),
    "pairs": ("First choice and backup", "scorecards:pairs", Permission.VIEW),
    "opinions": ("Second opinions", "scorecards:second_opinions", Permission.VIEW),
    "preregistration": ("Weights locked beforehand", "scorecards:preregistration", Permission.VIEW),
    "frozen": ("Frozen calculations", "scorecards:frozen_list", Permission.VIEW),
    "build": ("Edit this scorecard", "scorecards:start_step", Permission.EDIT_SCORECARDS),
}
"""The rarer pages, behind "More"."""


@register.inclusion_tag("components/scorecard_tabs.html", takes_context=True)
def scorecard_tabs(context: Mapping[str, Any], scorecard: Any, current: str = "") -> dict[str, Any]:
    """Draw the pages of one scorecard; `current` is the code of the one shown (SCORECARD_TABS, MORE_OF_SCORECARD)."""
    actor = context.get("actor")

    def links(pages: Mapping[str, tuple[str, str, Permission]]) -> list[dict[str, Any]]:
        return [
            {"label": label, "url": reverse(name, args=[scorecard.public_id]), "current": code == current}
            for code, (label, name, permission) in pages.items()
            if permission is Permission.VIEW or (actor is not None and allows(actor, permission))
        ]

    more = links(MORE_OF_SCORECARD)
    here = next((str(link["label"]) for link in more if link["current"]), "")
    return {"tabs": links(SCORECARD_TABS), "more": more, "more_current": here}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm, *, focus: bool = True) -> dict[str, Any]:
    """List every error of a form above it, each a link to its field; draws nothing without errors."""
    listed = [{"href": "", "label": "", "text": str(error)} for error in form.non_field_errors()]
    for bound in form:
        href = f"#{bound.id_for_label or bound.auto_id}"
        listed += [{"href": href, "label": str(bound.label), "text": str(error)} for error in bound.errors]
    return {"errors": listed, "focus": focus}


@register.inclusion_tag("components/sort_header.html")
def sort_header(
    query: QueryDict, column: str, label: str, current: str = "", *, num: bool = False
) -> dict[str, Any]:
    """Draw a column head that sorts; `current` is the ordering in force ("name" or "-name").

    A column that sorts now is reversed by the link; paging starts again.
    """
    direction = {column: "ascending", f"-{column}": "descending"}.get(current, "")
    target = f"-{column}" if direction == "ascending" else column
    return {
        "label": label, "num": num, "direction": direction,
        "url": query_string(query, {"ordering": target, "page": None}),
        "icon_name": {"ascending": "arrow-up", "descending": "arrow-down", "": "sort"}[direction],
    }  # fmt: skip


@register.inclusion_tag("components/pagination.html")
def pagination(page: Page, query: QueryDict, noun: str = "rows") -> dict[str, Any]:  # type: ignore[type-arg]
    """Draw "51 to 100 of 212 vendors" and the page links, keeping every other parameter of the address."""
    numbers: list[dict[str, Any]] = []
    for each in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        is_page = isinstance(each, int)
        url = query_string(query, {"page": str(each)}) if is_page else ""
        numbers.append({"number": each, "url": url, "current": each == page.number})
    before = query_string(query, {"page": str(page.number - 1)}) if page.has_previous() else ""
    after = query_string(query, {"page": str(page.number + 1)}) if page.has_next() else ""
    return {
        "first": page.start_index(), "last": page.end_index(), "total": page.paginator.count, "noun": noun,
        "numbers": numbers if page.paginator.num_pages > 1 else [], "previous_url": before, "next_url": after,
    }  # fmt: skip


@register.inclusion_tag("components/facets.html")
def facets(facets: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Draw filter lists: {name, label, open, options: [{value, label, count, checked, unknown}]} each."""
    return {"facets": facets}


@register.inclusion_tag("components/chips.html")
def chips(chips: Sequence[Mapping[str, str]], clear_url: str = "") -> dict[str, Any]:
    """Draw the filters in force: {label, remove_url} each; `clear_url` clears them all when there are several."""
    return {"chips": chips, "clear_url": clear_url if len(chips) > 1 else ""}


@register.inclusion_tag("components/tabs.html")
def tabs(tabs: Iterable[Mapping[str, Any]], label: str) -> dict[str, Any]:
    """Draw tabs, which are links: {label, url, current, count or None} each; `label` names the row of tabs."""
    return {"tabs": tabs, "label": label}


@register.inclusion_tag("components/job.html")
def job(
    title: str, done: int, total: int, unit: str, poll_url: str = "", seconds_left: int | None = None,
    stop_url: str = "", interval: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """Draw a job's progress; polls `poll_url` each `interval` seconds until it answers without that attribute."""
    return {
        "title": title, "done": done, "total": total, "unit": unit, "poll_url": poll_url,
        "seconds_left": seconds_left, "stop_url": stop_url, "interval": interval,
    }  # fmt: skip


@register.inclusion_tag("components/live_status.html")
def live_status(*, fresh: bool, as_of: str, poll_url: str = "", interval: int = 2) -> dict[str, Any]:
    """Say "Fresh as of …" or "Recomputing…"; while not fresh it asks `poll_url` again."""
    return {"fresh": fresh, "as_of": as_of, "poll_url": poll_url, "interval": interval}


@register.inclusion_tag("components/facts.html")
def facts(rows: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Draw a definition list from (term, description) pairs; a blank description reads "Unknown"."""
    return {"rows": rows}


@register.inclusion_tag("components/matrix.html")
def matrix(
    caption: str, corner: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Draw modality by phase: rows are {label, cells}, a cell is "proven", "claimed", "unknown" or "" (not offered)."""
    return {"caption": caption, "corner": corner, "columns": columns, "rows": rows}


@register.inclusion_tag("components/key.html")
def key(items: Iterable[Mapping[str, Any]], *, pressable: bool = True) -> dict[str, Any]:
    """Draw the legend of the criteria: {slot, code, name} each; pressable buttons isolate one criterion."""
    return {"items": items, "pressable": pressable}


@register.inclusion_tag("components/help_term.html")
def help_term(word: str, where: str = "", label: str = "") -> dict[str, Any]:
    """Explain a word of the glossary in place; `where` keeps ids apart when a word is explained twice on a page."""
    found = glossary.entry(word)
    return {"entry": found, "label": label or word, "id": f"term-{slugify(f'{word} {where}')}"}


@register.inclusion_tag("components/page_words.html", takes_context=True)
def page_words(context: Mapping[str, Any], view_name: str = "") -> dict[str, Any]:
    """Explain the words of the page asked for, or named, at its foot; nothing without words (`core/page_words.py`)."""
    match = getattr(context.get("request"), "resolver_match", None)
    return {"entries": words_of(view_name or (match.view_name if match else ""))}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*pairs: str) -> dict[str, Any]:
    """Draw the way here from label, url, label, url, …, label: the last label is this page and has no url."""
    links = [{"label": pairs[at], "url": pairs[at + 1]} for at in range(0, len(pairs) - 1, 2)]
    return {"links": links, "here": pairs[-1]}


def query_string(query: QueryDict, changes: Mapping[str, str | None]) -> str:
    """Return the address's parameters with some replaced, or removed when None: "?page=2&q=adc"."""
    changed = query.copy()
    for name, value in changes.items():
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value
    return f"?{changed.urlencode()}"


def share_ticks(counts: Mapping[str, int], ticks: int) -> list[str]:
    """Share a number of ticks among states by largest remainder; a state that occurs keeps at least one tick.

    Without any count all ticks are unknown.
    """
    total = sum(counts.values())
    if total == 0:
        return ["unknown"] * ticks
    shares = {state: max(1, count * ticks // total) for state, count in counts.items() if count}
    while sum(shares.values()) != ticks:
        step = 1 if sum(shares.values()) < ticks else -1
        state = max(
            (state for state in shares if step > 0 or shares[state] > 1),
            key=lambda state: step * (counts[state] * ticks - shares[state] * total),
        )
        shares[state] += step
    return [state for state in counts for _ in range(shares.get(state, 0))]


def _render(name: str, **context: Any) -> SafeString:
    """Render a component's template with exactly these variables."""
    return render_to_string(f"components/{name}.html", context)
