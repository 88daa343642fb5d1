"""Every kind of file: imported, known again, changed, and taken back to what was before."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdmo_eval.core.errors import Conflict, DomainError, PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, Invitation, Proposal
from scorecards.services.evaluators import submit_ratings
from tests.factories import evaluators as evaluate
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.support.uploads import check_text, take_in
from vendors.imports import uploads
from vendors.imports.kinds import own_kinds
from vendors.models import UploadedLoad
from vendors.services.files import store_file

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """A file, one that changes something of it, and how many objects each changes."""

    table: str
    changed: str
    new: int
    changes: int
    role: Role = Role.MANAGER


CASES = {
    "vendors": Case(
        "vendor.name,vendor.parent,site.name,site.country\nElm,Group,Oslo,NO\n",
        "vendor.name,vendor.parent,site.name,site.country\nElm,Other,Oslo,NO\n", 1, 1,
    ),
    "vendor_profiles": Case(
        "vendor,parent,website\nElm,Group,https://elm.example\nBirch,Group,\n", "vendor,parent\nElm,Other\n", 1, 1
    ),
    "sites": Case(
        "vendor,site,city,country\nBirch,Basel,Basel,CH\nAlder,Ulm,Ulm,DE\n", "vendor,site,city\nBirch,Basel,Liestal\n", 1, 1
    ),
    "capabilities": Case(
        "vendor,site,modality,operation,gmp,trains\nAlder,Ulm,MAB,DOWNSTREAM,yes,2\n",
        "vendor,site,modality,operation,trains\nAlder,Ulm,MAB,DOWNSTREAM,3\n", 1, 1,
    ),
    "services": Case(
        "vendor,site,service,delivery,markets\nAlder,,FORM_DEV,in_house,US; EU\nAlder,Ulm,STABILITY,partner,\n",
        "vendor,service,delivery\nAlder,FORM_DEV,partner\n", 3, 1,
    ),
    "certificates": Case(
        "vendor,site,certificate,number,issued,expires,grade\nAlder,Ulm,GMP,DE-1,2025-01-31,2028-01-31,C\nBirch,,ISO_14001,,,,\n",
        "vendor,site,certificate,number,expires\nAlder,Ulm,GMP,DE-1,2029-01-31\n", 2, 1,
    ),
    "contacts": Case(
        "vendor,contact,email,role,primary\nAlder,A. Body,a@example.com,Sales,yes\nAlder,B. Body,,Quality,\n",
        "vendor,contact,email,role,primary\nAlder,B. Body,,Head of quality,yes\n", 2, 1,
    ),
    "partnerships": Case(
        "vendor,partner,region,operations\nAlder,Birch,EUROPE,UPSTREAM; DOWNSTREAM\n",
        "vendor,partner,region,bound\nAlder,Birch,EUROPE,yes\n", 1, 1,
    ),
    "list_screens": Case(
        "vendor,list,screened,result\nAlder,OFAC,2026-01-31,unknown\n",
        "vendor,list,screened,result,matched party\nAlder,OFAC,2026-01-31,fail,Alder Holding\n", 1, 1,
    ),
    "qualifications": Case(
        "vendor,site,operation,status,expiry\nAlder,Ulm,UPSTREAM,approved,2027-01-31\n",
        "vendor,site,operation,status\nAlder,Ulm,UPSTREAM,suspended\n", 1, 1, Role.QUALITY,
    ),
    "evidence": Case(
        "vendor,site,modality,operation,target,value,unit,date\n"
        "Alder,,,,SVC6,3,,2026-01-31\nAlder,Ulm,,,site.single_use_pct,80,,2026-01-31\n"
        "Alder,Ulm,MAB,UPSTREAM,capability.scale_max,2000,L,2026-01-31\nAlder,,,,QUA3,9/10,,2026-01-31\n",
        "vendor,target,value\nAlder,SVC6,4\n", 4, 1, Role.QUALITY,
    ),
    "proposals": Case(
        "programme,vendor,received,currency,capex,ip_owner,tech_transfer_out,insurance_amount,item,price,qty\n"
        "Antibody,Alder,2026-01-31,EUR,1000,Sponsor,yes,5000000,Batch,50000,2\n"
        "Antibody,Alder,2026-01-31,EUR,1000,Sponsor,yes,5000000,Tests,2500.50,\n",
        "programme,vendor,received,currency,capex,item,price,qty\nAntibody,Alder,2026-01-31,EUR,1000,Batch,45000,2\n", 1, 1,
        Role.PROCUREMENT,
    ),
    "rates": Case(
        "from,to,rate,date,published by\nUSD,EUR,0.91,2026-01-30,A bank\nGBP,EUR,1.17,2026-01-30,A bank\n",
        "from,to,rate,date,published by\nUSD,EUR,0.92,2026-01-30,A bank\n", 2, 1, Role.PROCUREMENT,
    ),
    "ratings": Case(
        "vendor,criterion,level,comment\nAlder,SVC3,4,Seen on site\nAlder,SVC6,2,\n",
        "vendor,criterion,level\nAlder,SVC3,3\n", 2, 1, Role.EVALUATOR,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    """Uploaded bytes lie in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def directory(team: Team) -> Team:
    """Two vendors, a site, a capability, a claim, a programme, a scorecard and an invitation to rate."""
    organization = team.organization
    with organization_scope(organization.pk, team.actor()):
        vendor = make_vendor(organization, name="Alder", now=NOW)
        make_vendor(organization, name="Birch", now=NOW)
        make_capability(make_site(vendor, name="Ulm", now=NOW), gmp=True, now=NOW)
        make_evidence(vendor, "SVC3", {"level": 1}, now=NOW, obtained_on=NOW.date().replace(year=2025))
        scorecard = make_scorecard(
            make_program(organization, name="Antibody", now=NOW), name="First look", now=NOW
        )
        candidate = Candidate.objects.get(program=scorecard.program, vendor=vendor)
        evaluate.make_invitation(
            scorecard, team.members[Role.EVALUATOR], ["SVC3", "SVC6"], [candidate], now=NOW
        )
    return team


