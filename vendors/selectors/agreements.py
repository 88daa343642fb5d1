"""The confidentiality agreement of every vendor: which there is, until when, and whether it opens files today."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cdmo_eval.core.models import Organization
from vendors.models import Cda, Vendor
from vendors.vocabulary import CdaStatus

SOON = timedelta(days=60)


class AgreementState(StrEnum):
    """How an agreement stands on a day."""

    NONE = "none"
    REQUESTED = "requested"
    SIGNED = "signed"
    ENDING = "ending"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        """For people."""
        return _LABELS[self]

    @property
    def opens_files(self) -> bool:
        """Whether confidential files may be kept and opened."""
        return self in {AgreementState.SIGNED, AgreementState.ENDING}


_LABELS = {
    AgreementState.NONE: "No agreement",
    AgreementState.REQUESTED: "Requested",
    AgreementState.SIGNED: "Signed",
    AgreementState.ENDING: "Signed, ends soon",
    AgreementState.EXPIRED: "Expired",
}


@dataclass(frozen=True)
class Agreement:
    """A vendor and its agreement, if any."""

    vendor: Vendor
    cda: Cda | None
    state: AgreementState


def state_of(cda: Cda | None, as_of: date) -> AgreementState:
    """The state on a day. A signature in the future opens nothing yet."""
    if cda is None or cda.status == CdaStatus.NONE:
        return AgreementState.NONE
    if cda.status == CdaStatus.REQUESTED or cda.signed_on is None or cda.signed_on > as_of:
        return AgreementState.REQUESTED
    if cda.expires_on is None:
        return AgreementState.SIGNED
    if cda.expires_on < as_of:
        return AgreementState.EXPIRED
    return AgreementState.ENDING if cda.expires_on <= as_of + SOON else AgreementState.SIGNED


def agreements(
    organization: Organization, *, as_of: date, states: frozenset[AgreementState] = frozenset()
) -> list[Agreement]:
    """Every living vendor by name with its agreement; only some states if named. Two statements."""
    rows = Cda.objects.for_organization(organization).active().select_related("file")
    current = {row.vendor_id: row for row in rows.order_by("id")}
    vendors = Vendor.objects.for_organization(organization).active().by_name()
    found = [Agreement(one, current.get(one.pk), state_of(current.get(one.pk), as_of)) for one in vendors]
    return [one for one in found if not states or one.state in states]
