"""Chainable reads of the scorecards app."""

from datetime import date
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from cdmo_eval.core.querysets import TenantQuerySet

M = TypeVar("M", bound=models.Model)


class ArchivableQuerySet(TenantQuerySet[M]):
    """Rows that are archived, never deleted."""

    def active(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at__isnull=True)


class CandidateQuerySet(ArchivableQuerySet[M]):
    """Candidates of programmes."""

    def standing(self) -> Self:
        """Those that stand: neither they nor their vendor are archived."""
        return self.active().filter(vendor__archived_at__isnull=True)

    def on_scorecard(self, scorecard: Any) -> Self:
        """The candidates a scorecard judges: all of the programme, or the chosen ones."""
        on_program = self.standing().filter(program_id=scorecard.program_id)
        return (
            on_program.filter(scorecard_choices__scorecard=scorecard)
            if scorecard.selection == "chosen"
            else on_program
        )


class ProposalQuerySet(TenantQuerySet[M]):
    """Versions of proposals."""

    def live(self) -> Self:
        """Those that are not withdrawn."""
        return self.filter(withdrawals__isnull=True)

    def with_superseded(self) -> Self:
        """Each with `superseded`: whether a later version of the same offer counts."""
        later = self.model._default_manager.filter(
            organization_id=OuterRef("organization_id"),
            candidate_id=OuterRef("candidate_id"),
            version__gt=OuterRef("version"),
            withdrawals__isnull=True,
        )
        return self.annotate(superseded=Exists(later))

    def counting(self, as_of: date) -> Self:
        """Per candidate the version that counts as of a day: the highest received by then and not withdrawn."""
        received = self.live().filter(received_on__lte=as_of)
        return received.order_by("candidate_id", "-version").distinct("candidate_id")


class ExchangeRateQuerySet(TenantQuerySet[M]):
    """Exchange rates in all their revisions."""

    def with_replaced(self) -> Self:
        """Each with `replaced`: whether a later revision of the same pair and day is there."""
        same = ("organization_id", "source", "target", "on")
        later = self.model._default_manager.filter(
            **{name: OuterRef(name) for name in same}, revision__gt=OuterRef("revision")
        )
        return self.annotate(replaced=Exists(later))

    def present(self) -> Self:
        """Of each pair and day the highest revision, where it has a rate."""
        return self.with_replaced().filter(Q(replaced=False), rate__isnull=False)

    def usable(self, as_of: date) -> Self:
        """Of each pair the newest rate that was published by a day."""
        return (
            self.present()
            .filter(on__lte=as_of)
            .order_by("target", "source", "-on")
            .distinct("target", "source")
        )
