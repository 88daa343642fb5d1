"""A look at the directory under a name: filters, words searched for and order, for oneself or for everybody."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower

from cdmo_eval.core.models import TenantModel
from vendors.models import constraints as rules
from vendors.querysets import SavedViewQuerySet

MOST_CHARACTERS = 2000


class SavedView(TenantModel):
    """The query of the directory's address, kept by a member. `shared`: every member of the organisation sees it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    owner_name = models.CharField(max_length=200)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=MOST_CHARACTERS, blank=True, default="")
    shared = models.BooleanField(default=False)

    objects: ClassVar = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("organization"),
                F("owner"),
                Lower("name"),
                name="vendors_savedview_once",
                violation_error_code="vendors_savedview_once",
                violation_error_message="You have a view of this name already.",
            ),
            rules.not_blank("vendors_savedview_name_given", "name", "A view needs a name."),
        ]

    def __str__(self) -> str:
        return self.name
