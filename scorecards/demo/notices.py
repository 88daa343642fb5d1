"""What members of the demo organisation are told: reminders of what ends, and a legal hold that was lifted."""

from datetime import timedelta

from cdmo_eval.core.retention import lift_hold, place_hold
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.dealings import Desk
from scorecards.demo.spec import FICTIONAL
from vendors.models import Cda, Qualification
from vendors.services import set_cda, set_qualification
from vendors.services.reminders import remind_of_ends
from vendors.vocabulary import CdaStatus, QualificationStatus


def write_notices(desk: Desk) -> None:
    """Let an agreement and a qualification end soon, tell of them, and leave a lifted hold on file."""
    organization, now = desk.organization, desk.now
    signed = Cda.objects.for_organization(organization).active().filter(status=CdaStatus.SIGNED.value)
    agreement = signed.select_related("vendor").order_by("vendor__name", "id").first()
    if agreement is not None:
        set_cda(
            organization=organization,
            vendor=agreement.vendor,
            by=desk.manager,
            now=now,
            expires_on=desk.today + timedelta(days=21),
        )
    approved = Qualification.objects.for_organization(organization).filter(
        status=QualificationStatus.APPROVED.value
    )
    row = approved.select_related("site__vendor").order_by("site__vendor__name", "operation", "id").first()
    quality, admin = desk.actors[Role.QUALITY], desk.actors[Role.ADMIN]
    if row is not None:
        with organization_scope(organization.pk, quality):
            set_qualification(
                organization=organization, site=row.site, operation=row.operation, by=quality, now=now, open_capas=2,
                valid_until=desk.today + timedelta(days=25), reason=f"{FICTIONAL}: two CAPAs from the last audit are open.",
            )  # fmt: skip
    remind_of_ends(organization=organization, now=now)
    with organization_scope(organization.pk, admin):
        hold = place_hold(
            organization=organization, matter=f"{FICTIONAL}: a dispute about a batch", reason="Counsel asked to keep everything.",
            by=admin, now=now - timedelta(days=60),
        )  # fmt: skip
        lift_hold(
            hold=hold,
            reason="The dispute was settled.",
            expected_version=None,
            by=admin,
            now=now - timedelta(days=5),
        )
