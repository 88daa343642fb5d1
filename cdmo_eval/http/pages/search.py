"""Global search: a page of results by kind, and the short list below the box of the top bar."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from cdmo_eval.core.policies import Actor
from cdmo_eval.http.pages.access import is_fragment, page
from cdmo_eval.http.search import search, sources, words_of

LONGEST = 200
A_KIND = 8
ONE_KIND = 50
IN_THE_BAR = 4


@page()
def search_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/search/?q=`: everything the words are found in; `kind` asks for one kind; htmx gets the results alone.

    With `bar` the answer is the short list of the top bar: names only, since somebody is typing.
    """
    text = request.GET.get("q", "")[:LONGEST].strip()
    kind = request.GET.get("kind", "")
    kind = kind if kind in sources else ""
    bar = "bar" in request.GET and is_fragment(request)
    groups = search(
        actor, text, most=IN_THE_BAR if bar else ONE_KIND if kind else A_KIND, quick=bar, only=kind
    )
    context = {
        "q": text,
        "words": words_of(text),
        "groups": groups,
        "kind": kind,
        "kind_label": sources[kind].label if kind else "",
        "count": sum(len(group.hits) for group in groups),
    }
    template = "core/search.html"
    if is_fragment(request):
        template = "core/parts/search_bar.html" if bar else "core/parts/search_results.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
