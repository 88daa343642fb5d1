"""The decision of a shortlist: the page that says it, choosing, signing, a new edition; and the pairs of a scorecard."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdmo_eval.core.errors import Conflict, DomainError, NotFound
from cdmo_eval.core.models import Signature
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.core.signatures import record_refused_signature, signer_of
from cdmo_eval.http.proof import needs_code, prove
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.engine.pairs import PairSettings, Shared
from scorecards.forms.shortlists import ChoiceForm, NewEditionForm, SignForm
from scorecards.models import Shortlist, ShortlistDecision, ShortlistItem
from scorecards.selectors.decisions import decision_of, for_reader
from scorecards.selectors.pages import find_scorecard
from scorecards.selectors.pairs import pair_ranking, shown_pair
from scorecards.selectors.risk_groups import risk_groups
from scorecards.selectors.shortlists import current_decision, decision_list, find_shortlist, item_rows
from scorecards.selectors.signatures import (
    MEANINGS,
    hindrance,
    is_complete,
    signature_list,
    weights_owners,
)
from scorecards.selectors.snapshots import snapshot_content
from scorecards.services.decisions import sign_decision, supersede_decision
from scorecards.services.shortlists import change_shortlist
from scorecards.snapshots.decision import Decision
from scorecards.views.edge import go, page, say, signed_in

MOST_PAIRS, FIRST_PAIRS = 60, 10
MOST_RISKS = 100


@require_safe
def decision(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Answer, flip points, open risks, dissent, signatures. `?edition=` shows an earlier one as it was signed."""
    actor = signed_in(request)
    return _page(request, actor, find_shortlist(actor.organization, shortlist_id))


