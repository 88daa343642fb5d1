"""Programmes, scorecards and what vendors offered for them: supply maps, quotes, terms, a waiver, an incumbent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cdmo_eval.core.models import User
from cdmo_eval.core.roles import Role
from scorecards.demo import facts
from scorecards.demo.dealings import Desk
from scorecards.demo.families import MAKERS
from scorecards.demo.ledger import ASKED, ON_FILE, Rows, Scribe
from scorecards.demo.people import DEMO_USERS
from scorecards.demo.programmes import JUDGEMENTS, NEEDS
from scorecards.demo.proof import SCALE, dice
from scorecards.demo.spec import Maker
from scorecards.fit.needs import required_operations
from scorecards.loading import program_needs
from scorecards.models import Candidate, GateWaiver, Program, Scorecard, ScorecardGate
from scorecards.services.candidates import create_candidate, update_candidate
from scorecards.services.frameworks import install_frameworks
from scorecards.services.programs import create_program
from scorecards.services.scorecards import create_scorecard
from vendors.services import Draft, Scope, Subject, record_many
from vendors.services.writing import constraints_in_words
from vendors.vocabulary import Delivery, GovernanceTerm, LineRole, SharingTerm, TransparencyTerm

TWO_MAPS = ("MT-204", "Ostravane Biologics")
INCUMBENT = ("MT-618", "Caldermoor Proteins")
PARTNERED = ("MT-317", "Quorrel Lipidics", "Messalind RNA Works")
WAIVED = ("MT-204 launch shortlist", "Dunmarrow Biologics", ("G_OAI", "G_MARKET"))
SILENT = ("Umbermoss Laboratories",)
UNDECIDED = ("MT-701",)
"""Programmes for which nobody has been asked yet."""
FOREIGN_QUOTE = {"Tarrowmere Cell & Gene": ("GBP", 0.8), "Mesquitela Oral Dose": ("BRL", 5.4)}
"""Quotes in a currency for which the demo keeps no rate: the price stays unknown and says so."""
NO_OFFER = ("Umbermoss Laboratories", "Fjordmynte Bioprocess", "Shanlintai Injectables")


@dataclass
class Offers:
    """Writes everything about programmes for the vendors that were made."""

    desk: Desk
    made: dict[str, Rows]

    def write(self) -> int:
        """Programmes, candidates with maps, scorecards, offers; returns how many pieces of evidence were recorded."""
        organization, by, now = self.desk.manager.organization, self.desk.manager, self.desk.now
        framework = install_frameworks(organization, now)[0]
        programs = {
            need.code: create_program(organization=organization, by=by, now=now, **need.as_fields(self.desk.today)) for need in NEEDS
        }  # fmt: skip
        self._two_maps(programs[TWO_MAPS[0]])
        standing = {need.code: self._stand(need.code, programs[need.code]) for need in NEEDS}
        for judgement in JUDGEMENTS:
            create_scorecard(
                program=programs[judgement.program], framework=framework, name=judgement.name, archetype=judgement.archetype,
                stage=judgement.stage.value, policy=judgement.policy, by=by, now=now,
                candidates=None if judgement.everybody else standing[judgement.program],
            )  # fmt: skip
        for program in programs.values():
            self._partnered(program)
            self._incumbent(program)
        drafts = [draft for need in NEEDS for draft in self._offers(need.code, programs[need.code])]
        record_many(organization=organization, drafts=drafts, by=by, now=now)
        self._waive()
        return len(drafts)

    def _stand(self, code: str, program: Program) -> list[Candidate]:
        """Everybody who works in the modality stands, and those who never answered."""
        named = [maker.name for maker in MAKERS if _works_in(maker, program.modality) or maker.name in SILENT]
        if code == TWO_MAPS[0]:
            named.remove(TWO_MAPS[1])
        if code in UNDECIDED:
            return []
        with constraints_in_words():
            Candidate.objects.bulk_create(
                Candidate(
                    organization=program.organization,
                    program=program,
                    vendor=self.made[name].vendor,
                    updated_at=self.desk.now,
                )
                for name in named
            )
        return list(self._candidates(program).order_by("id"))

    def _two_maps(self, program: Program) -> None:
        """One vendor stands twice: either plant makes it and the other one is the backup."""
        rows, maker = self.made[TWO_MAPS[1]], _maker(TWO_MAPS[1])
        cork, singapore = maker.sites
        for first, second in ((cork, singapore), (singapore, cork)):
            main, spare = first.name.split()[0], second.name.split()[0]
            create_candidate(
                program=program, vendor=rows.vendor, by=self.desk.manager, now=self.desk.now, label=f"{main}, backup {spare}",
                supply_map=[*_steps(program, maker, rows, first.name), *_steps(program, maker, rows, second.name, role=LineRole.BACKUP)],
            )  # fmt: skip

    def _partnered(self, program: Program) -> None:
        """A map with a step at a partner's site."""
        code, name, helper = PARTNERED
        if not program.name.startswith(code):
            return
        own, partner = self.made[name], self.made[helper]
        plant, helping = _maker(name).sites[0], _maker(helper).sites[0]
        first = {
            "operation": "IVT", "phase": program.phase_now, "site": partner.sites[helping.name], "delivery": Delivery.PARTNER.value,
            "capability": partner.capabilities[helping.name, program.modality, "IVT"], "partner_vendor": partner.vendor,
        }  # fmt: skip
        rest = [step for step in _steps(program, _maker(name), own, plant.name) if step["operation"] != "IVT"]
        self._update(program, name, supply_map=[first, *rest])

    def _incumbent(self, program: Program) -> None:
        if program.name.startswith(INCUMBENT[0]):
            self._update(program, INCUMBENT[1], incumbent=True)
            for name, cost, months in (
                ("Sunderwick Early Bio", 900_000, 5),
                ("Bregenthal Bispecifics", 1_250_000, 7),
            ):
                self._update(
                    program, name, switching_cost=cost, switching_currency="USD", switching_months=months
                )

    def _update(self, program: Program, vendor: str, **fields: Any) -> None:
        candidate = self._candidates(program).get(vendor=self.made[vendor].vendor)
        update_candidate(
            candidate=candidate, expected_version=None, by=self.desk.manager, now=self.desk.now, **fields
        )

    def _candidates(self, program: Program) -> Any:
        return Candidate.objects.for_organization(self.desk.manager.organization).filter(
            program=program, archived_at=None
        )

    def _offers(self, code: str, program: Program) -> Iterator[Draft]:
        """Quote and terms of most vendors that can do the work."""
        makers = {
            maker.name: maker
            for maker in MAKERS
            if _works_in(maker, program.modality) and maker.name not in NO_OFFER
        }
        scribe = Scribe(self.desk.today, self.desk.actors[Role.QUALITY].name)
        rows = (
            self._candidates(program)
            .select_related("vendor")
            .filter(vendor__name__in=makers)
            .order_by("vendor__name", "label")
        )
        for candidate in rows:
            maker = makers[candidate.vendor.name]
            if dice("offers", code, maker.name) < SCALE // 8:  # asked, and silent so far
                continue
            yield from _offer(scribe, program, candidate, maker)

    def _waive(self) -> None:
        """Quality sets an open official action, and the market it closes, aside for one candidate until a re-inspection."""
        name, vendor, codes = WAIVED
        scorecard = Scorecard.objects.for_organization(self.desk.manager.organization).get(name=name)
        manager, quality = (
            User.objects.get(email=DEMO_USERS[role][0]) for role in (Role.MANAGER, Role.QUALITY)
        )
        organization = self.desk.organization
        candidate = self._candidates(scorecard.program).get(vendor=self.made[vendor].vendor)
        for gate in ScorecardGate.objects.for_organization(organization).filter(
            scorecard=scorecard, code__in=codes
        ):
            GateWaiver.objects.create(
                organization=organization, gate=gate, candidate=candidate, expires_on=self.desk.today + timedelta(days=120),
                text="Re-inspection is booked; kept in the comparison until its outcome, not for award.",
                requested_by=manager, requested_at=self.desk.now, approved_by=quality, approved_at=self.desk.now,
            )  # fmt: skip


