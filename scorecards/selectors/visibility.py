"""May scores be seen yet? The one rule for pages, the interface and files.

While scores wait for the weights to be locked none are calculated at all, so there is nothing that could leak; this
says so in words to whoever asks.
"""

from cdmo_eval.core.errors import Conflict
from scorecards.models import Scorecard

HIDDEN = (
    "Scores of this scorecard are hidden until its weights are locked: weights, must-haves and criteria are settled "
    "before anybody sees a score."
)


def check_visible(scorecard: Scorecard) -> None:
    """Raise Conflict "scores_hidden" while the scorecard waits for its weights to be locked."""
    if scorecard.scores_hidden:
        raise Conflict(HIDDEN, code="scores_hidden")
