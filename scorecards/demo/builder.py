"""Makes the demo organisation: people, fictional vendors with all that is known of them, programmes, scorecards.

All or nothing, in one transaction. Rows come in bulk; what is known comes as evidence through the same service as
everywhere, which also looks after the profile columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.models import Organization
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.dealings import Desk
from scorecards.demo.families import MAKERS
from scorecards.demo.imports import write_imports
from scorecards.demo.ledger import Rows, Scribe
from scorecards.demo.notices import write_notices
from scorecards.demo.offers import Offers
from scorecards.demo.official import all_records, fei_of, unnumbered_records
from scorecards.demo.opinions import write_opinions
from scorecards.demo.people import make_organization, make_people
from scorecards.demo.programmes import JUDGEMENTS, NEEDS
from scorecards.demo.proposals import write_proposals
from scorecards.demo.questions import write_questions
from scorecards.demo.receivers import write_receivers
from scorecards.demo.spec import FICTIONAL, Maker
from scorecards.demo.views import write_views
from scorecards.demo.weighing import write_weights
from scorecards.triggers import lock_organization
from vendors.models import Capability, ServiceOffering, Site
from vendors.services import Draft, create_vendors, match_records, record_many, upload_records
from vendors.services.columns import columns_of_row
from vendors.services.writing import constraints_in_words
from vendors.vocabulary import SubjectType, region_of_country


@dataclass(frozen=True)
class Made:
    """What a load made."""

    organization: Organization
    vendors: int
    sites: int
    capabilities: int
    evidence: int
    records: int
    programmes: int
    scorecards: int


@transaction.atomic
def make_demo(*, now: datetime) -> Made:
    """Make the demo organisation, which must not exist yet; everything is dated relative to `now`."""
    organization = make_organization(now)
    with organization_scope(organization.pk, "demo", reason="demo data"):
        actors = make_people(organization, now)
    with organization_scope(organization.pk, actors[Role.MANAGER], reason="demo data"):
        lock_organization(organization.pk)
        return _fill(Desk(actors, now))


def _fill(desk: Desk) -> Made:
    organization, by, now = desk.organization, desk.manager, desk.now
    made = _rows(desk)
    scribe = Scribe(desk.today, desk.actors[Role.QUALITY].name)
    drafts = [draft for maker in MAKERS for draft in scribe.drafts(maker, made[maker.name])]
    _save(desk, made, drafts)
    record_many(organization=organization, drafts=drafts, by=by, now=now)
    report = upload_records(organization=organization, records=all_records(desk.today), by=by, now=now)
    upload_records(organization=organization, records=unnumbered_records(desk.today), by=by, now=now)
    match_records(organization=organization, now=now)
    desk.write(made)
    offered = Offers(desk, made).write()
    write_proposals(desk)
    write_opinions(desk)
    write_questions(desk)
    write_weights(desk)
    write_notices(desk)
    write_receivers(desk)
    write_imports(desk)
    write_views(desk)
    return Made(
        organization=organization, vendors=len(made), sites=sum(len(rows.sites) for rows in made.values()),
        capabilities=sum(len(rows.capabilities) for rows in made.values()), evidence=len(drafts) + offered, records=report.added,
        programmes=len(NEEDS), scorecards=len(JUDGEMENTS),
    )  # fmt: skip


def _rows(desk: Desk) -> dict[str, Rows]:
    """Vendors, saved, with their sites and capabilities, not saved yet."""
    organization, now = desk.organization, desk.now
    vendors = create_vendors(
        organization=organization, rows=[_plain_columns(maker) for maker in MAKERS], by=desk.manager, now=now
    )
    made = {maker.name: Rows(vendor) for maker, vendor in zip(MAKERS, vendors, strict=True)}
    for maker in MAKERS:
        rows = made[maker.name]
        for plant in maker.sites:
            fei = fei_of(maker, plant)
            rows.sites[plant.name] = Site(
                organization=organization, vendor=rows.vendor, name=plant.name, city=plant.city, lat=plant.lat, lon=plant.lon,
                country=plant.country, region=region_of_country(plant.country) or "", timezone=plant.timezone, opened=plant.opened,
                fei=fei, fei_key=fei, status=plant.status.value, updated_at=now,
            )  # fmt: skip
            for can in plant.can:
                rows.capabilities[plant.name, can.modality, can.operation] = Capability(
                    organization=organization, site=rows.sites[plant.name], modality=can.modality, operation=can.operation, updated_at=now,
                )  # fmt: skip
    return made


def _save(desk: Desk, made: dict[str, Rows], drafts: Iterable[Draft]) -> None:
    """Save sites, capabilities and services with the columns that the evidence to come will fill.

    The projection of the evidence then has little left to change; without this it rewrites every row.
    """
    offered: dict[tuple[str, str], ServiceOffering] = {}
    for draft in drafts:
        subject, prefix = draft.subject, draft.target.partition(".")[0]
        if draft.value is None or prefix not in {"site", "capability", "service"}:
            continue
        row: Any = subject.site if subject.type is SubjectType.SITE else subject.capability
        if prefix == "service":
            code = draft.target.split(".")[1]
            row = offered.setdefault(
                (subject.vendor.name, code),
                ServiceOffering(
                    organization=desk.organization, vendor=subject.vendor, code=code, updated_at=desk.now
                ),
            )
        column = next(column for column in columns_of_row(row) if column.code == draft.target)
        for name, value in column.decode(draft.target, draft.value, draft.provenance.obtained_on).items():
            setattr(row, name, value)
    with constraints_in_words():
        Site.objects.bulk_create([site for rows in made.values() for site in rows.sites.values()])
        Capability.objects.bulk_create([row for rows in made.values() for row in rows.capabilities.values()])
        ServiceOffering.objects.bulk_create(offered.values())


def _plain_columns(maker: Maker) -> dict[str, object]:
    return {
        "name": maker.name,
        "legal_name": f"{maker.legal_name} ({FICTIONAL})",
        "hq_country": maker.hq,
        "founded_year": maker.founded,
        "employees": maker.employees,
        "languages": ["en"],
        "timezones": list(dict.fromkeys(plant.timezone for plant in maker.sites)),
    }
