"""Which of this app's resources stand on the feed of changes, and with which scope each is read."""

from cdmo_eval.core.changes import FeedType
from cdmo_eval.core.policies import Permission

READING = "scores:read"
OF_SCORECARD = "scorecards/{scorecard_id}/"
FEED = {
    "framework": FeedType("frameworks/", READING),
    "program": FeedType("programs/", READING),
    "candidate": FeedType("candidates/", READING),
    "scorecard": FeedType("scorecards/", READING),
    "waiver": FeedType(f"{OF_SCORECARD}waivers/", READING),
    "weight_set": FeedType(f"{OF_SCORECARD}weight-sets/", READING),
    "run": FeedType(f"{OF_SCORECARD}runs/", READING),
    "snapshot": FeedType("snapshots/", READING),
    "proposal": FeedType("proposals/", permission=Permission.VIEW_COMMERCIAL),
    "rate": FeedType("rates/", permission=Permission.VIEW_COMMERCIAL),
    "questionnaire": FeedType("questionnaires/", READING),
    "shortlist": FeedType("shortlists/", READING),
    "result": FeedType(f"{OF_SCORECARD}results/", READING),
    "leaves": FeedType(f"{OF_SCORECARD}leaves/", READING),
}
