"""That a site's regulatory state changed: an event, kept for good."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel
from vendors.models import constraints as rules
from vendors.models.regulatory import RegulatoryState
from vendors.models.site import Site
from vendors.querysets import StandingChangeQuerySet


class StandingChange(TenantModel):
    """One site's state before and after, as of a day, with what decided it in words.

    Scores are points 0-100 with caps, null without inspections. Written when the standings are worked out anew: after a
    load, an upload, a match, a changed FEI, and every night.
    """

    site = TenantForeignKey(Site, related_name="standing_changes")
    as_of = models.DateField()
    old_state = models.CharField(max_length=32)
    new_state = models.CharField(max_length=32)
    old_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    new_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    reason = models.TextField(
        blank=True, default="", help_text="The cap or inspection that decides the new state."
    )

    objects: ClassVar = StandingChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            # The latest changes of an organisation, and those of one site.
            models.Index(fields=["organization", "-id"], name="vendors_standingchange_latest"),
        ]
        constraints = [
            *(
                rules.one_of(
                    f"vendors_standingchange_{side}_known", f"{side}_state", RegulatoryState.values,
                    "The regulatory state is not known.", blank=False,
                )
                for side in ("old", "new")
            ),
            rules.rule(
                "vendors_standingchange_differs", ~Q(old_state=F("new_state")), "A change is from one state to another.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.old_state} to {self.new_state}"

    @property
    def old_label(self) -> str:
        """The state before, for people."""
        return str(RegulatoryState(self.old_state).label)

    @property
    def new_label(self) -> str:
        """The state after, for people."""
        return str(RegulatoryState(self.new_state).label)

    @property
    def worse(self) -> bool:
        """Whether the new state is the worse one. A first inspection without action is no worse than no record."""
        old, new = (max(1, RegulatoryState.values.index(state)) for state in (self.old_state, self.new_state))
        return new > old
