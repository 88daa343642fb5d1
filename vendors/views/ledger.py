"""Evidence of all vendors in one list: what is stale, expired, only claimed or at odds, fifty records a page."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.policies import Actor
from cdmo_eval.http.pages.access import page
from cdmo_eval.http.search import words_of
from vendors import vocabulary as words
from vendors.filters import EvidenceFilters
from vendors.policies import sees_commercial
from vendors.selectors.ledger import about_words, at_odds
from vendors.selectors.ledger import ledger as ledger_of
from vendors.views.record_lines import record_lines

A_PAGE = 50
LONGEST = 200
VIEWS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("Everything", {}),
    ("Getting old", {"freshness": "ageing"}),
    ("Stale", {"freshness": "stale"}),
    ("Expired", {"freshness": "expired"}),
    ("Claimed only", {"claim_type": "claimed"}),
    ("Contradictions", {"state": "contradiction"}),
)
"""What is looked for most, each one press away."""
SORTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "recorded": ("Recorded last", ("-recorded_at", "-id")),
    "oldest": ("Oldest first", ("obtained_on", "id")),
    "newest": ("Newest first", ("-obtained_on", "-id")),
}
PAIRS_TOGETHER = ("vendor__name", "vendor_id", "target", "claim_type", "id")


@page()
def ledger(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/evidence/`: the address holds every filter; htmx takes the results and the tabs out of the whole page."""
    as_of, query = timezone.now().date(), request.GET
    organization, commercial = actor.organization, sees_commercial(actor)
    retracted = query.get("include") == "retracted"
    rows = ledger_of(organization, commercial=commercial, retracted=retracted)
    filters = EvidenceFilters(query, queryset=rows, as_of=as_of)
    contradiction = query.get("state") == "contradiction"
    valid = filters.is_valid() and query.get("state", "") in {"", "contradiction"}
    found = filters.qs if valid else rows.none()
    text = query.get("q", "")[:LONGEST].strip()
    found = about_words(organization, found, words_of(text))
    if contradiction and valid:
        found = found.filter(pk__in=at_odds(organization, as_of=as_of, commercial=commercial))
    sort = query.get("sort", "")
    sort = sort if sort in SORTS else "recorded"
    shown = Paginator(_ordered(found, sort, pairs=contradiction), A_PAGE).get_page(query.get("page"))
    names = ("q", "freshness", "claim_type", "grade", "state", "include")
    chosen = {name: query.get(name, "") for name in names}
    context = {
        "as_of": as_of,
        "lines": record_lines(shown.object_list, as_of=as_of),
        "page_shown": shown,
        "query": query,
        "valid": valid,
        "filtered": any(chosen.values()),
        "chosen": chosen,
        "sort": sort,
        "sorts": [(code, label) for code, (label, _) in SORTS.items()],
        "views": _views(query),
        "selects": [
            ("freshness", "Age", words.Freshness.choices()),
            ("claim_type", "Claimed or verified", words.ClaimType.choices()),
            ("grade", "Grade", [(grade.value, f"{grade.value}: {grade.label}") for grade in words.Grade]),
        ],
    }
    return render(request, "vendors/ledger.html", context, status=200 if valid else 400)


def _ordered(rows: QuerySet[Any], sort: str, *, pairs: bool) -> QuerySet[Any]:
    """In the asked order; what contradicts each other stands together."""
    order = PAIRS_TOGETHER if pairs else SORTS[sort][1]
    return rows.select_related("vendor", "site", "capability").order_by(*order)


def _views(query: QueryDict) -> list[dict[str, Any]]:
    """The views as tabs; the text that was searched for stays."""
    tabs = []
    for label, wanted in VIEWS:
        address = QueryDict(mutable=True)
        if text := query.get("q"):
            address["q"] = text
        for name, value in wanted.items():
            address[name] = value
        current = all(
            query.get(name, "") == wanted.get(name, "") for name in ("freshness", "claim_type", "state")
        )
        url = reverse("evidence") + (f"?{address.urlencode()}" if address else "")
        tabs.append({"label": label, "url": url, "current": current, "count": None})
    return tabs
