"""What of this app the global search finds, and where each hit leads."""

from collections.abc import Iterable, Sequence
from functools import reduce

from django.db.models import Q
from django.urls import reverse

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.search import Hit, PageEntry, SearchSource
from scorecards.models import Program, Scorecard, Shortlist


def scorecards(actor: Actor, words: Sequence[str], limit: int) -> list[Hit]:
    """Scorecards by their name or their programme's."""
    rows = Scorecard.objects.for_organization(actor.organization).active().select_related("program")
    found = rows.filter(_every(words, "name", "program__name")).order_by("name", "id")[:limit]
    return [
        Hit(
            card.name,
            reverse("scorecards:ranking", args=[card.public_id]),
            _matched(words, (("name", card.name), ("programme", card.program.name))),
            card.program.name,
        )
        for card in found
    ]


def programs(actor: Actor, words: Sequence[str], limit: int) -> list[Hit]:
    """Programmes by name; who may not edit one is led to the list."""
    may_open = allows(actor, Permission.EDIT_PROGRAMS)
    rows = Program.objects.for_organization(actor.organization).active()
    found = rows.filter(_every(words, "name")).order_by("name", "id")[:limit]
    return [
        Hit(
            program.name,
            reverse("programs:edit", args=[program.public_id]) if may_open else reverse("programs:list"),
            "name",
        )
        for program in found
    ]


def shortlists(actor: Actor, words: Sequence[str], limit: int) -> list[Hit]:
    """Shortlists by their name or their scorecard's."""
    rows = Shortlist.objects.for_organization(actor.organization).active().select_related("scorecard")
    found = rows.filter(_every(words, "name", "scorecard__name")).order_by("name", "id")[:limit]
    return [
        Hit(
            one.name,
            reverse("shortlists:one", args=[one.public_id]),
            _matched(words, (("name", one.name), ("scorecard", one.scorecard.name))),
            one.scorecard.name,
        )
        for one in found
    ]


def _every(words: Sequence[str], *columns: str) -> Q:
    """Each word stands in one of the columns."""
    return reduce(
        lambda all_of, word: (
            all_of & reduce(lambda any_of, column: any_of | Q(**{f"{column}__icontains": word}), columns, Q())
        ),
        words,
        Q(),
    )


def _matched(words: Sequence[str], fields: Iterable[tuple[str, str]]) -> str:
    """The first field that holds the first word."""
    return next((label for label, text in fields if words[0].casefold() in text.casefold()), "name")


SOURCES = (
    SearchSource("scorecards", "Scorecards", 30, scorecards),
    SearchSource("programmes", "Programmes", 40, programs),
    SearchSource("shortlists", "Shortlists", 50, shortlists),
)
PAGES = (
    PageEntry("New scorecard", "scorecards:new", "create scorecard", Permission.EDIT_SCORECARDS),
    PageEntry("New programme", "programs:new", "create programme, program", Permission.EDIT_PROGRAMS),
    PageEntry("Exchange rates", "exchange_rates", "currency", Permission.VIEW_COMMERCIAL),
    PageEntry("API guide", "api_docs", "rest, token, integration, swagger, openapi"),
)
