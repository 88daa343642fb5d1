"""Questionnaires as pages and programs read them: lists, one round, one candidate's copy, how far each is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.models import (
    Questionnaire,
    QuestionnaireAnswer,
    QuestionnaireCopy,
    QuestionnaireItem,
    QuestionnaireQuestion,
    QuestionnaireReview,
)
from vendors.facts import FACTS
from vendors.vocabulary import SubjectType

State = QuestionnaireItem.State


def questionnaire_list(organization: Organization) -> QuerySet[Questionnaire]:
    """Questionnaires, newest first, with their scorecards."""
    rows: QuerySet[Questionnaire] = Questionnaire.objects.for_organization(organization)
    related = rows.select_related(
        "organization",
        "scorecard__program",
        "scorecard__framework",
        "scorecard__organization",
        "follows",
    )
    return related.order_by("-id")


def questionnaire_resources(organization: Organization) -> QuerySet[Questionnaire]:
    """The same with their questions."""
    questions = QuestionnaireQuestion.objects.for_organization(organization).order_by("position", "id")
    return questionnaire_list(organization).prefetch_related(Prefetch("questions", questions))


def find_questionnaire(organization: Organization, public_id: UUID) -> Questionnaire:
    """One with its questions. Raises NotFound."""
    found = questionnaire_resources(organization).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such questionnaire.")
    return found


def copy_list(
    organization: Organization, questionnaire: Questionnaire | None = None
) -> QuerySet[QuestionnaireCopy]:
    """The copies of a round (or of all), by vendor."""
    rows: QuerySet[QuestionnaireCopy] = QuestionnaireCopy.objects.for_organization(organization)
    if questionnaire is not None:
        rows = rows.filter(questionnaire=questionnaire)
    related = rows.select_related(
        "organization",
        "questionnaire__scorecard__program",
        "questionnaire__scorecard__framework",
        "candidate__vendor",
        "candidate__program",
    )
    return related.order_by("candidate__vendor__name", "candidate__label", "id")


def find_copy(questionnaire: Questionnaire, public_id: UUID) -> QuestionnaireCopy:
    """One candidate's copy. Raises NotFound."""
    found = copy_list(questionnaire.organization, questionnaire).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such copy of this questionnaire.")
    return found


@dataclass(frozen=True)
class Progress:
    """How far a copy is: questions by their state."""

    counts: Mapping[str, int]

    @property
    def asked(self) -> int:
        """All questions."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Without an answer, or asked again."""
        return self._of(State.OPEN, State.AGAIN)

    @property
    def answered(self) -> int:
        """With a value, whatever was decided about it."""
        return self._of(State.ANSWERED, State.ACCEPTED, State.REJECTED)

    @property
    def unknown(self) -> int:
        """Not known to the vendor."""
        return self._of(State.UNKNOWN)

    @property
    def refused(self) -> int:
        """Not disclosed and not decided about yet."""
        return self._of(State.REFUSED)

    @property
    def to_review(self) -> int:
        """Waiting for a decision."""
        return self._of(State.ANSWERED, State.REFUSED)

    @property
    def accepted(self) -> int:
        """On record as evidence."""
        return self._of(State.ACCEPTED)

    @property
    def rejected(self) -> int:
        """Turned down."""
        return self._of(State.REJECTED)

    def _of(self, *states: State) -> int:
        return sum(self.counts.get(state.value, 0) for state in states)


def progress_of(organization: Organization, copies: Sequence[QuestionnaireCopy]) -> dict[int, Progress]:
    """By copy; one query for all of them."""
    rows = QuestionnaireItem.objects.for_organization(organization).filter(copy__in=copies)
    counts: dict[int, dict[str, int]] = {copy.pk: {} for copy in copies}
    for copy_id, state, number in rows.values("copy_id", "state").annotate(n=Count("pk")).values_list("copy_id", "state", "n"):  # fmt: skip
        counts[copy_id][state] = number
    return {copy_id: Progress(found) for copy_id, found in counts.items()}


