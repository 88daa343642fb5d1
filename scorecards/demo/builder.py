"""Makes the demo organisation: people, fictional vendors with all that is known of them, programmes, scorecards.

All or nothing, in one transaction. Rows come in bulk, what is known comes as evidence through the same services as
everywhere, so that profile columns are projections here too.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.dealings import Desk
from scorecards.demo.families import MAKERS
from scorecards.demo.ledger import Rows, Scribe
from scorecards.demo.offers import Offers
from scorecards.demo.official import all_records, fei_of
from scorecards.demo.people import make_organization, make_people
from scorecards.demo.programmes import JUDGEMENTS, NEEDS
from scorecards.demo.spec import FICTIONAL, Maker
from scorecards.triggers import lock_organization
from vendors.models import Capability, Site
from vendors.services import create_vendors, record_many, upload_records
from vendors.services.writing import constraints_in_words


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
    organization, by, now = desk.manager.organization, desk.manager, desk.now
    made = _profiles(by, now)
    scribe = Scribe(desk.today, desk.actors[Role.QUALITY].name)
    drafts = [draft for maker in MAKERS for draft in scribe.drafts(maker, made[maker.name])]
    record_many(organization=organization, drafts=drafts, by=by, now=now)
    report = upload_records(organization=organization, records=all_records(desk.today), by=by, now=now)
    desk.write(made)
    offered = Offers(desk, made).write()
    return Made(
        organization=organization, vendors=len(made), sites=sum(len(rows.sites) for rows in made.values()),
        capabilities=sum(len(rows.capabilities) for rows in made.values()), evidence=len(drafts) + offered, records=report.added,
        programmes=len(NEEDS), scorecards=len(JUDGEMENTS),
    )  # fmt: skip


def _profiles(by: Actor, now: datetime) -> dict[str, Rows]:
    """Vendors, sites and capabilities with their plain columns, in one statement each."""
    organization = by.organization
    vendors = create_vendors(
        organization=organization, rows=[_plain_columns(maker) for maker in MAKERS], by=by, now=now
    )
    made = {maker.name: Rows(vendor) for maker, vendor in zip(MAKERS, vendors, strict=True)}
    for maker in MAKERS:
        rows = made[maker.name]
        for plant in maker.sites:
            fei = fei_of(maker, plant)
            rows.sites[plant.name] = Site(
                organization=organization, vendor=rows.vendor, name=plant.name, city=plant.city, lat=plant.lat, lon=plant.lon,
                timezone=plant.timezone, opened=plant.opened, fei=fei, fei_key=fei, status=plant.status.value, updated_at=now,
            )  # fmt: skip
    with constraints_in_words():
        Site.objects.bulk_create([site for rows in made.values() for site in rows.sites.values()])
    for maker in MAKERS:
        rows = made[maker.name]
        for plant in maker.sites:
            for can in plant.can:
                rows.capabilities[plant.name, can.modality, can.operation] = Capability(
                    organization=organization, site=rows.sites[plant.name], modality=can.modality, operation=can.operation, updated_at=now,
                )  # fmt: skip
    with constraints_in_words():
        Capability.objects.bulk_create([row for rows in made.values() for row in rows.capabilities.values()])
    return made


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
