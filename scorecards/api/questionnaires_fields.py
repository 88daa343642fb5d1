"""What questionnaires look like to a program: what it sends, what it gets."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cdmo_eval.http.fields import NoId, PublicId, RowField, day, text
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import candidate_rows
from scorecards.models import (
    Questionnaire,
    QuestionnaireAnswer,
    QuestionnaireCopy,
    QuestionnaireItem,
    QuestionnaireReview,
    Scorecard,
)
from scorecards.models.questionnaire import LONGEST_SOURCE, LONGEST_WORDS
from scorecards.selectors.questionnaire_review import Answered
from scorecards.selectors.questionnaires import Progress, sees_answer
from scorecards.services.questionnaire_reviews import LONGEST_REASON
from scorecards.services.questionnaires import MOST_ITEMS, MOST_QUESTIONS, MOST_VENDORS

STATES = ("draft", "sent", "closed", "discarded")
COPY_STATES = ("draft", "sent", "answered", "reviewed", "closed", "withdrawn")


class QuestionnaireIn(Input):
    """A draft: questions by criteria, by facts, or the `suggest` best ones to ask next; each is asked once."""

    scorecard = RowField(
        lambda actor: Scorecard.objects.for_organization(actor.organization).select_related("program", "framework", "organization")
    )  # fmt: skip
    name = serializers.CharField(max_length=200)
    candidates = serializers.ListField(
        child=RowField(candidate_rows), max_length=MOST_VENDORS, required=False
    )
    criteria = serializers.ListField(
        child=serializers.CharField(max_length=32), max_length=MOST_QUESTIONS, required=False
    )
    facts = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=MOST_QUESTIONS, required=False
    )
    suggest = serializers.IntegerField(min_value=0, max_value=50, required=False)
    deadline = day()
    message = text(LONGEST_WORDS)
    contact = text(200, help_text="Where answers go: a name and an address.")


class QuestionnaireChange(Input):
    """A draft with other words, questions or vendors. What is given of questions takes the place of all of them."""

    name = serializers.CharField(max_length=200, required=False)
    candidates = serializers.ListField(
        child=RowField(candidate_rows), max_length=MOST_VENDORS, required=False
    )
    criteria = serializers.ListField(
        child=serializers.CharField(max_length=32), max_length=MOST_QUESTIONS, required=False
    )
    facts = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=MOST_QUESTIONS, required=False
    )
    suggest = serializers.IntegerField(min_value=0, max_value=50, required=False)
    deadline = day()
    message = text(LONGEST_WORDS)
    contact = text(200)


class CopyChange(Input):
    """Whom to write to at a vendor, or another deadline for it."""

    deadline = serializers.DateField(required=False)
    contact_name = text(200)
    contact_email = serializers.EmailField(required=False, allow_blank=True, max_length=254)


class AnswerIn(Input):
    """One answer. `question` is its number in the copy; `value` has the shape of its fact, as in `evidence/`."""

    question = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS)
    kind = serializers.ChoiceField(choices=QuestionnaireAnswer.Kind.values, required=False, default="value")
    value = serializers.JSONField(required=False, allow_null=True, default=None)
    comment = text(LONGEST_WORDS)
    source = text(LONGEST_SOURCE, help_text="Where it is shown: a document, a page, a person.")  # type: ignore[assignment]


class AnswersIn(Input):
    """Answers of one vendor, all or nothing."""

    answered_on = day(help_text="The day the vendor gave them; today unless said.")
    answers = serializers.ListField(child=AnswerIn(), min_length=1, max_length=MOST_ITEMS)


class WorkbookIn(Input):
    """A workbook that a vendor filled in."""

    file = serializers.FileField()
    answered_on = day()


class AnswerDecisionIn(Input):
    """What becomes of the answer to a question; `revision` is the one that was read. All but accepting has a reason."""

    question = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS)
    revision = serializers.IntegerField(min_value=1)
    decision = serializers.ChoiceField(choices=QuestionnaireReview.Decision.values)
    reason = text(LONGEST_REASON)


class DecisionsIn(Input):
    """Decisions, all or nothing. Asking again after the deadline needs a new one."""

    decisions = serializers.ListField(child=AnswerDecisionIn(), min_length=1, max_length=MOST_ITEMS)
    deadline = day()


class AskedQuestionOut(Output):
    """A question as it was worded when it was chosen."""

    target = serializers.CharField()
    criterion = serializers.CharField()
    wording = serializers.CharField()
    why = serializers.CharField()
    unit = serializers.CharField(source="content.unit")
    shape = serializers.CharField(source="content.shape")


class ProgressOut(Output):
    """Questions by how far they are."""

    asked = serializers.IntegerField()
    open = serializers.IntegerField()
    answered = serializers.IntegerField()
    unknown = serializers.IntegerField()
    refused = serializers.IntegerField()
    to_review = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()


class QuestionnaireOut(Output):
    """A round of questions."""

    id = PublicId()
    scorecard = PublicId("scorecard.public_id")
    program = PublicId("scorecard.program.public_id")
    name = serializers.CharField()
    round = serializers.IntegerField()
    follows = NoId("follows.public_id")
    state = serializers.ChoiceField(choices=STATES)
    deadline = serializers.DateField(allow_null=True)
    message = serializers.CharField()
    contact = serializers.CharField()
    questions = AskedQuestionOut(many=True, source="questions.all")
    vendors = serializers.SerializerMethodField(help_text="How many vendors are asked.")
    progress = serializers.SerializerMethodField()
    sent_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()

    def get_vendors(self, row: Questionnaire) -> int:
        """By the counts of the page."""
        number: int = self.context["rounds"][row.pk][0]
        return number

    def get_progress(self, row: Questionnaire) -> ProgressOut:
        """By the counts of the page."""
        found: Progress = self.context["rounds"][row.pk][1]
        shown: Any = ProgressOut(found).data
        return shown  # type: ignore[no-any-return]  # the annotation is for the document


class CopyOut(Output):
    """A questionnaire as one candidate has it."""

    id = PublicId()
    questionnaire = PublicId("questionnaire.public_id")
    candidate = PublicId("candidate.public_id")
    vendor = PublicId("candidate.vendor.public_id")
    vendor_name = serializers.CharField(source="candidate.vendor.name")
    state = serializers.ChoiceField(choices=COPY_STATES)
    deadline = serializers.DateField(allow_null=True)
    contact_name = serializers.CharField()
    contact_email = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of what was sent; the workbook carries it.")
    progress = serializers.SerializerMethodField()
    sent_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawal_reason = serializers.CharField()
    version = serializers.IntegerField()

    def get_progress(self, row: QuestionnaireCopy) -> ProgressOut:
        """By the counts of the page."""
        shown: Any = ProgressOut(self.context["progress"][row.pk]).data
        return shown  # type: ignore[no-any-return]


class KnownOut(Output):
    """A record that is known of the same thing."""

    id = PublicId()
    value = serializers.JSONField(allow_null=True)
    refused = serializers.BooleanField()
    claim_type = serializers.CharField()
    grade = serializers.CharField()
    obtained_on = serializers.DateField()


class AnsweredOut(Output):
    """A question about one thing of the vendor, the present answer, and what was decided about it.

    `withheld`: the answer is a price or a term, and the caller may not read these. `known` and `verified` are what
    counts now and what was checked; `contradicts` says which verified record the answer cannot agree with.
    """

    question = serializers.IntegerField(source="item.number")
    about = serializers.CharField(source="item.about")
    subject_type = serializers.CharField(source="item.subject_type")
    site = NoId("item.site.public_id")
    capability = NoId("item.capability.public_id")
    target = serializers.CharField(source="item.target")
    wording = serializers.CharField(source="item.question.wording")
    state = serializers.ChoiceField(choices=QuestionnaireItem.State.values, source="item.state")
    withheld = serializers.SerializerMethodField()
    revision = serializers.IntegerField(source="answer.revision", allow_null=True, default=None)
    kind = serializers.SerializerMethodField()
    value = serializers.SerializerMethodField(method_name="stated")
    comment = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField()  # type: ignore[assignment]
    answered_on = serializers.DateField(source="answer.answered_on", allow_null=True, default=None)
    channel = serializers.CharField(source="answer.channel", allow_null=True, default=None)
    file = NoId("answer.file.public_id")
    recorded_by = serializers.CharField(source="answer.recorded_by_name", allow_null=True, default=None)
    decision = serializers.CharField(source="review.decision", allow_null=True, default=None)
    reason = serializers.CharField(source="review.reason", allow_null=True, default=None)
    decided_by = serializers.CharField(source="review.reviewed_by_name", allow_null=True, default=None)
    evidence = NoId("review.evidence.public_id")
    known = serializers.SerializerMethodField()
    verified = serializers.SerializerMethodField()
    contradicts = serializers.SerializerMethodField()

    def _seen(self, row: Answered) -> bool:
        return sees_answer(self.context["view"].actor, row.item.target)

    def get_withheld(self, row: Answered) -> bool:
        """Whether the answer is kept from this caller."""
        return row.answer is not None and not self._seen(row)

    def get_kind(self, row: Answered) -> str | None:
        """What sort of answer it is."""
        return row.answer.kind if row.answer and self._seen(row) else None

    def stated(self, row: Answered) -> dict[str, Any] | None:
        """In the shape of the fact."""
        return row.answer.value if row.answer and self._seen(row) else None

    def get_comment(self, row: Answered) -> str:
        """The vendor's words."""
        return row.answer.comment if row.answer and self._seen(row) else ""

    def get_source(self, row: Answered) -> str:
        """Where it is shown."""
        return row.answer.source if row.answer and self._seen(row) else ""

    @extend_schema_field(KnownOut(allow_null=True))
    def get_known(self, row: Answered) -> KnownOut | None:
        """What counts now."""
        return self._record(row, row.known)  # type: ignore[no-any-return]  # the annotation is for the document

    @extend_schema_field(KnownOut(allow_null=True))
    def get_verified(self, row: Answered) -> KnownOut | None:
        """What was checked."""
        return self._record(row, row.verified)  # type: ignore[no-any-return]

    def get_contradicts(self, row: Answered) -> str:
        """In words."""
        return row.contradicts if self._seen(row) else ""

    def _record(self, row: Answered, record: Any) -> Any:
        hidden = record is None or not self._seen(row)
        return None if hidden else KnownOut(record).data


class ItemsOut(Output):
    """Every question of a copy in the order of its workbook."""

    results = AnsweredOut(many=True)


class RecordedOut(Output):
    """How many questions have another answer now, and the copy as it stands."""

    changed = serializers.IntegerField()
    copy = CopyOut()
