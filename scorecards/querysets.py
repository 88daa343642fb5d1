"""Chainable reads of the scorecards app."""

from typing import Any, Self, TypeVar

from django.db import models

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
