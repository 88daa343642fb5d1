"""What candidates were asked in questionnaires and have not answered, as the rating reads it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import F

from cdmo_eval.core.models import Organization
from scorecards.models import QuestionnaireItem
from vendors.resolution import EvidenceFact
from vendors.vocabulary import SubjectType

_SUBJECTS = {str(kind): kind for kind in SubjectType}


def unanswered_of(
    organization: Organization, candidate_ids: Sequence[int]
) -> dict[int, tuple[EvidenceFact, ...]]:
    """The open questions of candidates by candidate: one query, whatever their number.

    Of a question asked in several rounds the newest counts: a new round gives new time. A question that the vendor does
    not know the answer to, refused, or answered in a way that was rejected is as open as one without an answer.
    """
    rows = QuestionnaireItem.objects.for_organization(organization).filter(
        copy__candidate_id__in=candidate_ids, copy__sent_at__isnull=False, copy__withdrawn_at__isnull=True
    )
    newest = rows.order_by(
        "copy__candidate_id", "target", "subject_type", "site_id", "capability_id", "-id"
    ).distinct("copy__candidate_id", "target", "subject_type", "site_id", "capability_id")
    found: dict[int, list[EvidenceFact]] = defaultdict(list)
    for pk, candidate, vendor, target, subject, site, capability, due, state in newest.values_list(
        "id", "copy__candidate_id", F("copy__candidate__vendor_id"), "target", "subject_type", "site_id", "capability_id",
        "copy__deadline", "state",
    ):  # fmt: skip
        if state in QuestionnaireItem.SILENT and due != date.max:
            open_question = EvidenceFact(
                id=-pk, target=target, subject_type=_SUBJECTS[subject], value=None, refused=True, obtained_on=due + timedelta(days=1),
                vendor_id=vendor, site_id=site, capability_id=capability, candidate_id=candidate,
            )  # fmt: skip
            found[candidate].append(open_question)
    return {candidate: tuple(asked) for candidate, asked in found.items()}
