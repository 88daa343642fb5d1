"""Questionnaires: what a round asks, of whom, what came back, and what was made of it."""

from typing import ClassVar

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models import TenantForeignKey, TenantModel, VersionedModel
from scorecards.models.candidate import Candidate
from scorecards.models.scorecard import Scorecard
from vendors import vocabulary as words
from vendors.models import Capability, Evidence, Site, StoredFile
from vendors.models import constraints as rules

LONGEST_WORDS = 4000
LONGEST_SOURCE = 500
ITEM_STATES = ("open", "answered", "unknown", "refused", "accepted", "rejected", "again")


class Questionnaire(VersionedModel):
    """One round of questions about a scorecard's programme, the same for every vendor it is sent to.

    It is written as a draft, then sent: from then on its questions stand. A later round `follows` an earlier one.
    """

    scorecard = TenantForeignKey(Scorecard, related_name="questionnaires")
    follows = TenantForeignKey("scorecards.Questionnaire", null=True, blank=True, related_name="later_rounds")
    name = models.CharField(max_length=200)
    round = models.PositiveSmallIntegerField(default=1)
    message = models.TextField(max_length=LONGEST_WORDS, blank=True, default="")
    contact = models.CharField(max_length=200, blank=True, default="")
    deadline = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # the list of questionnaires, newest first; those of a scorecard
            models.Index(fields=["organization", "scorecard"], name="scorecards_questionnaire_card"),
        ]
        constraints = [
            rules.not_blank("scorecards_questionnaire_name_given", "name", "A questionnaire has a name."),
            rules.rule("scorecards_questionnaire_deadline_given", Q(sent_at__isnull=True) | Q(deadline__isnull=False), "What is sent names the day until which answers are expected."),
            rules.rule("scorecards_questionnaire_closed_sent", Q(closed_at__isnull=True) | Q(sent_at__isnull=False), "Only what was sent is closed."),
            rules.rule("scorecards_questionnaire_archived_draft", Q(archived_at__isnull=True) | Q(sent_at__isnull=True), "What was sent is closed, never thrown away."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} (round {self.round})" if self.round > 1 else self.name

    @property
    def state(self) -> str:
        """ "draft", "sent", "closed", or "discarded" for a draft that was thrown away."""
        if self.archived_at is not None:
            return "discarded"
        if self.closed_at is not None:
            return "closed"
        return "draft" if self.sent_at is None else "sent"


class QuestionnaireQuestion(TenantModel):
    """One question as it was worded when it was chosen: it stays so whatever the catalogue of facts says later.

    `content` holds what a sheet needs: the lines to fill in with their kinds and allowed answers, and the unit.
    """

    questionnaire = TenantForeignKey(Questionnaire, related_name="questions")
    position = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=64)
    criterion = models.CharField(max_length=32, blank=True, default="")
    wording = models.TextField(max_length=LONGEST_WORDS)
    help_text = models.TextField(max_length=LONGEST_WORDS, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    modality = models.CharField(max_length=32, blank=True, default="")
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "questionnaire", "target"], name="scorecards_questionnairequestion_once",
                violation_error_message="This is asked already.", violation_error_code="duplicate",
            ),
            rules.not_blank("scorecards_questionnairequestion_wording_given", "wording", "A question has words."),
            rules.one_of("scorecards_questionnairequestion_modality_known", "modality", words.Modality, "The modality is not in the list of modalities."),
            rules.is_object("scorecards_questionnairequestion_content_object", "content", "A question says how it is answered."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.wording


class QuestionnaireCopy(VersionedModel):
    """A questionnaire as one candidate has it: its own deadline, contact and workbook, and how far it is.

    `digest` is the SHA-256 of what was sent; the workbook carries it. `answered_at` stands while no question is open,
    `reviewed_at` while no answer waits for a decision.
    """

    questionnaire = TenantForeignKey(Questionnaire, related_name="copies")
    candidate = TenantForeignKey(Candidate, related_name="questionnaire_copies")
    contact_name = models.CharField(max_length=200, blank=True, default="")
    contact_email = models.EmailField(max_length=254, blank=True, default="")
    deadline = models.DateField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [
            # what a candidate left unanswered: every calculation of it
            models.Index(fields=["organization", "candidate"], name="scorecards_qcopy_candidate"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "questionnaire", "candidate"], name="scorecards_questionnairecopy_once",
                violation_error_message="This vendor is asked already.", violation_error_code="duplicate",
            ),
            rules.matches("scorecards_questionnairecopy_digest_format", "digest", rules.SHA256_PATTERN, "A digest is a SHA-256."),
            rules.rule("scorecards_questionnairecopy_sent_complete", Q(sent_at__isnull=True) | (Q(deadline__isnull=False) & ~Q(digest="")), "What is sent has a deadline and a digest."),
            rules.rule("scorecards_questionnairecopy_withdrawn_why", Q(withdrawn_at__isnull=True, withdrawal_reason="") | (Q(withdrawn_at__isnull=False, sent_at__isnull=False) & ~Q(withdrawal_reason="")), "Taking a questionnaire back has a reason."),
            rules.rule("scorecards_questionnairecopy_reviewed_answered", Q(reviewed_at__isnull=True) | Q(answered_at__isnull=False), "Only what is answered is reviewed."),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.questionnaire}, {self.candidate}"

    @property
    def state(self) -> str:
        """ "draft", "sent", "answered", "reviewed", "closed" with its round, or "withdrawn"."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.sent_at is None:
            return "draft"
        if self.questionnaire.closed_at is not None:
            return "closed"
        if self.reviewed_at is not None:
            return "reviewed"
        return "sent" if self.answered_at is None else "answered"

    @property
    def open(self) -> bool:
        """Whether answers are still taken."""
        return self.state in {"sent", "answered", "reviewed"}


class QuestionnaireItem(TenantModel):
    """One question about one thing of a candidate: the vendor, a site, a capability or the offer. Made when it is sent.

    `about` names the thing as the vendor reads it. `state` follows from the newest answer and its review.
    """

    class State(models.TextChoices):
        """How far it is. All but answered and accepted count as silence once the deadline has passed."""

        OPEN = "open", "Open"
        ANSWERED = "answered", "To review"
        UNKNOWN = "unknown", "Not known to the vendor"
        REFUSED = "refused", "Refused"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        AGAIN = "again", "Asked again"

    SILENT: ClassVar = (State.OPEN, State.UNKNOWN, State.REFUSED, State.REJECTED, State.AGAIN)

    copy = TenantForeignKey(QuestionnaireCopy, related_name="items")
    question = TenantForeignKey(QuestionnaireQuestion, related_name="items")
    number = models.PositiveSmallIntegerField()
    target = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=16)
    site = TenantForeignKey(Site, null=True, blank=True, related_name="+")
    capability = TenantForeignKey(Capability, null=True, blank=True, related_name="+")
    about = models.CharField(max_length=500)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "copy", "number"], name="scorecards_questionnaireitem_once",
                violation_error_message="Each question has its own number.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_questionnaireitem_state_known", "state", ITEM_STATES, "The state of a question is not known.", blank=False),
            rules.one_of("scorecards_questionnaireitem_subject_type_known", "subject_type", [words.SubjectType.VENDOR, words.SubjectType.SITE, words.SubjectType.CAPABILITY, words.SubjectType.CANDIDATE], "A question is about a vendor, a site, a capability or an offer.", blank=False),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.about}"


class QuestionnaireAnswer(TenantModel):
    """One revision of what a vendor answered to one question; the highest revision is the present one."""

    withheld_in_audit = True  # an answer about price or terms is commercial

    class Kind(models.TextChoices):
        """What was said."""

        VALUE = "value", "Answered"
        UNKNOWN = "unknown", "Don't know"
        REFUSED = "refused", "Not disclosed"

    class Channel(models.TextChoices):
        """How it came in."""

        SHEET = "sheet", "Workbook"
        PAGE = "page", "Typed in"
        API = "api", "By a program"

    item = TenantForeignKey(QuestionnaireItem, related_name="answers")
    revision = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.JSONField(null=True, blank=True)
    comment = models.TextField(blank=True, default="", validators=[MaxLengthValidator(LONGEST_WORDS)])
    source = models.CharField(max_length=LONGEST_SOURCE, blank=True, default="")
    answered_on = models.DateField()
    channel = models.CharField(max_length=16, choices=Channel.choices)
    file = TenantForeignKey(StoredFile, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(
        "core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "item", "revision"], name="scorecards_questionnaireanswer_once",
                violation_error_message="This answer was changed meanwhile.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_questionnaireanswer_kind_known", "kind", ["value", "unknown", "refused"], "An answer is a value, “don't know” or a refusal.", blank=False),
            rules.rule("scorecards_questionnaireanswer_value_given", Q(kind="value", value__isnull=False) | (~Q(kind="value") & Q(value__isnull=True)), "An answer states a value, or says why not."),
            rules.one_of("scorecards_questionnaireanswer_channel_known", "channel", ["sheet", "page", "api"], "An answer came by a workbook, a page or a program.", blank=False),
        ]  # fmt: skip


class QuestionnaireReview(TenantModel):
    """What was decided about one revision of an answer. An accepted one names the evidence that it became."""

    withheld_in_audit = True  # an answer about price or terms is commercial

    class Decision(models.TextChoices):
        """What becomes of an answer."""

        ACCEPTED = "accepted", "Accept"
        REJECTED = "rejected", "Reject"
        AGAIN = "again", "Ask again"

    answer = TenantForeignKey(QuestionnaireAnswer, related_name="reviews")
    decision = models.CharField(max_length=16, choices=Decision.choices)
    reason = models.CharField(max_length=500, blank=True, default="")
    evidence = TenantForeignKey(Evidence, null=True, blank=True, related_name="+")
    reviewed_by = models.ForeignKey(
        "core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by_name = models.CharField(max_length=200)
    reviewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "answer"], name="scorecards_questionnairereview_once",
                violation_error_message="This answer was reviewed meanwhile.", violation_error_code="duplicate",
            ),
            rules.one_of("scorecards_questionnairereview_decision_known", "decision", ["accepted", "rejected", "again"], "An answer is accepted, rejected or asked again.", blank=False),
            rules.rule("scorecards_questionnairereview_accepted_recorded", Q(decision="accepted", evidence__isnull=False) | (~Q(decision="accepted") & Q(evidence__isnull=True)), "An accepted answer is on record as evidence, no other is."),
            rules.rule("scorecards_questionnairereview_reason_given", Q(decision="accepted") | ~Q(reason=""), "Rejecting and asking again have a reason."),
        ]  # fmt: skip
