"""References in what clients send, resolved within the caller's organisation; and rules of the interface."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import serializers

from cdmo_eval.core.errors import PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.http.fields import RowField
from cdmo_eval.http.serializers import Input, Output
from vendors import policies
from vendors.models import Capability, Evidence, Site, StoredFile, Vendor
from vendors.offers import offer_rows
from vendors.vocabulary import Confidentiality


def vendor_field(**kwargs: Any) -> RowField:
    """A vendor, archived or not: services say what an archived one may still be used for."""
    return RowField(lambda actor: Vendor.objects.for_organization(actor.organization), **kwargs)


def site_field(**kwargs: Any) -> RowField:
    """A site."""
    return RowField(
        lambda actor: Site.objects.for_organization(actor.organization).select_related("vendor"), **kwargs
    )


def capability_field(**kwargs: Any) -> RowField:
    """A capability."""
    return RowField(_capabilities, **kwargs)


def _capabilities(actor: Actor) -> QuerySet[Capability]:
    return cast(
        "QuerySet[Capability]",
        Capability.objects.for_organization(actor.organization).select_related("site__vendor"),
    )


def file_field(**kwargs: Any) -> RowField:
    """An attachment that the caller may see."""
    return RowField(
        lambda actor: StoredFile.objects.for_organization(actor.organization).visible(
            commercial=policies.sees_commercial(actor)
        ),
        **kwargs,
    )


def evidence_field(**kwargs: Any) -> RowField:
    """A record that the caller may see."""
    return RowField(
        lambda actor: Evidence.objects.for_organization(actor.organization).visible(
            commercial=policies.sees_commercial(actor)
        ),
        **kwargs,
    )


def offer_field(kind: str, **kwargs: Any) -> RowField:
    """A programme, candidate or proposal; nothing is found where the product has none."""

    def rows(actor: Actor) -> QuerySet[Any]:
        found = offer_rows(kind, actor.organization)
        return Vendor.objects.none() if found is None else found

    return RowField(rows, **kwargs)


def require_commercial_entry(actor: Actor, *confidentialities: str | None) -> None:
    """Who enters something commercial, or takes the mark away, may see it; a token needs `commercial:write` as well."""
    if Confidentiality.COMMERCIAL not in confidentialities:
        return
    policies.require_sight(actor, Confidentiality.COMMERCIAL)
    if actor.scopes is not None and "commercial:write" not in actor.scopes:
        raise PermissionDenied("This token lacks the scope commercial:write.", code="scope_missing")


class ExternalIdIn(Input):
    """What another system calls it."""

    system = serializers.CharField(max_length=64)
    value = serializers.CharField(max_length=200)


class ExternalIdOut(Output):
    """What another system calls it."""

    system = serializers.CharField()
    value = serializers.CharField()


def external_ids_in() -> ExternalIdIn:
    """The whole list: what is left out goes away."""
    return ExternalIdIn(many=True, required=False, max_length=50)  # type: ignore[call-arg]  # of its list


def shares(rows: Sequence[Any], column: str) -> list[int | None]:
    """The numbers of one column of several rows."""
    return [getattr(row, column) for row in rows]


def without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The values without some names."""
    return {name: value for name, value in values.items() if name not in names}
