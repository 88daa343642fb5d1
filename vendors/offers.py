"""Programmes, candidates and proposals as this app knows them: by number inside, by public id outside.

They belong to the scorecards, which this app does not import; their tables are named here as in a foreign key.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from cdmo_eval.core.models import Organization

TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "program": ("scorecards.Program", ()),
    "candidate": ("scorecards.Candidate", ("vendor",)),
    "proposal": ("scorecards.Proposal", ("candidate__vendor",)),
}
"""Model by kind, and what is read with a row."""

OfferIds = Mapping[tuple[str, int], UUID]


def offer_rows(kind: str, organization: Organization) -> QuerySet[Any] | None:
    """The organisation's programmes, candidates or proposals; None where the product has none of that kind."""
    label, related = TABLES[kind]
    try:
        model = apps.get_model(label)
    except LookupError:
        return None
    rows: QuerySet[Any] = model._default_manager.filter(organization=organization)
    return rows.select_related(*related) if related else rows


def offer_ids(organization: Organization, wanted: Mapping[str, Iterable[int | None]]) -> OfferIds:
    """Public ids by kind and number: one query for each kind of which any number is given."""
    found: dict[tuple[str, int], UUID] = {}
    for kind, numbers in wanted.items():
        given = {number for number in numbers if number is not None}
        rows = offer_rows(kind, organization) if given else None
        if rows is not None:
            pairs = rows.order_by().filter(pk__in=given).values_list("pk", "public_id")
            found |= {(kind, number): public_id for number, public_id in pairs}
    return found
