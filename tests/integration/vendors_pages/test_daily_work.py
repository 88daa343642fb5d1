"""Agreements, qualifications with their history, the audit plan: over all vendors, by page and by program."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.errors import Conflict, Invalid
from cdmo_eval.core.events import EventType
from cdmo_eval.core.models import Event
from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import by_session, by_token, problem
from tests.integration.vendors_pages.conftest import Count, fill, signed_in
from vendors import services
from vendors.models import Cda, Qualification, Site, StoredFile, Vendor
from vendors.selectors.agreements import AgreementState, agreements
from vendors.services.reminders import remind_of_ends

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PLAN, QUALIFIED, AGREED = "/vendors/audit-plan/", "/vendors/qualifications/", "/vendors/agreements/"


def today() -> date:
    return datetime.now(UTC).date()


def days(count: int) -> date:
    return today() + timedelta(days=count)


def agree(team: Team, vendor: Vendor, **fields: Any) -> Cda:
    """Set the agreement; a number stands for so many days from today."""
    by = team.actor(Role.PROCUREMENT)
    dated = {name: days(value) if isinstance(value, int) else value for name, value in fields.items()}
    return services.set_cda(
        organization=team.organization, vendor=vendor, by=by, now=datetime.now(UTC), **dated
    )


def keep(team: Team, vendor: Vendor, confidentiality: str = "cda") -> StoredFile:
    return services.store_file(
        organization=team.organization, content=io.BytesIO(PDF), name="audit.pdf", confidentiality=confidentiality,
        vendor=vendor, by=team.actor(), now=datetime.now(UTC),
    )  # fmt: skip


def status(answer: Any) -> int:
    """The status of an answer, whose file is read to its end."""
    if answer.streaming:
        assert answer.getvalue() == PDF
    return int(answer.status_code)


# The agreement gates confidential files -----------------------------------------------------------------------------
CLOSED: tuple[dict[str, Any], ...] = (
    {"status": "none"},
    {"status": "requested"},
    {"status": "signed", "signed_on": 1},
    {"status": "signed", "signed_on": -400, "expires_on": -1},
)
OPEN: tuple[dict[str, Any], ...] = (
    {"status": "signed", "signed_on": 0},
    {"status": "signed", "signed_on": -400, "expires_on": 0},
)


@pytest.mark.parametrize("state", CLOSED)
def test_confidential_file_is_not_kept_without_an_agreement_in_force(
    in_team: Team, vendor: Vendor, state: dict[str, Any]
) -> None:
    agree(in_team, vendor, **state)

    with pytest.raises(Conflict) as caught:
        keep(in_team, vendor)

    assert (caught.value.code, StoredFile.objects.count()) == ("cda_missing", 0)


@pytest.mark.parametrize("state", CLOSED)
def test_confidential_file_is_closed_on_every_way_when_the_agreement_ends(
    in_team: Team, vendor: Vendor, client: Client, state: dict[str, Any]
) -> None:
    agree(in_team, vendor, **OPEN[0])
    file = keep(in_team, vendor)
    record = make.make_evidence(vendor, "QUA1", {"level": 3}, file=file, confidentiality="cda")
    page, content = reverse("vendors:file", args=[file.public_id]), f"files/{file.public_id}/content/"
    before = [status(client.get(page)), status(by_token(in_team).get(content))]
    agree(in_team, vendor, **{"signed_on": None, "expires_on": None, **state})

    after = [status(client.get(page)), status(by_token(in_team).get(content))]

    assert (before, after) == ([200, 200], [409, 409])
    assert client.get(reverse("vendors:evidence_record", args=[record.public_id])).status_code == 200


def test_archived_agreement_opens_nothing(in_team: Team, vendor: Vendor, client: Client) -> None:
    row = agree(in_team, vendor, **OPEN[0])
    file = keep(in_team, vendor)
    services.archive_cda(cda=row, expected_version=None, by=in_team.actor(), now=datetime.now(UTC))

    assert client.get(reverse("vendors:file", args=[file.public_id])).status_code == 409


def test_agreement_with_one_vendor_says_nothing_of_another(in_team: Team, vendor: Vendor) -> None:
    agree(in_team, vendor, **OPEN[0])

    with pytest.raises(Conflict):
        keep(in_team, make.make_vendor(in_team.organization, name="Other"))


def test_upload_by_program_obeys_the_same_gate(in_team: Team, vendor: Vendor) -> None:
    api = by_token(in_team)
    sent = {"vendor": str(vendor.public_id), "confidentiality": "cda"}

    answers = []
    for _ in range(2):
        file = io.BytesIO(PDF)
        file.name = "audit.pdf"
        answer = api.client.post(
            "/api/v1/files/", {**sent, "file": file}, headers={"Authorization": f"Bearer {api.token}"}
        )
        answers.append(answer.status_code)
        agree(in_team, vendor, **OPEN[0])

    assert answers == [409, 201]


def test_another_vendors_file_is_no_agreement(in_team: Team, vendor: Vendor) -> None:
    other = keep(in_team, make.make_vendor(in_team.organization, name="Other"), "commercial")

    with pytest.raises(Invalid) as caught:
        agree(in_team, vendor, **OPEN[0], file=other)

    assert [(error.field, error.code) for error in caught.value.errors] == [("file", "other_vendor")]


def test_agreements_of_all_vendors_stand_on_one_page(in_team: Team, vendor: Vendor, client: Client) -> None:
    states = {
        "Asked": {"status": "requested"},
        "Ending": {"status": "signed", "signed_on": days(-300), "expires_on": days(30)},
        "Over": {"status": "signed", "signed_on": days(-300), "expires_on": days(-1)},
        "Signed": {"status": "signed", "signed_on": days(-300)},
    }
    for name, fields in states.items():
        agree(in_team, make.make_vendor(in_team.organization, name=name), **fields)

    found = {one.vendor.name: one.state for one in agreements(in_team.organization, as_of=today())}
    shown = [
        line["one"].vendor.name
        for line in client.get(f"{AGREED}?state=ending&state=expired").context["lines"]
    ]

    assert found == {
        "Asked": AgreementState.REQUESTED, "Ending": AgreementState.ENDING, "Maker 0": AgreementState.NONE,
        "Over": AgreementState.EXPIRED, "Signed": AgreementState.SIGNED,
    }  # fmt: skip
    assert shown == ["Ending", "Over"]


# Notes --------------------------------------------------------------------------------------------------------------
def test_note_is_shown_as_markdown_and_does_nothing_else(
    in_team: Team, vendor: Vendor, client: Client
) -> None:
    make.make_note(vendor, text="**Open** <script>alert(1)</script> [x](javascript:alert(1))")

    html = client.get(reverse("vendors:dealings", args=[vendor.public_id])).content.decode()

    assert "<strong>Open</strong>" in html
    assert [word for word in ("<script>alert", 'href="javascript') if word in html] == []


# Qualifications -----------------------------------------------------------------------------------------------------
@pytest.fixture
def qualified(in_team: Team, vendor: Vendor) -> Qualification:
    """The vendor's qualification, changed twice by quality."""
    row = Qualification.objects.get()
    quality = in_team.actor(Role.QUALITY)
    for fields in (
        {"status": "approved", "valid_until": days(20), "open_capas": 2, "reason": "Audit passed"},
        {"status": "suspended", "reason": "Data integrity finding"},
    ):
        row = services.set_qualification(
            organization=in_team.organization, site=row.site, operation=row.operation, by=quality,
            now=datetime.now(UTC), **fields,
        )  # fmt: skip
    return row


