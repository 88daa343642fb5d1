"""What happened after the first calculation, so that there is a change to explain.

An inspection of one tablet house turns out badly, an audit brings a fast talker's claims down to earth, and the
manager gives cost more weight on one scorecard.
"""

from datetime import datetime

from django.db import transaction

from cdmo_eval.core.models import Membership, Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.families import MAKERS
from scorecards.demo.ledger import AUDITED, Scribe
from scorecards.demo.official import Register
from scorecards.demo.people import DEMO_USERS
from scorecards.demo.proof import years_before
from scorecards.models import Scorecard
from scorecards.services.scorecards import update_scorecard
from scorecards.triggers import lock_organization
from vendors.models import Site, UploadedRecord
from vendors.services import Subject, record_many, upload_records
from vendors.vocabulary import Classification

INSPECTED = "Montrivelle Dose"
AUDITED_SITE = (
    "Pellmarrow Cell Services",
    {"QUA1": {"level": 2}, "QUA5": {"level": 2}, "RSK1": {"level": 3}},
)
WEIGHED = ("MT-618 bispecific screen", {"COM": 20})
_NUMBER = 99


@transaction.atomic
def add_news(organization: Organization, *, now: datetime) -> bool:
    """Let it happen, once; False when it has happened already."""
    maker = next(maker for maker in MAKERS if maker.name == INSPECTED)
    on = years_before(now.date(), 0.2)
    records = list(Register(maker, maker.sites[0], now.date()).inspection(_NUMBER, Classification.OAI, on))
    manager = manager_of(organization)
    with organization_scope(organization.pk, manager, reason="demo data"):
        lock_organization(organization.pk)
        known = UploadedRecord.objects.for_organization(organization).filter(native_id=records[0].native_id)
        if known.exists():
            return False
        upload_records(organization=organization, records=records, by=manager, now=now)
        _audit(organization, manager, now)
        name, weights = WEIGHED
        scorecard = Scorecard.objects.for_organization(organization).get(name=name)
        update_scorecard(scorecard=scorecard, expected_version=None, by=manager, now=now, weights=weights)
    return True


def _audit(organization: Organization, by: Actor, now: datetime) -> None:
    vendor, values = AUDITED_SITE
    site = Site.objects.for_organization(organization).select_related("vendor").get(vendor__name=vendor)
    scribe = Scribe(now.date(), DEMO_USERS[Role.QUALITY][1])
    drafts = [scribe.record(Subject.of(site), target, value, AUDITED) for target, value in values.items()]
    record_many(organization=organization, drafts=drafts, by=by, now=now)


def manager_of(organization: Organization) -> Actor:
    """The demo manager as an actor."""
    with organization_scope(organization.pk, "demo"):
        member = Membership.objects.select_related("user").get(
            organization=organization, user__email=DEMO_USERS[Role.MANAGER][0]
        )
    return Actor(organization=organization, role=Role(member.role), name=member.user.name, user=member.user)
