"""`shortlists/{id}/decision|pairs|signatures|supersede/` and `scorecards/{id}/pairs/`: what is decided, and who signs it."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import DomainError, NotFound
from cdmo_eval.core.models import Signature
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.core.signatures import record_refused_signature, signer_of
from cdmo_eval.http.fields import PublicId, text
from cdmo_eval.http.problems import problem
from cdmo_eval.http.proof import prove
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import OfScorecard
from scorecards.api.shapes import number
from scorecards.api.shortlists import OfShortlist, ShortlistOut
from scorecards.models import Scorecard, Shortlist, ShortlistDecision, ShortlistItem
from scorecards.selectors.decisions import decision_of, for_reader
from scorecards.selectors.pairs import PairRanking, pair_ranking, shown_pair
from scorecards.selectors.shortlists import current_decision, decision_list, item_rows, shortlist_list
from scorecards.selectors.signatures import is_complete, signature_list, weights_owners
from scorecards.selectors.snapshots import snapshot_content
from scorecards.services.decisions import sign_decision, supersede_decision

MOST_PAIRS = 500
EDITION = "Shows this signed edition instead of the present one."


class SignatureOut(Output):
    """One person's signature under a frozen document. `digest` is that of the document's canonical JSON."""

    id = PublicId()
    meaning = serializers.ChoiceField(choices=Signature.Meaning.values)
    printed_name = serializers.CharField()
    role = serializers.CharField()
    signed_at = serializers.DateTimeField()
    proof = serializers.ChoiceField(
        choices=Signature.Proof.values, help_text="How the signer proved who they are."
    )
    declaration = serializers.CharField(help_text="What they had declared about conflicts of interest.")
    snapshot = serializers.UUIDField(source="subject_id")
    digest = serializers.CharField()


class SignIn(Input):
    """A signature. `digest` names the frozen document you have read; leave it out to author, which freezes it."""

    meaning = serializers.ChoiceField(choices=Signature.Meaning.values)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, write_only=True)
    code = text(
        32, help_text="Of the authenticator, or a recovery code; needed once a second factor is enrolled."
    )
    digest = text(64)


class SupersedeIn(Input):
    """Why what was signed no longer holds."""

    reason = serializers.CharField(max_length=500)


class EditionOut(Output):
    """A signed edition of a shortlist."""

    edition = serializers.IntegerField()
    snapshot = PublicId("snapshot.public_id")
    digest = serializers.CharField(source="snapshot.digest")
    frozen_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)
    superseded_by = serializers.CharField(source="superseded_by_name")
    superseded_reason = serializers.CharField()


class DecisionOut(Output):
    """A decision: open, or as it was signed. `content` has the keys of the part `decision` of a frozen document."""

    edition = serializers.IntegerField()
    signed = EditionOut(allow_null=True)
    complete = serializers.BooleanField(help_text="Whether everybody whom the stage asks for has signed.")
    signatures = SignatureOut(many=True)
    editions = EditionOut(many=True)
    content = serializers.JSONField(help_text="Texts, whole numbers, lists and tables only.")


class DecisionViews(OfShortlist):
    """The decision page as data."""

    model = Shortlist
    serializer_class = DecisionOut
    parameters = {"edition": EDITION}

    def queryset_for(self, actor: Actor) -> QuerySet[Shortlist]:
        """Only the shortlist of the address."""
        return shortlist_list(actor.organization).filter(public_id=self.kwargs["shortlist_id"])

    @extend_schema(operation_id="shortlists_decision_retrieve", responses=DecisionOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer, flip points, open risks, pairs, dissent, signatures. 409 before the first calculation."""
        row = self.shortlist()
        signed = _edition(row, request.query_params.get("edition", ""))
        commercial = allows(self.actor, Permission.VIEW_COMMERCIAL)
        if signed is None:
            content: Any = decision_of(row, as_of=row.scorecard.as_of or self.today, commercial=commercial)
        else:
            content = for_reader(snapshot_content(signed.snapshot)["decision"], commercial=commercial)
        found = (
            signature_list(self.actor.organization, snapshot_id=signed.snapshot.public_id) if signed else []
        )
        owners = list(weights_owners(row.scorecard))
        body = {
            "edition": signed.edition if signed else row.edition, "signed": signed, "signatures": found,
            "complete": signed is not None and is_complete(found, stage=signed.snapshot.run.stage, owners=owners),
            "editions": list(decision_list(row)), "content": content,
        }  # fmt: skip
        return Response(DecisionOut(body).data)


def _edition(row: Shortlist, asked: str) -> ShortlistDecision | None:
    if not asked:
        return current_decision(row)
    known = asked.isascii() and asked.isdigit() and len(asked) < 6
    found = decision_list(row).filter(edition=int(asked)).first() if known else None
    if found is None:
        raise NotFound("There is no such signed edition.")
    return found


