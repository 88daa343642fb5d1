"""Ids of other systems on programmes and scorecards. Their table knows the number of the row, not the row."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from cdmo_eval.core.models import Organization
from vendors.models import ExternalId


def external_ids_of(organization: Organization, **owner: int) -> frozenset[tuple[str, str]]:
    """The (system, value) pairs of one row; `owner` is `program_id` or `scorecard_id`."""
    rows = ExternalId.objects.for_organization(organization).filter(**owner)
    return frozenset(rows.values_list("system", "value"))


def external_id_column(organization: Organization, column: str) -> ArraySubquery:
    """[{system, value}] of each row, in the rows' own statement. `column` is "program_id" or "scorecard_id"."""
    rows = ExternalId.objects.for_organization(organization).filter(**{column: OuterRef("pk")})
    return ArraySubquery(
        rows.order_by("system", "value").values(json=JSONObject(system="system", value="value"))
    )


def carriers(
    organization: Organization, column: str, *, system: str | None = None, value: str | None = None
) -> "QuerySet[ExternalId, int]":
    """The numbers of the rows that carry such an id, for a filter by `pk__in`; None: of any system, with any value."""
    rows = ExternalId.objects.for_organization(organization).filter(**{f"{column}__isnull": False})
    named = {name: given for name, given in {"system": system, "value": value}.items() if given is not None}
    return rows.filter(**named).values_list(column, flat=True)