def test_every_kind_has_its_case() -> None:
    assert sorted(CASES) == sorted(own_kinds())


@pytest.mark.parametrize("kind", sorted(CASES))
def test_kind_is_imported_known_changed_and_taken_back(directory: Team, kind: str) -> None:
    case = CASES[kind]
    with acting(directory, case.role) as by:
        before = effective()
        first = take_in(by, kind, case.table)
        after_first = effective()
        again = check_text(by, kind, case.table)
        second = take_in(by, kind, case.changed)
        after_second = effective()

        assert (first.counts["new"], first.counts["errors"]) == (case.new, 0)
        assert (again.counts["new"], again.counts["changed"], again.findings["preview"]) == (0, 0, [])
        assert (second.counts["new"], second.counts["changed"]) == (0, case.changes)
        assert before != after_first != after_second

        uploads.undo_upload(load=second, reason="wrong", by=by, now=NOW)
        assert effective() == after_first
        uploads.undo_upload(load=first, reason="wrong", by=by, now=NOW)
        assert effective() == before


@pytest.mark.parametrize("kind", ["contacts", "rates", "proposals", "ratings"])
def test_earlier_import_waits_for_the_later_one(directory: Team, kind: str) -> None:
    case = CASES[kind]
    with acting(directory, case.role) as by:
        first = take_in(by, kind, case.table)
        take_in(by, kind, case.changed)

        with pytest.raises(Conflict) as refused:
            uploads.undo_upload(load=first, reason="wrong", by=by, now=NOW)

    assert refused.value.code == "built_upon"


def test_an_offer_comes_with_its_terms_and_its_signed_file(directory: Team) -> None:
    with acting(directory, Role.PROCUREMENT) as by:
        vendor = Candidate.objects.get(vendor__name="Alder").vendor
        signed = store_file(
            organization=directory.organization, vendor=vendor, name="offer.pdf", content=io.BytesIO(b"%PDF-1.7 signed"),
            confidentiality="commercial", by=by, now=NOW,
        )  # fmt: skip
        head = "programme,vendor,received,currency,signed_offer,serialisation,item,price\n"
        row = "Antibody,Alder,2026-01-31,EUR,{},no,Batch,{}\n"
        strange = check_text(by, "proposals", head + row.format("ab" * 32, 500))
        take_in(by, "proposals", head + row.format(signed.sha256.upper(), 500))
        first = Proposal.objects.get()
        same = check_text(
            by,
            "proposals",
            "programme,vendor,received,currency,item,price\nAntibody,Alder,2026-01-31,EUR,Batch,500\n",
        )
        take_in(
            by,
            "proposals",
            "programme,vendor,received,currency,item,price\nAntibody,Alder,2026-01-31,EUR,Batch,400\n",
        )
        second = Proposal.objects.get(version=2)

    assert [group["code"] for group in strange.findings["groups"]] == ["unknown_file"]
    assert (first.signed_offer_id, first.must_have_terms) == (signed.pk, {"serialisation": False})
    assert (same.counts["changed"], same.counts["unchanged"]) == (0, 1)
    assert (second.signed_offer_id, second.must_have_terms) == (None, {"serialisation": False})


