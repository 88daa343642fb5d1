"""Shortlists as pages and programs read them: lists, one with its candidates, what people said and declared."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from scorecards.engine.display import percent_text
from scorecards.models import (
    ConflictDeclaration,
    Result,
    Scorecard,
    Shortlist,
    ShortlistDecision,
    ShortlistItem,
    ShortlistRemark,
)

STATES = {
    Result.State.RANKED.value: "Ranked",
    Result.State.GATED.value: "Fails a must-have",
    Result.State.INSUFFICIENT.value: "Not enough evidence",
    "": "Not calculated",
}


@dataclass(frozen=True)
class ItemLine:
    """A candidate on a shortlist with where it stands now. Texts have two decimals, "" without a figure."""

    item: ShortlistItem
    result: Result | None
    comments: tuple[ShortlistRemark, ...]

    @property
    def rank_now(self) -> int | None:
        """Its rank in the published calculation."""
        return self.result.rank if self.result else None

    @property
    def state_now(self) -> str:
        """ "ranked", "gated", "insufficient_evidence", "" when it is not calculated."""
        return self.result.state if self.result else ""

    @property
    def state_words(self) -> str:
        """The same for people."""
        return STATES[self.state_now]

    @property
    def moved(self) -> int | None:
        """Places won since it was added (negative: lost); None when either rank is missing."""
        if self.rank_now is None or self.item.added_rank is None:
            return None
        return self.item.added_rank - self.rank_now

    @property
    def fell(self) -> int:
        """Places lost since it was added."""
        return max(0, -(self.moved or 0))

    @property
    def score(self) -> str:
        """The score."""
        if self.result is None or self.result.score_exact is None:
            return ""
        return percent_text(self.result.score_exact, self.result.denominator_exact)

    @property
    def low(self) -> str:
        """The lower end of its interval."""
        return percent_text(self.result.low_exact) if self.result else ""

    @property
    def high(self) -> str:
        """The upper end."""
        return percent_text(self.result.high_exact) if self.result else ""

    @property
    def coverage(self) -> str:
        """How much of the weight is answered."""
        return percent_text(self.result.coverage) if self.result else ""


def shortlist_list(organization: Organization, *, scorecard: Scorecard | None = None) -> QuerySet[Shortlist]:
    """Shortlists that are not archived, the newest first, with how many candidates they hold."""
    rows = (
        Shortlist.objects.for_organization(organization)
        .active()
        .select_related(
            "scorecard__program",
            "scorecard__framework",
            "scorecard__organization",
            "primary__vendor",
            "backup__vendor",
            "owner",
        )
        .annotate(size=Count("items", filter=Q(items__archived_at__isnull=True)))
        .order_by("-id")
    )
    found: QuerySet[Shortlist] = rows.filter(scorecard=scorecard) if scorecard else rows
    return found


def find_shortlist(organization: Organization, public_id: UUID) -> Shortlist:
    """One, by its public id. Raises NotFound."""
    row = shortlist_list(organization).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such shortlist.")
    return row


def item_rows(shortlist: Shortlist) -> QuerySet[ShortlistItem]:
    """The candidates on a shortlist, in its order."""
    rows = ShortlistItem.objects.for_organization(shortlist.organization).active().filter(shortlist=shortlist)
    found: QuerySet[ShortlistItem] = rows.select_related("candidate__vendor", "shortlist").order_by(
        "position", "id"
    )
    return found


def item_lines(shortlist: Shortlist) -> list[ItemLine]:
    """The candidates on a shortlist with where they stand now: three statements."""
    return lines_of(shortlist, list(item_rows(shortlist)), list(remark_list(shortlist)))


def lines_of(
    shortlist: Shortlist, items: Sequence[ShortlistItem], remarks: Sequence[ShortlistRemark]
) -> list[ItemLine]:
    """The same for rows that were read already: one statement."""
    results = {
        row.candidate_id: row
        for row in Result.objects.for_organization(shortlist.organization).filter(
            scorecard_id=shortlist.scorecard_id, candidate_id__in=[item.candidate_id for item in items]
        )
    }
    return [
        ItemLine(
            item, results.get(item.candidate_id), tuple(one for one in remarks if one.candidate_id == item.candidate_id)
        )
        for item in items
    ]  # fmt: skip


def remark_list(shortlist: Shortlist) -> QuerySet[ShortlistRemark]:
    """What people said, in the order in which they did."""
    rows = ShortlistRemark.objects.for_organization(shortlist.organization).filter(shortlist=shortlist)
    found: QuerySet[ShortlistRemark] = rows.select_related("candidate__vendor", "author").order_by("id")
    return found


def declaration_list(shortlist: Shortlist) -> QuerySet[ConflictDeclaration]:
    """Every declaration, in the order in which they were made."""
    rows = ConflictDeclaration.objects.for_organization(shortlist.organization).filter(shortlist=shortlist)
    found: QuerySet[ConflictDeclaration] = rows.select_related("person").order_by("id")
    return found


def standing_declarations(shortlist: Shortlist) -> list[ConflictDeclaration]:
    """The newest declaration of each person, by name: those that count."""
    newest = {row.person_id: row for row in declaration_list(shortlist)}
    return sorted(newest.values(), key=lambda row: (row.person_name, row.person_id))


def decision_list(shortlist: Shortlist) -> QuerySet[ShortlistDecision]:
    """Editions that were frozen, the newest first."""
    rows = ShortlistDecision.objects.for_organization(shortlist.organization).filter(shortlist=shortlist)
    found: QuerySet[ShortlistDecision] = rows.select_related(
        "snapshot__run", "snapshot__scorecard", "snapshot__organization"
    ).order_by("-edition", "-id")
    return found


def current_decision(shortlist: Shortlist) -> ShortlistDecision | None:
    """The frozen present edition; None while the shortlist is open."""
    if shortlist.frozen_at is None:
        return None
    return decision_list(shortlist).filter(edition=shortlist.edition).first()
