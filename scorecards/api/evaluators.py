"""`scorecards/{id}/invitations/`, `…/consensus/`, `…/agreement/`, `…/evaluator-rankings/`: several evaluators' work."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import conditional
from cdmo_eval.http.fields import PublicId, RowField, day, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, NothingIn, Output
from scorecards.api import evaluators_shapes as shapes
from scorecards.api.references import OfScorecard, candidate_rows
from scorecards.exporting.rating_sheet import XLSX, sheet_file
from scorecards.models import Candidate, Consensus, Invitation
from scorecards.models.evaluation import LONGEST_COMMENT
from scorecards.selectors.agreement import opinions_of, own_rankings
from scorecards.selectors.evaluators import (
    consensus_list,
    invitation_list,
    people_who_rate,
    progress_of,
    reader_of,
    require_open_eyes,
    require_sight,
    sheet_of,
    standing_of,
    submitted_ratings,
)
from scorecards.services.evaluators import (
    change_invitation,
    invite_evaluator,
    record_consensus,
    submit_ratings,
    withdraw_invitation,
)
from scorecards.services.rating_sheets import read_sheet, save_sheet

STATES = ("open", "submitted", "counted", "withdrawn")


class EvaluatorField(serializers.EmailField):
    """A member, named by the address they sign in with."""


class InvitationIn(Input):
    """Whom to ask about what. Criteria are those with a described scale (kind ORD in `criteria/`)."""

    evaluator = EvaluatorField(help_text="The address of a member who may rate.")
    criteria = serializers.ListField(child=serializers.CharField(max_length=32), min_length=1, max_length=200)
    candidates = serializers.ListField(child=RowField(candidate_rows), min_length=1, max_length=500)
    deadline = day()
    message = text(LONGEST_COMMENT)


class InvitationChange(Input):
    """Another deadline, or null for none."""

    deadline = serializers.DateField(allow_null=True)


class InvitationOut(Output):
    """An invitation. Progress is a count: what was rated shows only after submission."""

    id = PublicId()
    scorecard = PublicId("scorecard.public_id")
    evaluator = serializers.CharField(source="evaluator.name")
    own = serializers.SerializerMethodField(help_text="Whether it is the caller's own.")
    criteria = serializers.ListField(child=serializers.CharField(), source="leaves")
    candidates = serializers.SerializerMethodField()
    deadline = serializers.DateField(allow_null=True)
    message = serializers.CharField()
    state = serializers.ChoiceField(
        choices=STATES, help_text="`submitted` waits for the others, `counted` is in the scores."
    )
    given = serializers.SerializerMethodField(help_text="How many of `asked` are rated or abstained from.")
    asked = serializers.SerializerMethodField()
    invited_by = serializers.CharField(source="invited_by.name")
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    counted_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()

    def get_own(self, row: Invitation) -> bool:
        """By the caller."""
        return row.evaluator_id == getattr(self.context["view"].actor.user, "pk", None)

    def get_candidates(self, row: Invitation) -> list[str]:
        """Those that still stand."""
        return [str(candidate.public_id) for candidate in standing_of(row)]

    def get_given(self, row: Invitation) -> int:
        """By the progress of the page."""
        given: int = self.context["progress"][row.pk].given
        return given

    def get_asked(self, row: Invitation) -> int:
        """Candidates times criteria."""
        asked: int = self.context["progress"][row.pk].asked
        return asked


class SheetIn(Input):
    """A sheet that was filled in. Nothing is kept unless `commit` is true."""

    file = serializers.FileField()
    commit = serializers.BooleanField(required=False, default=False)


class InvitationViews(mixins.ListModelMixin, OfScorecard):
    """Who is asked to rate, and how far they are. Managers invite; the invited person submits."""

    model = Invitation
    serializer_class = InvitationOut
    composite = True
    write_permissions: ClassVar[dict[str, Permission]] = {
        "create": Permission.INVITE_EVALUATORS, "partial_update": Permission.INVITE_EVALUATORS,
        "withdraw": Permission.INVITE_EVALUATORS, "submit": Permission.RATE,
    }  # fmt: skip

    def queryset_for(self, actor: Actor) -> QuerySet[Invitation]:
        """Newest first."""
        return invitation_list(actor.organization, self.scorecard())

    def extras(self, rows: Any) -> dict[str, Any]:
        """How far each is."""
        return {"progress": progress_of(self.actor.organization, list(rows))}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of invitations."""
        return self.answer_page(self.get_queryset())

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One invitation."""
        return self.answer(InvitationOut, self.get_object())

    @extend_schema(request=InvitationIn, responses={201: InvitationOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a member to rate, blind to the others until they submit."""
        scorecard, fields = self.scorecard(), self.input(InvitationIn)
        people = {
            person.email.casefold(): person
            for person in people_who_rate(self.actor.organization, now=self.now)
        }
        evaluator = people.get(fields.pop("evaluator").casefold())
        if evaluator is None:
            raise serializers.ValidationError(
                {"evaluator": "There is no member of this address who may rate."}
            )
        row = invite_evaluator(
            scorecard=scorecard, evaluator=evaluator, leaves=fields.pop("criteria"), by=self.actor, now=self.now, **fields
        )  # fmt: skip
        return self.show(row, status=201)

    @extend_schema(request=InvitationChange, responses=InvitationOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Set another deadline while the person still has to rate."""
        row = self.get_object()
        version, fields = self.expected_version(row), self.input(InvitationChange)
        return self.show(
            change_invitation(invitation=row, expected_version=version, by=self.actor, now=self.now, **fields)
        )

    @extend_schema(request=NothingIn, responses=InvitationOut)
    @conditional
    def withdraw(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it back: its ratings stay on record and no longer count."""
        self.input(NothingIn)
        row = self.get_object()
        version = self.expected_version(row)
        return self.show(
            withdraw_invitation(invitation=row, expected_version=version, by=self.actor, now=self.now)
        )

    @extend_schema(request=NothingIn, responses=InvitationOut)
    def submit(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Hand in one's own ratings, for good. Every asked rating needs a level or an abstention."""
        self.input(NothingIn)
        return self.show(submit_ratings(invitation=own_of(self), by=self.actor, now=self.now))


def own_of(view: OfScorecard) -> Invitation:
    """The caller's own invitation of the address; NotFound for anybody else's, as for one that does not exist."""
    row: Invitation = view.get_object()
    if view.actor.user is None or row.evaluator_id != view.actor.user.pk:
        raise NotFound("There is no such thing here.")
    return row


class RatingSheetViews(OfScorecard):
    """One's own ratings as a workbook: rate offline, then send it back."""

    model = Invitation
    read_permission = Permission.RATE
    write_permission = Permission.RATE
    parser_classes: Any = [MultiPartParser]
    throttle_kind = "heavy"

    def queryset_for(self, actor: Actor) -> QuerySet[Invitation]:
        """Invitations of the scorecard."""
        return invitation_list(actor.organization, self.scorecard())

    @extend_schema(operation_id="rating_sheet_download", responses={(200, XLSX): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """The workbook: one row for each vendor and criterion, with what each level means."""
        invitation = own_of(self)
        return sheet_file(sheet_of(invitation), now=self.now)

    @extend_schema(
        operation_id="rating_sheet_upload",
        request={"multipart/form-data": SheetIn},
        responses=shapes.SheetOut,
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read a workbook back: what would change, and with `commit` the change itself. All or nothing."""
        invitation, fields = own_of(self), self.input(SheetIn)
        read = read_sheet(invitation=invitation, content=fields["file"].file, by=self.actor)
        if fields["commit"]:
            save_sheet(invitation=invitation, changes=read.changes, by=self.actor, now=self.now)
        return Response(shapes.sheet_json(read, committed=fields["commit"]))


class ConsensusIn(Input):
    """What was agreed for one cell; `level` null takes the last agreement back."""

    candidate = RowField(candidate_rows)
    criterion = serializers.CharField(max_length=32)
    level = serializers.IntegerField(min_value=0, max_value=10, allow_null=True)
    reason = serializers.CharField(max_length=LONGEST_COMMENT)


class ConsensusOut(Output):
    """An agreement. The newest of a cell counts; the ratings stay."""

    id = PublicId()
    candidate = PublicId("candidate.public_id")
    vendor_name = serializers.CharField(source="candidate.vendor.name")
    criterion = serializers.CharField(source="leaf")
    level = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    decided_by = serializers.CharField(source="decided_by.name")
    decided_at = serializers.DateTimeField()


class ConsensusViews(mixins.ListModelMixin, OfScorecard):
    """Agreements on single cells, each a record of its own."""

    model = Consensus
    serializer_class = ConsensusOut
    write_permission = Permission.INVITE_EVALUATORS

    def queryset_for(self, actor: Actor) -> QuerySet[Consensus]:
        """Newest first, for everybody who no longer has to rate blind."""
        scorecard = self.scorecard()
        require_open_eyes(reader_of(scorecard, actor))
        return consensus_list(scorecard)

    @extend_schema(request=ConsensusIn, responses={201: ConsensusOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record what was agreed, with the reason."""
        scorecard, fields = self.scorecard(), self.input(ConsensusIn)
        require_sight(reader_of(scorecard, self.actor))
        row = record_consensus(
            scorecard=scorecard, leaf=fields.pop("criterion"), by=self.actor, now=self.now, **fields
        )
        return self.show(row, status=201)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One agreement."""
        return self.answer(ConsensusOut, self.get_object())


class AgreementView(OfScorecard):
    """How far the evaluators agree, and where not."""

    model = Candidate

    @extend_schema(operation_id="scorecards_agreement", responses=shapes.EvaluatorAgreementOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Agreement figures for every member who is not rating blind; cells for those who may read ratings."""
        scorecard = self.scorecard()
        reader = reader_of(scorecard, self.actor)
        require_open_eyes(reader)
        return Response(shapes.agreement_json(opinions_of(scorecard), cells=reader.sees_others))


class OwnRankingsView(OfScorecard):
    """The official ranking beside every evaluator's own."""

    model = Candidate

    @extend_schema(operation_id="scorecards_evaluator_rankings", responses=shapes.OwnRankingsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Each with that person's ratings in the place of what was joined or agreed; 409 before the first calculation."""
        scorecard = self.scorecard()
        require_sight(reader_of(scorecard, self.actor))
        return Response(shapes.own_rankings_json(own_rankings(scorecard, submitted_ratings(scorecard))))
