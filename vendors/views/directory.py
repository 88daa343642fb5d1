"""The directory: search, facets with counts, chips, sorting, fifty vendors a page; the address holds all of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import is_fragment, page
from vendors import vocabulary as words
from vendors.imports.countries import country_name
from vendors.models import Capability, SavedView, Site, SiteStanding, Vendor
from vendors.must_haves import SCORECARD, STATE, must_have_groups, scorecards_with_must_haves
from vendors.selectors import vendor_list
from vendors.selectors.directory import DirectoryIndex, directory_index
from vendors.selectors.matched import Matched, Part, marked, matches, words_of
from vendors.services.saved_views import kept_query, may_remove
from vendors.value_words import number_words
from vendors.views.choosing import chosen_vendors, targets_for
from vendors.views.directory_facets import chips_of, facet_lists, short_modality
from vendors.views.directory_filters import DirectoryFilters, evidence_seen_by, ids_of
from vendors.vocabulary import BatchUnit, Classification

A_PAGE = 50
SHOWN_MODALITIES = 3
SHOWN_SIZES = 2
MOST_TRIED = 8
"""Filters that are tried without when nothing matches, to say which one to clear."""
ORDERINGS = {
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "country": "Country",
    "-sites": "Most sites first",
    "-inspected": "Latest inspection first",
    "inspected": "Longest without inspection",
    "-fresh": "Freshest evidence first",
    "fresh": "Oldest evidence first",
}
"""The orders that are offered in words."""
COLUMNS = frozenset(name.removeprefix("-") for name in ORDERINGS)


@dataclass(frozen=True)
class Line:
    """One vendor of the table, in words."""

    vendor: Vendor
    name: tuple[Part, ...]
    matched: Sequence[Matched]
    place: str
    modalities: list[str]
    more_modalities: int
    phases: str
    sizes: list[str]
    inspection: str
    inspected_on: date | None
    state: str
    ages: Mapping[str, int]
    records: int


@page()
def directory(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/`: the page, or its results alone for htmx."""
    as_of = timezone.now().date()
    organization = actor.organization
    everybody = vendor_list(organization)
    index = directory_index(organization, as_of=as_of)
    by_name = organization_ids(everybody)
    all_ids = set(by_name)
    judged = scorecards_with_must_haves(organization)
    judging = next((one for one in judged if str(one[0]) == request.GET.get(SCORECARD)), None)
    groups = must_have_groups(organization, judging[0]) if judging else None
    if groups is not None:
        index = replace(index, facets={**index.facets, STATE: groups})
    chosen = chosen_vendors(request, actor)

    def filtered(query: QueryDict) -> DirectoryFilters:
        return DirectoryFilters(
            query, queryset=everybody, as_of=as_of, actor=actor, must_haves=groups, chosen=chosen
        )

    def found_by(query: QueryDict) -> set[int]:
        return ids_of(filtered(query).qs)

    valid = filtered(request.GET).is_valid()
    found = found_by(request.GET) if valid and _narrows(request.GET) else set(all_ids)
    if not valid:
        found = set()
    ordering = request.GET.get("ordering", "name")
    if ordering.removeprefix("-") not in COLUMNS:
        ordering = "name"
    paginator = Paginator(_ordered(by_name, found, index, ordering), A_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    chips = chips_of(request.GET, judging[1] if judging else "")
    text = request.GET.get("q", "")
    lines = _lines(everybody, list(shown.object_list), index, text, actor)
    context = {
        "lines": lines,
        "page_shown": shown,
        "total": len(all_ids),
        "found": len(found),
        "chips": chips,
        "instead": _instead(chips, found_by) if valid and not found and len(chips) > 1 else None,
        "clear_url": reverse("vendors:directory"),
        "facets": facet_lists(request.GET, all_ids, found, index, found_by, judged) if valid else [],
        "query": request.GET,
        "ordering": ordering,
        "orderings": ORDERINGS if ordering in ORDERINGS else {ordering: "As the table’s head says", **ORDERINGS},
        "q": text,
        "valid": valid,
        "may_add": allows(actor, Permission.EDIT_VENDORS),
        **_choice(request.GET, chosen, [str(line.vendor.public_id) for line in lines], actor),
        "may_import": allows(actor, Permission.IMPORT),
        "as_of": as_of,
        **_views(request.GET, actor),
    }  # fmt: skip
    template = "vendors/parts/directory.html" if is_fragment(request) else "vendors/directory.html"
    response = render(request, template, context, status=200 if valid else 400)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _narrows(query: QueryDict) -> bool:
    """Whether the address asks for less than every vendor."""
    return any(
        value
        for name, values in query.lists()
        if name not in {"ordering", "page", SCORECARD}
        for value in values
    )


def _choice(query: QueryDict, chosen: Sequence[str], shown: Sequence[str], actor: Actor) -> dict[str, Any]:
    """What is ticked, here and on other pages, and where it can be taken."""
    only = query.copy()
    only.clear()
    only["chosen"] = "true"
    return {
        "chosen": frozenset(chosen), "shown_ids": " ".join(shown), "back": f"?{query.urlencode()}",
        "elsewhere": len(set(chosen) - set(shown)), "targets": targets_for(actor),
        "chosen_url": f"?{only.urlencode()}", "only_chosen": query.get("chosen") == "true",
    }  # fmt: skip


def _views(query: QueryDict, actor: Actor) -> dict[str, Any]:
    """The saved views that the member sees, one's own first, and what would be saved now."""
    user_id = actor.user.pk if actor.user else None
    rows = SavedView.objects.for_organization(actor.organization).of_reader(user_id)
    try:
        here = kept_query(query.urlencode())
    except Invalid:
        here = ""
    listed = [
        {
            "view": view,
            "url": f"{reverse('vendors:directory')}?{view.query}",
            "mine": view.owner_id == user_id,
            "current": view.query == here,
            "removable": may_remove(view, actor),
        }
        for view in sorted(rows, key=lambda one: (one.owner_id != user_id, one.name.casefold(), one.pk))
    ]
    return {
        "views": listed,
        "view_query": here,
        "view_shown": next((one["view"] for one in listed if one["current"]), None),
        "may_keep_views": allows(actor, Permission.OWN_VIEWS),
    }


def _instead(
    chips: Sequence[Mapping[str, str]], found_by: Callable[[QueryDict], set[int]]
) -> dict[str, Any] | None:
    """The one filter without which the most vendors match."""
    tried = [
        {**chip, "count": len(found_by(QueryDict(chip["remove_url"].removeprefix("?"))))}
        for chip in chips[:MOST_TRIED]
    ]
    best: dict[str, Any] = max(tried, key=lambda one: int(one["count"]))
    return best if best["count"] else None


def organization_ids(rows: Any) -> list[int]:
    """Every vendor's key in the order of names."""
    return list(rows.prefetch_related(None).values_list("pk", flat=True))


def _ordered(by_name: Sequence[int], found: set[int], index: DirectoryIndex, ordering: str) -> list[int]:
    """The found vendors in the asked order; equal ones by name, and the unknown always last."""
    listed = [vendor_id for vendor_id in by_name if vendor_id in found]
    column, descending = ordering.removeprefix("-"), ordering.startswith("-")
    if column == "name":
        return listed[::-1] if descending else listed
    country_of = {
        vendor_id: code for code, ids in sorted(index.facets["country"].items()) for vendor_id in sorted(ids)
    }
    keys: Mapping[str, Callable[[int], Any]] = {
        "country": lambda i: country_name(country_of[i]) if i in country_of else None,
        "sites": index.sites.get,
        "inspected": index.latest.get,
        "fresh": lambda i: _fresh_share(index.ages.get(i)),
    }
    key = keys[column]
    known = [i for i in listed if key(i) is not None]
    unknown = [i for i in listed if key(i) is None]
    return sorted(known, key=key, reverse=descending) + unknown


def _fresh_share(ages: Mapping[str, int] | None) -> float | None:
    total = sum(ages.values()) if ages else 0
    return ages["fresh"] / total if ages and total else None


def _lines(rows: Any, ids: Iterable[int], index: DirectoryIndex, text: str, actor: Actor) -> list[Line]:
    wanted = list(ids)
    vendors = {vendor.pk: vendor for vendor in rows.filter(pk__in=wanted)}
    listed = [vendors[vendor_id] for vendor_id in wanted if vendor_id in vendors]
    found = matches(actor.organization, listed, text, evidence=evidence_seen_by(actor)) if text else {}
    searched = words_of(text)
    return [_line(vendor, index, searched, found.get(vendor.pk, ())) for vendor in listed]


def _line(vendor: Vendor, index: DirectoryIndex, searched: Sequence[str], matched: Sequence[Matched]) -> Line:
    sites = list(vendor.sites.all())
    offers = [capability for site in sites for capability in site.capabilities.all()]
    modalities = list(dict.fromkeys(short_modality(one.modality) for one in offers))
    reached = {phase for one in offers for phase in one.phases}
    phases = [phase for phase in words.Phase if phase in reached]
    latest = _latest(sites)
    ages = index.ages.get(vendor.pk, {})
    return Line(
        vendor=vendor,
        name=marked(vendor.name, searched),
        matched=matched,
        place=_place(vendor, sites),
        modalities=modalities[:SHOWN_MODALITIES],
        more_modalities=max(0, len(modalities) - SHOWN_MODALITIES),
        phases=_span(phases),
        sizes=_sizes(offers),
        inspection=_inspection(latest),
        inspected_on=latest.latest_on if latest else None,
        state=_tone(latest),
        ages=ages,
        records=sum(ages.values()),
    )


def _sizes(offers: Iterable[Capability]) -> list[str]:
    """The largest batch in each unit, in the order of the units."""
    largest: dict[str, Decimal] = {}
    for one in offers:
        size = one.scale_max if one.scale_max is not None else one.scale_min
        if size is not None and one.batch_unit:
            largest[one.batch_unit] = max(size, largest.get(one.batch_unit, size))
    listed = [unit for unit in BatchUnit if unit.value in largest][:SHOWN_SIZES]
    return [f"{_large(largest[unit.value])} {unit.label}" for unit in listed]


def _large(size: Decimal) -> str:
    """A size in a narrow column: "2 billion", not nine noughts."""
    for named, word in ((10**9, "billion"), (10**6, "million")):
        if named <= size < named * 1000 and size >= 10_000_000:
            return f"{number_words(round(float(size) / named, 2))} {word}"
    return number_words(float(size))


def _place(vendor: Vendor, sites: Sequence[Site]) -> str:
    count = f"{len(sites)} {'site' if len(sites) == 1 else 'sites'}" if sites else "no site known"
    countries = list(dict.fromkeys(site.country for site in sites if site.country))
    where = vendor.hq_country or (countries[0] if len(countries) == 1 else "")
    return f"{country_name(where)} · {count}" if where else count


def _span(phases: Sequence[words.Phase]) -> str:
    if not phases:
        return ""
    first, last = phases[0], phases[-1]
    return first.label if first == last else f"{first.label} to {last.label}"


def _latest(sites: Iterable[Site]) -> SiteStanding | None:
    standings = [standing for site in sites for standing in site.standings.all() if standing.latest_on]
    return max(standings, key=lambda standing: standing.latest_on or date.min, default=None)


def _inspection(latest: SiteStanding | None) -> str:
    return latest.latest_classification if latest else ""


def _tone(latest: SiteStanding | None) -> str:
    tones = {
        Classification.NAI.value: "good",
        Classification.VAI.value: "warn",
        Classification.OAI.value: "bad",
    }
    return tones.get(latest.latest_classification, "unknown") if latest else "unknown"
