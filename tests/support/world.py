"""A rich organisation: at least one row in every table that organisations own, and a canary in every text.

Committed, so that a scorecard can be calculated; whoever builds it cleans up afterwards (`rich_worlds`).
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import (
    ApiToken,
    IdempotencyKey,
    Job,
    Membership,
    Notification,
    Organization,
    User,
    WebhookAttempt,
)
from cdmo_eval.core.models.tenant import TenantRow
from cdmo_eval.core.notifications import choose
from cdmo_eval.core.policies import ALL_SCOPES
from cdmo_eval.core.retention import lift_hold, place_hold
from cdmo_eval.core.roles import Role
from cdmo_eval.core.signatures import record_refused_signature
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import create_token
from cdmo_eval.core.webhooks.endpoints import create_endpoint, send_test
from scorecards import recompute
from scorecards.models import (
    Candidate,
    ConsistencyFinding,
    ExportFormat,
    ExportKind,
    RulesChange,
    Run,
    ScorecardGate,
)
from scorecards.selectors.simulations import Request as Simulated
from scorecards.services.candidates import update_candidate
from scorecards.services.decisions import sign_decision, supersede_decision
from scorecards.services.evaluators import record_consensus
from scorecards.services.export_slices import write_slice
from scorecards.services.exports import request_export
from scorecards.services.preregistration import lock_weights
from scorecards.services.programs import create_program
from scorecards.services.proposals import withdraw_proposal
from scorecards.services.questionnaire_reviews import Decision, review_answers
from scorecards.services.questionnaires import withdraw_copy
from scorecards.services.shortlists import change_shortlist, create_shortlist, declare_interests, remark
from scorecards.services.simulations import count_slice, request_simulation
from scorecards.services.snapshots import freeze_calculation
from scorecards.services.waivers import request_waiver
from scorecards.services.weight_sets import create_weight_set
from tests.factories import evaluators as evaluate
from tests.factories import questionnaires as ask
from tests.factories import scorecards as judge
from tests.factories import vendors as make
from tests.factories.core import Team, make_team
from tests.factories.proposals import line, make_proposal, make_rate
from tests.support.canaries import tenant_models, write_canaries
from tests.support.emptying import empty
from vendors import services
from vendors.models import ExternalId, ImportEntry, ImportMapping, PublicLoad, StandingChange, UploadedLoad
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
        empty()


def make_world(slug: str) -> World:
    """Build one: facts, canaries, then two calculations."""
    team = make_team(slug)
    world = World(team, f"CANARY-{slug.upper()}")
    _name_people(world)
    with organization_scope(team.organization.pk, team.actor()):
        _profile(world)
        _dealings(world)
        _notices(world)
        _judgement(world)
        _webhooks(world)
    _change_after_the_lock(world)
    with owner_connection():
        world.rows["publicload"] = PublicLoad.objects.create(
            kind="fda_inspections", read_on=clock().date(), loaded_at=clock()
        )
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
    rows["distinctvendors"] = services.keep_apart(vendor=vendor, other=partner, by=by)
    rows["savedview"] = services.save_view(
        organization=organization, name="Antibodies", query="modality=MAB", shared=True, by=world.team.actor()
    )
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
    rows["uploadedload"] = load = _loads(world)
    ImportMapping.objects.create(
        organization=organization,
        kind="contacts",
        header_digest="0" * 64,
        mapping={},
        used_at=now,
        by_name="x",
    )
    ImportEntry.objects.create(
        organization=organization,
        load=load,
        table_name="vendors_vendor",
        row_id=vendor.pk,
        op="U",
        before={},
        after={},
    )
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


def _notices(world: World) -> None:
    """The manager was told of an event, and chose how; a legal hold stands and another one is lifted."""
    now, organization, manager, admin = (
        clock(),
        world.organization,
        world.team.actor(),
        world.team.actor(Role.ADMIN),
    )
    world.rows["notification"] = Notification.objects.create(
        organization=organization, recipient=manager.user, seq=1, kind="vendors", type="vendor.archived", subject_type="vendor",
        subject_id=world.rows["vendor"].public_id, data={"vendor": {"name": world.canary}}, at=now,
    )  # fmt: skip
    choose(by=manager, given={"vendors": {"email": "weekly"}})
    world.rows["legalhold"] = place_hold(
        organization=organization, matter="A dispute", reason="Counsel asks", by=admin, now=now
    )
    lifted = place_hold(organization=organization, matter="Another", reason="As well", by=admin, now=now)
    lift_hold(hold=lifted, reason="Settled", expected_version=None, by=admin, now=now)


def _judgement(world: World) -> None:
    now, rows, organization, manager = clock(), world.rows, world.organization, world.team.actor()
    rows["program"] = program = create_program(
        organization=organization, by=manager, now=now, name="Antibody", modality="MAB", phase_now="PH1", phase_target="PH2",
        target_markets=["US", "EU"], need_first_gmp_date=date(now.year + 1, 1, 1), required_services=["FORM_DEV"],
        scale_needs=[{"operation": "UPSTREAM", "at": "now", "value": 200, "unit": "L"}], sponsor="S", sub_type="T", route="iv",
        scope_items=["item"], budget_amount=1000, budget_currency="USD", weeks_to_milestone=40, exclusions=["none"], external_ids=[{"system": "erp", "value": "P-1"}],
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
    _questions(world)
    _offers(world)
    _shortlists(world)


def _offers(world: World) -> None:
    """A proposal with a line, one that was withdrawn, and a rate."""
    rows, manager = world.rows, world.team.actor()
    proposal = make_proposal(
        rows["candidate"], line("item", 100, assumption="x", unit="batch"), now=clock(), signed_offer=rows["storedfile"],
        payment_terms="x", cancellation_fees="x", stand_alone_stages=["PH1"], must_have_terms={"ip_owner": "sponsor"},
    )  # fmt: skip
    rows["proposal"], rows["proposalline"] = proposal, proposal.lines.get()
    slip = make_proposal(rows["candidate"], line("item", 1), now=clock())
    (rows["proposalwithdrawal"],) = withdraw_proposal(proposal=slip, reason="x", by=manager, now=clock())
    rows["exchangerate"] = make_rate(world.organization, "EUR", "USD", "1.1", now=clock())


def _shortlists(world: World) -> None:
    """An open shortlist that people talk about, and one that is signed once it is calculated."""
    now, rows, procurement = clock(), world.rows, world.team.actor(Role.PROCUREMENT)
    rows["rival"] = Candidate.objects.get(program=rows["program"], vendor=rows["partner"], label="")
    for name in ("signedshortlist", "shortlist"):
        rows[name] = create_shortlist(
            scorecard=rows["scorecard"], name=name, candidates=[rows["candidate"], rows["rival"]], purpose="x", by=procurement, now=now
        )  # fmt: skip
        declare_interests(shortlist=rows[name], conflict=True, text="Shares", by=procurement, now=now)
        rows["conflictdeclaration"] = rows[name].declarations.get()
        rows["shortlistremark"] = remark(
            shortlist=rows[name], text="x", kind="dissent", by=procurement, now=now
        )
        change_shortlist(
            shortlist=rows[name], expected_version=None, reason="x", next_steps="x", by=procurement, now=now
        )
    rows["shortlistitem"] = rows["shortlist"].items.get(candidate=rows["rival"])
    rows["refusedsignature"] = record_refused_signature(
        subject_type="shortlist", subject_id=rows["shortlist"].public_id, meaning="authored", reason="password", by=procurement, now=now
    )  # fmt: skip


def _signatures(world: World) -> None:
    """The signed shortlist, superseded since."""
    row, procurement = world.rows["signedshortlist"], world.team.actor(Role.PROCUREMENT)
    world.rows["signature"] = sign_decision(
        shortlist=row, meaning="authored", digest="", proof="password", by=procurement, now=clock()
    )
    supersede_decision(shortlist=row, reason=world.canary, by=procurement, now=clock())
    world.rows["shortlistdecision"] = row.decisions.get()


def _questions(world: World) -> None:
    """A round with an accepted answer and a price that waits for a decision, and one that was taken back."""
    now, rows = clock(), world.rows
    rows["questionnaire"] = sent = ask.make_questionnaire(
        rows["scorecard"], ["SVC6", "COM1", "QUA2"], [rows["candidate"]], now=now, contact="Petra"
    )
    rows["questionnairecopy"] = copy = ask.copy_of(sent)
    rows["questionnairequestion"] = sent.questions.order_by("position")[0]
    ask.answer(copy, "SVC6", {"level": 2}, comment="As said", source="Deck", now=now)
    ask.answer(copy, "COM1", {"amount": 5, "currency": "EUR"}, now=now)
    other = Candidate.objects.get(program=rows["program"], vendor=rows["partner"], label="")
    off = ask.copy_of(ask.make_questionnaire(rows["scorecard"], ["SVC6"], [other], now=now))
    withdraw_copy(copy=off, reason="A slip", expected_version=None, by=world.team.actor(), now=now)
    item = ask.item_of(copy, "SVC6")
    rows["questionnairereview"] = review_answers(
        copy=copy, decisions=[Decision(item, 1, "accepted")], by=world.team.actor(Role.QUALITY), now=now
    )[0]
    rows["questionnaireitem"], rows["questionnaireanswer"] = item, item.answers.get()


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
        _signatures(world)
        world.rows["simulation"], job = request_simulation(
            scorecard=world.rows["scorecard"],
            request=Simulated(draws=100),
            by=world.team.actor(),
            now=clock(),
        )
    if job is not None:
        count_slice(organization_id=world.organization.pk, job_id=job.pk, clock=clock)
    _exports(world)
    with organization_scope(world.organization.pk, "test"):
        rows = ExternalId.objects.values_list("object_type", "value")
        world.external_ids = dict(rows)
        world.empty_tables = [
            model._meta.db_table for model in tenant_models() if not model._default_manager.exists()
        ]
        for name, row in list(world.rows.items()):
            if isinstance(row, TenantRow):
                world.rows[name] = type(row)._default_manager.get(pk=row.pk)


def _webhooks(world: World) -> None:
    admin, now = world.team.actor(Role.ADMIN), clock()
    endpoint, _ = create_endpoint(
        by=admin, now=now, name="Warehouse", url="https://hooks.example/in", types=["vendor.merged"]
    )
    delivery = send_test(endpoint=endpoint, by=admin, now=now)
    world.rows["webhookendpoint"], world.rows["webhookdelivery"] = endpoint, delivery
    WebhookAttempt.objects.create(
        organization=world.organization, delivery=delivery, error="timeout", milliseconds=5000, at=now
    )


def _exports(world: World) -> None:
    """A file that is being written, with its first part, and one that is written."""
    for name in ("openexport", "export"):
        with organization_scope(world.organization.pk, "test"):
            world.rows[name] = row = request_export(
                organization=world.organization, kind=ExportKind.RANKING, format=ExportFormat.XLSX, subject=world.rows["scorecard"].public_id,
                by=world.team.actor(), now=clock(),
            )  # fmt: skip
        write_slice(
            organization_id=world.organization.pk,
            job_id=row.job_id,
            clock=clock,
            seconds=0 if name == "openexport" else 60,
        )


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
