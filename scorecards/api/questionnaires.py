"""`questionnaires/`: rounds of questions to vendors, their copies, answers, workbooks and reviews."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, conditional
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import NothingIn, ReasonIn
from scorecards.api import questionnaires_fields as fields
from scorecards.exporting.questionnaire_sheet import questionnaire_file
from scorecards.exporting.rating_sheet import XLSX
from scorecards.filters import QuestionnaireFilters
from scorecards.models import Questionnaire, QuestionnaireCopy, QuestionnaireItem, Scorecard
from scorecards.selectors.questionnaire_choices import Ask, asks_for
from scorecards.selectors.questionnaire_review import answered_items
from scorecards.selectors.questionnaires import (
    copy_list,
    item_list,
    progress_by_round,
    progress_of,
    questionnaire_resources,
)
from scorecards.services.questionnaire_answers import Channel, Entry, record_answers
from scorecards.services.questionnaire_reviews import Decision, review_answers
from scorecards.services.questionnaire_sheets import record_sheet, sheet_of_copy
from scorecards.services.questionnaires import (
    change_copy,
    change_questionnaire,
    close_questionnaire,
    create_questionnaire,
    discard_questionnaire,
    next_round,
    send_questionnaire,
    withdraw_copy,
)
from vendors.policies import sees_commercial

CHOOSING = ("criteria", "facts", "suggest")


class QuestionnaireViews(mixins.ListModelMixin, ApiViewSet):
    """Rounds of questions about a scorecard's programme, the same for every vendor asked."""

    model = Questionnaire
    serializer_class = fields.QuestionnaireOut
    filterset_class = QuestionnaireFilters
    reading = "scores:read"
    write_permission = Permission.EDIT_QUESTIONNAIRES
    composite = True

    def queryset_for(self, actor: Actor) -> QuerySet[Questionnaire]:
        """Newest first."""
        return questionnaire_resources(actor.organization)

    def extras(self, rows: Any) -> dict[str, Any]:
        """How far each round is."""
        return {"rounds": progress_by_round(self.actor.organization, list(rows))}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of rounds."""
        return self.answer_page(self.filter_queryset(self.get_queryset()))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One round with its questions."""
        return self.answer(fields.QuestionnaireOut, self.get_object())

    @extend_schema(request=fields.QuestionnaireIn, responses={201: fields.QuestionnaireOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write a draft. Nothing is sent."""
        sent = self.input(fields.QuestionnaireIn)
        asks = chosen(sent["scorecard"], sent) or []
        row = create_questionnaire(
            asks=asks, candidates=sent.pop("candidates", []), by=self.actor, now=self.now, **sent
        )
        return self.show(row, status=201)

    @extend_schema(request=fields.QuestionnaireChange, responses=fields.QuestionnaireOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a draft."""
        row = self.get_object()
        version, sent = self.expected_version(row), self.input(fields.QuestionnaireChange, partial=True)
        asks = chosen(row.scorecard, sent)
        changed = change_questionnaire(
            questionnaire=row, expected_version=version, by=self.actor, now=self.now, asks=asks, **sent
        )
        return self.show(changed)

    @extend_schema(request=NothingIn, responses=fields.QuestionnaireOut)
    @conditional
    @action(detail=True, methods=["post"])
    def send(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a draft: its questions stand from now on, and each vendor's workbook can be downloaded."""
        return self._step(send_questionnaire)

    @extend_schema(request=NothingIn, responses=fields.QuestionnaireOut)
    @conditional
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Throw a draft away."""
        return self._step(discard_questionnaire)

    @extend_schema(request=NothingIn, responses=fields.QuestionnaireOut)
    @conditional
    @action(detail=True, methods=["post"])
    def close(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a round: no answer is taken any more."""
        return self._step(close_questionnaire)

    @extend_schema(request=NothingIn, responses={201: fields.QuestionnaireOut})
    @idempotent
    @action(detail=True, methods=["post"], url_path="next-round")
    def next_round(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write the draft of a following round about what was left open."""
        self.input(NothingIn)
        row = next_round(questionnaire=self.get_object(), by=self.actor, now=self.now)
        return self.show(row, status=201)

    def _step(self, service: Any) -> Response:
        self.input(NothingIn)
        row = self.get_object()
        version = self.expected_version(row)
        return self.show(service(questionnaire=row, expected_version=version, by=self.actor, now=self.now))


def chosen(scorecard: Scorecard, sent: dict[str, Any]) -> list[Ask] | None:
    """The questions a client chose, taken out of what it sent; None when it says nothing of questions."""
    said = {name: sent.pop(name) for name in CHOOSING if name in sent}
    if not said:
        return None
    try:
        return asks_for(scorecard, **said)
    except KeyError as error:
        code = str(error.args[0])
        field = "criteria" if code in said.get("criteria", ()) else "facts"
        message = f"Vendors cannot be asked about {code!r}."
        raise Invalid(message, errors=[FieldError(field, "unknown", message)]) from error


class OfQuestionnaire(ApiViewSet):
    """A resource below one round: the copies of its candidates."""

    model = QuestionnaireCopy
    serializer_class = fields.CopyOut
    reading = "scores:read"
    write_permission = Permission.EDIT_QUESTIONNAIRES
    composite = True

    def queryset_for(self, actor: Actor) -> QuerySet[QuestionnaireCopy]:
        """The copies of the round of the address, by vendor; NotFound when the round is not there."""
        rounds = Questionnaire.objects.for_organization(actor.organization)
        row = rounds.filter(public_id=self.kwargs["questionnaire_id"]).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        return copy_list(actor.organization, row)

    def extras(self, rows: Any) -> dict[str, Any]:
        """How far each is."""
        return {"progress": progress_of(self.actor.organization, list(rows))}


class CopyViews(mixins.ListModelMixin, OfQuestionnaire):
    """A round as each vendor has it."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of copies."""
        return self.answer_page(self.get_queryset())

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One copy."""
        return self.answer(fields.CopyOut, self.get_object())

    @extend_schema(request=fields.CopyChange, responses=fields.CopyOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Set the contact or, once it was sent, another deadline."""
        row = self.get_object()
        version, sent = self.expected_version(row), self.input(fields.CopyChange, partial=True)
        return self.show(change_copy(copy=row, expected_version=version, by=self.actor, now=self.now, **sent))

    @extend_schema(request=ReasonIn, responses=fields.CopyOut)
    @conditional
    def withdraw(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it back: silence no longer counts, answers stay."""
        row = self.get_object()
        version, sent = self.expected_version(row), self.input(ReasonIn)
        return self.show(
            withdraw_copy(copy=row, expected_version=version, by=self.actor, now=self.now, **sent)
        )


class AnswerViews(OfQuestionnaire):
    """What a vendor is asked and what it answered."""

    @extend_schema(operation_id="questionnaires_answers", responses=fields.ItemsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every question with the present answer, what is known now, and what an answer contradicts."""
        commercial = sees_commercial(self.actor)
        rows = answered_items(self.get_object(), as_of=self.today, commercial=commercial)
        return Response(fields.ItemsOut({"results": rows}, context=self.get_serializer_context()).data)

    @extend_schema(
        operation_id="questionnaires_answer", request=fields.AnswersIn, responses=fields.RecordedOut
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter answers, all or nothing. One that says the same as before changes nothing."""
        copy, sent = self.get_object(), self.input(fields.AnswersIn)
        items = numbered(copy, sent["answers"], "answers")
        entries = [
            Entry(item, one["kind"], one["value"], one.get("comment", ""), one.get("source", ""))
            for item, one in zip(items, sent["answers"], strict=True)
        ]
        changed = record_answers(
            copy=copy, entries=entries, channel=Channel.API.value, by=self.actor, now=self.now, answered_on=sent.get("answered_on"),
        )  # fmt: skip
        return self.recorded(copy, changed)

    def recorded(self, copy: QuestionnaireCopy, changed: int) -> Response:
        """The number of changes, and the copy read anew."""
        row = self.get_queryset().get(pk=copy.pk)
        context = {**self.get_serializer_context(), **self.extras([row])}
        return Response(fields.RecordedOut({"changed": changed, "copy": row}, context=context).data)


class ReviewViews(AnswerViews):
    """What becomes of the answers."""

    write_permission = Permission.EDIT_EVIDENCE

    @extend_schema(
        operation_id="questionnaires_review", request=fields.DecisionsIn, responses=fields.RecordedOut
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Decide, all or nothing: accepted answers are on record as claims from now on."""
        copy, sent = self.get_object(), self.input(fields.DecisionsIn)
        items = numbered(copy, sent["decisions"], "decisions")
        decisions = [
            Decision(item, one["revision"], one["decision"], one.get("reason", ""))
            for item, one in zip(items, sent["decisions"], strict=True)
        ]
        made = review_answers(
            copy=copy, decisions=decisions, by=self.actor, now=self.now, deadline=sent.get("deadline")
        )
        return self.recorded(copy, len(made))


class WorkbookViews(AnswerViews):
    """A copy as a workbook: the vendor fills it in and sends it back."""

    parser_classes: Any = [MultiPartParser]
    throttle_kind: ClassVar[str] = "heavy"

    @extend_schema(operation_id="questionnaire_sheet_download", responses={(200, XLSX): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:  # type: ignore[override]
        """The workbook, with the answers that stand now."""
        copy = self.get_object()
        if copy.sent_at is None:
            raise NotFound("This questionnaire was not sent yet.")
        return questionnaire_file(copy, sheet_of_copy(copy, by=self.actor), now=self.now)

    @extend_schema(
        operation_id="questionnaire_sheet_upload",
        request={"multipart/form-data": fields.WorkbookIn},
        responses=fields.RecordedOut,
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read a workbook back, all or nothing; each fault names its cell. The workbook is kept with its SHA-256."""
        copy, sent = self.get_object(), self.input(fields.WorkbookIn)
        changed = record_sheet(
            copy=copy, content=sent["file"].file, name=sent["file"].name or "", by=self.actor, now=self.now, answered_on=sent.get("answered_on"),
        )  # fmt: skip
        return self.recorded(copy, changed)


def numbered(copy: QuestionnaireCopy, said: Iterable[dict[str, Any]], path: str) -> list[QuestionnaireItem]:
    """The questions of a copy by the numbers a client names."""
    items = {item.number: item for item in item_list(copy)}
    found = []
    for place, one in enumerate(said):
        item = items.get(one["question"])
        if item is None:
            raise serializers.ValidationError({path: {str(place): {"question": ["This is not asked here."]}}})
        found.append(item)
    return found
