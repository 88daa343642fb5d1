"""The directory: search, facets with counts, chips, sorting, fifty vendors a page; the address holds all of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.pages.access import is_fragment, page
from vendors import vocabulary as words
from vendors.imports.countries import country_name
from vendors.models import RegulatoryState, Site, SiteStanding, Vendor
from vendors.selectors import vendor_list
from vendors.selectors.directory import UNKNOWN, DirectoryIndex, directory_index
from vendors.views.directory_filters import DirectoryFilters, ids_of
from vendors.vocabulary import Classification, Code

A_PAGE = 50
SHOWN_MODALITIES = 3
FACETS: tuple[tuple[str, str, bool], ...] = (
    ("modality", "Modality", True),
    ("phase", "Phase", True),
    ("region", "Region", True),
    ("country", "Country", False),
    ("service", "Service", False),
    ("freshness", "Age of evidence", False),
    ("regulatory_state", "Regulatory record", False),
    ("qualification", "Qualification", False),
)
"""Name, label, and whether it is open before anything is chosen."""
NO_UNKNOWN = frozenset({"regulatory_state"})
"""Here "no record found" is the value that says so."""
_VOCABULARIES: Mapping[str, type[Code]] = {
    "modality": words.Modality,
    "phase": words.Phase,
    "region": words.Region,
    "service": words.ServiceCode,
    "freshness": words.Freshness,
    "qualification": words.QualificationStatus,
}
ORDERINGS = ("name", "country", "sites", "inspected", "fresh")


@dataclass(frozen=True)
class Line:
    """One vendor of the table, in words."""

    vendor: Vendor
    place: str
    modalities: list[str]
    more_modalities: int
    phases: str
    inspection: str
    inspected_on: date | None
    state: str
    ages: Mapping[str, int]


@page()
def directory(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/`: the page, or its results alone for htmx."""
    as_of = timezone.now().date()
    organization = actor.organization
    everybody = vendor_list(organization)
    index = directory_index(organization, as_of=as_of)
    by_name = organization_ids(everybody)
    all_ids = set(by_name)
    filters = DirectoryFilters(request.GET, queryset=everybody, as_of=as_of)
    valid = filters.is_valid()
    found = ids_of(filters.qs) if valid and request.GET else set(all_ids)
    ordering = request.GET.get("ordering", "name")
    if ordering.removeprefix("-") not in ORDERINGS:
        ordering = "name"
    ordered = _ordered(by_name, found, index, ordering)
    paginator = Paginator(ordered, A_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    chips = _chips(request.GET)
    context = {
        "lines": _lines(everybody, list(shown.object_list), index),
        "page_shown": shown,
        "total": len(all_ids),
        "found": len(found),
        "chips": chips,
        "clear_url": reverse("vendors:directory"),
        "facets": _facets(request.GET, everybody, all_ids, found, index, as_of) if valid else [],
        "query": request.GET,
        "ordering": ordering,
        "q": request.GET.get("q", ""),
        "valid": valid,
        "may_add": allows(actor, Permission.EDIT_VENDORS),
        "may_shortlist": allows(actor, Permission.EDIT_SHORTLISTS),
        "may_import": allows(actor, Permission.IMPORT),
        "as_of": as_of,
    }
    template = "vendors/parts/directory.html" if is_fragment(request) else "vendors/directory.html"
    response = render(request, template, context, status=200 if valid else 400)
    patch_vary_headers(response, ["HX-Request"])
    return response


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


def _lines(rows: Any, ids: Iterable[int], index: DirectoryIndex) -> list[Line]:
    wanted = list(ids)
    vendors = {vendor.pk: vendor for vendor in rows.filter(pk__in=wanted)}
    return [_line(vendors[vendor_id], index) for vendor_id in wanted if vendor_id in vendors]


def _line(vendor: Vendor, index: DirectoryIndex) -> Line:
    sites = list(vendor.sites.all())
    offers = [capability for site in sites for capability in site.capabilities.all()]
    modalities = list(dict.fromkeys(short_modality(one.modality) for one in offers))
    reached = {phase for one in offers for phase in one.phases}
    phases = [phase for phase in words.Phase if phase in reached]
    latest = _latest(sites)
    return Line(
        vendor=vendor,
        place=_place(vendor, sites),
        modalities=modalities[:SHOWN_MODALITIES],
        more_modalities=max(0, len(modalities) - SHOWN_MODALITIES),
        phases=_span(phases),
        inspection=_inspection(latest),
        inspected_on=latest.latest_on if latest else None,
        state=_tone(latest),
        ages=index.ages.get(vendor.pk, {}),
    )


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


def _label(codes: type[Code], value: str) -> str:
    return codes(value).label if value in set(codes) else value


def short_modality(code: str) -> str:
    """A modality without the examples in brackets."""
    return _label(words.Modality, code).partition(" (")[0]


def facet_label(facet: str, code: str) -> str:
    """A facet's value in words."""
    if code == UNKNOWN:
        return "Unknown"
    if facet == "country":
        return country_name(code)
    if facet == "regulatory_state":
        return RegulatoryState(code).label if code in RegulatoryState.values else code
    return _label(_VOCABULARIES[facet], code)


def _facets(
    query: QueryDict, rows: Any, all_ids: set[int], everything: set[int], index: DirectoryIndex, as_of: date
) -> list[dict[str, Any]]:
    """Options with counts. A facet's own choice is left out of its counts: they say what a click would add."""
    chosen = {name: query.getlist(name) for name, _, _ in FACETS}
    made = []
    for name, label, starts_open in FACETS:
        pool = everything
        if chosen[name]:
            others = query.copy()
            others.setlist(name, [])
            pool = ids_of(DirectoryFilters(others, queryset=rows, as_of=as_of).qs)
        groups = index.facets[name]
        counts = {code: len(ids & pool) for code, ids in groups.items()}
        if name not in NO_UNKNOWN:
            known: set[int] = set().union(*groups.values()) if groups else set()
            counts[UNKNOWN] = len((all_ids - known) & pool)
        options = [
            {
                "value": code,
                "label": facet_label(name, code),
                "count": counts.get(code, 0),
                "checked": code in chosen[name],
                "unknown": code == UNKNOWN,
            }
            for code in _codes(name, groups, chosen[name])
        ]
        listed = [option for option in options if option["count"] or option["checked"]]
        made.append(
            {"name": name, "label": label, "open": starts_open or bool(chosen[name]), "options": listed}
        )
    return made


def _codes(name: str, groups: Mapping[str, set[int]], chosen: Sequence[str]) -> list[str]:
    """The codes of a facet in their own order, countries by name, unknown last."""
    if name == "country":
        codes = sorted({*groups, *(code for code in chosen if code != UNKNOWN)}, key=country_name)
    elif name == "regulatory_state":
        codes = list(RegulatoryState.values)
    else:
        codes = [member.value for member in _VOCABULARIES[name]]
    return codes if name in NO_UNKNOWN else [*codes, UNKNOWN]


def _chips(query: QueryDict) -> list[dict[str, str]]:
    chips = []
    if text := query.get("q"):
        chips.append({"label": f"“{text}”", "remove_url": _without(query, "q", text)})
    for name, label, _ in FACETS:
        for code in query.getlist(name):
            said = facet_label(name, code)
            full = f"{label}: {said}" if code == UNKNOWN or name in {"freshness", "qualification"} else said
            chips.append({"label": full, "remove_url": _without(query, name, code)})
    return chips


def _without(query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(name, [one for one in query.getlist(name) if one != value])
    rest.pop("page", None)
    return f"?{rest.urlencode()}"
