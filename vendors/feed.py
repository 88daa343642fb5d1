"""Which of this app's resources stand on the feed of changes, and with which scope each is read."""

from cdmo_eval.core.changes import FeedType

READING = "vendors:read"
FEED = {
    "vendor": FeedType("vendors/", READING),
    "site": FeedType("sites/", READING),
    "capability": FeedType("capabilities/", READING),
    "service": FeedType("services/", READING),
    "certificate": FeedType("certificates/", READING),
    "partnership": FeedType("partnerships/", READING),
    "list_screen": FeedType("list-screens/", READING),
    "attestation": FeedType("attestations/", READING),
    "file": FeedType("files/", "evidence:read"),
    "evidence": FeedType("evidence/", "evidence:read"),
    "contact": FeedType("contacts/", READING),
    "note": FeedType("notes/", READING),
    "cda": FeedType("cdas/", READING),
    "qualification": FeedType("qualifications/", READING),
    "regulatory_record": FeedType("regulatory-records/", READING),
    "record_match": FeedType("record-matches/", READING),
    "regulatory_change": FeedType("regulatory-changes/", READING),
}
