"""A rich organisation: at least one row in every table that organisations own, and a canary in every text.

Committed, so that a scorecard can be calculated; whoever builds it cleans up afterwards (`rich_worlds`).
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management import call_command

from cdmo_eval.core.models import ApiToken, IdempotencyKey, Job, Membership, Organization, User
from cdmo_eval.core.models.tenant import TenantRow
from cdmo_eval.core.policies import ALL_SCOPES
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import create_token
from scorecards import recompute
from scorecards.models import Candidate, ConsistencyFinding, RulesChange, Run, ScorecardGate
from scorecards.selectors.simulations import Request as Simulated
from scorecards.services.candidates import update_candidate
from scorecards.services.evaluators import record_consensus
from scorecards.services.preregistration import lock_weights
from scorecards.services.programs import create_program
from scorecards.services.simulations import count_slice, request_simulation
from scorecards.services.snapshots import freeze_calculation
from scorecards.services.waivers import request_waiver
from scorecards.services.weight_sets import create_weight_set
from tests.factories import evaluators as evaluate
from tests.factories import scorecards as judge
from tests.factories import vendors as make
from tests.factories.core import Team, make_team
from tests.support.canaries import tenant_models, write_canaries
from vendors import services
from vendors.models import ExternalId, StandingChange, UploadedLoad
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind


@dataclass
class World:
    """One organisation with everything in it. `rows` holds one row by name of its model, lower-case.

    `external_ids` are what another system calls a vendor, site, program and scorecard; `without_canary` are columns
    that refused theirs.
    """

    team: Team
    canary: str
    rows: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    external_ids: dict[str, str] = field(default_factory=dict)
    without_canary: list[str] = field(default_factory=list)
    empty_tables: list[str] = field(default_factory=list)

    @property
    def organization(self) -> Organization:
        """The organisation."""
        return self.team.organization

    def id_of(self, name: str) -> str:
        """The public id of a row."""
        return str(self.rows[name].public_id)


def clock() -> datetime:
    """Pages and programs read the real clock."""
    return datetime.now(UTC)


@contextmanager
def rich_worlds(*slugs: str) -> Iterator[list[World]]:
    """Organisations of these names, committed; at the end the database is emptied."""
    try:
        yield [make_world(slug) for slug in slugs]
    finally:
        call_command("flush", verbosity=0, interactive=False, allow_cascade=True, inhibit_post_migrate=False)


def make_world(slug: str) -> World:
    """Build one: facts, canaries, then two calculations."""
    team = make_team(slug)
    world = World(team, f"CANARY-{slug.upper()}")
    _name_people(world)
    with organization_scope(team.organization.pk, team.actor()):
        _profile(world)
        _dealings(world)
        _judgement(world)
    _change_after_the_lock(world)
    world.without_canary = write_canaries(world.organization, world.canary)
    _calculate(world)
    _tokens(world)
    return world


def _name_people(world: World) -> None:
    Organization.objects.filter(pk=world.organization.pk).update(name=world.canary)
    for role, user in world.team.members.items():
        name, email = f"{world.canary} {role.value}", f"{role.value}@{world.canary.lower()}.example"
        User.objects.filter(pk=user.pk).update(name=name, email=email)
        user.name, user.email = name, email
    world.organization.refresh_from_db()
    world.rows["membership"] = Membership.objects.get(user=world.team.members[Role.EVALUATOR])


def _profile(world: World) -> None:
    now, rows, organization = clock(), world.rows, world.organization
    rows["vendor"] = vendor = make.make_vendor(
        organization, name="Alder", now=now, hq_country="DE", integration="CDMO"
    )
    rows["partner"] = partner = make.make_vendor(organization, name="Birch", now=now)
    rows["archived"] = archived = make.make_vendor(organization, name="Gone", now=now)
    by = make.somebody(organization)
    services.archive_vendor(vendor=archived, expected_version=None, by=by, now=now)
    rows["vendoralias"] = services.add_alias(vendor=vendor, name="Alder AG", by=by)
    rows["vendorpartnership"] = services.create_partnership(
        vendor=vendor, partner_vendor=partner, by=by, now=now, region="EUROPE"
    )
    rows["listscreen"] = services.record_list_screen(
        vendor=vendor, list_name="OFAC", result="pass", screened_on=now.date(), by=by, now=now
    )
    rows["site"] = site = make.make_site(
        vendor, name="Ulm", now=now, fei="3001000001", city="Ulm", single_use_pct=80
    )
    for named in ({"vendor": vendor}, {"site": site}):
        services.set_external_ids(
            organization=organization, by=by, ids=[{"system": "erp", "value": "1"}], **named
        )
    make.make_site(partner, name="Basel", now=now, country="CH")
    rows["capability"] = make.make_capability(
        site, gmp=True, scale_min=50, scale_max=2000, batch_unit="L", programs_by_phase={"PH1": 4}, now=now
    )
    rows["serviceoffering"] = make.make_service(vendor, now=now)
    rows["sectionattestation"] = services.attest_section(
        vendor=vendor, section="sites", attested_on=now.date(), by=world.team.actor(), now=now,
    )  # fmt: skip
    rows["uploadedrecord"] = record = make.make_inspection(
        organization, fei="3001000001", event_on=now.date() - timedelta(days=200)
    )
    rows["recordmatch"] = services.match_record(
        site=site, record=record, by=world.team.actor(Role.QUALITY), now=now
    )
    rows["uploadedload"] = _loads(world)
    services.refresh_standings(organization=organization, as_of=now.date())


def _loads(world: World) -> UploadedLoad:
    """Two files of the same inspection, of which the second says something else: its load."""
    now, manager = clock(), world.team.actor()
    for classification in ("NAI", "VAI"):
        read = UploadedLoad(
            organization=world.organization, kind="fda_inspections", file_name="inspections.csv",
            read_on=now.date(), record_kinds=["INSPECTION"], sha256="0" * 64,
        )  # fmt: skip
        record = RegulatoryRecord(
            kind=RecordKind.INSPECTION, authority="FDA", native_id="77", fei="3001000001", firm="A firm",
            event_on=now.date() - timedelta(days=400), classification=classification,
            product_area="Drugs", project_area="Drug Quality Assurance", source="fda_inspections",
        )  # fmt: skip
        services.upload_records(
            organization=world.organization, records=[record], by=manager, now=now, load=read
        )
    return read


def _dealings(world: World) -> None:
    now, rows, organization = clock(), world.rows, world.organization
    vendor, partner, site, manager = rows["vendor"], rows["partner"], rows["site"], world.team.actor()
    rows["cda"] = services.set_cda(
        organization=organization, vendor=vendor, by=manager, now=now, status="signed", signed_on=now.date()
    )
    rows["storedfile"] = file = services.store_file(
        organization=organization, content=io.BytesIO(f"%PDF-1.7 {world.canary}".encode()), name="audit.pdf",
        confidentiality="commercial", vendor=vendor, by=manager, now=now,
    )  # fmt: skip
    rows["certificate"] = make.make_certificate(vendor, site=site, number="C-1", file=file, now=now)
    rows["evidence"] = evidence = make.make_evidence(
        vendor,
        "SVC3",
        {"level": 3},
        by=manager,
        now=now,
        obtained_on=now.date(),
        source="A call",
        note="Said so",
    )
    services.revise_evidence(
        evidence=evidence, expected_version=None, by=manager, now=now, reason="a slip", value={"level": 2}
    )
    rows["commercialevidence"] = make.make_evidence(
        vendor,
        "vendor.focus",
        {"choice": "FULL"},
        by=manager,
        now=now,
        confidentiality="commercial",
        file=file,
    )
    make.make_evidence(
        site, "site.single_use_pct", {"number": 70}, verified=True, now=now, obtained_on=now.date()
    )
    slip = make.make_evidence(partner, "SVC3", {"level": 1}, by=manager, now=now, obtained_on=now.date())
    services.retract_evidence(evidence=slip, expected_version=None, reason="A slip", by=manager, now=now)
    services.verify_certificate(
        certificate=rows["certificate"],
        expected_version=None,
        by=world.team.actor(Role.QUALITY),
        now=now,
        grade="B",
    )
    rows["contact"] = make.make_contact(vendor, now=now, email="c@example.com", primary=True)
    rows["note"] = make.make_note(
        vendor, now=now, on=now.date(), people=["A. Body"], confidentiality="public"
    )
    make.make_note(vendor, now=now, on=now.date(), people=["A. Body"], confidentiality="commercial")
    rows["qualification"] = make.make_qualification(site, now=now)
    rows["job"] = Job.objects.create(
        organization=organization,
        kind="recompute",
        subject="x",
        message="x",
        error="x",
        requested_by=manager.user,
    )
    rows["standingchange"] = StandingChange.objects.create(
        organization=organization, site=rows["site"], as_of=now.date(), old_state="vai", new_state="oai", reason=world.canary
    )  # fmt: skip
    rows["idempotencykey"] = IdempotencyKey.objects.create(
        organization=organization,
        actor="user:0",
        key="k",
        body_sha256="0" * 64,
        status=201,
        body={},
        headers={},
    )


def _judgement(world: World) -> None:
    now, rows, organization, manager = clock(), world.rows, world.organization, world.team.actor()
    rows["program"] = program = create_program(
        organization=organization, by=manager, now=now, name="Antibody", modality="MAB", phase_now="PH1", phase_target="PH2",
        target_markets=["US", "EU"], need_first_gmp_date=date(now.year + 1, 1, 1), required_services=["FORM_DEV"],
        scale_needs=[{"operation": "UPSTREAM", "at": "now", "value": 200, "unit": "L"}], sponsor="S", sub_type="T", route="iv",
        scope_items=["item"], exclusions=["none"], external_ids=[{"system": "erp", "value": "P-1"}],
    )  # fmt: skip
    rows["scorecard"] = scorecard = judge.make_scorecard(
        program, name="First look", now=now, external_ids=[{"system": "erp", "value": "C-1"}]
    )
    rows["framework"] = scorecard.framework
    rows["candidate"] = candidate = Candidate.objects.get(program=program, vendor=rows["vendor"], label="")
    step = {
        "operation": "UPSTREAM",
        "phase": "PH1",
        "site": rows["site"],
        "capability": rows["capability"],
        "role": "primary",
        "delivery": "in_house",
    }
    update_candidate(candidate=candidate, expected_version=None, by=manager, now=now, supply_map=[step])
    rows["supplyline"] = candidate.supply_lines.get()
    candidate.refresh_from_db()
    chosen = judge.make_scorecard(
        program, name="Second look", now=now, candidates=[candidate], hide_until_locked=True
    )
    rows["preregistration"] = lock_weights(scorecard=chosen, expected_version=None, by=manager, now=now)
    rows["weightset"] = create_weight_set(scorecard=scorecard, name="Quality", by=manager, now=now)
    rows["scorecardchoice"] = chosen.choices.get()
    rows["scorecardgate"] = gate = ScorecardGate.objects.filter(scorecard=scorecard).order_by("id").first()
    ScorecardGate.objects.filter(pk=gate.pk).update(waivable=True)
    gate.waivable = True
    rows["consistencyfinding"] = ConsistencyFinding.objects.create(
        organization=organization, scorecard=scorecard, found_at=now, differences=1, examples="a rank"
    )
    rows["gatewaiver"] = request_waiver(
        gate=gate,
        candidate=candidate,
        text="Known",
        expires_on=now.date() + timedelta(days=30),
        by=manager,
        now=now,
    )
    _opinions(world)


def _opinions(world: World) -> None:
    """The evaluator still has to rate one criterion; what was agreed is about another."""
    now, rows = clock(), world.rows
    scorecard, candidate = rows["scorecard"], rows["candidate"]
    rows["invitation"] = invitation = evaluate.make_invitation(
        scorecard, world.team.members[Role.EVALUATOR], ["SVC3", "SVC6"], [candidate], now=now
    )
    rows["invitedcandidate"] = invitation.candidates.get()
    evaluate.rate(invitation, {(candidate, "SVC3"): 4}, comment="Seen on site", now=now)
    rows["rating"] = invitation.ratings.get()
    rows["consensus"] = record_consensus(
        scorecard=scorecard, candidate=candidate, leaf="QUA1", level=3, reason="Talked over", by=world.team.actor(), now=now,
    )  # fmt: skip


def _change_after_the_lock(world: World) -> None:
    """A change of locked rules, as a calculation would have judged it."""
    scorecard = world.rows["scorecardchoice"].scorecard
    recompute.run(scorecard.pk, clock=clock)
    with organization_scope(world.organization.pk, "test"):
        world.rows["ruleschange"] = RulesChange.objects.create(
            organization=world.organization, scorecard=scorecard, run=Run.objects.get(scorecard=scorecard), digest="0" * 64,
            parts=["weights"], edited_by=["Somebody"], leader_before=["Alder"], leader_after=["Birch"], changes_leader=True,
        )  # fmt: skip


def _calculate(world: World) -> None:
    for scorecard in (world.rows["scorecard"], world.rows["scorecardchoice"].scorecard):
        recompute.run(scorecard.pk, clock=clock)
    with organization_scope(world.organization.pk, "test"):
        world.rows["run"] = Run.objects.filter(scorecard=world.rows["scorecard"]).latest("id")
        world.rows["snapshot"] = freeze_calculation(
            scorecard=world.rows["scorecard"], reason=world.canary, by=world.team.actor(), now=clock()
        )
        world.rows["simulation"], job = request_simulation(
            scorecard=world.rows["scorecard"],
            request=Simulated(draws=100),
            by=world.team.actor(),
            now=clock(),
        )
    if job is not None:
        count_slice(organization_id=world.organization.pk, job_id=job.pk, clock=clock)
    with organization_scope(world.organization.pk, "test"):
        rows = ExternalId.objects.values_list("object_type", "value")
        world.external_ids = dict(rows)
        world.empty_tables = [
            model._meta.db_table for model in tenant_models() if not model._default_manager.exists()
        ]
        for name, row in list(world.rows.items()):
            if isinstance(row, TenantRow):
                world.rows[name] = type(row)._default_manager.get(pk=row.pk)


def _tokens(world: World) -> None:
    now, manager = clock(), world.team.actor()
    for name, scopes in {
        "token": ALL_SCOPES,
        "narrow": ("commercial:read",),
        "plain": ("read", "write", "audit:read"),
        "expired": ALL_SCOPES,
        "revoked": ALL_SCOPES,
    }.items():
        token, text = create_token(
            by=manager,
            name=f"{world.canary} {name}",
            scopes=list(scopes),
            expires_at=now + timedelta(days=1),
            now=now,
        )
        world.tokens[name] = text
        world.rows.setdefault("apitoken", token)
    of = ApiToken.objects.filter(organization=world.organization)
    of.filter(name__endswith="expired").update(expires_at=now - timedelta(minutes=1))
    of.filter(name__endswith="revoked").update(revoked_at=now)