def _maker(name: str) -> Maker:
    return next(maker for maker in MAKERS if maker.name == name)


def _works_in(maker: Maker, modality: str) -> bool:
    return any(can.modality == modality for plant in maker.sites for can in plant.can)


def _steps(
    program: Program, maker: Maker, rows: Rows, site: str, role: LineRole = LineRole.PRIMARY
) -> list[dict[str, Any]]:
    """The required operations that a site can do, as lines of a supply map."""
    return [
        {
            "operation": operation,
            "phase": program.phase_now,
            "site": rows.sites[site],
            "capability": capability,
            "role": role.value,
        }
        for operation in required_operations(program_needs(program))
        if (capability := rows.capabilities.get((site, program.modality, operation)))
    ]


def _offer(scribe: Scribe, program: Program, candidate: Candidate, maker: Maker) -> Iterator[Draft]:
    """Price and terms of one candidate: signed offers count as documents, the others as claims."""
    subject = Subject.of_candidate(candidate.vendor, candidate.pk)
    parts = (program.name, maker.name, candidate.label)
    proof = ON_FILE if dice("signed", *parts) < SCALE // 3 else ASKED
    scope = Scope(program_id=program.pk)
    for target, codes in (("RSK2", GovernanceTerm), ("RSK3", TransparencyTerm), ("RSK5", SharingTerm)):
        value = facts.flags(codes, maker.marks.governance, *parts, target)
        yield scribe.record(subject, target, value, proof, scope=scope, commercial=target == "RSK5")
    if program.budget_amount is not None and dice("priced", *parts) > SCALE // 8:
        amount = float(program.budget_amount) * maker.price * (0.94 + 0.12 * dice("price", *parts) / SCALE)
        currency, rate = FOREIGN_QUOTE.get(maker.name, (program.budget_currency, 1))
        quote = {"amount": round(amount * rate / 10_000) * 10_000, "currency": currency}
        yield scribe.record(subject, "COM1", quote, proof, scope=scope, commercial=True)