def test_history_says_who_changed_what_and_why(
    in_team: Team, qualified: Qualification, client: Client
) -> None:
    shown = client.get(reverse("vendors:qualification", args=[qualified.public_id])).context["versions"]
    told = by_token(in_team).get(f"qualifications/{qualified.public_id}/history/").json()["results"]

    assert [(one["change"].reason, one["word"], one["changed"]) for one in shown[:2]] == [
        ("Data integrity finding", "Suspended", ["status"]),
        ("Audit passed", "Approved", ["approver", "end", "open CAPAs"]),
    ]
    assert [one["version"] for one in told] == [3, 2, 1]
    assert (told[1]["status"], told[1]["valid_until"], told[1]["approver"]) == (
        "approved", days(20).isoformat(), "Quality of Alpha",
    )  # fmt: skip


def test_overview_filters_like_the_api(in_team: Team, qualified: Qualification, client: Client) -> None:
    other = make.make_site(make.make_vendor(in_team.organization, name="Other"), name="Elsewhere")
    make.make_qualification(other, status="approved", approver="Q", valid_until=days(300))

    for query, names in {
        "": ["Works 0", "Elsewhere"],
        "status=suspended": ["Works 0"],
        f"ends_before={days(30)}": ["Works 0"],
        "open_capas=true": ["Works 0"],
        "status=&operation=&ends_before=": ["Works 0", "Elsewhere"],
    }.items():
        page = [line["row"].site.name for line in client.get(f"{QUALIFIED}?{query}").context["lines"]]
        assert page == names, query
    told = by_token(in_team).get("qualifications/?open_capas=true").json()
    assert [row["id"] for row in told["results"]] == [str(qualified.public_id)]