def _page(
    request: HttpRequest,
    actor: Actor,
    row: Shortlist,
    *,
    choice: ChoiceForm | None = None,
    edition: NewEditionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    frozen = _frozen(row, request.GET.get("edition", ""))
    found, why = _content(row, frozen, actor)
    signatures = (
        signature_list(actor.organization, snapshot_id=frozen.snapshot.public_id)
        if frozen is not None
        else []
    )
    owners = weights_owners(row.scorecard)
    present = frozen is None or frozen.superseded_at is None
    steps: list[dict[str, Any]] = []
    for meaning in MEANINGS:
        signed = next((one for one in signatures if one.meaning == meaning), None)
        hindered = hindrance(row, frozen, signatures, meaning, actor, owners=list(owners)) if present and signed is None else None  # fmt: skip
        steps.append(
            {
                "meaning": meaning.value, "label": meaning.label, "signed": signed,
                "why_not": hindered.words if hindered else "", "may": present and signed is None and hindered is None,
            }
        )  # fmt: skip
    may_edit = allows(actor, Permission.EDIT_SHORTLISTS)
    kept = [item.candidate for item in item_rows(row) if item.decision == ShortlistItem.Decision.KEEP]
    context = {
        "shortlist": row, "scorecard": row.scorecard, "frozen": frozen, "found": found, "why": why, "steps": steps, "present": present,
        "complete": frozen is not None and is_complete(signatures, stage=frozen.snapshot.run.stage, owners=list(owners)),
        "choice": choice or ChoiceForm(row, kept), "edition": edition or NewEditionForm(), "editions": list(decision_list(row)),
        "may_choose": may_edit and row.frozen_at is None, "may_reopen": may_edit and row.frozen_at is not None and present,
        "risks": risk_groups(found["open_risks"][:MOST_RISKS]) if found else [],
        "more_risks": max(0, len(found["open_risks"]) - MOST_RISKS) if found else 0,
    }  # fmt: skip
    return page(request, "scorecards/shortlists/decision.html", context, status=status)


def _frozen(row: Shortlist, asked: str) -> ShortlistDecision | None:
    """The signed edition to be shown: the one asked for, else the present one once it is signed."""
    if not asked:
        return current_decision(row)
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        raise NotFound("There is no such edition.")
    found = decision_list(row).filter(edition=int(asked)).first()
    if found is None:
        raise NotFound("There is no such signed edition.")
    return found


def _content(row: Shortlist, frozen: ShortlistDecision | None, actor: Actor) -> tuple[Decision | None, str]:
    """What is signed, or what would be; or why there is nothing to show yet."""
    commercial = allows(actor, Permission.VIEW_COMMERCIAL)
    if frozen is not None:
        content: Decision = snapshot_content(frozen.snapshot)["decision"]
        return for_reader(content, commercial=commercial), ""
    try:
        as_of = row.scorecard.as_of or timezone.now().date()
        return decision_of(row, as_of=as_of, commercial=commercial), ""
    except Conflict as error:
        return None, error.message


@require_POST
def choose(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Who is chosen, why, and what is next."""
    actor, now = signed_in(request, Permission.EDIT_SHORTLISTS), timezone.now()
    row = find_shortlist(actor.organization, shortlist_id)
    kept = [item.candidate for item in item_rows(row) if item.decision == ShortlistItem.Decision.KEEP]
    form, status = ChoiceForm(row, kept, request.POST), 400
    if form.is_valid():
        try:
            change_shortlist(
                shortlist=row, expected_version=form.cleaned_data["version"], by=actor, now=now, **form.chosen()
            )  # fmt: skip
        except DomainError as error:
            status = say(form, error)
        else:
            messages.success(request, "Saved.")
            return go(_address(row))
    return _page(request, actor, find_shortlist(actor.organization, shortlist_id), choice=form, status=status)


@require_POST
def new_edition(request: HttpRequest, shortlist_id: UUID) -> HttpResponse:
    """Supersede what is signed."""
    actor, now = signed_in(request, Permission.EDIT_SHORTLISTS), timezone.now()
    row, form, status = find_shortlist(actor.organization, shortlist_id), NewEditionForm(request.POST), 400
    if form.is_valid():
        try:
            changed = supersede_decision(shortlist=row, reason=form.cleaned_data["reason"], by=actor, now=now)
        except DomainError as error:
            status = say(form, error)
        else:
            messages.success(request, f"Edition {changed.edition} is open. What was signed stays as it is.")
            return go(_address(row))
    return _page(request, actor, row, edition=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, shortlist_id: UUID, meaning: str) -> HttpResponse:
    """Sign in one meaning, with the password (and the second factor) once more."""
    actor, now = signed_in(request, Permission.SIGN_DECISIONS), timezone.now()
    if meaning not in Signature.Meaning:
        raise NotFound("A signature means authored, reviewed, quality approved or awarded.")
    person = signer_of(actor)
    row = find_shortlist(actor.organization, shortlist_id)
    frozen = current_decision(row)
    digest = frozen.snapshot.digest if frozen is not None else ""
    second = needs_code(person)
    form = SignForm(request.POST if request.method == "POST" else None, digest=digest, second_factor=second)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            data = form.cleaned_data
            proof = prove(request, person, password=data["password"], code=data.get("code", ""))
            if proof.refused:  # answered, not raised: the count of failures must be kept
                record_refused_signature(
                    subject_type="shortlist", subject_id=row.public_id, meaning=meaning, reason=proof.refused, by=actor, now=now
                )  # fmt: skip
                form.add_error("password", proof.words)
                status = proof.status
            else:
                try:
                    signed = sign_decision(
                        shortlist=row, meaning=meaning, digest=data["digest"], proof=proof.proof, by=actor, now=now
                    )  # fmt: skip
                except DomainError as error:
                    status = say(form, error)
                else:
                    messages.success(request, f"Signed as {signed.get_meaning_display().lower()}.")
                    return go(_address(row))
    signatures = (
        signature_list(actor.organization, snapshot_id=frozen.snapshot.public_id)
        if frozen is not None
        else []
    )
    owners = weights_owners(row.scorecard)
    hindered = hindrance(row, frozen, signatures, meaning, actor, owners=list(owners))
    found, why = _content(row, frozen, actor)
    context = {
        "shortlist": row, "scorecard": row.scorecard, "form": form, "meaning": Signature.Meaning(meaning), "frozen": frozen,
        "hindered": hindered, "found": found, "why": why, "person": person,
    }  # fmt: skip
    return page(request, "scorecards/shortlists/sign.html", context, status=status)


def _address(row: Shortlist) -> str:
    return reverse("shortlists:decision", args=[row.public_id])


@require_safe
def pairs(request: HttpRequest, scorecard_id: UUID) -> HttpResponse:
    """The pairs of a first choice and a backup among the ranked candidates of a scorecard."""
    actor = signed_in(request)
    scorecard = find_scorecard(actor.organization, scorecard_id)
    found, why = None, ""
    try:
        found = pair_ranking(scorecard)
    except Conflict as error:
        why = error.message
    shown = [shown_pair(pair) for pair in found.pairs[:MOST_PAIRS]] if found else []
    settings = found.settings if found else PairSettings()
    context = {
        "scorecard": scorecard, "found": found, "why": why, "pairs": shown, "first_pairs": shown[:FIRST_PAIRS], "other_pairs": shown[FIRST_PAIRS:],
        "more": max(0, len(found.pairs) - MOST_PAIRS) if found else 0,
        "primary_share": percent_text(settings.primary_share, PPM, decimals=0), "backup_share": percent_text(PPM - settings.primary_share, PPM, decimals=0),
        "points_off": {shared.value: percent_text(settings.points(shared), PPM, decimals=0) for shared in Shared},
    }  # fmt: skip
    return page(request, "scorecards/shortlists/pairs.html", context)
