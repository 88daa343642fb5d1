"""The page of one public file: what the operator's load brought, and the rows it left out."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cdmo_eval.core.policies import Actor
from cdmo_eval.http.pages.access import page
from vendors.imports import uploads
from vendors.models import LoadState, PublicLoad
from vendors.selectors.loads import public_load
from vendors.views.imports import REJECTED_SHOWN, TONES, facts_of
from vendors.vocabulary import RecordKind


@page()
def one_public_load(request: HttpRequest, actor: Actor, load_id: UUID) -> HttpResponse:
    """The report of a public file, the same for every organisation."""
    load = public_load(load_id)
    rejections = load.counts.get("rejections", 0)
    rejected = [{"row": row[0], "column": row[1], "reason": row[2]} for row in load.rejected[:REJECTED_SHOWN]]
    answer, rest = _answer(load)
    context: dict[str, Any] = {
        "load": load,
        "kind": uploads.kinds().get(load.kind, load.kind),
        "records": [RecordKind(kind).label for kind in load.record_kinds],
        "tone": TONES[load.state],
        "answer": answer,
        "answer_rest": rest,
        "facts": facts_of(load),
        "rejected": rejected,
        "rejections": rejections,
        "more": max(0, rejections - len(rejected)),
        "links": [
            {"label": "Vendors", "url": reverse("vendors:directory")},
            {"label": "Imports", "url": reverse("vendors:imports")},
        ],
    }
    return render(request, "vendors/public_load.html", context)


def _answer(load: PublicLoad) -> tuple[str, str]:
    """What became of the file, and what that means here."""
    if load.state == LoadState.UNDONE:
        return "The operator took this file back.", "Its records count nowhere, as if it had not been loaded."
    new, changed = (f"{load.counts.get(name, 0):,}" for name in ("new", "changed"))
    return (
        f"{new} new and {changed} changed.",
        "Public records are the same for every organisation; of two records of the same thing the public one counts.",
    )