def test_filter_that_means_nothing_is_said(in_team: Team, client: Client) -> None:
    assert client.get(f"{QUALIFIED}?status=weather").status_code == 400


def test_reason_of_the_form_stands_in_the_history(in_team: Team, vendor: Vendor) -> None:
    row = Qualification.objects.get()
    answer = signed_in(in_team, Role.QUALITY).post(
        reverse("vendors:qualification_edit", args=[row.public_id]),
        {"status": "disqualified", "reason": "Lost the licence", "version": row.version},
    )
    history = by_token(in_team).get(f"qualifications/{row.public_id}/history/").json()["results"]

    assert answer.status_code == 302
    assert (history[0]["reason"], history[0]["by"]) == ("Lost the licence", "Quality of Alpha")


# The audit plan -----------------------------------------------------------------------------------------------------
def test_plan_is_filtered_on_the_page_as_in_the_api(in_team: Team, vendor: Vendor, client: Client) -> None:
    query = f"?vendor={vendor.public_id}&matter=unknown&matter=claimed"

    page = client.get(PLAN + query).context
    told = by_token(in_team).get(f"audit-plan/{query}&page_size=200").json()

    assert {line["line"].matter.value for line in page["lines"]} <= {"unknown", "claimed"}
    assert page["total"] == told["count"]
    assert {row["site"]["name"] for row in told["results"]} == {"Works 0"}
    first = told["results"][0]
    assert set(first) == {"vendor", "site", "matter", "about", "detail", "target", "on", "question"}


@pytest.mark.parametrize(
    "query", ["matter=weather", "inspection_months=0", "inspection_months=x", "vendor=7"]
)
def test_plan_refuses_what_it_does_not_understand(in_team: Team, client: Client, query: str) -> None:
    assert client.get(f"{PLAN}?{query}").status_code == 400
    assert problem(by_token(in_team).get(f"audit-plan/?{query}"))[0] == 400


def test_pages_need_as_many_statements_for_three_vendors_as_for_one(
    in_team: Team, client: Client, queries: Count
) -> None:
    fill(in_team)
    one = [queries(client, address) for address in (PLAN, QUALIFIED, AGREED)]
    for number in (1, 2):
        made = make.make_vendor(in_team.organization, name=f"More {number}")
        site = make.make_site(made, name=f"Place {number}", fei=f"300000010{number}")
        make.make_capability(site)
        make.make_qualification(site)

    assert [queries(client, address) for address in (PLAN, QUALIFIED, AGREED)] == one


# Reminders ----------------------------------------------------------------------------------------------------------
def test_ends_are_told_at_most_three_times(in_team: Team, vendor: Vendor) -> None:
    agree(in_team, vendor, status="signed", signed_on=days(-300), expires_on=days(40))
    kinds = []
    for day in range(45):
        now = datetime.now(UTC) + timedelta(days=day)
        remind_of_ends(organization=in_team.organization, now=now)
        remind_of_ends(organization=in_team.organization, now=now)
        kinds.append(Event.objects.filter(type=EventType.CDA_EXPIRING).count())

    assert [kinds[9], kinds[10], kinds[32], kinds[33], kinds[40], kinds[41], kinds[44]] == [
        0,
        1,
        1,
        2,
        2,
        3,
        3,
    ]


def test_reminder_names_vendor_site_and_end(in_team: Team, vendor: Vendor) -> None:
    site = Site.objects.get(vendor=vendor)
    make.make_certificate(vendor, site=site, kind="ISO_27001", valid_until=days(5))
    services.set_qualification(
        organization=in_team.organization, site=site, operation="UPSTREAM", by=in_team.actor(Role.QUALITY),
        now=datetime.now(UTC), status="approved", valid_until=days(-2),
    )  # fmt: skip

    remind_of_ends(organization=in_team.organization, now=datetime.now(UTC))

    said = {row.type: row.data for row in Event.objects.all()}
    assert said["certificate.expiring"]["site"]["name"] == site.name
    assert said["qualification.expiring"]["operation_label"] == "Upstream"
    assert {data["vendor"]["name"] for data in said.values()} == {vendor.name}


def test_person_without_the_right_sees_no_way_to_change(in_team: Team, qualified: Qualification) -> None:
    viewer = signed_in(in_team, Role.VIEWER)

    assert "Change" not in viewer.get(QUALIFIED).content.decode()
    assert by_session(in_team, Role.VIEWER).get("audit-plan/").status_code == 200
