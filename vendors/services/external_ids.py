"""Ids of other systems on vendors, sites, programs and scorecards."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from vendors.models import ExternalId, ExternalIdType, Site, Vendor
from vendors.services.writing import begin, constraints_in_words, own

_PERMISSIONS = {
    ExternalIdType.VENDOR: Permission.EDIT_VENDORS,
    ExternalIdType.SITE: Permission.EDIT_VENDORS,
    ExternalIdType.PROGRAM: Permission.EDIT_PROGRAMS,
    ExternalIdType.SCORECARD: Permission.EDIT_SCORECARDS,
}


@transaction.atomic
def set_external_ids(
    *,
    organization: Organization,
    by: Actor,
    ids: Iterable[Mapping[str, str]],
    vendor: Vendor | None = None,
    site: Site | None = None,
    program_id: int | None = None,
    scorecard_id: int | None = None,
) -> list[ExternalId]:
    """Make `ids` ([{system, value}]) the external ids of exactly one object; what is left out goes away.

    Raises Invalid when an id belongs to another object already.
    """
    owner = {
        ExternalIdType.VENDOR: ("vendor_id", vendor.pk if vendor else None),
        ExternalIdType.SITE: ("site_id", site.pk if site else None),
        ExternalIdType.PROGRAM: ("program_id", program_id),
        ExternalIdType.SCORECARD: ("scorecard_id", scorecard_id),
    }
    named = [(kind, column, key) for kind, (column, key) in owner.items() if key is not None]
    if len(named) != 1:
        raise ValueError("external ids are set on exactly one object")
    kind, column, key = named[0]
    begin(organization, by, _PERMISSIONS[kind])
    own(organization, vendor, site)
    wanted = _checked(ids)
    mine = ExternalId.objects.for_organization(organization).filter(object_type=kind.value, **{column: key})
    kept = set()
    for row in mine:
        if (row.system, row.value) in wanted:
            kept.add((row.system, row.value))
        else:
            row.delete()
    with constraints_in_words():
        ExternalId.objects.bulk_create(
            [
                ExternalId(
                    organization=organization,
                    object_type=kind.value,
                    system=system,
                    value=value,
                    **{column: key},
                )
                for system, value in wanted
                if (system, value) not in kept
            ]
        )
    return list(mine.order_by("system", "value", "id"))


def _checked(ids: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """The pairs without repetition; Invalid for a blank part."""
    wanted: list[tuple[str, str]] = []
    for position, pair in enumerate(ids):
        system, value = str(pair.get("system", "")).strip(), str(pair.get("value", "")).strip()
        if not system or not value:
            message = "An external id has a system and a value."
            raise Invalid(message, errors=[FieldError(f"external_ids.{position}", "required", message)])
        if (system, value) not in wanted:
            wanted.append((system, value))
    return wanted
