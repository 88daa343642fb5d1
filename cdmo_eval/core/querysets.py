"""The start of every query of an organisation's data."""

from typing import Self, TypeVar

from django.db import models

from cdmo_eval.core.models.organization import Organization

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M]):
    """Rows that belong to an organisation. PostgreSQL repeats the rule underneath by row-level security."""

    def for_organization(self, organization: Organization) -> Self:
        """Only this organisation's rows."""
        return self.filter(organization=organization)
