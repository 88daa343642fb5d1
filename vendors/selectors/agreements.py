"""The confidentiality agreement of every vendor: which there is, until when, and whether it opens files today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, overload

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


class Dates(Protocol):
    """What of an agreement says how it stands."""

    @property
    def status(self) -> str:
        """How far it is."""

    @property
    def signed_on(self) -> date | None:
        """Since when."""

    @property
    def expires_on(self) -> date | None:
        """Until when."""


class CdaDates(NamedTuple):
    """The same of very many, as plain values."""

    status: str
    signed_on: date | None
    expires_on: date | None


def cda_dates(organization: Organization) -> dict[int, CdaDates]:
    """The current agreement of every vendor that has one: one query."""
    rows = Cda.objects.for_organization(organization).active().order_by("id")
    found = rows.values_list("vendor_id", *CdaDates._fields)
    return {vendor_id: CdaDates(*values) for vendor_id, *values in found}


def state_of(cda: Dates | None, as_of: date) -> AgreementState:
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


class Agreements(Sequence[Agreement]):
    """Vendors and states of all, the rows of those alone that are looked at: two queries for each slice."""

    def __init__(self, organization: Organization, states: Sequence[tuple[int, AgreementState]]) -> None:
        self._organization, self._states = organization, states

    def __len__(self) -> int:
        return len(self._states)

    @overload
    def __getitem__(self, at: int) -> Agreement: ...
    @overload
    def __getitem__(self, at: slice) -> list[Agreement]: ...
    def __getitem__(self, at: int | slice) -> Agreement | list[Agreement]:
        if not isinstance(at, slice):
            return self._rows([self._states[at]])[0]
        return self._rows(self._states[at])

    def __iter__(self) -> Iterator[Agreement]:
        return iter(self[:])

    def _rows(self, chosen: Sequence[tuple[int, AgreementState]]) -> list[Agreement]:
        ids = [pk for pk, _ in chosen]
        vendors = Vendor.objects.for_organization(self._organization).filter(pk__in=ids).in_bulk()
        rows = Cda.objects.for_organization(self._organization).active().filter(vendor_id__in=ids)
        current = {row.vendor_id: row for row in rows.select_related("file").order_by("id")}
        return [Agreement(vendors[pk], current.get(pk), state) for pk, state in chosen]


def agreements(
    organization: Organization, *, as_of: date, states: frozenset[AgreementState] = frozenset()
) -> Agreements:
    """Every living vendor by name with its agreement; only some states if named. Two statements, and two for what is shown."""
    current = cda_dates(organization)
    vendors = Vendor.objects.for_organization(organization).active().by_name()
    found = [(pk, state_of(current.get(pk), as_of)) for pk in vendors.values_list("pk", flat=True)]
    return Agreements(organization, [one for one in found if not states or one[1] in states])
