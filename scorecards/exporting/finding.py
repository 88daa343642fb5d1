"""What exports are about, found for the actor who asks."""

from uuid import UUID

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor
from scorecards.models import Scorecard
from scorecards.selectors.scorecards import scorecard_list


def find_scorecard(actor: Actor, scorecard_id: UUID) -> Scorecard:
    """The scorecard with its freshness and last calculation; NotFound when it is not the actor's organisation's."""
    found = scorecard_list(actor.organization).filter(public_id=scorecard_id).first()
    if found is None:
        raise NotFound("There is no such scorecard.")
    return found
