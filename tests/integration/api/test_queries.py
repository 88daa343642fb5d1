"""Every list asks the database as often for three rows as for one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.models import Job
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate
from scorecards.services.programs import create_program
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from tests.integration.api.calls import by_session, by_token
from vendors import services
from vendors.facts import FACTS
from vendors.models import Site, Vendor
from vendors.services import Subject

pytestmark = pytest.mark.django_db

# a call by token: token with its owner and last use · memberships · savepoint · scope before · scope set · scope
# restored · savepoint released
BY_TOKEN = 7
COUNT_AND_ROWS = 2
OF_OFFER = next(
    code for code, fact in FACTS.items() if "candidate" in fact.subjects and fact.schema.kind == "rubric"
)


def vendor_with_site(actor: Actor) -> tuple[Vendor, Site]:
    vendor = make.make_vendor(actor.organization, integration="CDMO")
    services.set_external_ids(
        organization=actor.organization,
        by=actor,
        vendor=vendor,
        ids=[{"system": "erp", "value": vendor.name}],
    )
    site = make.make_site(vendor, fei=f"{1_000_000 + vendor.pk}")
    services.set_external_ids(
        organization=actor.organization, by=actor, site=site, ids=[{"system": "erp", "value": site.name}]
    )
    make.make_capability(site)
    make.make_service(vendor, site=site)
    make.make_certificate(vendor, site=site, number="1")
    services.add_alias(vendor=vendor, name=f"Alias of {vendor.name}", by=actor)
    return vendor, site


def offered(actor: Actor) -> None:
    """Evidence about a vendor, a site, a capability and a candidate, and a note about a candidate."""
    vendor, site = vendor_with_site(actor)
    program = create_program(
        organization=actor.organization, by=actor, now=NOW, name=f"P{vendor.pk}", modality="MAB"
    )
    candidate = Candidate.objects.create(
        organization=actor.organization, program=program, vendor=vendor, label="own", updated_at=NOW
    )
    make.make_evidence(
        vendor, "vendor.focus", {"choice": "FULL"}, scope=services.Scope(program_id=program.pk)
    )
    make.make_evidence(Subject.of_candidate(vendor, candidate.pk), OF_OFFER, {"level": 3})
    make.make_note(vendor, site=site, candidate_id=candidate.pk)


def job(actor: Actor) -> None:
    Job.objects.create(organization=actor.organization, kind="export", requested_by=actor.user)


LISTS: list[tuple[str, Callable[[Actor], Any], int]] = [
    # vendors · sites · their capabilities · standings · external ids · services · certificates · aliases · external ids
    ("vendors/", vendor_with_site, BY_TOKEN + COUNT_AND_ROWS + 8),
    # sites · capabilities · standings · external ids
    ("sites/", vendor_with_site, BY_TOKEN + COUNT_AND_ROWS + 3),
    ("capabilities/", vendor_with_site, BY_TOKEN + COUNT_AND_ROWS),
    ("services/", vendor_with_site, BY_TOKEN + COUNT_AND_ROWS),
    ("certificates/", vendor_with_site, BY_TOKEN + COUNT_AND_ROWS),
    # records · public ids of the programmes, and of the candidates, that they name
    ("evidence/", offered, BY_TOKEN + COUNT_AND_ROWS + 2),
    # notes · public ids of the candidates they name
    ("notes/", offered, BY_TOKEN + COUNT_AND_ROWS + 1),
    ("contacts/", lambda a: make.make_contact(vendor_with_site(a)[0]), BY_TOKEN + COUNT_AND_ROWS),
    (
        "cdas/",
        lambda a: services.set_cda(
            organization=a.organization, vendor=vendor_with_site(a)[0], by=a, now=NOW, status="none"
        ),
        BY_TOKEN + COUNT_AND_ROWS,
    ),
    ("qualifications/", lambda a: make.make_qualification(vendor_with_site(a)[1]), BY_TOKEN + COUNT_AND_ROWS),
    (
        "attestations/",
        lambda a: services.attest_section(
            vendor=vendor_with_site(a)[0], section="sites", attested_on=NOW.date(), by=a, now=NOW
        ),
        BY_TOKEN + COUNT_AND_ROWS,
    ),
    (
        "partnerships/",
        lambda a: services.create_partnership(
            vendor=vendor_with_site(a)[0], partner_vendor=vendor_with_site(a)[0], by=a, now=NOW
        ),
        BY_TOKEN + COUNT_AND_ROWS,
    ),
    (
        "list-screens/",
        lambda a: services.record_list_screen(
            vendor=vendor_with_site(a)[0],
            list_name="OFAC",
            result="pass",
            screened_on=NOW.date(),
            by=a,
            now=NOW,
        ),
        BY_TOKEN + COUNT_AND_ROWS,
    ),
    # records of both tables in one · sites by FEI · matches
    (
        "regulatory-records/",
        lambda a: make.make_inspection(a.organization, fei=vendor_with_site(a)[1].fei, event_on=NOW.date()),
        BY_TOKEN + COUNT_AND_ROWS + 2,
    ),
    # by cursor: nothing is counted
    ("jobs/", job, BY_TOKEN + 1),
]


@pytest.mark.parametrize(("place", "add", "expected"), LISTS, ids=[place for place, *_ in LISTS])
def test_list_asks_as_often_for_three_as_for_one(
    team: Team, manager: Actor, place: str, add: Callable[[Actor], Any], expected: int
) -> None:
    api = by_token(team)
    api.get("me/")  # the last use of the token is noted now, and not again within a minute
    found = []
    for more in (1, 2):
        for _ in range(more):
            with organization_scope(team.organization.pk, manager):
                add(manager)
        with CaptureQueriesContext(connection) as queries:
            answer = api.get(place)
        assert answer.status_code == 200, answer.content
        assert len(answer.json()["results"]) >= more
        found.append(len(queries))

    assert found == [expected, expected], "\n".join(query["sql"][:150] for query in queries)


def test_audit_asks_once_for_each_table_referred_to(team: Team, manager: Actor) -> None:
    admin = by_session(team, Role.ADMIN)
    admin.get("me/")  # a new session is written once
    found = []
    for more in (1, 2):
        for _ in range(more):
            with organization_scope(team.organization.pk, manager):
                vendor_with_site(manager)
        with CaptureQueriesContext(connection) as queries:
            assert admin.get("audit/?table=vendors_capability&page_size=200").status_code == 200
        found.append(len(queries))

    # session · user · memberships · savepoint · scope before · set · events · sites referred to · restored · released
    assert found == [10, 10], "\n".join(query["sql"][:150] for query in queries)


def test_members_and_tokens_ask_as_often_for_many(team: Team) -> None:
    admin = by_session(team, Role.ADMIN)
    admin.get("me/")
    found = []
    for more in (1, 2):
        for _ in range(more):
            by_token(team)
        with CaptureQueriesContext(connection) as queries:
            assert admin.get("tokens/").json()["count"] >= more
        found.append(len(queries))

    # session · user · memberships · savepoint · scope before · set · count · rows · restored · released
    assert found == [10, 10], "\n".join(query["sql"][:150] for query in queries)
    with CaptureQueriesContext(connection) as queries:
        assert admin.get("organization/members/").json()["count"] == len(Role)
    assert len(queries) == 10
