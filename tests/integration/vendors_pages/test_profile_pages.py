"""The pages of one vendor: what they say, who may see them, and a constant number of queries."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import Count, signed_in
from vendors.models import Evidence, Site, Vendor

pytestmark = pytest.mark.django_db
PAGES = ("profile", "sites", "evidence", "dealings", "scores")


def address(vendor: Vendor, page: str) -> str:
    return reverse(f"vendors:{page}", args=[vendor.public_id])


def test_overview_says_proven_only_for_what_was_checked(client: Client, vendor: Vendor) -> None:
    context = client.get(address(vendor, "profile")).context

    cells = dict(zip(context["columns"], context["rows"][0]["cells"], strict=True))
    assert (cells["Phase 1"], cells["Phase 2"], cells["Phase 3"]) == ("proven", "unknown", "claimed")
    assert context["sentence"].makes_state == "Proven"


def test_matrix_says_not_offered_once_capabilities_are_complete(client: Client, vendor: Vendor) -> None:
    client.post(
        reverse("vendors:attest", args=[vendor.public_id]),
        {"section": "capabilities", "attested_on": "2026-05-01"},
    )

    context = client.get(address(vendor, "profile")).context

    assert dict(zip(context["columns"], context["rows"][0]["cells"], strict=True))["Phase 2"] == ""


def test_regulatory_part_gives_score_and_class_of_each_site(client: Client, vendor: Vendor) -> None:
    line = client.get(address(vendor, "profile")).context["regulatory"].sites[0]

    assert (line.latest_word, line.tone, line.cap, bool(line.score)) == ("VAI", "warn", "", True)


def test_regulatory_page_tells_how_the_score_comes_about(client: Client, in_team: Team) -> None:
    vendor = make.make_vendor(in_team.organization)
    site = make.make_site(vendor, fei="3999999998", name="Works")
    for day, outcome in ((date(2019, 3, 2), "OAI"), (date(2022, 3, 2), "VAI"), (date(2025, 3, 2), "OAI")):
        make.make_inspection(in_team.organization, fei=site.fei, event_on=day, classification=outcome)
    make.make_inspection(
        in_team.organization,
        fei=site.fei,
        event_on=date(2024, 3, 2),
        product_area="Devices",
        classification="NAI",
    )

    now = client.get(address(vendor, "regulatory"))
    line = now.context["regulatory"].sites[0]
    then = client.get(address(vendor, "regulatory"), {"as_of": "2023-01-01"}).context["regulatory"].sites[0]

    weights = [(share.on.year, share.word, share.age, share.weight) for share in line.shares]
    taken = sum((Decimal(share.points) for share in line.shares), Decimal(line.prior))
    assert weights == [
        (2025, "OAI", "0.0", "1.00"),
        (2022, "VAI", "3.0", "0.50"),
        (2019, "OAI", "6.0", "0.25"),
    ]
    assert abs(100 - taken - Decimal(line.left)) <= Decimal("0.03")
    assert line.left_out == (("Inspection", "product type Devices", 1),)
    assert [text.partition(" Lifted: ")[2][:14] for text in line.lifted] == ["VAI inspection"]
    assert "How the score of Works comes about" in now.content.decode()
    assert ([share.on.year for share in then.shares], then.cap) == ([2022, 2019], "")


@pytest.mark.parametrize("given", ["", "soon", "0001-01-01", "9999-12-31"])
def test_regulatory_page_of_no_day_of_the_past_is_todays(client: Client, vendor: Vendor, given: str) -> None:
    context = client.get(address(vendor, "regulatory"), {"as_of": given}).context

    assert context["as_of"] == context["today"]


def test_regulatory_page_of_a_day_lists_what_had_happened_by_then(client: Client, vendor: Vendor) -> None:
    answer = client.get(address(vendor, "regulatory"), {"as_of": "2026-03-01"})

    assert list(answer.context["page_shown"]) == []
    assert "The record as it stood on 1 Mar 2026" in answer.content.decode()


def test_a_site_without_records_is_never_called_clean(client: Client, in_team: Team) -> None:
    vendor = make.make_vendor(in_team.organization)
    make.make_site(vendor, fei="3999999999")

    page = client.get(address(vendor, "profile")).content.decode()

    assert "FDA data has not been read yet" in page
    assert "clean" not in page.casefold()


@pytest.mark.parametrize("page", PAGES)
def test_another_organisations_vendor_does_not_exist(outsiders: Team, vendor: Vendor, page: str) -> None:
    assert signed_in(outsiders).get(address(vendor, page)).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_the_profile(team: Team, vendor: Vendor, role: Role) -> None:
    client = signed_in(team, role)

    assert [client.get(address(vendor, page)).status_code for page in PAGES] == [200] * len(PAGES)


def test_change_log_is_for_who_reads_the_audit_trail(team: Team, vendor: Vendor) -> None:
    found = {role: signed_in(team, role).get(address(vendor, "changes")).status_code for role in Role}

    assert {role for role, status in found.items() if status == 200} == {
        Role.ADMIN,
        Role.QUALITY,
        Role.AUDITOR,
    }
    assert {status for status in found.values() if status != 200} == {403}


def test_change_log_names_the_field_old_and_new(team: Team, client: Client, vendor: Vendor) -> None:
    client.post(
        reverse("vendors:vendor_edit", args=[vendor.public_id]),
        {"name": "Renamed", "version": vendor.version, "stated_grade": "D"},
    )

    days = signed_in(team, Role.AUDITOR).get(address(vendor, "changes")).context["days"]

    newest = days[0].events[0]
    said = [(change.field, change.old, change.new) for change in newest.changes]
    assert (newest.verb, newest.noun, said) == ("changed", "vendor", [("Name", "Maker 0", "Renamed")])


def test_commercial_notes_are_hidden_from_viewers(team: Team, client: Client, vendor: Vendor) -> None:
    text = "They called back."  # the factory's note is commercial

    seen = {
        role: text in signed_in(team, role).get(address(vendor, "dealings")).content.decode()
        for role in (Role.MANAGER, Role.VIEWER)
    }

    assert seen == {Role.MANAGER: True, Role.VIEWER: False}


@pytest.mark.parametrize(
    ("query", "targets"),
    [
        ("?claim_type=verified", ["capability.phases"]),
        ("?grade=B", ["capability.phases"]),
        ("?grade=A", []),
    ],
)
def test_evidence_is_filtered(client: Client, vendor: Vendor, query: str, targets: list[str]) -> None:
    lines = client.get(f"{address(vendor, 'evidence')}{query}").context["lines"]

    assert [line.row.target for line in lines] == targets


# Which queries each page needs.
# Of every page, eight: the session, the user, the memberships, four that open and close the organisation's scope,
# and the number of records on the tab.
# Evidence: besides vendor, sites, the count of the paginator, and the page with site, capability and file.
# Dealings: besides vendor, sites, agreement, contacts, the count and page of the notes, and files.
# Sites: the vendor with twelve prefetched relations, the proofs, and matches, both kinds of records and source reads.
# Profile: the same with the whole ledger, and the records that are compared for contradictions.
QUERIES = {"profile": 31, "sites": 30, "evidence": 13, "dealings": 18}


@pytest.mark.parametrize("page", sorted(QUERIES))
def test_pages_need_as_many_queries_for_three_rows_as_for_one(
    client: Client, vendor: Vendor, site: Site, queries: Count, page: str
) -> None:
    one = queries(client, address(vendor, page))
    for number in range(2):
        more = make.make_site(vendor, name=f"More {number}", fei=f"31000000{number:02d}")
        make.make_capability(more)
        make.make_service(vendor, code=("STABILITY", "PREFORM")[number])
        make.make_certificate(vendor, site=more)
        make.make_contact(vendor, name=f"Somebody {number}")
        make.make_note(vendor, site=more)
        make.make_qualification(more)
        make.make_evidence(more, "MOD4", {"level": 2})
    three = queries(client, address(vendor, page))

    assert (one, three) == (QUERIES[page], QUERIES[page])


def test_record_shows_its_history_and_htmx_gets_it_alone(client: Client, claim: Evidence) -> None:
    url = reverse("vendors:evidence_record", args=[claim.public_id])

    whole, part = client.get(url), client.get(url, headers={"HX-Request": "true"})

    assert [one["number"] for one in whole.context["revisions"]] == [1]
    assert "<!doctype" not in part.content.decode()