def progress_by_round(
    organization: Organization, questionnaires: Sequence[Questionnaire]
) -> dict[int, tuple[int, Progress]]:
    """How many vendors each round asks, and how far they are together; two queries."""
    asked = QuestionnaireCopy.objects.for_organization(organization).filter(
        questionnaire__in=questionnaires, withdrawn_at__isnull=True
    )
    vendors = dict(
        asked.values("questionnaire_id").annotate(n=Count("pk")).values_list("questionnaire_id", "n")
    )
    rows = QuestionnaireItem.objects.for_organization(organization).filter(
        copy__questionnaire__in=questionnaires, copy__withdrawn_at__isnull=True
    )
    counts: dict[int, dict[str, int]] = {row.pk: {} for row in questionnaires}
    grouped = rows.values("copy__questionnaire_id", "state").annotate(n=Count("pk"))
    for key, state, number in grouped.values_list("copy__questionnaire_id", "state", "n"):
        counts[key][state] = number
    return {key: (vendors.get(key, 0), Progress(found)) for key, found in counts.items()}


def item_list(copy: QuestionnaireCopy) -> QuerySet[QuestionnaireItem]:
    """What a copy asks, in the order of its workbook."""
    rows: QuerySet[QuestionnaireItem] = QuestionnaireItem.objects.for_organization(copy.organization)
    return rows.filter(copy=copy).select_related("question", "site", "capability").order_by("number", "id")


def present_answers(
    organization: Organization, items: Iterable[QuestionnaireItem]
) -> dict[int, QuestionnaireAnswer]:
    """The newest answer of each question by its item; one query, with the decision about it."""
    rows = QuestionnaireAnswer.objects.for_organization(organization).filter(item__in=list(items))
    newer = QuestionnaireAnswer.objects.for_organization(organization).filter(
        item=OuterRef("item"), revision__gt=OuterRef("revision")
    )
    reviews = QuestionnaireReview.objects.for_organization(organization).select_related("evidence")
    present = (
        rows.filter(~Exists(newer)).select_related("file").prefetch_related(Prefetch("reviews", reviews))
    )
    return {row.item_id: row for row in present.order_by("id")}


def find_item(copy: QuestionnaireCopy, public_id: UUID) -> QuestionnaireItem:
    """One question of a copy. Raises NotFound."""
    found = item_list(copy).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("There is no such question.")
    return found


def is_commercial(target: str) -> bool:
    """Whether an answer is for those alone who may read offers: prices and terms."""
    fact = FACTS.get(target)
    return fact is not None and SubjectType.PROPOSAL in fact.subjects


def sees_answer(actor: Actor, target: str) -> bool:
    """Whether this reader may read what was answered."""
    return not is_commercial(target) or allows(actor, Permission.VIEW_COMMERCIAL)


def review_of(answer: QuestionnaireAnswer | None) -> QuestionnaireReview | None:
    """The decision about an answer (of `present_answers`)."""
    return next(iter(answer.reviews.all()), None) if answer is not None else None


@dataclass(frozen=True)
class DeadlineNear:
    """A copy with open questions whose deadline is near or past, for whoever reminds people."""

    copy: QuestionnaireCopy
    open: int
    days_left: int


def deadlines(organization: Organization, *, until: date, today: date) -> list[DeadlineNear]:
    """Copies of running rounds with open questions and a deadline up to a day, the most urgent first; two queries."""
    rows = copy_list(organization).filter(
        sent_at__isnull=False, withdrawn_at__isnull=True, answered_at__isnull=True, questionnaire__closed_at__isnull=True,
        deadline__lte=until,
    )  # fmt: skip
    copies = list(rows.order_by("deadline", "id"))
    progress = progress_of(organization, copies)
    return [
        DeadlineNear(copy, progress[copy.pk].open, (copy.deadline - today).days)
        for copy in copies
        if copy.deadline is not None
    ]
