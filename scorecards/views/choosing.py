"""The vendors step of the builder: the directory of candidates a page at a time, searched, ticked, and kept as a draft."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode

from scorecards.forms.builder import VendorsForm
from scorecards.models import Candidate, Result, Scorecard
from scorecards.views.edge import whole_number
from vendors.models import Site

PER_PAGE = 50
SITES_NAMED = 3


def candidates_to_choose(scorecard: Scorecard) -> Sequence[Candidate]:
    """Everybody who stands for the programme, by name: one statement."""
    rows = (
        Candidate.objects.for_organization(scorecard.organization)
        .standing()
        .filter(program=scorecard.program_id)
    )
    return list(
        rows.select_related("vendor")
        .only(
            "public_id", "organization_id", "program_id", "label", "vendor__name", "vendor__organization_id"
        )
        .order_by("vendor__name", "label", "id")
    )


def chooser(request: HttpRequest, scorecard: Scorecard, form: VendorsForm) -> dict[str, Any]:
    """One page of the candidates found, with sites, supply map and place now: three statements more."""
    ticked = form.ticked()
    words, only = request.GET.get("q", "").strip(), request.GET.get("only", "")
    found = _found(form, ticked, words, only)
    shown = Paginator(found, PER_PAGE).get_page(whole_number(request.GET.get("page")))
    rows = list(shown)
    sites: dict[int, list[str]] = {}
    vendors = {candidate.vendor_id for candidate in rows}
    of_vendors = Site.objects.for_organization(scorecard.organization).filter(
        vendor__in=vendors, archived_at__isnull=True
    )
    for vendor, name, country in of_vendors.order_by("vendor_id", "id").values_list(
        "vendor_id", "name", "country"
    ):
        sites.setdefault(vendor, []).append(f"{name}, {country}" if country else name)
    of_rows = Candidate.objects.for_organization(scorecard.organization).filter(
        pk__in=[each.pk for each in rows]
    )
    steps = dict(of_rows.annotate(steps=Count("supply_lines")).values_list("pk", "steps"))
    places: dict[int, Result] = {}
    if not scorecard.scores_hidden:
        published = Result.objects.for_organization(scorecard.organization).filter(
            scorecard=scorecard, candidate__in=[each.pk for each in rows]
        )
        places = {row.candidate_id: row for row in published}
    return {
        "page_of": shown, "total": len(form.by_id), "ticked": len(ticked), "q": words, "just_ticked": only == "ticked",
        "kept": " ".join(sorted(ticked - {str(each.public_id) for each in rows})), "everybody": form.everybody(),
        "choices": [
            {
                "candidate": each, "key": str(each.public_id), "ticked": str(each.public_id) in ticked,
                "sites": sites.get(each.vendor_id, [])[:SITES_NAMED], "more_sites": max(0, len(sites.get(each.vendor_id, [])) - SITES_NAMED),
                "steps": steps.get(each.pk, 0), "place": places.get(each.pk),
            }
            for each in rows
        ],
    }  # fmt: skip


def _found(form: VendorsForm, ticked: frozenset[str], words: str, only: str) -> list[Candidate]:
    sought = words.casefold()
    return [
        candidate
        for key, candidate in form.by_id.items()
        if sought in str(candidate).casefold() and (only != "ticked" or key in ticked)
    ]


def picked(request: HttpRequest, form: VendorsForm) -> QueryDict:
    """What was sent with every tick in one list; "show-tick" and "show-clear" do it for all that the search finds."""
    ticked = set(form.ticked())
    then = request.POST.get("then", "")
    if then in {"show-tick", "show-clear"}:
        found = {
            str(each.public_id)
            for each in _found(form, frozenset(ticked), request.POST.get("q", "").strip(), "")
        }
        ticked = ticked | found if then == "show-tick" else ticked - found
    data = QueryDict(mutable=True)
    data["version"] = request.POST.get("version", "")
    data["selection"] = "chosen" if then == "show-tick" else request.POST.get("selection", "")
    data["kept"] = " ".join(sorted(ticked))
    return data


def shown_address(request: HttpRequest) -> str:
    """Search and page that the reader asked for, as the end of an address."""
    asked = {name: request.POST.get(name, "").strip() for name in ("q", "only")}
    then = request.POST.get("then", "")
    if then.startswith("show-page-"):
        asked["page"] = then.removeprefix("show-page-")
    kept = {name: text for name, text in asked.items() if text}
    return f"?{urlencode(kept)}#vendors" if kept else "#vendors"
