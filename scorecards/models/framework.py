"""Criteria sets as an organisation uses them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import VersionedModel
from scorecards.querysets import ArchivableQuerySet
from vendors.models import constraints as rules


class Framework(VersionedModel):
    """A version of a criteria set. `definition` is the whole tree as `scorecards.frameworks.to_json` writes it.

    A published version never changes: a database trigger refuses it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    code = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    definition = models.JSONField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ArchivableQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "code", "number"], name="scorecards_framework_once",
                violation_error_message="This version of the criteria set exists already.", violation_error_code="duplicate",
            ),
            rules.rule(
                "scorecards_framework_published_when", Q(state="published", published_at__isnull=False) | Q(state="draft", published_at__isnull=True),
                "A criteria set has a day of publication exactly when it is published.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
