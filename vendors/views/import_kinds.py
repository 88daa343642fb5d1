"""What can be imported, for people: each kind with its columns, and its template to fill in."""

import tempfile
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.pages.access import page
from vendors.imports.kinds import ImportKind, own_kinds
from vendors.imports.regulatory import KINDS
from vendors.imports.template import HEADINGS, described, write_template
from vendors.regulatory.formats import format_for

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@page()
def import_kinds(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`/vendors/imports/kinds/`: every kind of file, with its template."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for kind in own_kinds().values():
        groups.setdefault(kind.group, []).append({"kind": kind, "may": kind.allowed(actor)})
    context = {
        "groups": [{"name": name, "kinds": kinds} for name, kinds in groups.items()],
        "official": [format_for(code).label for code in KINDS],
        "links": trail(),
    }
    return render(request, "vendors/import_kinds.html", context)


@page()
def import_kind_columns(request: HttpRequest, actor: Actor, kind: str) -> HttpResponse:
    """The columns of one kind of file: what each means and allows."""
    found = known_kind(kind)
    context = {
        "kind": found,
        "headings": HEADINGS,
        "rows": [described(field) for field in found.fields().values()],
        "links": [*trail(), {"label": "Kinds of file", "url": reverse("vendors:import_kinds")}],
    }
    return render(request, "vendors/import_kind.html", context)


@page()
def import_template(request: HttpRequest, actor: Actor, kind: str, suffix: str) -> HttpResponse:
    """The template of one kind, empty, as CSV or as a workbook that explains its columns."""
    response = HttpResponse(template_bytes(known_kind(kind), suffix), content_type=TYPES[suffix])
    response["Content-Disposition"] = f'attachment; filename="{kind}-template.{suffix}"'
    return response


def template_bytes(kind: ImportKind, suffix: str) -> bytes:
    """The template's content."""
    with tempfile.TemporaryDirectory(prefix="cdmo-template-") as folder:
        path = Path(folder) / f"template.{suffix}"
        write_template(path, kind.fields(), sheet=kind.label)
        return path.read_bytes()


def known_kind(code: str) -> ImportKind:
    """The kind of a code in an address. Raises NotFound."""
    found = own_kinds().get(code)
    if found is None:
        raise NotFound("There is no such kind of file.")
    return found


def trail() -> list[dict[str, str]]:
    """The way here."""
    return [
        {"label": "Vendors", "url": reverse("vendors:directory")},
        {"label": "Imports", "url": reverse("vendors:imports")},
    ]
