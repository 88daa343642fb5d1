"""What a sourcing team has with its vendors: contacts, agreements, notes, screens, certificates, qualifications."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from scorecards.demo.families import MAKERS
from scorecards.demo.ledger import ON_FILE, Rows
from scorecards.demo.official import fei_of
from scorecards.demo.proof import SCALE, dice, provenance, years_before
from scorecards.demo.spec import FICTIONAL, Maker
from vendors import services
from vendors.vocabulary import (
    CdaStatus,
    CertificateKind,
    Confidentiality,
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
    def today(self) -> date:
        """The day everything is seen from."""
        return self.now.date()

    def write(self, made: dict[str, Rows]) -> None:
        """All dealings with all vendors."""
        steps: tuple[Callable[[Maker, Rows], None], ...] = (
            self._meet, self._certify, self._screen, self._attest, self._qualify,
        )  # fmt: skip
        for maker in MAKERS:
            for step in steps:
                step(maker, made[maker.name])
        for maker in MAKERS:
            for partner, region, operation, bound in maker.partners:
                services.create_partnership(
                    vendor=made[maker.name].vendor, partner_vendor=made[partner].vendor, by=self.manager, now=self.now,
                    region=region, operations=[operation], bound=bound,
                )  # fmt: skip

    def _meet(self, maker: Maker, rows: Rows) -> None:
        """Contact, agreement and notes; the first note says that the vendor is invented."""
        organization, procurement = self.manager.organization, self.actors[Role.PROCUREMENT]
        services.create_note(
            organization=organization, vendor=rows.vendor, by=self.manager, now=self.now, on=self.today,
            text=f"{FICTIONAL}. {maker.story}", confidentiality=Confidentiality.PUBLIC.value,
        )  # fmt: skip
        if maker.contact:
            services.create_contact(
                organization=organization, vendor=rows.vendor, by=procurement, now=self.now, name=maker.contact,
                role="Business development", email=f"{_plain(maker.contact)}@{_plain(maker.name)}.example", primary=True,
            )  # fmt: skip
            kind, text = _TALKS[dice("talk", maker.name) * len(_TALKS) // SCALE]
            services.create_note(
                organization=organization, vendor=rows.vendor, by=procurement, now=self.now, kind=kind.value, people=[maker.contact],
                on=self.today - timedelta(days=10 + dice("day of talk", maker.name) * 200 // SCALE), text=text,
            )  # fmt: skip
        signed = maker.cda == CdaStatus.SIGNED
        on = years_before(self.today, 0.3 + dice("cda", maker.name) * 3 / SCALE)
        services.set_cda(
            organization=organization, vendor=rows.vendor, by=procurement, now=self.now, status=maker.cda,
            **({"signed_on": on, "expires_on": on + timedelta(days=3 * 365)} if signed else {}),
        )  # fmt: skip

    def _certify(self, maker: Maker, rows: Rows) -> None:
        """Certificates of the company and licences of its sites."""
        listed = [(None, text) for text in maker.certificates.split(", ") if text]
        listed += [(rows.sites[p.name], text) for p in maker.sites for text in p.licences.split(", ") if text]  # type: ignore[misc]
        for site, text in listed:
            kind, _, years = text.partition(" ")
            on = years_before(self.today, float(years))
            known = provenance(ON_FILE, on, self.today, reviewer=self.actors[Role.QUALITY].name)
            services.create_certificate(
                organization=self.manager.organization, vendor=rows.vendor, site=site, kind=CertificateKind(kind).value,
                number=f"DEMO-{kind}-{rows.vendor.pk}", authority="Demo authority", issued_on=on, inspected_on=on,
                valid_until=on + timedelta(days=5 * 365), provenance=replace(known, obtained_on=on), by=self.manager, now=self.now,
            )  # fmt: skip

    def _screen(self, maker: Maker, rows: Rows) -> None:
        """Each list looked up last week; matches are invented as well."""
        read = self.today - timedelta(days=5)
        for code in ListCode:
            result = maker.screens.get(code.value, ListResult.PASS.value)
            if not result:
                continue
            match = {}
            if result in {ListResult.FAIL, ListResult.CONDITIONAL}:
                relation = ListRelation.SELF if result == ListResult.FAIL else ListRelation.AFFILIATE
                match = {"matched_party": f"Invented party beside {maker.name}", "relation": relation.value}
            services.record_list_screen(
                vendor=rows.vendor, list_name=code.value, result=result, screened_on=read, read_on=read, by=self.manager, now=self.now,
                list_version=read.strftime("%Y-%m"), source="demo (invented)", **match,
            )  # fmt: skip

    def _attest(self, maker: Maker, rows: Rows) -> None:
        """Sections that the vendor attested as complete."""
        for section in maker.attested.split():
            services.attest_section(
                vendor=rows.vendor, section=section, attested_on=years_before(self.today, 0.2 + dice(section, maker.name) / SCALE),
                by=self.manager, now=self.now, attested_by=maker.contact or maker.name,
            )  # fmt: skip

    def _qualify(self, maker: Maker, rows: Rows) -> None:
        """Quality's own status of the sites it has looked at, operation by operation."""
        status = _QUALIFIED.get(maker.name)
        if status is None:
            return
        quality, plant = self.actors[Role.QUALITY], maker.sites[0]
        for operation in list(dict.fromkeys(can.operation for can in plant.can))[:4]:
            approved = status.endswith("approved")
            services.set_qualification(
                organization=quality.organization, site=rows.sites[plant.name], operation=operation, by=quality, now=self.now, status=status,
                basis=f"{FICTIONAL}: desk review of FEI {fei_of(maker, plant)} and the last audit.",
                **({"valid_until": self.today + timedelta(days=400), "open_capas": 1, "quality_agreement_signed_on": self.today - timedelta(days=300)} if approved else {}),
            )  # fmt: skip


def _plain(name: str) -> str:
    """A name as part of an address."""
    return "-".join(
        "".join(c for c in word if c.isascii() and c.isalnum()).lower() for word in name.split()
    ).strip("-")
