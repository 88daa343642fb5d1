"""Who has signed a decision, who may sign it in which meaning, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cdmo_eval.core.models import AuditEvent, Organization, Signature, User
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.models import Preregistration, Scorecard, Shortlist, ShortlistDecision, WeightSet
from scorecards.selectors.shortlists import standing_declarations
from vendors.vocabulary import Stage

SUBJECT = "snapshot"
M = Signature.Meaning
MEANINGS = (M.AUTHORED, M.REVIEWED, M.QUALITY_APPROVED, M.AWARDED)
APPROVALS = (M.REVIEWED, M.QUALITY_APPROVED, M.AWARDED)
RIGHTS = {
    M.AUTHORED: Permission.EDIT_SHORTLISTS,
    M.REVIEWED: Permission.SIGN_DECISIONS,
    M.QUALITY_APPROVED: Permission.APPROVE_DECISIONS,
    M.AWARDED: Permission.EDIT_SHORTLISTS,
}
NOT_FOR_AWARD = {
    Stage.SCREEN.value: "Early screen, not for award.",
    Stage.SHORTLIST.value: "Shortlist stage, not for award.",
    Stage.AWARD.value: "",
}


@dataclass(frozen=True)
class Hindrance:
    """Why somebody cannot sign in a meaning now."""

    code: str
    words: str


def signature_list(organization: Organization, *, snapshot_id: UUID | str) -> list[Signature]:
    """The signatures under one snapshot, in the order of signing."""
    rows = Signature.objects.for_organization(organization).filter(
        subject_type=SUBJECT, subject_id=snapshot_id
    )
    return list(rows.select_related("signer").order_by("id"))


@dataclass(frozen=True)
class HeldSignature:
    """A signature held against the bytes as they are. `fits`: it was given to exactly these."""

    meaning: str
    printed_name: str
    role: str
    signed_at: datetime
    proof: str
    declaration: str
    digest: str
    fits: bool

    @property
    def words(self) -> str:
        """The meaning as people read it."""
        return str(M(self.meaning).label)


def held_against(rows: Sequence[Signature], digest: str) -> list[HeldSignature]:
    """Signatures beside the digest that the document has now."""
    return [
        HeldSignature(
            row.meaning, row.printed_name, row.role, row.signed_at, row.proof, row.declaration, row.digest, row.digest == digest
        )
        for row in rows
    ]  # fmt: skip


def weights_owners(scorecard: Scorecard) -> dict[str, str]:
    """Whose weights are in force: public id → printed name of the owner of the weight set in force, of who locked them,
    and of who changed them last. Four statements.
    """
    organization = scorecard.organization
    found: dict[str, str] = {}
    in_force = WeightSet.objects.for_organization(organization).filter(scorecard=scorecard, in_force=True)
    locks = Preregistration.objects.for_organization(organization).filter(scorecard=scorecard)
    for rows, person in (
        (in_force.select_related("owner"), "owner"),
        (locks.select_related("locked_by"), "locked_by"),
    ):
        for row in rows:
            user: User | None = getattr(row, person)
            if user is not None:
                found[str(user.public_id)] = user.name
    events = AuditEvent.objects.for_organization(organization).filter(
        table_name=Scorecard._meta.db_table, row_id=scorecard.pk
    )
    for event in events.order_by("-id")[:200]:
        if (event.old or {}).get("weights") != (event.new or {}).get("weights"):
            people = dict(
                User.objects.filter(memberships__organization=organization).values_list("public_id", "name")
            )
            named = {str(public_id): name for public_id, name in people.items()}
            if event.actor_id in named:
                found[event.actor_id] = named[event.actor_id]
            break
    return found


def is_complete(signatures: Sequence[Signature], *, stage: str, owners: Sequence[str]) -> bool:
    """Whether a decision counts as signed: by its author and whoever its stage asks for, and not by the weights' owners alone.

    At the stage award that is quality and who awards; before it a review or quality's approval.
    """
    meanings = {row.meaning for row in signatures}
    signers = {str(row.signer.public_id) for row in signatures}
    if M.AUTHORED not in meanings or signers <= set(owners):
        return False
    if stage == Stage.AWARD:
        return M.QUALITY_APPROVED in meanings and M.AWARDED in meanings
    return bool({M.REVIEWED, M.QUALITY_APPROVED} & meanings)


def hindrance(
    shortlist: Shortlist,
    decision: ShortlistDecision | None,
    signatures: Sequence[Signature],
    meaning: str,
    actor: Actor,
    *,
    owners: Sequence[str],
) -> Hindrance | None:
    """Why the actor cannot sign this decision in a meaning; None when they can. One statement, for the declaration."""
    user = actor.user
    right = RIGHTS[M(meaning)]
    if user is None or not allows(actor, Permission.SIGN_DECISIONS) or not allows(actor, right):
        return Hindrance("role", f"The role {actor.role.value} does not sign as {M(meaning).label.lower()}.")
    if shortlist.archived_at is not None:
        return Hindrance("archived", "This shortlist is archived.")
    present = {row.meaning: row for row in signatures}
    if meaning in present:
        return Hindrance(
            "signed", f"Signed as {M(meaning).label.lower()} by {present[M(meaning)].printed_name} already."
        )
    found = _order(shortlist, decision, present, meaning)
    if found is not None:
        return found
    if any(row.signer_id == user.pk for row in signatures):
        return Hindrance(
            "signed_by_you", "You have signed this decision already: another person signs it too."
        )
    if meaning in (M.QUALITY_APPROVED, M.AWARDED) and shortlist.owner_id == user.pk:
        return Hindrance("own_request", "You own this shortlist: somebody else approves and awards it.")
    signers = {str(row.signer.public_id) for row in signatures} | {str(user.public_id)}
    if meaning != M.AUTHORED and signers <= set(owners):
        return Hindrance(
            "weights_owner",
            "Everybody who has signed set the weights: somebody who did not signs before you.",
        )
    if not any(row.person_id == user.pk for row in standing_declarations(shortlist)):
        return Hindrance(
            "declaration_missing", "Declare your interests in these vendors first, or that you have none."
        )
    return None


def _order(
    shortlist: Shortlist, decision: ShortlistDecision | None, present: dict[str, Signature], meaning: str
) -> Hindrance | None:
    """The order of meanings, and the stage that an award needs."""
    if meaning == M.AUTHORED:
        return None if shortlist.frozen_at is None else Hindrance("signed", "This edition is signed already.")
    if decision is None or M.AUTHORED not in present:
        return Hindrance("not_authored", "The author signs first.")
    if meaning != M.AWARDED:
        return None
    stage = decision.snapshot.run.stage
    if stage != Stage.AWARD:
        return Hindrance("stage", f"{NOT_FOR_AWARD[stage]} An award needs a scorecard at the stage award.")
    if M.QUALITY_APPROVED not in present:
        return Hindrance("not_approved", "Quality approves before it is awarded.")
    return None
