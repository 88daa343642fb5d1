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


class NotificationQuerySet(TenantQuerySet[M]):
    """What one person was told."""

    def of(self, user: models.Model) -> Self:
        """Only this person's."""
        return self.filter(recipient=user)

    def listed(self, *, commercial: bool) -> Self:
        """What stands in the person's list: not what was meant for the digest only, nor what they may no longer see."""
        rows = self.filter(in_app=True)
        return rows if commercial else rows.filter(commercial=False)

    def unread(self) -> Self:
        """What the person has not read yet."""
        return self.filter(read_at__isnull=True)