def test_submitted_ratings_are_not_taken_back(directory: Team) -> None:
    with acting(directory, Role.EVALUATOR) as by:
        load = take_in(by, "ratings", CASES["ratings"].table)
        submit_ratings(invitation=Invitation.objects.get(), by=by, now=NOW)

        with pytest.raises(Conflict):
            uploads.undo_upload(load=load, reason="wrong", by=by, now=NOW)


def test_ratings_are_seen_by_nobody_else(directory: Team) -> None:
    with acting(directory, Role.EVALUATOR) as by:
        load = check_text(by, "ratings", CASES["ratings"].table)
    with acting(directory, Role.MANAGER) as other, pytest.raises(PermissionDenied):
        uploads.commit_upload(load=load, by=other, now=NOW)


def acting(team: Team, role: Role) -> Any:
    """The organisation entered by a member of a role; gives the actor."""
    return _Acting(team, role)


class _Acting:
    def __init__(self, team: Team, role: Role) -> None:
        self.actor = team.actor(role)
        self.scope = organization_scope(team.organization.pk, self.actor)

    def __enter__(self) -> Actor:
        self.scope.__enter__()
        return self.actor

    def __exit__(self, *error: object) -> Any:
        return self.scope.__exit__(*error)  # type: ignore[arg-type]


_WHAT_COUNTS = {
    "vendors_vendor": "archived_at IS NULL", "vendors_site": "archived_at IS NULL", "vendors_capability": "archived_at IS NULL",
    "vendors_serviceoffering": "archived_at IS NULL", "vendors_certificate": "archived_at IS NULL",
    "vendors_contact": "archived_at IS NULL", "vendors_vendorpartnership": "archived_at IS NULL",
    "vendors_listscreen": "retracted_on IS NULL", "vendors_qualification": "status <> 'not_assessed'",
    "vendors_externalid": "true", "vendors_evidence": "retracted_on IS NULL",
    "scorecards_proposal": "id NOT IN (SELECT proposal_id FROM scorecards_proposalwithdrawal)",
}  # fmt: skip
_NOT_CONTENT = (
    "id",
    "version",
    "updated_at",
    "created_at",
    "public_id",
    "revision",
    "recorded_at",
    "rated_at",
    "reason",
)


def effective() -> dict[str, list[str]]:
    """What counts, without the marks of time: content of the rows that are in force."""
    left = ", ".join(f"'{name}'" for name in _NOT_CONTENT)
    found = {}
    with connection.cursor() as cursor:
        for table, condition in _WHAT_COUNTS.items():
            cursor.execute(
                f"SELECT (to_jsonb(t) - ARRAY[{left}])::text FROM {table} t WHERE {condition} ORDER BY id"
            )
            found[table] = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f"""SELECT DISTINCT ON (source, target, "on") (to_jsonb(t) - ARRAY[{left}])::text, rate
                FROM scorecards_exchangerate t ORDER BY source, target, "on", revision DESC"""
        )
        found["rates"] = [row[0] for row in cursor.fetchall() if row[1] is not None]
        cursor.execute(
            """SELECT DISTINCT ON (candidate_id, leaf) leaf, level, comment FROM scorecards_rating
               ORDER BY candidate_id, leaf, revision DESC"""
        )
        found["ratings"] = [str(row) for row in cursor.fetchall() if row[1] is not None]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "ignore")),
    data=st.data(),
)
def test_any_bytes_give_a_report_or_a_clear_error(
    directory: Team, content: bytes, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["evidence", "contacts", "certificates", "services"]))
    header: Callable[[str], bytes] = lambda code: ",".join(own_kinds()[code].fields()).encode()  # noqa: E731
    table = data.draw(st.sampled_from([content, header(kind) + b"\n" + content]))
    with acting(directory, Role.MANAGER) as by:
        kept, status = UploadedLoad.objects.count(), 0
        try:
            load = check_text(by, kind, table)
        except DomainError as error:
            status = error.status
        assert status in {0, 400, 409}
        assert UploadedLoad.objects.count() == kept + (status == 0)
        assert status or load.counts["read"] >= load.counts["ready"]