class SignatureViews(OfShortlist):
    """Signatures under the present edition. Only a signed-in person signs: no token does."""

    model = Signature
    serializer_class = SignatureOut
    write_permission = Permission.SIGN_DECISIONS

    @property
    def throttle_kind(self) -> str:
        """Passwords are not to be tried fast."""
        return "heavy" if self.action == "create" else ""

    def queryset_for(self, actor: Actor) -> QuerySet[Signature]:
        """In the order of signing."""
        rows: QuerySet[Signature] = Signature.objects.for_organization(actor.organization)
        return rows.order_by("id")

    @extend_schema(operation_id="shortlists_signatures_list", responses=SignatureOut(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """None while it is open."""
        signed = current_decision(self.shortlist())
        found = (
            signature_list(self.actor.organization, snapshot_id=signed.snapshot.public_id) if signed else []
        )
        return Response(SignatureOut(found, many=True).data)

    @extend_schema(operation_id="shortlists_signatures_sign", request=SignIn, responses={201: SignatureOut})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Sign. 403 for a wrong password or code, 429 when locked out; 409 says in its code why it cannot be signed now."""
        person, row, fields = signer_of(self.actor), self.shortlist(), self.input(SignIn)
        proof = prove(request._request, person, password=fields["password"], code=fields.get("code", ""))
        if proof.refused:  # answered, not raised: the count of failures must be kept
            record_refused_signature(
                subject_type="shortlist", subject_id=row.public_id, meaning=fields["meaning"], reason=proof.refused, by=self.actor,
                now=self.now,
            )  # fmt: skip
            error = DomainError(proof.words, code="not_proven", status=proof.status)
            return Response(
                problem(request._request, error), status=error.status, content_type="application/problem+json"
            )
        signed = sign_decision(
            shortlist=row, meaning=fields["meaning"], digest=fields.get("digest", ""), proof=proof.proof, by=self.actor, now=self.now
        )  # fmt: skip
        return Response(SignatureOut(signed).data, status=201)


class SupersedeViews(OfShortlist):
    """Begin a new edition of what is signed."""

    model = Shortlist
    serializer_class = ShortlistOut
    write_permission = Permission.EDIT_SHORTLISTS

    def queryset_for(self, actor: Actor) -> QuerySet[Shortlist]:
        """Only the shortlist of the address."""
        return shortlist_list(actor.organization).filter(public_id=self.kwargs["shortlist_id"])

    @extend_schema(operation_id="shortlists_supersede", request=SupersedeIn, responses={200: ShortlistOut})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What was signed stays as it is, marked as superseded; the shortlist is open again."""
        row, fields = self.shortlist(), self.input(SupersedeIn)
        return self.show(
            supersede_decision(shortlist=row, reason=fields["reason"], by=self.actor, now=self.now)
        )


class OverlapOut(Output):
    """What a pair shares. `points` is the whole penalty, `counted` what the score loses: half where not certain."""

    kind = serializers.ChoiceField(choices=["country", "owner", "supplier"])
    points = serializers.FloatField()
    counted = serializers.FloatField()
    certain = serializers.BooleanField()
    reason = serializers.CharField()


class PairOut(Output):
    """A first choice and a backup. `base` before penalties; points 0 to 100, less when much is shared."""

    rank = serializers.IntegerField()
    primary = serializers.UUIDField()
    primary_name = serializers.CharField()
    backup = serializers.UUIDField()
    backup_name = serializers.CharField()
    base = serializers.FloatField()
    score = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    overlaps = OverlapOut(many=True)


class LeftOutOut(Output):
    """A candidate in no pair."""

    candidate = serializers.UUIDField(source="candidate_id")
    name = serializers.CharField()
    reason = serializers.CharField()


class PairsOut(Output):
    """The pairs, the best first, at most 500 of them."""

    run = serializers.UUIDField()
    settings = serializers.DictField(child=serializers.FloatField(), help_text="Percent and points.")
    pairs = PairOut(many=True)
    left_out = LeftOutOut(many=True)
    further = serializers.IntegerField(help_text="Ranked candidates that stand too low to be paired.")


def pairs_json(found: PairRanking) -> dict[str, Any]:
    """A ranking of pairs as plain values."""
    return {
        "run": found.run.public_id,
        "settings": {name: part / 10_000 for name, part in found.settings.document().items()},
        "pairs": [_pair(shown_pair(pair)) for pair in found.pairs[:MOST_PAIRS]],
        "left_out": found.left_out,
        "further": found.further,
    }


def _pair(pair: Any) -> dict[str, Any]:
    return {
        "rank": pair.rank, "primary": pair.primary_id, "primary_name": pair.primary, "backup": pair.backup_id, "backup_name": pair.backup,
        "base": number(pair.base), "score": number(pair.score), "low": number(pair.low), "high": number(pair.high),
        "overlaps": [
            {"kind": one.kind, "points": number(one.points), "counted": number(one.counted), "certain": one.certain, "reason": one.reason}
            for one in pair.overlaps
        ],
    }  # fmt: skip


class ScorecardPairViews(OfScorecard):
    """Pairs among the ranked candidates of a scorecard."""

    model = Scorecard
    serializer_class = PairsOut
    pagination_class = None
    filter_backends: Any = []

    def queryset_for(self, actor: Actor) -> QuerySet[Scorecard]:
        """Only the scorecard of the address."""
        rows: QuerySet[Scorecard] = Scorecard.objects.for_organization(actor.organization)
        return rows.filter(public_id=self.kwargs["scorecard_id"])

    @extend_schema(operation_id="scorecards_pairs_retrieve", responses=PairsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The first 50 of the ranking are paired with each other."""
        return Response(PairsOut(pairs_json(pair_ranking(self.scorecard()))).data)


class ShortlistPairViews(OfShortlist):
    """Pairs among the candidates that are kept."""

    model = Shortlist
    serializer_class = PairsOut

    def queryset_for(self, actor: Actor) -> QuerySet[Shortlist]:
        """Only the shortlist of the address."""
        return shortlist_list(actor.organization).filter(public_id=self.kwargs["shortlist_id"])

    @extend_schema(operation_id="shortlists_pairs_retrieve", responses=PairsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """By the published calculation. 409 before the first one."""
        row = self.shortlist()
        kept = (
            item_rows(row).filter(decision=ShortlistItem.Decision.KEEP).values_list("candidate_id", flat=True)
        )
        return Response(PairsOut(pairs_json(pair_ranking(row.scorecard, only=list(kept)))).data)
