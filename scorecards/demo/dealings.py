"""What a sourcing team has with its vendors: contacts, agreements, notes, screens, certificates, qualifications.

Each kind of row is described vendor by vendor and written in one statement: some five hundred rows, one by one
through the services of pages, would take half a minute. The constraints of the tables hold all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cdmo_eval.core.models import Organization, VersionedModel
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from scorecards.demo.families import MAKERS
from scorecards.demo.ledger import Rows
from scorecards.demo.official import fei_of
from scorecards.demo.proof import SCALE, dice, years_before
from scorecards.demo.spec import FICTIONAL, Maker
from vendors.models import (
    Cda,
    Certificate,
    Contact,
    ListScreen,
    Note,
    Qualification,
    SectionAttestation,
    VendorPartnership,
)
from vendors.services.writing import constraints_in_words
from vendors.vocabulary import (
    CdaStatus,
    CertificateKind,
    ClaimType,
    Confidentiality,
    Grade,
    ListCode,
    ListRelation,
    ListResult,
    NoteKind,
)

_QUALIFIED = {
    "Ostravane Biologics": "approved",
    "Caldermoor Proteins": "approved",
    "Sunderwick Early Bio": "conditionally_approved",
    "Isolaria Sterile": "approved",
    "Hochfeldt Solids": "approved",
    "Veldhaven Cellworks": "conditionally_approved",
    "Capsidora Vectorworks": "audit_planned",
    "Ribolanterne": "paper_qualified",
    "Allenborough Integrated Pharma": "approved",
    "Dunmarrow Biologics": "suspended",
    "Shanlintai Injectables": "disqualified",
    "Lindquarry Vectors": "not_assessed",
}
_TALKS = (
    (NoteKind.CALL, "Asked for slots and lead times; they promised dates by the end of the month."),
    (
        NoteKind.SITE_VISIT,
        "Walked the suites for half a day. Clean, busy, open about what does not work yet.",
    ),
    (
        NoteKind.REFERENCE,
        "A former client would go back, but would ask for a named project manager from the start.",
    ),
)


@dataclass(frozen=True)
class Desk:
    """The people of the demo organisation at work on a day."""

    actors: dict[Role, Actor]
    now: datetime

    @property
    def manager(self) -> Actor:
        """Who keeps vendors and evidence."""
        return self.actors[Role.MANAGER]

    @property
    def organization(self) -> Organization:
        """Where they work."""
        return self.manager.organization

    @property
    def today(self) -> date:
        """The day everything is seen from."""
        return self.now.date()

    def write(self, made: dict[str, Rows]) -> None:
        """All dealings with all vendors."""
        rows: list[Any] = []
        for maker in MAKERS:
            own = made[maker.name]
            rows += [*self._met(maker, own), *self._certified(maker, own), *self._screened(maker, own)]
            rows += [
                *self._attested(maker, own),
                *self._qualified(maker, own),
                *self._partnered(maker, own, made),
            ]
        for model in dict.fromkeys(type(row) for row in rows):
            with constraints_in_words():
                model._default_manager.bulk_create([row for row in rows if type(row) is model])

    def _row(self, model: type[Any], **fields: Any) -> Any:
        """An unsaved row of the organisation."""
        if issubclass(model, VersionedModel):
            fields["updated_at"] = self.now
        return model(organization=self.organization, **fields)

    def _met(self, maker: Maker, rows: Rows) -> Iterator[Any]:
        """Contact, agreement and notes; the first note says that the vendor is invented."""
        procurement, vendor = self.actors[Role.PROCUREMENT], rows.vendor
        yield self._row(
            Note, vendor=vendor, on=self.today, text=f"{FICTIONAL}. {maker.story}", kind=NoteKind.OTHER.value,
            confidentiality=Confidentiality.PUBLIC.value, author=self.manager.user, author_name=self.manager.name,
        )  # fmt: skip
        if maker.contact:
            kind, text = _TALKS[dice("talk", maker.name) * len(_TALKS) // SCALE]
            yield self._row(
                Contact, vendor=vendor, name=maker.contact, role="Business development", primary=True,
                email=f"{_plain(maker.contact)}@{_plain(maker.name)}.example",
            )  # fmt: skip
            yield self._row(
                Note, vendor=vendor, kind=kind.value, people=[maker.contact], text=text, author=procurement.user, author_name=procurement.name,
                on=self.today - timedelta(days=10 + dice("day of talk", maker.name) * 200 // SCALE),
            )  # fmt: skip
        on = years_before(self.today, 0.3 + dice("cda", maker.name) * 3 / SCALE)
        signed = (
            {"signed_on": on, "expires_on": on + timedelta(days=3 * 365)}
            if maker.cda == CdaStatus.SIGNED
            else {}
        )
        yield self._row(Cda, vendor=vendor, status=maker.cda, **signed)

    def _certified(self, maker: Maker, rows: Rows) -> Iterator[Any]:
        """Certificates of the company and licences of its sites, seen by quality."""
        listed: list[tuple[Any, str]] = [(None, text) for text in maker.certificates.split(", ") if text]
        listed += [(rows.sites[p.name], text) for p in maker.sites for text in p.licences.split(", ") if text]
        for number, (site, text) in enumerate(listed, start=1):
            kind, _, years = text.partition(" ")
            on = years_before(self.today, float(years))
            yield self._row(
                Certificate, vendor=rows.vendor, site=site, kind=CertificateKind(kind).value, number=f"DEMO-{_plain(maker.name)}-{number}",
                authority="Demo authority", issued_on=on, inspected_on=on, valid_until=on + timedelta(days=5 * 365), obtained_on=on,
                grade=Grade.C.value, claim_type=ClaimType.VERIFIED.value, reviewed_by=self.actors[Role.QUALITY].name, reviewed_on=on,
                author=self.manager.user, author_name=self.manager.name,
            )  # fmt: skip

    def _screened(self, maker: Maker, rows: Rows) -> Iterator[Any]:
        """Each list looked up last week; matches are invented as well."""
        read = self.today - timedelta(days=5)
        for code in ListCode:
            result = maker.screens.get(code.value, ListResult.PASS.value)
            if not result:
                continue
            match: dict[str, str] = {}
            if result in {ListResult.FAIL, ListResult.CONDITIONAL}:
                relation = ListRelation.SELF if result == ListResult.FAIL else ListRelation.AFFILIATE
                match = {"matched_party": f"Invented party beside {maker.name}", "relation": relation.value}
            yield self._row(
                ListScreen, vendor=rows.vendor, list_name=code.value, result=result, screened_on=read, read_on=read,
                list_version=read.strftime("%Y-%m"), source="demo (invented)", **match,
            )  # fmt: skip

    def _attested(self, maker: Maker, rows: Rows) -> Iterator[Any]:
        """Sections that the vendor attested as complete."""
        for section in maker.attested.split():
            yield self._row(
                SectionAttestation, vendor=rows.vendor, section=section, attested_by=maker.contact or maker.name,
                attested_on=years_before(self.today, 0.2 + 0.7 * dice(section, maker.name) / SCALE),
            )  # fmt: skip

    def _qualified(self, maker: Maker, rows: Rows) -> Iterator[Any]:
        """Quality's own status of the first site, operation by operation."""
        status = _QUALIFIED.get(maker.name)
        if status is None:
            return
        plant, approved = maker.sites[0], status.endswith("approved")
        standing = {
            "approver": self.actors[Role.QUALITY].name,
            "valid_until": self.today + timedelta(days=400),
            "open_capas": 1,
            "quality_agreement_signed_on": self.today - timedelta(days=300),
        }
        for operation in dict.fromkeys(can.operation for can in plant.can):
            yield self._row(
                Qualification, site=rows.sites[plant.name], operation=operation, status=status,
                basis=f"{FICTIONAL}: desk review of FEI {fei_of(maker, plant)} and the last audit.", **(standing if approved else {}),
            )  # fmt: skip

    def _partnered(self, maker: Maker, rows: Rows, made: dict[str, Rows]) -> Iterator[Any]:
        """Who works for the vendor elsewhere."""
        for partner, region, operation, bound in maker.partners:
            yield self._row(
                VendorPartnership, vendor=rows.vendor, partner_vendor=made[partner].vendor, region=region, operations=[operation], bound=bound,
            )  # fmt: skip


def _plain(name: str) -> str:
    """A name as part of an address."""
    return "-".join(
        "".join(c for c in word if c.isascii() and c.isalnum()).lower() for word in name.split()
    ).strip("-")
