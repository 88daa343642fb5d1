"""What waits for one person: files they checked, ratings they were asked for, official records to be matched."""

from dataclasses import dataclass

from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.models import Invitation
from scorecards.selectors.evaluators import own_invitations
from vendors.models import LoadState, UploadedLoad
from vendors.selectors.loads import uploaded_loads
from vendors.selectors.matches import review_queue

SHOWN = 4


@dataclass(frozen=True)
class Waiting:
    """Work that waits, each part only for whom may do it."""

    ratings: list[Invitation]
    imports: list[UploadedLoad]
    matches: int


def waiting_for(actor: Actor) -> Waiting:
    """What waits for the actor: one query for each kind of work that is theirs."""
    asked = own_invitations(actor).filter(submitted_at__isnull=True)
    loads = uploaded_loads(actor.organization).filter(state=LoadState.CHECKED)
    return Waiting(
        ratings=list(asked[:SHOWN]) if allows(actor, Permission.RATE) else [],
        imports=list(loads[:SHOWN]) if allows(actor, Permission.IMPORT) else [],
        matches=review_queue(actor.organization).order_by().count()
        if allows(actor, Permission.EDIT_RECORDS)
        else 0,
    )
